/* fanout.c - an event's way to many subscribers: a change at a steady rate, and how long until each and all have read it.
 *
 *   fanout SOCKET SUBSCRIBERS EVENTS_A_SECOND SECONDS
 *
 * Times are ns from sending the change, so they include its commit. Each subscriber gets one event for a change. */
#include <err.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "tests/bench/histogram.h"

#define INPUT_SIZE 65536
#define EVENTS 128
#define SILENCE_MS 30000
#define ID_LEN 12
#define ID_AT 20 /* in `update` */

/* [0, 1, method, [{…}]] up to the parameters' values */
static const char subscribe[] = "\x94\x00\x01\xb0"
				"events.subscribe\x91\x81\xa6topics\x91\xa3key";
static const char create[] = "\x94\x00\x01\xaakey.create\x91\x81\xa4name\xa4"
			     "demo";
static const char update[] = "\x94\x00\x01\xaakey.update\x91\x82\xa2id\xac" /* id, then the name */
			     "123456789012\xa4name\xaa";

struct fanout {
	const char *path;
	int admin, epoll, count;
	char id[ID_LEN];
	struct histogram each, last, answer;
};

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static void send_all(int fd, const char *data, size_t len)
{
	if (send(fd, data, len, MSG_NOSIGNAL) != (ssize_t)len)
		err(EX_IOERR, "a request was not sent");
}

static size_t receive(int fd, char *input)
{
	ssize_t n = recv(fd, input, INPUT_SIZE, 0);

	if (n <= 0)
		err(EX_IOERR, "the server closed a connection");
	return (size_t)n;
}

static int open_socket(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) != 0)
		err(EX_UNAVAILABLE, "%s", path);
	return fd;
}

static void add_subscriber(struct fanout *f, char *input)
{
	int fd = open_socket(f->path);
	struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};

	send_all(fd, subscribe, sizeof subscribe - 1);
	receive(fd, input);
	if (epoll_ctl(f->epoll, EPOLL_CTL_ADD, fd, &event) != 0)
		err(EX_OSERR, "epoll_ctl");
}

static void make_key(struct fanout *f, char *input)
{
	const char *id;
	size_t len;

	f->admin = open_socket(f->path);
	send_all(f->admin, create, sizeof create - 1);
	len = receive(f->admin, input);
	id = memmem(input, len, "\xa2id\xac", 4);
	if (id == NULL)
		errx(EX_PROTOCOL, "no key was made");
	memcpy(f->id, id + 4, ID_LEN);
}

/* Reads one event from each. */
static void take(struct fanout *f, char *input, uint64_t begun)
{
	struct epoll_event events[EVENTS];
	uint64_t now = begun;

	for (int left = f->count; left > 0;) {
		int n = epoll_wait(f->epoll, events, EVENTS, SILENCE_MS);

		if (n <= 0)
			errx(EX_UNAVAILABLE, "an event did not reach %d subscribers", left);
		for (int i = 0; i < n; i++) {
			receive(events[i].data.fd, input);
			now = now_ns();
			histogram_add(&f->each, now - begun, 1);
		}
		left -= n;
	}
	histogram_add(&f->last, now - begun, 1);
}

static void change(struct fanout *f, char *input, unsigned number)
{
	char data[sizeof update + 10];
	uint64_t begun = now_ns();

	memcpy(data, update, sizeof update - 1);
	memcpy(data + ID_AT, f->id, ID_LEN);
	snprintf(data + sizeof update - 1, 11, "%010u", number);
	send_all(f->admin, data, sizeof update - 1 + 10);
	take(f, input, begun);
	receive(f->admin, input);
}

static void report(const char *name, const struct histogram *h)
{
	printf(", \"%s_ms\": {\"p50\": %.2f, \"p99\": %.2f, \"max\": %.2f}", name,
		(double)histogram_at(h, 0.5) / 1e6, (double)histogram_at(h, 0.99) / 1e6,
		(double)h->max / 1e6);
}

int main(int argc, char *argv[])
{
	struct rlimit files;
	struct fanout *f = calloc(1, sizeof *f);
	char *input = malloc(INPUT_SIZE);
	uint64_t interval, due, end;

	if (f == NULL || input == NULL || argc != 5)
		errx(EX_USAGE, "usage: fanout SOCKET SUBSCRIBERS EVENTS_A_SECOND SECONDS");
	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	f->path = argv[1];
	f->count = atoi(argv[2]);
	f->epoll = epoll_create1(EPOLL_CLOEXEC);
	make_key(f, input);
	for (int i = 0; i < f->count; i++)
		add_subscriber(f, input);
	interval = (uint64_t)(1e9 / atof(argv[3]));
	due = now_ns();
	end = due + (uint64_t)(atof(argv[4]) * 1e9);
	for (unsigned number = 0; due < end; number++, due += interval) {
		struct timespec at = {(time_t)(due / 1000000000), (long)(due % 1000000000)};

		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL);
		change(f, input, number);
	}
	printf("{\"subscribers\": %d, \"events\": %" PRIu64, f->count, f->last.count);
	report("each", &f->each);
	report("last", &f->last);
	puts("}");
	return 0;
}
