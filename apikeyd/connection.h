/* connection.h - one client: bytes in, messages to the gate, bytes out, all bounded. */
#ifndef APIKEYD_CONNECTION_H
#define APIKEYD_CONNECTION_H

#include "apikeyd/events.h"
#include "apikeyd/identity.h"
#include "apikeyd/worker.h"

#define CONNECTION_READ (16 * 1024) /* bytes of one read: bounds what one client gets of a turn */
#define CONNECTION_OUT_HIGH (128 * 1024) /* unsent bytes past which a client is not read from */
#define CONNECTION_OUT_EVENTS                                                                      \
	(256 * 1024) /* unsent bytes past which events are dropped, visible as a gap */
#define CONNECTION_IN_FLIGHT                                                                       \
	16 /* calls of one connection that wait for the store; a heavy one is as many */
#define CONNECTION_STOP_GRACE 5 /* seconds that clients have to take their last answers */
/* What a worker's read buffer must hold: a begun message and what was read but not served, and one more read. */
#define CONNECTION_IN_MAX (FRAME_MAX_ADMIN + 2 * CONNECTION_READ)

/* Takes over fd, nonblocking. NULL, with the fd closed, when memory ends. */
struct connection *connection_open(
	struct worker *w, int fd, enum socket_kind kind, const struct caller *caller);
struct connection *connection_find(struct worker *w, uint64_t id);
/* Appends a finished answer and counts it as no longer in flight. Where memory ended while it was written, the connection
 * closes. */
void connection_answer(struct connection *c, const struct buffer *reply, bool heavy);
/* A message ahead of an answer; likewise. */
void connection_tell(struct connection *c, const struct buffer *message);
/* Answers a verify that has waited for the hasher; the caller frees it. */
void connection_late(struct connection *c, const struct verify_late *late);
/* Sends an event to whoever wants it and keeps up; whether it was sent. The connection may be gone then. */
bool connection_event(struct connection *c, const struct event_message *message);
/* Makes it act as somebody else; takes over the hold of the login (NULL: none). */
void connection_become(struct connection *c, const struct identity *identity, struct login *login);
uint64_t connection_id(const struct connection *c);
/* As worker_options.tick: closes connections whose begun request does not arrive, and all when a stop takes too long. */
void connection_tick(struct worker *w);
/* As worker_options.flush: sends the answers that wait to be sent together. */
void connection_flush(struct worker *w);
/* The daemon stops: reads what has arrived, then no more; the connection closes once everything is answered. */
void connection_finish(struct connection *c);
/* Ends the worker's loop if it is stopping and has no connection left. */
void connection_end_if_done(struct worker *w);
struct connection *connection_first(struct worker *w);
struct connection *connection_next(struct connection *c);
void connection_close(struct connection *c, const char *reason);

#endif
