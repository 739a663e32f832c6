/* threads.h - the daemon's threads: workers, writer, hasher, keeper; started and stopped in their order.
 *
 * Who gives work to another ends before it, so that at the end nothing is left undone or answered to nobody. */
#ifndef APIKEYD_THREADS_H
#define APIKEYD_THREADS_H

#include "apikeyd/daemon.h"
#include "apikeyd/data_dir.h"
#include "apikeyd/store/counters.h"

struct peer_counts;

/* What they work on; all of it stays until threads_stop(). */
struct threads_options {
	const struct store_ops *ops;
	struct store *store;
	struct data_dir *dir;
	struct counters *counters;
	struct peer_counts *peers;
};

/* Fills in the daemon's threads, worker_count of them workers, and what there is of each of these. The daemon's other
 * services must be there. */
void threads_start(struct daemon *d, const struct threads_options *options);
/* Answers what is in flight, writes what is to be written, and returns when all have ended. */
void threads_stop(struct daemon *d);

#endif
