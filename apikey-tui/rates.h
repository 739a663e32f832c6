/* rates.h - verifies a second, from the counters that the daemon gives. */
#ifndef TUI_RATES_H
#define TUI_RATES_H

#include <stddef.h>
#include <stdint.h>

#include "include/apikey.h"

#define RATES_KEPT 240

/* Zero-initialise. The latest is the last. */
struct rates {
	uint64_t allowed[RATES_KEPT], denied[RATES_KEPT];
	size_t count;
	int64_t sampled_at; /* milliseconds; 0: nothing to compare with */
	uint64_t allowed_before, denied_before;
};

/* Takes an answer to stats.get that came at this time, in milliseconds. */
void rates_add(struct rates *r, const struct apikey_value *stats, int64_t now);
/* What comes next is not compared with what was. */
void rates_pause(struct rates *r);

#endif
