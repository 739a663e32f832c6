/* drive.c - drives a server and times its answers.
 *
 * It must be far faster than what it measures: requests lie ready in one block, in which only keys and numbers
 * change, a batch is one write, answers are read into one block that stays in the cache, and the next batch's
 * keys are chosen and fetched while the server works. */
#include "tests/bench/drive.h"

#include <endian.h>
#include <err.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#define INPUT_SIZE (128 * 1024)
#define ANSWER_MAX 4096
#define SILENCE_MS 30000 /* after which the server is taken to hang */
#define EVENTS 128

struct connection {
	int fd;
	uint8_t *begun; /* the bytes of an answer that is not whole yet */
	size_t begun_len;
	uint32_t chosen[DEPTH_MAX]; /* keys of the next batch */
	unsigned next;              /* how many those are */
	unsigned pending;           /* answers still to come */
	uint64_t missing;           /* bit n: answer n of the batch is one of them */
	uint32_t first;             /* number of the batch's first request */
	uint64_t sent;              /* when; or was due, where there is a rate */
	bool waits;                 /* for sent to come */
};

struct driver {
	const struct drive_options *options;
	struct keys *keys;
	struct drive_result *result;
	struct request request;
	uint8_t *requests; /* depth of them, end to end */
	uint8_t *input;
	int epoll;
	unsigned active; /* connections that have a batch under way */
	clockid_t server_clock;
	uint64_t begin, end, work, server_work, bytes;
	bool counting;
	uint64_t interval; /* ns between two batches of a connection; 0: none */
	struct connection *connections;
};

static uint64_t clock_ns(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static void *allocate(size_t size)
{
	void *p = calloc(1, size);

	if (p == NULL)
		err(EX_OSERR, "%zu bytes", size);
	return p;
}

static void choose_batch(struct driver *d, struct connection *c)
{
	for (c->next = 0; c->next < d->options->depth; c->next++) {
		uint32_t number = keys_choose(d->keys);

		if (number == d->keys->count)
			return;
		c->chosen[c->next] = number;
		__builtin_prefetch(keys_get(d->keys, number));
		__builtin_prefetch(keys_get(d->keys, number) + d->keys->len - 1);
	}
}

static void send_batch(struct driver *d, struct connection *c, uint64_t now)
{
	uint8_t *p = d->requests;

	c->first += DEPTH_MAX;
	for (unsigned i = 0; i < c->next; i++, p += d->request.len) {
		uint32_t msgid = htobe32(c->first + i);

		memcpy(p + d->request.key_at, keys_get(d->keys, c->chosen[i]), d->keys->len);
		if (d->request.msgid_at != 0)
			memcpy(p + d->request.msgid_at, &msgid, sizeof(msgid));
	}

	ssize_t n =
		send(c->fd, d->requests, (size_t)(p - d->requests), MSG_NOSIGNAL | MSG_DONTWAIT);

	if (n != p - d->requests)
		errx(EX_IOERR, "a batch of %td bytes did not fit: %zd written", p - d->requests, n);
	c->sent = d->interval > 0 ? c->sent : now;
	c->waits = false;
	c->pending = c->next;
	c->missing = c->next == 64 ? UINT64_MAX : ((uint64_t)1 << c->next) - 1;
	choose_batch(d, c);
}

static void check_number(struct connection *c, uint32_t msgid)
{
	uint32_t n = msgid - c->first;

	if (n >= DEPTH_MAX || (c->missing & (uint64_t)1 << n) == 0)
		errx(EX_PROTOCOL, "an answer to request %u, which does not wait for one", msgid);
	c->missing &= ~((uint64_t)1 << n);
}

/* Takes the whole answers out of the len bytes of input and keeps the rest; returns how many. */
static unsigned take_answers(struct driver *d, struct connection *c, size_t len)
{
	const uint8_t *p = d->input, *end = d->input + len;
	unsigned count = 0;

	while (p < end) {
		uint32_t msgid = 0;
		long n = d->options->protocol->answer(
			p, (size_t)(end - p), d->options->size, &msgid);

		if (n == 0)
			break;
		if (n < 0)
			errx(EX_PROTOCOL, "not the answer that a good key gets: %.*s",
				(int)(end - p > 200 ? 200 : end - p), (const char *)p);
		if (d->request.msgid_at != 0)
			check_number(c, msgid);
		p += n;
		count++;
	}
	d->bytes += (uint64_t)(p - d->input);
	c->begun_len = (size_t)(end - p);
	if (c->begun_len > ANSWER_MAX)
		errx(EX_PROTOCOL, "an answer of over %d bytes", ANSWER_MAX);
	memcpy(c->begun, p, c->begun_len);
	return count;
}

static void receive(struct driver *d, struct connection *c)
{
	memcpy(d->input, c->begun, c->begun_len);

	ssize_t n = recv(c->fd, d->input + c->begun_len, INPUT_SIZE - c->begun_len, 0);

	if (n <= 0)
		errx(EX_IOERR, "the server closed a connection: %s",
			n < 0 ? strerror(errno) : "end");

	uint64_t now = clock_ns(CLOCK_MONOTONIC);
	unsigned count = take_answers(d, c, c->begun_len + (size_t)n);

	if (count > c->pending)
		errx(EX_PROTOCOL, "more answers than requests");
	histogram_add(&d->result->latency, now - c->sent, count);
	c->pending -= count;
	if (c->pending > 0)
		return;
	if (c->next == 0) {
		d->active--;
	} else if (d->interval == 0) {
		send_batch(d, c, now);
	} else {
		c->sent += d->interval;
		c->waits = true;
	}
}

/* Sends what is due; returns ns until the next will be. */
static uint64_t send_due(struct driver *d, uint64_t now)
{
	uint64_t next = (uint64_t)SILENCE_MS * 1000000;

	for (unsigned i = 0; d->interval > 0 && i < d->options->connections; i++) {
		struct connection *c = &d->connections[i];

		if (c->waits && c->sent <= now)
			send_batch(d, c, now);
		else if (c->waits && c->sent - now < next)
			next = c->sent - now;
	}
	return next;
}

static int open_socket(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (strlen(path) >= sizeof(address.sun_path))
		errx(EX_USAGE, "%s: too long for a socket", path);
	memcpy(address.sun_path, path, strlen(path) + 1);
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0)
		err(EX_UNAVAILABLE, "%s", path);
	return fd;
}

