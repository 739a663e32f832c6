/* limit_slot.h - what has been used of a key's limits, as it lies in the mapped file of counters. */
#ifndef ENGINE_LIMIT_SLOT_H
#define ENGINE_LIMIT_SLOT_H

#include <stdint.h>

#define LIMIT_COUNTERS 8

/* One limit's. A rate has index (which window, of its length, since the steady clock's zero) and two windows' counts; a
 * quota has index (which day or month since 1970) and what was used in it. Two words, each written as a whole, since
 * they are read at any time by who copies the page. */
struct limit_counter {
	union {
		struct {
			uint32_t what; /* as in struct limit; 0: free */
			uint32_t index;
		};
		uint64_t head;
	};
	union {
		struct {
			uint32_t current, previous;
		};
		uint64_t used;
	};
};

/* All of a key: most have few limits, and then touch one cache line. */
struct limit_slot {
	struct limit_counter counters[LIMIT_COUNTERS];
};

_Static_assert(sizeof(struct limit_slot) == 128, "the counter file's layout");

#endif
