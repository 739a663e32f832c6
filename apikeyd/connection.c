/* connection.c - one client: bytes in, messages to the gate, bytes out, all bounded.
 *
 * A turn reads once into the worker's buffer, serves every complete message, and writes once, some turns' answers
 * together (connection_send.c). A connection owns memory only while it has half a message or unsent answers. At a bound
 * it is not read from until it has room again. */
#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "apikeyd/clock.h"
#include "apikeyd/config.h"
#include "apikeyd/connection_state.h"
#include "apikeyd/digests.h"
#include "apikeyd/log.h"
#include "apikeyd/peer.h"
#include "apikeyd/reply.h"

static const size_t message_max[SOCKET_COUNT] = {
	[SOCKET_VERIFY] = FRAME_MAX_VERIFY,
	[SOCKET_ADMIN] = FRAME_MAX_ADMIN,
};

void connection_end_if_done(struct worker *w)
{
	if (w->stopping && w->connections == NULL)
		worker_quit(w);
}

struct connection *connection_find(struct worker *w, uint64_t id)
{
	struct connection *c;

	HASH_FIND(hh, w->connections, &id, sizeof id, c);
	return c;
}

struct connection *connection_first(struct worker *w)
{
	return w->connections;
}

struct connection *connection_next(struct connection *c)
{
	return c->hh.next;
}

uint64_t connection_id(const struct connection *c)
{
	return c->id;
}

void connection_close(struct connection *c, const char *reason)
{
	struct worker *w = c->worker;

	log_debug("connection %llu of uid %u closed: %s", (unsigned long long)c->id,
		(unsigned)c->session.caller.uid, reason);
	connection_forget_answers(c);
	event_free(c->readable);
	event_free(c->writable);
	close(c->fd);
	peer_count_give_back(w->o.peers, c->session.caller.uid);
	digests_leave(w->o.daemon->digests, &c->session.subscription);
	atomic_fetch_sub(&w->o.daemon->connections, 1);
	HASH_DEL(w->connections, c);
	identity_drop(w->o.daemon, &c->session);
	buffer_wipe(&c->in);
	buffer_wipe(&c->out);
	free(c->session.bound);
	free(c);
	connection_end_if_done(w);
}

static bool full(const struct connection *c)
{
	return c->out.len + connection_answers(c->worker)->len >= CONNECTION_OUT_HIGH ||
	       c->in_flight >= CONNECTION_IN_FLIGHT;
}

static struct dispatch dispatch_of(struct connection *c)
{
	struct worker *w = c->worker;
	struct dispatch d = {
		.daemon = w->o.daemon,
		.stats = &w->stats,
		.batch = w->batch,
		.route = w->o.route,
		.session = &c->session,
		.now = &w->now,
		.out = connection_answers(w),
		.late = &c->late,
	};

	d.route.worker = w;
	d.route.connection = c->id;
	return d;
}

/* Serves every complete message of data, as far as bounds allow; returns how many bytes are done with. */
static size_t serve(struct connection *c, const uint8_t *data, size_t len, uint64_t *served)
{
	struct worker *w = c->worker;
	struct dispatch d = dispatch_of(c);
	struct frame frame;
	size_t at = 0, used = 0;
	int found = 1;

	clock_read(w->o.daemon->clock, &w->now);
	dispatch_begin(&d);
	while (found > 0 && !full(c)) {
		used = c->scan.pos == 0 ? dispatch_plain(&d, data + at, len - at) : 0;
		if (used > 0) {
			at += used;
			++*served;
			continue;
		}
		found = frame_next(&c->scan, data + at, len - at, &frame, &used);
		at += used;
		if (found <= 0)
			break;
		++*served;
		switch (dispatch_message(&d, &frame)) {
		case DISPATCH_DONE:
			break;
		case DISPATCH_LATER:
			c->in_flight++;
			break;
		case DISPATCH_HEAVY:
			c->in_flight += CONNECTION_IN_FLIGHT;
			break;
		}
	}
	dispatch_finish(&d);
	if (found < 0) {
		frame.type = FRAME_REQUEST;
		if (frame.fault != APIKEY_OK)
			dispatch_message(&d, &frame);
		c->ending = true;
		at = len;
	}
	c->held = found > 0 && at < len;
	return at;
}

/* Keeps what was not served. data may lie in c->in or in the worker's buffer. Where memory ends, c->in has failed. */
static void keep_rest(struct connection *c, const uint8_t *data, size_t len, size_t done)
{
	if (data == c->in.data)
		buffer_consume(&c->in, done);
	else
		c->in.len = 0;
	if (done == len)
		buffer_wipe(&c->in);
	else if (data != c->in.data)
		buffer_append(&c->in, data + done, len - done);
}

static uint64_t nanoseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void watch(struct event *event, bool *on, bool wanted)
{
	if (*on == wanted)
		return;
	*on = wanted;
	if (wanted)
		event_add(event, NULL);
	else
		event_del(event);
}

/* Closes, or waits for what there is to wait for. */
static void settle(struct connection *c)
{
	bool half = !c->ending && !c->held && (c->in.len > 0 || c->scan.pos > 0);
	bool room = !full(c), more = room && !c->ending && !c->held;

	if (c->ending && c->out.len == 0 && !c->unsent && c->in_flight == 0 && c->late == 0) {
		connection_close(c, "done");
		return;
	}
	c->begun_at = !half || !room ? 0 : c->begun_at != 0 ? c->begun_at : worker_seconds();
	watch(c->readable, &c->reading, more);
	watch(c->writable, &c->writing, c->out.len > 0 || (c->held && room));
	if (c->draining && more)
		event_active(c->readable, EV_READ, 0);
}

