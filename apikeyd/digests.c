/* digests.c - the topic usage: each second what verifies came to, for all, a tenant or a key, as subscribers ask. */
#include "apikeyd/digests.h"

#include <stdlib.h>
#include <string.h>

#include "apikeyd/clock.h"
#include "apikeyd/events.h"
#include "apikeyd/key_reply.h"
#include "apikeyd/pool.h"
#include "apikeyd/tally.h"
#include "protocol/writer.h"

#define MEMBERS_MAX 16384 /* bytes of one digest */

struct watch {
	struct tally_scope scope;
	unsigned users; /* 0: free */
	bool quiet;     /* its last digest had nothing in it, or there was none */
};

struct digests {
	struct daemon *daemon;
	pthread_mutex_t lock; /* over watches and count */
	struct watch watches[TALLY_WATCHES];
	unsigned count; /* from here on all are free */
	/* the ticking thread's own */
	struct now now;
	int64_t told_ms; /* steady; of the last tick */
	struct watch ticked[TALLY_WATCHES];
	struct tally_counts counts;
	struct tally_key *keys; /* TALLY_KEYS for each worker */
};

struct digests *digests_new(struct daemon *d)
{
	struct digests *g = calloc(1, sizeof *g);

	if (g == NULL)
		abort();
	g->daemon = d;
	g->keys = calloc(d->worker_count, TALLY_KEYS * sizeof *g->keys);
	if (g->keys == NULL)
		abort();
	pthread_mutex_init(&g->lock, NULL);
	clock_read(d->clock, &g->now);
	g->told_ms = g->now.steady_ms;
	return g;
}

void digests_free(struct digests *g)
{
	if (g == NULL)
		return;
	pthread_mutex_destroy(&g->lock);
	free(g->keys);
	free(g);
}

/* ---- who watches what ---- */

/* The watch of that scope, or a free one; TALLY_WATCHES: neither. */
static unsigned watch_of(const struct digests *g, const struct tally_scope *scope)
{
	unsigned found = TALLY_WATCHES;

	for (unsigned i = 0; i < g->count; i++) {
		const struct watch *w = &g->watches[i];

		if (w->users > 0 && memcmp(&w->scope, scope, sizeof *scope) == 0)
			return i;
		if (w->users == 0 && found == TALLY_WATCHES)
			found = i;
	}
	return found < TALLY_WATCHES ? found : g->count;
}

static void begin_watch(struct digests *g, unsigned number, const struct tally_scope *scope)
{
	g->watches[number] = (struct watch){.scope = *scope, .quiet = true};
	if (number == g->count)
		g->count++;
	for (unsigned i = 0; i < g->daemon->worker_count; i++)
		tally_watch(g->daemon->tallies[i], number, scope);
}

enum apikey_error digests_join(struct digests *g, struct subscription *sub, struct failure *why)
{
	struct tally_scope scope = {0};
	enum apikey_error error = APIKEY_OK;
	unsigned number;

	memcpy(scope.tenant, sub->tenant, strlen(sub->tenant));
	memcpy(scope.key, sub->key, strlen(sub->key));
	pthread_mutex_lock(&g->lock);
	number = watch_of(g, &scope);
	if (number == TALLY_WATCHES) {
		error = fail(why, APIKEY_LIMIT_REACHED,
			"subscribers of topic usage have %d different filters already",
			TALLY_WATCHES);
	} else {
		if (g->watches[number].users == 0)
			begin_watch(g, number, &scope);
		g->watches[number].users++;
		sub->watch = number + 1;
	}
	pthread_mutex_unlock(&g->lock);
	return error;
}

void digests_leave(struct digests *g, struct subscription *sub)
{
	unsigned number = sub->watch - 1;

	if (sub->watch == 0)
		return;
	sub->watch = 0;
	pthread_mutex_lock(&g->lock);
	if (--g->watches[number].users == 0)
		for (unsigned i = 0; i < g->daemon->worker_count; i++)
			tally_unwatch(g->daemon->tallies[i], number);
	while (g->count > 0 && g->watches[g->count - 1].users == 0)
		g->count--;
	pthread_mutex_unlock(&g->lock);
}

/* ---- what they are told ---- */

/* What all workers counted for a watch. */
struct sum {
	uint64_t codes[APIKEY_CODE_COUNT], all;
	struct tally_key *keys;
	size_t key_count;
};

static void add_worker(struct sum *sum, const struct tally_counts *counts)
{
	for (unsigned code = 0; code < APIKEY_CODE_COUNT; code++) {
		sum->codes[code] += counts->codes[code];
		sum->all += counts->codes[code];
	}
	for (unsigned i = 0; i < TALLY_KEYS; i++)
		if (counts->keys[i].id[0] != '\0')
			sum->keys[sum->key_count++] = counts->keys[i];
}

static int by_id(const void *a, const void *b)
{
	return strcmp(((const struct tally_key *)a)->id, ((const struct tally_key *)b)->id);
}

static uint64_t certain(const struct tally_key *key)
{
	return key->count - key->doubtful;
}

static int by_count(const void *a, const void *b)
{
	uint64_t x = certain(a), y = certain(b);

	return x != y ? (x < y ? 1 : -1) : by_id(a, b);
}

