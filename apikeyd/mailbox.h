/* mailbox.h - what other threads ask of a worker's connections. */
#ifndef APIKEYD_MAILBOX_H
#define APIKEYD_MAILBOX_H

#include "apikeyd/events.h"
#include "apikeyd/worker.h"

/* Hands an accepted connection over. The fd and the peer's place are the worker's from then on. */
void mailbox_adopt(struct worker *w, int fd, enum socket_kind kind, const struct caller *caller);
/* As answer_route.deliver: takes the reply's bytes. The connection may be gone. */
void mailbox_deliver(void *worker, uint64_t connection, struct buffer *reply, bool heavy);
/* As answer_route.tell. */
void mailbox_tell(void *worker, uint64_t connection, struct buffer *message);
/* As answer_route.recall: answers the verify, if its connection is still there. */
void mailbox_recall(void *worker, uint64_t connection, struct verify_late *late);
/* As answer_route.become. The connection may be gone. */
void mailbox_become(
	void *worker, uint64_t connection, const struct identity *identity, struct login *login);
/* Sends an event to the worker's subscribers; takes a reference. */
void mailbox_publish(struct worker *w, struct event_message *event);
/* Returns once each worker has done what was asked of it before, or after so many seconds; then the process must end. */
void mailbox_wait(struct worker **workers, unsigned count, unsigned seconds);
/* Answers what has arrived and what is in flight, closes all connections and ends the loop. */
void mailbox_stop(struct worker *w);

#endif
