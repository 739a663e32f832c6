/* refusals.h - attempts that were refused, on their way into the audit log.
 *
 * A refused change leaves no transaction behind it, so its entry is written by a job of its own. So that nobody who may
 * connect can fill the disk, the first few of a kind (who, what, which error) are written one by one; of the rest within
 * the same ten minutes only the number is. Kinds are bounded, too. */
#ifndef APIKEYD_REFUSALS_H
#define APIKEYD_REFUSALS_H

#include "apikeyd/daemon.h"
#include "protocol/error.h"
#include "protocol/text.h"

struct refusals;

struct refusal {
	struct text actor, action, object, tenant; /* data NULL: not known; copied */
	const struct failure *why;
};

/* Never NULL. */
struct refusals *refusals_new(struct daemon *d);
/* After the writer has stopped. */
void refusals_free(struct refusals *r);
/* Any thread, and no waiting for the disk. Only errors that say who may not do what are kept. */
void refusals_note(struct refusals *r, const struct refusal *refusal, int64_t now);
/* Once a second: has numbers written whose ten minutes are over. */
void refusals_tick(struct refusals *r, int64_t now);
/* Before the writer stops: has all of them written. */
void refusals_finish(struct refusals *r, int64_t now);

#endif
