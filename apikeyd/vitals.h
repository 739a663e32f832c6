/* vitals.h - whether the threads that serve still do: each is asked through its own queue, and has until the next time. */
#ifndef APIKEYD_VITALS_H
#define APIKEYD_VITALS_H

#include <stdbool.h>

#include "apikeyd/daemon.h"

struct vitals;

/* The daemon's workers and writer must have been started. Never NULL. */
struct vitals *vitals_new(struct daemon *d);
/* Once no thread can answer any more. NULL is nothing to free. */
void vitals_free(struct vitals *v);
/* Whether all have answered what they were asked the last time (a line in the log for each that has not), and asks
 * anew. The threads that may wait for the disk or a slow hash while verifies and changes go on are not asked. */
bool vitals_check(struct vitals *v);

#endif
