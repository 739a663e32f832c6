/* stats.h - what a worker counts about its own work; read by anyone, written by that worker alone. */
#ifndef APIKEYD_STATS_H
#define APIKEYD_STATS_H

#include "apikeyd/engine/source.h"
#include "apikeyd/histogram.h"
#include "include/apikey.h"

#define STATS_WINDOW                                                                               \
	60 /* seconds that latency percentiles look back, at least; at most twice that */

struct stats {
	_Atomic uint64_t requests; /* messages answered, verifies included */
	_Atomic uint64_t verifies[APIKEY_CODE_COUNT];
	_Atomic uint64_t unknown[SOURCE_COUNT]; /* verifies of malformed and unknown keys */
	_Atomic uint64_t errors;                /* answered with an error */
	struct histogram latency
		[2]; /* ns from a request read to its answer written; the window now and the one before */
	_Atomic unsigned window;
	int64_t window_since;
};

/* Adds to a counter of the own worker. */
void stats_add(_Atomic uint64_t *counter, uint64_t n);
/* Notes that a turn took ns nanoseconds for n requests, at the time now (seconds). */
void stats_turn(struct stats *s, uint64_t n, uint64_t ns, int64_t now);

#endif
