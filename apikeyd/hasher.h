/* hasher.h - the worker for hashes that are slow on purpose: Argon2id of passwords, bcrypt of imported keys.
 *
 * One thread, nice to all others, so that whatever is asked of it takes one processor at most and no verify waits for
 * it. Of a processor that it shares with one busy thread, its niceness of 15 leaves it a thirtieth (36 of 1024 + 36, by
 * the weights of sched(7)'s fair scheduling): so much can a flood of wrong keys against bcrypt rows take from verifies.
 * A login on a host of whose processors none is free then takes two seconds; at 10 it would be less than one, and the
 * flood would take a tenth, at 5 a quarter (make bench: 0.59 of the verifies' rate was left).
 *
 * Each kind of work waits in a lane of its own, and the lanes take turns: a flood in one costs the other at most one
 * hash of waiting for each of its own. A full lane is `busy`, for the asker to say; who has least waiting in it gets the
 * place of the last job of who has most (longest queue drop: Suter et al., 1999), so that a flood of one account crowds
 * out nobody else, and one account alone has all the places.
 */
#ifndef APIKEYD_HASHER_H
#define APIKEYD_HASHER_H

#include <stdbool.h>
#include <sys/types.h>

#include "include/apikey.h"

#define HASHER_QUEUE_MAX 16 /* jobs waiting in a lane; the one being run is not among them */

enum hasher_lane {
	HASHER_PASSWORDS,
	HASHER_KEYS,
	HASHER_LANES,
};

struct hasher;

/* Embedded as the first member of the caller's job; the caller owns it until done() is called, which is always, once
 * and last. Both are called on the hasher's thread; an answer goes on from there by its route, as the writer's do. */
struct hasher_job {
	struct hasher_job *next;
	uid_t uid;     /* whose it is */
	bool favoured; /* gives its place to nobody, and gets that of anyone who is not */
	void (*run)(struct hasher_job *job);
	/* APIKEY_OK after run(). Without it: APIKEY_UNAVAILABLE as the daemon stops, or APIKEY_BUSY where another got its
	 * place, then on the thread of who submitted that. */
	void (*done)(struct hasher_job *job, enum apikey_error outcome);
};

/* Never NULL: without memory or threads there is no daemon. */
struct hasher *hasher_start(void);
/* Any thread, done() included. APIKEY_BUSY when the lane is full, APIKEY_UNAVAILABLE once it stops; then done() is not
 * called. */
enum apikey_error hasher_submit(struct hasher *h, enum hasher_lane lane, struct hasher_job *job)
	__attribute__((warn_unused_result));
/* Finishes the job that is run, ends the others, stops the thread, frees. NULL is nothing to stop. */
void hasher_stop(struct hasher *h);

#endif
