/* dispatch.h - the one gate: every message passes here to its handler, and its answer to the connection. */
#ifndef APIKEYD_DISPATCH_H
#define APIKEYD_DISPATCH_H

#include "apikeyd/call.h"
#include "apikeyd/methods/verify.h"
#include "protocol/frame.h"

/* What a worker serves a turn of one connection with. */
struct dispatch {
	struct daemon *daemon;
	struct stats *stats;
	struct verify_batch *batch;
	struct answer_route
		route; /* for answers that come later; the connection is set for each turn */
	struct session *session;
	const struct now *now;
	struct buffer *out; /* of the turn */
	struct text own;    /* the tenant to which the caller is bound by now, in session */
	unsigned *late;     /* counts the connection's verifies that are answered later */
};

/* What is still to come for one message, counted against the connection's bound. */
enum dispatched {
	DISPATCH_DONE,  /* answered, or nothing to answer */
	DISPATCH_LATER, /* an answer will be delivered */
	DISPATCH_HEAVY, /* likewise, and it may be long */
};

/* Before the first message of a turn: sees who the caller is by now. */
void dispatch_begin(struct dispatch *d);
/* Takes a plain verify at the beginning of data, if there is a whole one, and returns its size; else 0. */
size_t dispatch_plain(struct dispatch *d, const uint8_t *data, size_t len);
enum dispatched dispatch_message(struct dispatch *d, const struct frame *frame);
/* Answers what was collected; at the end of a turn, before the bytes of its messages go away. */
void dispatch_finish(struct dispatch *d);

#endif