static void open_connection(struct driver *d, struct connection *c)
{
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};

	c->fd = open_socket(d->options->socket);
	if (epoll_ctl(d->epoll, EPOLL_CTL_ADD, c->fd, &event) != 0)
		err(EX_OSERR, "epoll_ctl");
	c->begun = allocate(ANSWER_MAX);
	choose_batch(d, c);
}

/* What came during the warm-up is forgotten. */
static void begin_counting(struct driver *d, uint64_t now)
{
	memset(d->result, 0, sizeof(*d->result));
	d->bytes = 0;
	d->counting = true;
	d->begin = now;
	d->end = now + (uint64_t)(d->options->seconds * 1e9);
	d->work = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
	d->server_work = clock_ns(d->server_clock);
}

static void end_counting(struct driver *d, uint64_t now)
{
	struct drive_result *r = d->result;

	r->answers = r->latency.count;
	r->seconds = (double)(now - d->begin) / 1e9;
	r->work = (double)(clock_ns(CLOCK_PROCESS_CPUTIME_ID) - d->work) / 1e9;
	r->server_work = (double)(clock_ns(d->server_clock) - d->server_work) / 1e9;
	r->answer_bytes = (double)d->bytes / (double)(r->answers > 0 ? r->answers : 1);
}

static void run(struct driver *d)
{
	struct epoll_event events[EVENTS];
	uint64_t now = clock_ns(CLOCK_MONOTONIC);
	uint64_t warm = now + (uint64_t)(d->options->warm_up * 1e9);

	while (d->active > 0 && (!d->counting || d->keys->in_order || now < d->end)) {
		uint64_t wait = send_due(d, now);
		struct timespec until = {(time_t)(wait / 1000000000), (long)(wait % 1000000000)};
		int n = epoll_pwait2(d->epoll, events, EVENTS, &until, NULL);

		if ((n == 0 && wait == (uint64_t)SILENCE_MS * 1000000) || (n < 0 && errno != EINTR))
			errx(EX_UNAVAILABLE, "the server said nothing for %d s", SILENCE_MS / 1000);
		for (int i = 0; i < n; i++)
			receive(d, events[i].data.ptr);
		now = clock_ns(CLOCK_MONOTONIC);
		if (!d->counting && now >= warm)
			begin_counting(d, now);
	}
	end_counting(d, now);
}

/* Connects, and starts a batch on every connection. */
static void begin(struct driver *d, struct connection *connections)
{
	d->options->protocol->request(&d->request, d->keys->len, d->options->size);
	d->requests = allocate(d->options->depth * d->request.len);
	for (unsigned i = 0; i < d->options->depth; i++)
		memcpy(d->requests + i * d->request.len, d->request.bytes, d->request.len);
	for (unsigned i = 0; i < d->options->connections; i++)
		open_connection(d, &connections[i]);
	if (d->keys->in_order)
		begin_counting(d, clock_ns(CLOCK_MONOTONIC));
	for (unsigned i = 0; i < d->options->connections; i++) {
		if (connections[i].next == 0)
			continue;
		d->active++;
		connections[i].sent =
			clock_ns(CLOCK_MONOTONIC) + d->interval * i / d->options->connections;
		connections[i].waits = d->interval > 0;
		if (d->interval == 0)
			send_batch(d, &connections[i], connections[i].sent);
	}
}

void drive(const struct drive_options *options, struct keys *keys, struct drive_result *out)
{
	struct connection *connections = allocate(options->connections * sizeof(*connections));
	struct driver d = {
		.options = options,
		.keys = keys,
		.result = out,
		.input = allocate(INPUT_SIZE),
		.epoll = epoll_create1(EPOLL_CLOEXEC),
		.connections = connections,
	};
	double batches = options->rate / (options->connections * options->depth);

	if (options->rate > 0)
		d.interval = (uint64_t)(1e9 / batches);
	(void)prctl(PR_SET_TIMERSLACK, 1);

	/* Without a server's process number, the clock is our own and its figure is not reported. */
	if (clock_getcpuclockid(options->server, &d.server_clock) != 0)
		errx(EX_NOINPUT, "no process %d", (int)options->server);
	begin(&d, connections);
	run(&d);
	for (unsigned i = 0; i < options->connections; i++) {
		close(connections[i].fd);
		free(connections[i].begun);
	}
	free(connections);
	free(d.requests);
	free(d.input);
	close(d.epoll);
}
