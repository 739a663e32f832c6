/* enter.h - acting as somebody: by the session that `apikeyctl login` began, or by a key. */
#ifndef APIKEYCTL_ENTER_H
#define APIKEYCTL_ENTER_H

#include "apikeyctl/ctl.h"

/* As ctl.enter: goes on with the session, or acts as the key in the file that $APIKEYCTL_KEY_FILE names. END_DONE also
 * where there is neither, and where the daemon cannot be reached, which the command will say. */
enum end enter(struct ctl *ctl);

#endif
