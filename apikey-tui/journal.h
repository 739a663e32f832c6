/* journal.h - the latest events that the daemon told, as many as are kept. */
#ifndef TUI_JOURNAL_H
#define TUI_JOURNAL_H

#include <stddef.h>
#include <stdint.h>

#include "include/apikey.h"

#define JOURNAL_KEPT 1024 /* as many as the daemon keeps for `since` */

/* Zero-initialise. */
struct journal {
	struct apikey_value
		*events[JOURNAL_KEPT]; /* a ring of what notifications brought: [event] */
	uint64_t added;                /* in all; the place of the next in the ring */
	uint64_t missed;               /* that numbers say there were, and that did not come */
	int64_t latest;                /* number of the latest; 0: none */
	int64_t follows; /* the number that a missing one would be noticed by; 0: any may come */
};

/* Takes over the parameters of a notification. */
void journal_add(struct journal *j, struct apikey_value *params);
/* An event that is not kept; only that it came is noted. */
void journal_pass(struct journal *j, const struct apikey_value *event);
/* From this number on all is told, on a new connection; of what was before only what was kept. */
void journal_resume(struct journal *j, int64_t seq);
/* An event by its number in the order in which they came, of the last JOURNAL_KEPT; NULL: not held. */
const struct apikey_value *journal_at(const struct journal *j, uint64_t number);
void journal_free(struct journal *j);

#endif