/* Makes one of those that several workers have, the most used first. */
static void merge_keys(struct sum *sum)
{
	size_t count = 0;

	qsort(sum->keys, sum->key_count, sizeof *sum->keys, by_id);
	for (size_t i = 0; i < sum->key_count; i++) {
		struct tally_key *last = &sum->keys[count - (count > 0)];

		if (count > 0 && by_id(last, &sum->keys[i]) == 0) {
			last->count += sum->keys[i].count;
			last->doubtful += sum->keys[i].doubtful;
		} else {
			sum->keys[count++] = sum->keys[i];
		}
	}
	sum->key_count = count;
	qsort(sum->keys, count, sizeof *sum->keys, by_count);
}

static void write_count(struct buffer *b, const char *name, uint64_t count)
{
	write_str(b, name);
	write_int(b, (int64_t)count);
}

static void write_denied(struct buffer *b, const struct sum *sum)
{
	size_t at;
	uint16_t count = 0;

	write_str(b, "denied");
	at = write_map_begin(b);
	for (unsigned code = 0; code < APIKEY_CODE_COUNT; code++)
		if (code != APIKEY_CODE_OK && sum->codes[code] > 0) {
			write_count(b, apikey_code_name((enum apikey_code)code), sum->codes[code]);
			count++;
		}
	write_map_end(b, at, count);
}

/* The name as the engine has it for verifies; nil if the key has gone meanwhile. */
static void write_name(struct digests *g, struct buffer *b, const struct tally_key *key)
{
	struct verify_request request = {.cost = 1};
	struct verdict verdict;

	memcpy(request.digest, key->digest, DIGEST_BYTES);
	(void)engine_explain(g->daemon->engine, &request, true, &g->now, &verdict);
	write_str(b, "name");
	if (verdict.found)
		write_text(b, key_reply_name(verdict.own));
	else
		write_nil(b);
	engine_release(&verdict);
}

static void write_top(struct digests *g, struct buffer *b, const struct sum *sum)
{
	size_t count = 0;

	while (count < sum->key_count && count < DIGEST_TOP && certain(&sum->keys[count]) > 0)
		count++;
	write_str(b, "top");
	write_array(b, (uint32_t)count);
	for (size_t i = 0; i < count; i++) {
		write_map(b, 3);
		write_str(b, "id");
		write_str(b, sum->keys[i].id);
		write_name(g, b, &sum->keys[i]);
		write_count(b, "verifies", certain(&sum->keys[i]));
	}
}

static struct text digest_members(
	struct digests *g, struct pool *pool, const struct sum *sum, int64_t seconds)
{
	struct buffer b = {.max = MEMBERS_MAX};
	struct text members;

	write_count(&b, "seconds", (uint64_t)seconds);
	write_count(&b, "verifies", sum->all);
	write_count(&b, "allowed", sum->codes[APIKEY_CODE_OK]);
	write_denied(&b, sum);
	write_top(g, &b, sum);
	members = pool_text(pool, (struct text){(const char *)b.data, b.len});
	buffer_free(&b);
	return members;
}

/* What a watch is told; nothing where there is nothing new. */
static struct event_facts digest(struct digests *g, struct pool *pool, unsigned number,
	const struct tally_scope *scope, int64_t seconds)
{
	struct event_facts facts = {.topic = TOPIC_USAGE, .type = "usage.digest"};
	struct sum sum = {.keys = g->keys};
	bool quiet;

	for (unsigned i = 0; i < g->daemon->worker_count; i++)
		if (tally_take(g->daemon->tallies[i], number, scope, &g->counts))
			add_worker(&sum, &g->counts);
	pthread_mutex_lock(&g->lock);
	quiet = g->watches[number].quiet;
	g->watches[number].quiet = sum.all == 0;
	pthread_mutex_unlock(&g->lock);
	if (sum.all == 0 && quiet)
		return facts;
	merge_keys(&sum);
	facts.key = pool_text(pool, text_of(scope->key));
	facts.tenant = pool_text(pool, text_of(scope->tenant));
	facts.members = digest_members(g, pool, &sum, seconds);
	facts.member_count = 5;
	return facts;
}

static unsigned copy_watches(struct digests *g)
{
	unsigned count;

	pthread_mutex_lock(&g->lock);
	count = g->count;
	memcpy(g->ticked, g->watches, count * sizeof *g->ticked);
	pthread_mutex_unlock(&g->lock);
	return count;
}

static int64_t seconds_since_last(struct digests *g)
{
	int64_t seconds;

	clock_read(g->daemon->clock, &g->now);
	seconds = (g->now.steady_ms - g->told_ms + 500) / 1000;
	g->told_ms = g->now.steady_ms;
	return seconds > 1 ? seconds : 1;
}

void digests_tick(struct digests *g)
{
	int64_t seconds = seconds_since_last(g);
	unsigned count = copy_watches(g);
	struct event_facts *facts;
	struct pool pool = {0};
	bool any = false;

	if (count == 0)
		return;
	facts = pool_alloc(&pool, count * sizeof *facts);
	for (unsigned i = 0; i < count; i++) {
		if (g->ticked[i].users > 0)
			facts[i] = digest(g, &pool, i, &g->ticked[i].scope, seconds);
		any = any || facts[i].member_count > 0;
	}
	if (any)
		events_publish_parts(g->daemon->events, facts, count, g->now.wall);
	pool_free(&pool);
}
