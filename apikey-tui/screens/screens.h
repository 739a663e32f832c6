/* screens.h - every screen there is. A new one is a file and a line here, and a row in app.c where it has a name. */
#ifndef TUI_SCREENS_H
#define TUI_SCREENS_H

#include "apikey-tui/console.h"

extern const struct screen keys_screen;
extern const struct screen key_screen; /* arg: the id of a key, or a prefix */
extern const struct screen create_screen;
extern const struct screen edit_screen;    /* arg: the id of the key that is looked at */
extern const struct screen rotate_screen;  /* likewise */
extern const struct screen explain_screen; /* likewise */
extern const struct screen examples_screen;
extern const struct screen overview_screen;
extern const struct screen plans_screen;
extern const struct screen audit_screen;
extern const struct screen events_screen;
extern const struct screen alerts_screen;
extern const struct screen health_screen;
extern const struct screen tenants_screen;
extern const struct screen users_screen;
extern const struct screen sessions_screen; /* arg: a username; NULL: one's own */
extern const struct screen tenant_screen; /* arg: the name of the one to change; NULL: a new one */
extern const struct screen user_screen;   /* likewise */
extern const struct screen plan_screen;   /* likewise */
extern const struct screen codes_screen;  /* arg: a username */
extern const struct screen login_screen;  /* opened by the loop where the daemon asks who this is */
extern const struct screen help_screen;   /* arg: the number of the place it is about */

#endif