void connection_turned(struct connection *c, uint64_t served, uint64_t began)
{
	if (served > 0) {
		c->begun_at = 0;
		stats_turn(&c->worker->stats, served, nanoseconds() - began, worker_seconds());
	}
	settle(c);
}

/* One turn over len bytes at data, which begin with what was kept. */
static void turn(struct connection *c, const uint8_t *data, size_t len)
{
	uint64_t began = nanoseconds(), served = 0;
	size_t done = serve(c, data, len, &served);

	keep_rest(c, data, len, done);
	if (!c->in.failed && connection_put_off(c, served, began))
		return;
	if (!connection_send(c) || c->in.failed)
		connection_close(c, "gone");
	else
		connection_turned(c, served, began);
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct connection *c = arg;
	uint8_t *data = c->worker->in;
	size_t kept = c->in.len;
	ssize_t n;

	(void)what;
	memcpy(data, c->in.data != NULL ? c->in.data : data, kept);
	n = read(fd, data + kept, CONNECTION_READ);
	if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
		c->ending = c->draining;
		settle(c);
		return;
	}
	if (n < 0) {
		connection_close(c, "gone");
		return;
	}
	if (n == 0) {
		c->ending = true;
		settle(c);
		return;
	}
	turn(c, data, kept + (size_t)n);
	explicit_bzero(data, kept + (size_t)n); /* it held keys */
}

/* There was no room for more answers and now there may be: first serves what was read already. */
static void resume(struct connection *c)
{
	if (c->in.len > 0 && !full(c))
		turn(c, c->in.data, c->in.len);
	else
		settle(c);
}

static void on_writable(evutil_socket_t fd, short what, void *arg)
{
	struct connection *c = arg;

	(void)fd;
	(void)what;
	if (!connection_send(c))
		connection_close(c, "gone");
	else
		resume(c);
}

/* False when memory ends. */
static bool make_events(struct connection *c, struct worker *w, int fd)
{
	c->readable = event_new(w->base, fd, EV_READ | EV_PERSIST, on_readable, c);
	c->writable = event_new(w->base, fd, EV_WRITE | EV_PERSIST, on_writable, c);
	if (c->readable != NULL && c->writable != NULL)
		return true;
	if (c->readable != NULL)
		event_free(c->readable);
	if (c->writable != NULL)
		event_free(c->writable);
	return false;
}

struct connection *connection_open(
	struct worker *w, int fd, enum socket_kind kind, const struct caller *caller)
{
	struct frame_bounds bounds = {
		.max_bytes = message_max[kind], .max_elements = FRAME_MAX_ELEMENTS};
	struct connection *c = calloc(1, sizeof *c);

	if (c == NULL || !make_events(c, w, fd)) {
		free(c);
		close(fd);
		peer_count_give_back(w->o.peers, caller->uid);
		atomic_fetch_sub(&w->o.daemon->connections, 1);
		return NULL;
	}
	c->id = ++w->next_id;
	c->fd = fd;
	c->worker = w;
	c->session.socket = kind;
	c->session.caller = c->session.peer = *caller;
	peer_bind(fd, w->o.daemon->bindings, &c->session);
	c->in.max = CONNECTION_IN_MAX;
	c->out.max = 32 * ANSWER_MAX;
	frame_scan_init(&c->scan, bounds);
	watch(c->readable, &c->reading, true);
	HASH_ADD(hh, w->connections, id, sizeof c->id, c);
	return c;
}

void connection_tell(struct connection *c, const struct buffer *message)
{
	buffer_append(connection_answers(c->worker), message->data, message->len);
	if (!connection_send(c) || message->failed)
		connection_close(c, "gone");
	else
		resume(c);
}

void connection_answer(struct connection *c, const struct buffer *reply, bool heavy)
{
	c->in_flight -= heavy ? CONNECTION_IN_FLIGHT : 1;
	connection_tell(c, reply);
}

void connection_late(struct connection *c, const struct verify_late *late)
{
	struct dispatch d = dispatch_of(c);

	c->late--;
	clock_read(c->worker->o.daemon->clock, &c->worker->now);
	dispatch_begin(&d);
	verify_late_answer(d.batch, late);
	if (!connection_send(c))
		connection_close(c, "gone");
	else
		resume(c);
}

bool connection_event(struct connection *c, const struct event_message *message)
{
	struct text wanted;

	clock_read(c->worker->o.daemon->clock, &c->worker->now);
	identity_refresh(c->worker->o.daemon, &c->session, &c->worker->now, false);
	wanted = event_for(&c->session.subscription, message);
	if (wanted.data == NULL || c->out.len + wanted.len > CONNECTION_OUT_EVENTS)
		return false;
	buffer_append(connection_answers(c->worker), wanted.data, wanted.len);
	if (!connection_send(c))
		connection_close(c, "gone");
	else
		settle(c);
	return true;
}

void connection_become(struct connection *c, const struct identity *identity, struct login *login)
{
	identity_take(c->worker->o.daemon, &c->session, identity, login);
}

void connection_tick(struct worker *w)
{
	int64_t patience = daemon_config(w->o.daemon)->request_timeout, now = worker_seconds();
	bool late = w->stopping && now >= w->stop_at;
	struct connection *c, *next;

	HASH_ITER (hh, w->connections, c, next) {
		if (late)
			connection_close(c, "the daemon stops");
		else if (c->begun_at != 0 && now - c->begun_at > patience)
			connection_close(c, "a begun request did not arrive in time");
	}
}

void connection_finish(struct connection *c)
{
	c->draining = true;
	if (!connection_send(c))
		connection_close(c, "gone");
	else
		settle(c);
}
