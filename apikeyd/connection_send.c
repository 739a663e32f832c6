/* connection_send.c - answers out: at once, or together with those of other turns.
 *
 * To wake a client that sleeps on another processor costs as much as several verifies, on a virtual machine most of all;
 * one that the first answers have woken is still awake for the others. So answers to verifies are sent when all that was
 * ready has been served, or WORKER_UNSENT turns of it, or one long turn (as redis does, before it sleeps). */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "apikeyd/connection_state.h"

#define LONG_TURN (16 * 1024) /* bytes of answers after which nothing waits any more */

struct buffer *connection_answers(struct worker *w)
{
	return &w->unsent[w->unsent_count].answers;
}

static struct unsent *unsent_of(const struct connection *c)
{
	struct unsent *u = c->worker->unsent;

	while (u->connection != c)
		u++;
	return u;
}

void connection_forget_answers(struct connection *c)
{
	struct unsent *u;

	if (!c->unsent)
		return;
	c->unsent = false;
	u = unsent_of(c);
	u->connection = NULL;
	u->answers.len = 0;
}

/* What was put off is kept by the connection again. */
static void take_back(struct connection *c)
{
	const struct buffer *answers;

	if (!c->unsent)
		return;
	answers = &unsent_of(c)->answers;
	buffer_append(&c->out, answers->data, answers->len);
	connection_forget_answers(c);
}

/* Sends what it can; false when the client is gone. */
static bool send_some(struct connection *c, const uint8_t *data, size_t len, size_t *sent)
{
	ssize_t n = send(c->fd, data, len, MSG_NOSIGNAL | MSG_DONTWAIT);

	*sent = n > 0 ? (size_t)n : 0;
	return n >= 0 || errno == EAGAIN || errno == EINTR;
}

/* Sends what it can of answers, and keeps the rest. */
static bool send_or_keep(struct connection *c, const struct buffer *answers)
{
	size_t sent;
	bool ok = send_some(c, answers->data, answers->len, &sent);

	if (sent < answers->len)
		buffer_append(&c->out, answers->data + sent, answers->len - sent);
	return ok;
}

bool connection_send(struct connection *c)
{
	struct buffer *turn = connection_answers(c->worker);
	size_t sent = 0;
	bool ok = !turn->failed;

	take_back(c);
	if (ok && c->out.len > 0) {
		buffer_append(&c->out, turn->data, turn->len);
		ok = send_some(c, c->out.data, c->out.len, &sent);
		buffer_consume(&c->out, sent);
	} else if (ok && turn->len > 0) {
		ok = send_or_keep(c, turn);
	}
	if (c->session.socket == SOCKET_ADMIN && turn->data != NULL)
		explicit_bzero(turn->data, turn->len); /* it may hold a new key */
	turn->len = 0;
	turn->failed = false; /* that is this client's end, and nobody else's */
	ok = ok && !c->out.failed;
	if (c->out.len == 0)
		buffer_wipe(&c->out);
	return ok;
}

bool connection_put_off(struct connection *c, uint64_t served, uint64_t began)
{
	struct worker *w = c->worker;
	struct unsent *u = &w->unsent[w->unsent_count];

	if (c->session.socket != SOCKET_VERIFY || w->stopping || c->unsent || c->out.len > 0 ||
		u->answers.len == 0 || u->answers.failed)
		return false;
	u->connection = c;
	u->served = served;
	u->began = began;
	c->unsent = true;
	c->begun_at = 0; /* what was begun has arrived: nobody closes it for that meanwhile */
	if (++w->unsent_count == WORKER_UNSENT || u->answers.len >= LONG_TURN)
		connection_flush(w);
	return true;
}

void connection_flush(struct worker *w)
{
	unsigned count = w->unsent_count;

	w->unsent_count = 0;
	for (unsigned i = 0; i < count; i++) {
		struct unsent *u = &w->unsent[i];
		struct connection *c = u->connection;
		bool ok;

		if (c == NULL)
			continue;
		ok = send_or_keep(c, &u->answers) && !c->out.failed;
		connection_forget_answers(c);
		if (ok)
			connection_turned(c, u->served, u->began);
		else
			connection_close(c, "gone");
	}
}
