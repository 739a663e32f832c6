/* recent.h - how many of something there were within the last minute: a window that slides on by parts of ten seconds. */
#ifndef APIKEYD_RECENT_H
#define APIKEYD_RECENT_H

#include <stdbool.h>
#include <stdint.h>

#define RECENT_PART 10 /* seconds */
#define RECENT_PARTS 6

/* Zeroed at first. */
struct recent {
	int64_t part; /* the latest */
	unsigned counts[RECENT_PARTS];
};

/* Adds so many, at a time in seconds, and returns how many there were within the minute that ends with its part: all that
 * came less than 50 seconds before, none that came 60 or more. A time before the latest part counts as of that. */
unsigned recent_add(struct recent *r, int64_t at, unsigned more);
/* Takes away one of those; false: there is none. */
bool recent_take(struct recent *r, int64_t at);

#endif
