/* lockout.h - failed logins by user name, known or not, and the time for which a name is locked. For one thread.
 *
 * An attempt is counted before its outcome is known, so that many at once are worth no more than one after the other; a
 * right one forgives all. Names are canonical: no other spelling is another count. They are bounded: the one
 * quiet for longest makes room, which takes as many slow hashes as there are names. */
#ifndef APIKEYD_LOCKOUT_H
#define APIKEYD_LOCKOUT_H

#include <stdbool.h>
#include <stdint.h>

#include "protocol/text.h"

#define LOCKOUT_FAILURES 5   /* in a row, from which on each locks */
#define LOCKOUT_SECONDS 60   /* for the first; each further one locks twice as long, */
#define LOCKOUT_MAX 900      /* but no longer than this */
#define LOCKOUT_FORGET 86400 /* seconds after the last attempt: the count begins anew */
#define LOCKOUT_NAMES 8192   /* counted at once */

struct lockout;

/* Never NULL. */
struct lockout *lockout_new(void);
void lockout_free(struct lockout *l);
/* Before an attempt, at seconds that only go forward: counts it, and returns 0; or the seconds for which the name is
 * locked yet. */
int64_t lockout_try(struct lockout *l, struct text name, int64_t now);
/* The attempt was right, or somebody else vouches for the user. */
void lockout_forgive(struct lockout *l, struct text name);
/* The attempt could not be made: it does not count. */
void lockout_undo(struct lockout *l, struct text name);

#endif
