/* confirm.h - asking before something is changed that cannot be undone. */
#ifndef APIKEYCTL_CONFIRM_H
#define APIKEYCTL_CONFIRM_H

#include "apikeyctl/ctl.h"

/* Asks on the terminal. answer is what must be typed: "y", or a name where a slip would be dear.
 * END_DONE: go on. END_UNCONFIRMED, with a message: something else was typed, or there is no
 * terminal to ask on. */
enum end confirm(const struct ctl *ctl, const char *question, const char *answer);

#endif
