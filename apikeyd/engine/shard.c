/* shard.c - from a digest to its shard and its record. */
#include "apikeyd/engine/shard.h"

#include <string.h>

_Static_assert(sizeof(struct engine_shard) == 64, "a shard's lock and table lie in one cache line");

struct engine_shard *shard_of(const struct engine *e, const uint8_t digest[DIGEST_BYTES])
{
	return (struct engine_shard *)&e->shards[digest[0] % SHARDS];
}

uint32_t shard_hash(const uint8_t digest[DIGEST_BYTES])
{
	uint32_t hash;

	memcpy(&hash, digest + 4, sizeof hash);
	return hash;
}

void shard_lock(struct engine_shard *s)
{
	pthread_mutex_lock(&s->lock);
}

void shard_unlock(struct engine_shard *s)
{
	pthread_mutex_unlock(&s->lock);
}

void shard_lock_both(struct engine_shard *a, struct engine_shard *b)
{
	shard_lock(a < b ? a : b);
	if (b != a)
		shard_lock(a < b ? b : a);
}

void shard_unlock_both(struct engine_shard *a, struct engine_shard *b)
{
	shard_unlock(a);
	if (b != a)
		shard_unlock(b);
}

uint32_t shard_find(
	const struct engine *e, const struct engine_shard *s, const uint8_t digest[DIGEST_BYTES])
{
	uint32_t hash = shard_hash(digest), step = 0, handle;

	while ((handle = table_next(&s->table, hash, &step)) != 0)
		if (memcmp(record_at(e, handle)->digest, digest, DIGEST_BYTES) == 0)
			return handle;
	return 0;
}

struct record *record_at(const struct engine *e, uint32_t handle)
{
	return arena_at(&e->arena, handle);
}

uint32_t record_limit_slot(const struct record *r)
{
	uint32_t slot;

	memcpy(&slot, r->bytes, sizeof slot);
	return slot;
}

static const char *after_slot(const struct record *r)
{
	return r->bytes + (r->limited ? sizeof(uint32_t) : 0);
}

struct text record_prefix(const struct record *r)
{
	return (struct text){after_slot(r), r->prefix_size};
}

struct text record_own(const struct record *r)
{
	return (struct text){after_slot(r) + r->prefix_size, r->own_size};
}

void limit_lock(struct engine *e, uint32_t slot)
{
	pthread_mutex_lock(&e->limit_locks[slot % LIMIT_LOCKS].lock);
}

void limit_unlock(struct engine *e, uint32_t slot)
{
	pthread_mutex_unlock(&e->limit_locks[slot % LIMIT_LOCKS].lock);
}
