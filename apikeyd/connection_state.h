/* connection_state.h - a client as connection.c and connection_send.c know it. */
#ifndef APIKEYD_CONNECTION_STATE_H
#define APIKEYD_CONNECTION_STATE_H

#include <uthash.h>

#include "apikeyd/connection.h"

struct connection {
	uint64_t id;
	int fd;
	struct worker *worker;
	struct session session;
	struct event *readable, *writable;
	struct frame_scan scan;
	struct buffer
		in; /* read but not served: half a message, or more when the client is over a bound */
	struct buffer out; /* answered but not sent */
	unsigned in_flight;
	unsigned late; /* verifies that wait for the hasher, whose bound is theirs */
	bool reading,
		writing; /* which events are on: switching them costs more than a verify's look-up */
	bool held;       /* `in` begins with more messages, for whose answers there was no room */
	bool unsent;     /* answers of a turn of it are among the worker's */
	bool draining;   /* the daemon stops: what has arrived is still read */
	bool ending;     /* nothing more is read; closes once all is answered and sent */
	int64_t begun_at; /* when the half message in `in` began, monotonic seconds; 0: there is none */
	UT_hash_handle hh;
};

/* What the turn at work answers into. */
struct buffer *connection_answers(struct worker *w);
/* Writes the turn's answers, after those that still wait, and keeps the rest. False when the client is gone. */
bool connection_send(struct connection *c);
/* Leaves the turn's answers to connection_flush, where they may wait so long; whether it did. connection_turned is called
 * once they are sent. */
bool connection_put_off(struct connection *c, uint64_t served, uint64_t began);
/* Those that wait are sent to nobody. */
void connection_forget_answers(struct connection *c);
/* A turn is over, its answers sent: counts it, and closes or waits for what there is to wait for. */
void connection_turned(struct connection *c, uint64_t served, uint64_t began);

#endif
