/* mailbox.c - what other threads ask of a worker's connections. */
#include "apikeyd/mailbox.h"

#include <limits.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "apikeyd/connection.h"
#include "apikeyd/logins.h"
#include "apikeyd/methods/verify_late.h"

static void *allocate(size_t size)
{
	void *p = calloc(1, size);

	if (p == NULL)
		abort(); /* a clean stop, never a wrong answer */
	return p;
}

struct adoption {
	struct worker_message message;
	int fd;
	enum socket_kind kind;
	struct caller caller;
};

static void run_adoption(struct worker *w, struct worker_message *message)
{
	struct adoption *a = (struct adoption *)message;
	struct connection *c = connection_open(w, a->fd, a->kind, &a->caller);

	if (c != NULL && w->stopping)
		connection_finish(c);
	free(a);
}

void mailbox_adopt(struct worker *w, int fd, enum socket_kind kind, const struct caller *caller)
{
	struct adoption *a = allocate(sizeof *a);

	a->message.run = run_adoption;
	a->fd = fd;
	a->kind = kind;
	a->caller = *caller;
	worker_post(w, &a->message);
}

struct delivery {
	struct worker_message message;
	uint64_t connection;
	struct buffer reply;
	bool last; /* the answer itself; false: something ahead of it */
	bool heavy;
};

static void run_delivery(struct worker *w, struct worker_message *message)
{
	struct delivery *d = (struct delivery *)message;
	struct connection *c = connection_find(w, d->connection);

	if (c != NULL && d->last)
		connection_answer(c, &d->reply, d->heavy);
	else if (c != NULL)
		connection_tell(c, &d->reply);
	buffer_wipe(&d->reply);
	free(d);
	connection_end_if_done(w);
}

static void post(void *worker, const struct delivery *delivery)
{
	struct delivery *d = allocate(sizeof *d);

	*d = *delivery;
	d->message.run = run_delivery;
	worker_post(worker, &d->message);
}

void mailbox_deliver(void *worker, uint64_t connection, struct buffer *reply, bool heavy)
{
	post(worker,
		&(struct delivery){
			.connection = connection, .reply = *reply, .last = true, .heavy = heavy});
	memset(reply, 0, sizeof *reply);
}

void mailbox_tell(void *worker, uint64_t connection, struct buffer *message)
{
	post(worker, &(struct delivery){.connection = connection, .reply = *message});
	memset(message, 0, sizeof *message);
}

struct recall {
	struct worker_message message;
	uint64_t connection;
	struct verify_late *late;
};

static void run_recall(struct worker *w, struct worker_message *message)
{
	struct recall *r = (struct recall *)message;
	struct connection *c = connection_find(w, r->connection);

	if (c != NULL)
		connection_late(c, r->late);
	verify_late_free(r->late);
	free(r);
	connection_end_if_done(w);
}

void mailbox_recall(void *worker, uint64_t connection, struct verify_late *late)
{
	struct recall *r = allocate(sizeof *r);

	r->message.run = run_recall;
	r->connection = connection;
	r->late = late;
	worker_post(worker, &r->message);
}

struct becoming {
	struct worker_message message;
	uint64_t connection;
	struct identity identity;
	struct login *login;
};

static void run_becoming(struct worker *w, struct worker_message *message)
{
	struct becoming *b = (struct becoming *)message;
	struct connection *c = connection_find(w, b->connection);

	if (c != NULL)
		connection_become(c, &b->identity, b->login);
	else
		logins_release(w->o.daemon->logins, b->login);
	free(b);
}

void mailbox_become(
	void *worker, uint64_t connection, const struct identity *identity, struct login *login)
{
	struct becoming *b = allocate(sizeof *b);

	b->message.run = run_becoming;
	b->connection = connection;
	b->identity = *identity;
	b->identity.session = NULL; /* the call's, which may be gone by then */
	b->login = login;
	worker_post(worker, &b->message);
}

/* An event on its way through the connections of a worker. One goes after the other, a bite at a time, so that others are
 * served between bites however many events there are, and nobody hears of a later one first. */
struct publication {
	struct worker_message message;
	struct publication *next;
	struct event_message *event;
	uint64_t last; /* the connection that has had it last */
};

#define PUBLISH_AT_ONCE 8 /* connections, at some microseconds each */

/* The one after it in the order of ids, which is that of the list. */
static struct connection *connection_after(struct worker *w, uint64_t id)
{
	struct connection *c = connection_find(w, id);

	if (c != NULL)
		return connection_next(c);
	for (c = connection_first(w); c != NULL && connection_id(c) < id; c = connection_next(c))
		;
	return c;
}

/* Sends the event to so many more at most, and takes them off; whether all have had it. */
static bool publish(struct worker *w, struct publication *p, unsigned *most)
{
	struct connection *c = connection_after(w, p->last), *next;

	for (; c != NULL && *most > 0; c = next) {
		next = connection_next(c);
		p->last = connection_id(c);
		*most -= connection_event(c, p->event);
	}
	return c == NULL;
}

static void publish_some(struct worker *w, unsigned most)
{
	struct publication *p;

	while ((p = w->publications) != NULL && publish(w, p, &most)) {
		w->publications = p->next;
		event_release(p->event);
		free(p);
	}
	if (w->publications == NULL) {
		w->publications_last = &w->publications;
		return;
	}
	if (!w->bite_posted)
		worker_post(w, &w->bite);
	w->bite_posted = true;
}

static void run_bite(struct worker *w, struct worker_message *message)
{
	(void)message;
	w->bite_posted = false;
	publish_some(w, PUBLISH_AT_ONCE);
}

static void run_publication(struct worker *w, struct worker_message *message)
{
	struct publication *p = (struct publication *)message;

	w->bite.run = run_bite;
	*w->publications_last = p;
	w->publications_last = &p->next;
	/* The daemon's own, and what is before it, come before it stops. */
	if (p->event->topic == TOPIC_SERVER)
		publish_some(w, UINT_MAX);
	else if (!w->bite_posted)
		publish_some(w, PUBLISH_AT_ONCE);
}

void mailbox_publish(struct worker *w, struct event_message *event)
{
	struct publication *p = allocate(sizeof *p);

	p->message.run = run_publication;
	p->event = event;
	atomic_fetch_add(&event->references, 1);
	worker_post(w, &p->message);
}

/* A sign of a worker that it has come so far. */
struct sign {
	struct worker_message message;
	sem_t *given;
};

static void run_sign(struct worker *w, struct worker_message *message)
{
	(void)w;
	sem_post(((struct sign *)message)->given);
	free(message);
}

void mailbox_wait(struct worker **workers, unsigned count, unsigned seconds)
{
	sem_t *given = allocate(sizeof *given);
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += seconds;
	sem_init(given, 0, 0);
	for (unsigned i = 0; i < count; i++) {
		struct sign *sign = allocate(sizeof *sign);

		sign->message.run = run_sign;
		sign->given = given;
		worker_post(workers[i], &sign->message);
	}
	while (count > 0 && sem_clockwait(given, CLOCK_MONOTONIC, &until) == 0)
		count--;
}

static void run_stop(struct worker *w, struct worker_message *message)
{
	struct connection *c, *next;

	w->stopping = true;
	w->stop_at = worker_seconds() + CONNECTION_STOP_GRACE;
	for (c = connection_first(w); c != NULL; c = next) {
		next = connection_next(c);
		connection_finish(c);
	}
	free(message);
	connection_end_if_done(w);
}

void mailbox_stop(struct worker *w)
{
	struct worker_message *message = allocate(sizeof *message);

	message->run = run_stop;
	worker_post(w, message);
}
