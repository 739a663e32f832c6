/* worker.h - a thread with an event loop of its own, an inbox, and what its connections share. Knows no connection. */
#ifndef APIKEYD_WORKER_H
#define APIKEYD_WORKER_H

#include <pthread.h>

#include "apikeyd/dispatch.h"
#include "apikeyd/peer.h"
#include "apikeyd/stats.h"

struct connection;
struct event;
struct event_base;
struct publication;
struct worker;

/* Work posted to a worker by other threads; run on its thread, which then owns the message and frees it. */
struct worker_message {
	struct worker_message *next;
	void (*run)(struct worker *w, struct worker_message *message);
};

/* A turn whose answers are sent together with those of others. */
struct unsent {
	struct connection *connection; /* NULL: it has gone, or has sent them itself */
	struct buffer answers;
	uint64_t served, began; /* requests; nanoseconds of the steady clock */
};

/* Turns that are served before their answers are sent: it bounds what the first waits for the others. */
#define WORKER_UNSENT 16

struct worker_options {
	struct daemon *daemon;
	struct peer_counts *peers;
	size_t in_size;                  /* bytes of the buffer that turns read into */
	void (*tick)(struct worker *w);  /* called once a second on the worker's thread */
	void (*flush)(struct worker *w); /* likewise, when all that was ready has been served */
	struct answer_route route;       /* of calls, but for worker and connection */
};

struct worker {
	struct worker_options o;
	pthread_t thread;
	struct event_base *base;
	struct event *wake, *tick;
	int wake_fd;
	pthread_mutex_t lock; /* of the inbox */
	struct worker_message *inbox, **inbox_last;
	struct connection *connections;                        /* by id */
	struct publication *publications, **publications_last; /* mailbox.c: events on their way */
	struct worker_message bite;                            /* takes them further */
	bool bite_posted;
	uint64_t next_id;
	uint8_t *
		in; /* what a turn reads into; shared by all connections, holds nothing between turns */
	struct unsent unsent
		[WORKER_UNSENT]; /* turns whose answers are not sent yet, and the one at work */
	unsigned unsent_count;
	struct verify_batch *batch;
	struct now now; /* of the turn */
	struct stats stats;
	struct sightings *sightings;
	struct tally *tally;
	bool stopping, quits;
	int64_t stop_at; /* monotonic seconds */
};

/* Never NULL: without memory, descriptors or threads there is no daemon. */
struct worker *worker_start(const struct worker_options *options);
/* Any thread. */
void worker_post(struct worker *w, struct worker_message *message);
/* On the worker's thread: ends its loop. */
void worker_quit(struct worker *w);
/* Waits for the end of the loop. Frees, once nobody posts any more. */
void worker_wait(struct worker *w);
void worker_free(struct worker *w);
/* Seconds that only go forward. */
int64_t worker_seconds(void);

#endif
