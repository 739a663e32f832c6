/* events.c - what happens, told to subscribers: encoded once, numbered, kept for a while, sent by each worker. */
#include "apikeyd/events.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "protocol/frame.h"
#include "protocol/writer.h"

#define EVENT_MAX_BYTES 65536

struct events {
	pthread_mutex_t lock;
	event_sink *sink;
	void *arg;
	int64_t seq;
	struct event_message *kept[EVENTS_KEPT]; /* by seq modulo EVENTS_KEPT */
};

struct events *events_new(event_sink *sink, void *arg)
{
	struct events *e = calloc(1, sizeof *e);
	struct timespec now;

	if (e == NULL)
		abort();
	pthread_mutex_init(&e->lock, NULL);
	e->sink = sink;
	e->arg = arg;
	clock_gettime(CLOCK_REALTIME, &now);
	e->seq = (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
	return e;
}

void event_release(struct event_message *message)
{
	if (message != NULL && atomic_fetch_sub(&message->references, 1) == 1)
		free(message);
}

static void release_all(struct event_message *message)
{
	while (message != NULL) {
		struct event_message *also = message->also;

		event_release(message);
		message = also;
	}
}

void events_free(struct events *e)
{
	if (e == NULL)
		return;
	for (size_t i = 0; i < EVENTS_KEPT; i++)
		release_all(e->kept[i]);
	pthread_mutex_destroy(&e->lock);
	free(e);
}

static void encode(struct buffer *b, const struct event_facts *facts, int64_t seq, int64_t now)
{
	write_array(b, 3);
	write_int(b, FRAME_NOTIFICATION);
	write_str(b, "event");
	write_array(b, 1);
	write_map(b, 3u + facts->member_count);
	write_str(b, "seq");
	write_int(b, seq);
	write_str(b, "at");
	write_int(b, now);
	write_str(b, "type");
	write_str(b, facts->type);
	write_raw(b, facts->members.data, facts->members.len);
}

static void copy_word(char *out, size_t size, struct text t)
{
	snprintf(out, size, "%.*s", (int)t.len, t.data != NULL ? t.data : "");
}

static struct event_message *make_message(const struct event_facts *facts, int64_t seq, int64_t now)
{
	struct buffer b = {.max = EVENT_MAX_BYTES};
	struct event_message *message = NULL;

	encode(&b, facts, seq, now);
	if (!b.failed && (message = malloc(sizeof *message + b.len)) != NULL) {
		atomic_init(&message->references, 1);
		message->also = NULL;
		message->seq = seq;
		message->topic = facts->topic;
		copy_word(message->key, sizeof message->key, facts->key);
		copy_word(message->tenant, sizeof message->tenant, facts->tenant);
		message->len = b.len;
		memcpy(message->data, b.data, b.len);
	}
	buffer_free(&b);
	return message;
}

/* The number is used up even where memory ends: subscribers see the gap. */
void events_publish_together(
	struct events *e, const struct event_facts *facts, size_t count, int64_t now)
{
	struct event_message **place;

	pthread_mutex_lock(&e->lock);
	place = &e->kept[++e->seq % EVENTS_KEPT];
	release_all(*place);
	*place = NULL;
	for (size_t i = 0; i < count; i++)
		if ((*place = make_message(&facts[i], e->seq, now)) != NULL) {
			e->sink(*place, e->arg);
			place = &(*place)->also;
		}
	pthread_mutex_unlock(&e->lock);
}

void events_publish(struct events *e, const struct event_facts *facts, int64_t now)
{
	events_publish_together(e, facts, 1, now);
}

int64_t events_latest(struct events *e)
{
	int64_t seq;

	pthread_mutex_lock(&e->lock);
	seq = e->seq;
	pthread_mutex_unlock(&e->lock);
	return seq;
}

bool event_wanted(const struct subscription *sub, const struct event_message *message)
{
	return sub->active && message->seq > sub->after &&
	       (sub->topics & ((int64_t)1 << message->topic)) != 0 &&
	       (sub->key[0] == '\0' || strcmp(sub->key, message->key) == 0) &&
	       (sub->tenant[0] == '\0' || strcmp(sub->tenant, message->tenant) == 0);
}

/* The first message of that number, if it is still kept. */
static const struct event_message *kept_at(const struct events *e, int64_t seq)
{
	const struct event_message *message = e->kept[seq % EVENTS_KEPT];

	return message != NULL && message->seq == seq ? message : NULL;
}

/* The oldest number from which on all wanted events fit into EVENTS_REPLAY_BYTES. */
static int64_t replay_from(const struct events *e, const struct subscription *sub)
{
	size_t bytes = 0;
	int64_t seq = e->seq;

	for (; seq > sub->after && seq > e->seq - EVENTS_KEPT; seq--) {
		for (const struct event_message *m = kept_at(e, seq); m != NULL; m = m->also)
			bytes += event_wanted(sub, m) ? m->len : 0;
		if (bytes > EVENTS_REPLAY_BYTES)
			break;
	}
	return seq + 1;
}

void events_replay(struct events *e, struct subscription *sub, struct buffer *out)
{
	pthread_mutex_lock(&e->lock);
	for (int64_t seq = replay_from(e, sub); seq <= e->seq; seq++)
		for (const struct event_message *m = kept_at(e, seq); m != NULL; m = m->also)
			if (event_wanted(sub, m))
				buffer_append(out, m->data, m->len);
	sub->after = e->seq;
	pthread_mutex_unlock(&e->lock);
}
