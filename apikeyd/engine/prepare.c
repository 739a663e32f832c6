/* prepare.c - what is done for a turn of questions together: digesting, and fetching ahead what they will look at. */
#include <string.h>

#include "apikeyd/engine/pages.h"
#include "apikeyd/engine/shard.h"

#define RECORD_FETCHED 192 /* of a record: few are longer, and none is shorter than two lines */

/* gcc takes a function that only fetches for one without effects and drops the calls, unless it is part of its caller. */
#define FETCHING static inline __attribute__((always_inline))

/* What a record leads to. */
struct places {
	const struct profile *profile;
	uint32_t usage, limits; /* slots, which will be written */
	bool limited;
};

/* A race on purpose, as in table_glance(): a record that is just being changed leads anywhere, which a fetch forgives. So
 * the slot is not read by record_limit_slot(), which ThreadSanitizer watches. */
__attribute__((no_sanitize("thread"))) static struct places places_of(
	const struct engine *e, const struct record *r)
{
	struct places places = {
		.profile = profile_at(&e->profiles, r->profile),
		.usage = r->slot,
		.limited = r->limited,
	};

	if (places.limited)
		__builtin_memcpy(&places.limits, r->bytes, sizeof places.limits);
	return places;
}

FETCHING void fetch_record(const struct record *r)
{
	for (size_t at = 0; at < RECORD_FETCHED; at += CACHE_LINE)
		__builtin_prefetch((const char *)r + at);
}

FETCHING void fetch_mark(const uint8_t *marks, uint32_t slot)
{
	if (marks != NULL)
		__builtin_prefetch(&marks[slot], 1);
}

FETCHING void fetch_places(const struct engine *e, const struct places *places)
{
	__builtin_prefetch(places->profile);
	__builtin_prefetch(&e->usage[places->usage], 1);
	fetch_mark(e->usage_changed, places->usage);
	if (!places->limited)
		return;
	__builtin_prefetch(&e->limits[places->limits], 1);
	fetch_mark(e->limits_changed, places->limits);
}

/* The records that a turn's digests most likely have; by then they may be others' or gone. */
static void glance(const struct engine *e, const struct verify_request *requests, size_t count,
	const struct record *records[])
{
	pthread_rwlock_t *tables = (pthread_rwlock_t *)&e->tables;

	pthread_rwlock_rdlock(tables);
	for (size_t i = 0; i < count; i++) {
		uint32_t handle = table_glance(
			&shard_of(e, requests[i].digest)->table, shard_hash(requests[i].digest));

		records[i] = handle != 0 ? record_at(e, handle) : NULL;
	}
	pthread_rwlock_unlock(tables);
}

/* Fetches what the digests lead to, so that the turn waits for memory three times and not for each request. Each step
 * has a loop of its own, so that its waits overlap. */
static void prefetch_turn(
	const struct engine *e, const struct verify_request *requests, size_t count)
{
	const struct record *records[ENGINE_TURN];
	struct places places;

	for (size_t i = 0; i < count; i++)
		table_prefetch(
			&shard_of(e, requests[i].digest)->table, shard_hash(requests[i].digest));
	glance(e, requests, count, records);
	for (size_t i = 0; i < count; i++)
		if (records[i] != NULL)
			fetch_record(records[i]);
	for (size_t i = 0; i < count; i++) {
		if (records[i] == NULL)
			continue;
		places = places_of(e, records[i]);
		fetch_places(e, &places);
	}
}

static void digest_turn(const struct engine *e, struct verify_request *requests, size_t count)
{
	struct digest_job jobs[ENGINE_TURN];
	size_t n = 0;

	for (size_t i = 0; i < count; i++)
		if (has_key_length(requests[i].key))
			jobs[n++] = (struct digest_job){requests[i].key, requests[i].digest};
		else
			memset(requests[i].digest, 0, DIGEST_BYTES);
	digest_keys(e->pepper, jobs, n);
}

void engine_prepare(const struct engine *e, struct verify_request *requests, size_t count)
{
	digest_turn(e, requests, count);
	if (count > 1)
		prefetch_turn(e, requests, count);
}
