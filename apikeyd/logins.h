/* logins.h - sessions that connections act under: one that is ended is so for the next request of each of them.
 *
 * What the store holds is the truth about which sessions there are. When one was last used is known here first, and
 * written there a minute late at most. */
#ifndef APIKEYD_LOGINS_H
#define APIKEYD_LOGINS_H

#include "apikeyd/daemon.h"
#include "apikeyd/store/store.h"

#define SESSION_IDLE 900   /* seconds without a request that end a session */
#define SESSION_LIFE 43200 /* seconds that end it in any case */
#define SESSION_LAG 60     /* seconds by which seen_at of the store may lag behind */

struct login;
struct logins;

/* Never NULL. */
struct logins *logins_new(struct daemon *d, const struct store_ops *ops);
/* After everybody has released what they hold, and the writer has stopped. */
void logins_free(struct logins *l);

/* Store thread: holds the session of that record, until logins_release(). */
struct login *logins_hold(struct logins *l, const struct session_record *record);
/* Any thread that holds it: once more. NULL is nothing to hold. */
struct login *logins_share(struct logins *l, struct login *login);
/* Any thread. NULL is nothing to release. */
void logins_release(struct logins *l, struct login *login);

/* Whether it has not ended by then. Any thread that holds it. */
bool login_holds(const struct login *login, int64_t now);
/* Likewise, of a request: a session that is used does not idle. */
bool login_use(struct login *login, int64_t now);
int64_t login_expires_at(const struct login *login);

/* Store thread, when its end is on the disk. Unknown ones are ignored. */
void logins_end(struct logins *l, struct text id);
/* The last use of a session that the store knows. */
int64_t logins_seen(struct logins *l, const struct session_record *record);
/* Whether the session can be gone on with. */
bool logins_good(struct logins *l, const struct session_record *record, int64_t now);

/* Once a second: has last uses written, and what is over deleted, when it is time. */
void logins_tick(struct logins *l, int64_t now);

#endif
