/* digests.h - the topic usage: each second what verifies came to, for all, a tenant or a key, as subscribers ask.
 *
 * Subscribers with the same filter share a watch. Workers count for watches (tally.h); once a second that is gathered and
 * told. A second with nothing in it is told once, so that whoever draws a line sees it end. */
#ifndef APIKEYD_DIGESTS_H
#define APIKEYD_DIGESTS_H

#include "apikeyd/daemon.h"
#include "apikeyd/session.h"
#include "protocol/error.h"

#define DIGEST_TOP 10 /* keys named in one */

struct digests;

/* Never NULL. */
struct digests *digests_new(struct daemon *d);
void digests_free(struct digests *g);

/* Any thread: has what the subscription's filter lets through counted from now on; limit_reached when there are too many
 * different filters. */
enum apikey_error digests_join(struct digests *g, struct subscription *sub, struct failure *why);
/* Ends that; nothing where there is no watch. */
void digests_leave(struct digests *g, struct subscription *sub);

/* Once a second, one thread. */
void digests_tick(struct digests *g);

#endif
