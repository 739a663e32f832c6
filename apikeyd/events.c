/* events.c - what happens, told to subscribers: encoded once, numbered, kept for a while, sent by each worker. */
#include "apikeyd/events.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <uthash.h>

#include "protocol/frame.h"
#include "protocol/reader.h"
#include "protocol/writer.h"

#define EVENT_MAX_BYTES 65536

/* What one watch is told: bytes of the message's data. */
struct event_part {
	char key[KEY_ID_SIZE];
	char tenant[WORD_MAX_BYTES + 1];
	int64_t own_seq;
	size_t at, len; /* of a tenant's twice, as in a message */
};

/* What has happened in one tenant. */
struct tenant_count {
	char name[WORD_MAX_BYTES + 1];
	int64_t seq;
	int64_t of;    /* the number of all that it was given for */
	int64_t ended; /* its number when a tenant of that name was last deleted; 0: never */
	UT_hash_handle hh;
};

struct events {
	pthread_mutex_t lock;
	event_sink *sink;
	void *arg;
	int64_t first, seq;
	struct tenant_count *tenants;
	uint64_t count;                          /* of those that were kept */
	struct event_message *kept[EVENTS_KEPT]; /* the n-th at n modulo EVENTS_KEPT */
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
	e->first = e->seq = (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
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
	struct tenant_count *tenant, *next;

	if (e == NULL)
		return;
	HASH_ITER (hh, e->tenants, tenant, next) {
		HASH_DEL(e->tenants, tenant);
		free(tenant);
	}
	for (size_t i = 0; i < EVENTS_KEPT; i++)
		release_all(e->kept[i]);
	pthread_mutex_destroy(&e->lock);
	free(e);
}

/* The number in its tenant of what has the latest number of all; 0: it is of none. Called with the lock held. */
static int64_t number_in(struct events *e, struct text name)
{
	struct tenant_count *tenant;

	if (name.len == 0)
		return 0;
	HASH_FIND(hh, e->tenants, name.data, name.len, tenant);
	if (tenant == NULL) {
		tenant = calloc(1, sizeof *tenant);
		if (tenant == NULL)
			abort();
		memcpy(tenant->name, name.data, name.len);
		tenant->seq = e->first;
		HASH_ADD_KEYPTR(hh, e->tenants, tenant->name, name.len, tenant);
	}
	tenant->seq += tenant->of != e->seq;
	tenant->of = e->seq;
	return tenant->seq;
}

/* The number of the latest, with the lock held. */
static int64_t latest(const struct events *e, const struct subscription *sub)
{
	const struct tenant_count *tenant;

	if (!sub->own)
		return e->seq;
	HASH_FIND_STR(e->tenants, sub->tenant, tenant);
	return tenant != NULL ? tenant->seq : e->first;
}

/* Whether all members are there: where memory ends, what was written of them is cut, and would take what follows it on the
 * connection for the rest. */
static bool is_whole(const struct event_facts *facts)
{
	const struct text members = facts->members;
	struct reader r = reader_of((const uint8_t *)members.data, members.len);
	bool whole = true;

	for (unsigned i = 0; whole && i < 2u * facts->member_count; i++)
		whole = read_raw(&r, NULL);
	return whole && r.p == r.end;
}

static void encode(struct buffer *b, const struct event_facts *facts, int64_t seq, int64_t now)
{
	b->failed = b->failed || !is_whole(facts);
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

/* Both numbers take the same bytes, so both forms are as long. Returns the length of one. */
static size_t encode_both(struct buffer *b, const struct event_facts *facts, int64_t seq,
	int64_t own_seq, int64_t now)
{
	size_t at = b->len, len;

	encode(b, facts, seq, now);
	len = b->len - at;
	if (own_seq != 0)
		encode(b, facts, own_seq, now);
	return len;
}

static void copy_word(char *out, size_t size, struct text t)
{
	snprintf(out, size, "%.*s", (int)t.len, t.data != NULL ? t.data : "");
}

static struct event_message *make_message(
	struct events *e, const struct event_facts *facts, int64_t now)
{
	struct buffer b = {.max = 2 * EVENT_MAX_BYTES};
	struct event_message *message = NULL;
	int64_t own_seq = number_in(e, facts->tenant);
	size_t len = encode_both(&b, facts, e->seq, own_seq, now);

	if (!b.failed && (message = malloc(sizeof *message + b.len)) != NULL) {
		atomic_init(&message->references, 1);
		message->also = NULL;
		message->parts = 0;
		message->seq = e->seq;
		message->own_seq = own_seq;
		message->topic = facts->topic;
		copy_word(message->key, sizeof message->key, facts->key);
		copy_word(message->tenant, sizeof message->tenant, facts->tenant);
		message->len = len;
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
	e->seq++;
	place = &e->kept[e->count++ % EVENTS_KEPT];
	release_all(*place);
	*place = NULL;
	for (size_t i = 0; i < count; i++)
		if ((*place = make_message(e, &facts[i], now)) != NULL) {
			e->sink(*place, e->arg);
			place = &(*place)->also;
		}
	pthread_mutex_unlock(&e->lock);
}

void events_publish(struct events *e, const struct event_facts *facts, int64_t now)
{
	events_publish_together(e, facts, 1, now);
}

static struct event_message *make_parts(
	struct events *e, const struct event_facts *facts, size_t count, int64_t now)
{
	size_t head = count * sizeof(struct event_part);
	struct buffer b = {.max = head + 2 * count * EVENT_MAX_BYTES};
	struct event_message *message = NULL;
	struct event_part part;

	b.len = buffer_reserve(&b, head) != NULL ? head : 0;
	for (size_t i = 0; i < count && !b.failed; i++) {
		memset(&part, 0, sizeof part);
		copy_word(part.key, sizeof part.key, facts[i].key);
		copy_word(part.tenant, sizeof part.tenant, facts[i].tenant);
		part.at = b.len;
		if (facts[i].member_count > 0) {
			part.own_seq = number_in(e, facts[i].tenant);
			part.len = encode_both(&b, &facts[i], e->seq, part.own_seq, now);
		}
		if (!b.failed)
			memcpy(b.data + i * sizeof part, &part, sizeof part);
	}
	if (!b.failed && (message = calloc(1, sizeof *message + b.len)) != NULL) {
		atomic_init(&message->references, 1);
		message->seq = e->seq;
		message->topic = TOPIC_USAGE;
		message->parts = (unsigned)count;
		message->len = b.len;
		memcpy(message->data, b.data, b.len);
	}
	buffer_free(&b);
	return message;
}

void events_publish_parts(
	struct events *e, const struct event_facts *facts, size_t count, int64_t now)
{
	struct event_message *message;

	pthread_mutex_lock(&e->lock);
	e->seq++;
	message = make_parts(e, facts, count, now);
	if (message != NULL)
		e->sink(message, e->arg);
	pthread_mutex_unlock(&e->lock);
	event_release(message);
}

void events_end_tenant(struct events *e, struct text tenant)
{
	struct tenant_count *found;

	pthread_mutex_lock(&e->lock);
	HASH_FIND(hh, e->tenants, tenant.data, tenant.len, found);
	if (found != NULL)
		found->ended = found->seq;
	pthread_mutex_unlock(&e->lock);
}

int64_t events_latest(struct events *e, const struct subscription *sub)
{
	int64_t seq;

	pthread_mutex_lock(&e->lock);
	seq = latest(e, sub);
	pthread_mutex_unlock(&e->lock);
	return seq;
}

static bool is_wanted(const struct subscription *sub, const struct event_message *message)
{
	return sub->active && (sub->own ? message->own_seq : message->seq) > sub->after &&
	       (sub->topics & ((int64_t)1 << message->topic)) != 0 &&
	       (sub->key[0] == '\0' || strcmp(sub->key, message->key) == 0) &&
	       (sub->tenant[0] == '\0' || strcmp(sub->tenant, message->tenant) == 0);
}

/* The one of two forms that has the subscriber's number. */
static struct text form_of(const struct subscription *sub, const char *forms, size_t len)
{
	return (struct text){sub->own ? forms + len : forms, len};
}

/* A watch's number may have had another meaning when the message was made. */
static struct text part_for(const struct subscription *sub, const struct event_message *message)
{
	const struct event_part *part = (const struct event_part *)message->data + sub->watch - 1;

	if (!sub->active || sub->watch - 1 >= message->parts ||
		(sub->own ? part->own_seq : message->seq) <= sub->after ||
		strcmp(sub->key, part->key) != 0 || strcmp(sub->tenant, part->tenant) != 0 ||
		part->len == 0)
		return (struct text){0};
	return form_of(sub, (const char *)message->data + part->at, part->len);
}

struct text event_for(const struct subscription *sub, const struct event_message *message)
{
	if (message->parts > 0)
		return part_for(sub, message);
	if (!is_wanted(sub, message))
		return (struct text){0};
	return form_of(sub, (const char *)message->data, message->len);
}

/* How many of those kept, from the latest back, come after sub->after and fit into EVENTS_REPLAY_BYTES. */
static uint64_t replay_count(const struct events *e, const struct subscription *sub)
{
	uint64_t most = e->count < EVENTS_KEPT ? e->count : EVENTS_KEPT, n = 0;
	size_t bytes = 0;

	for (; n < most; n++) {
		const struct event_message *m = e->kept[(e->count - 1 - n) % EVENTS_KEPT];

		if (m != NULL && !sub->own && m->seq <= sub->after)
			break;
		for (; m != NULL; m = m->also)
			bytes += event_for(sub, m).len;
		if (bytes > EVENTS_REPLAY_BYTES)
			break;
	}
	return n;
}

void events_replay(struct events *e, struct subscription *sub, struct buffer *out)
{
	const struct tenant_count *own = NULL;

	pthread_mutex_lock(&e->lock);
	if (sub->own)
		HASH_FIND_STR(e->tenants, sub->tenant, own);
	if (own != NULL && sub->after < own->ended)
		sub->after = own->ended;
	for (uint64_t n = replay_count(e, sub); n > 0; n--)
		for (const struct event_message *m = e->kept[(e->count - n) % EVENTS_KEPT];
			m != NULL; m = m->also) {
			struct text wanted = event_for(sub, m);

			buffer_append(out, wanted.data, wanted.len);
		}
	sub->after = latest(e, sub);
	pthread_mutex_unlock(&e->lock);
}
