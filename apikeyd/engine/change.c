/* change.c - the engine's life, and the changes to its keys. */
#include <stdlib.h>
#include <string.h>

#include "apikeyd/engine/shard.h"

static bool locks_open(struct engine *e, size_t expected)
{
	pthread_mutexattr_t spinning;
	pthread_rwlockattr_t patient;
	bool ok = true;

	/* Held for a fraction of a microsecond, so worth a short spin before a sleep. */
	pthread_mutexattr_init(&spinning);
	pthread_mutexattr_settype(&spinning, PTHREAD_MUTEX_ADAPTIVE_NP);
	for (unsigned i = 0; i < SHARDS; i++) {
		pthread_mutex_init(&e->shards[i].lock, &spinning);
		ok = table_open(&e->shards[i].table, expected) && ok;
	}
	for (unsigned i = 0; i < LIMIT_LOCKS; i++)
		pthread_mutex_init(&e->limit_locks[i].lock, &spinning);
	pthread_mutexattr_destroy(&spinning);
	/* Who frees a table must not wait as long as others keep coming to look. */
	pthread_rwlockattr_init(&patient);
	pthread_rwlockattr_setkind_np(&patient, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
	pthread_rwlock_init(&e->tables, &patient);
	pthread_rwlockattr_destroy(&patient);
	return ok;
}

struct engine *engine_new(const struct engine_options *options)
{
	struct engine *e = aligned_alloc(_Alignof(struct engine), sizeof *e);
	/* A shard gets a sixteenth more or less than its share. */
	size_t share = options->expected_keys / SHARDS;

	if (e == NULL)
		return NULL;
	memset(e, 0, sizeof *e);
	memcpy(e->pepper, options->pepper, sizeof e->pepper);
	strncpy(e->brand, options->brand, sizeof e->brand - 1);
	e->usage = options->usage;
	e->limits = options->limits;
	e->usage_changed = options->usage_changed;
	e->denials = options->denials;
	e->denials_changed = options->denials_changed;
	e->limits_changed = options->limits_changed;
	e->resources.slots = options->resources;
	e->resources.changed = options->resources_changed;
	pthread_mutex_init(&e->resources.lock, NULL);
	if (!digest_init() || !arena_open(&e->arena) || !profiles_open(&e->profiles, &e->arena) ||
		!locks_open(e, share + share / 16)) {
		engine_free(e);
		return NULL;
	}
	return e;
}

void engine_free(struct engine *e)
{
	if (e == NULL)
		return;
	for (unsigned i = 0; i < SHARDS; i++) {
		pthread_mutex_destroy(&e->shards[i].lock);
		table_close(&e->shards[i].table);
	}
	for (unsigned i = 0; i < LIMIT_LOCKS; i++)
		pthread_mutex_destroy(&e->limit_locks[i].lock);
	pthread_mutex_destroy(&e->resources.lock);
	pthread_rwlock_destroy(&e->tables);
	profiles_close(&e->profiles);
	arena_close(&e->arena);
	digest_wipe(e->pepper, sizeof e->pepper);
	free(e);
}

static bool key_fits(const struct engine_key *key)
{
	if (key->secret_count > ENGINE_SECRETS_MAX || key->own.len > ENGINE_REPLY_MAX)
		return false;
	for (size_t i = 0; i < key->secret_count; i++)
		if (key->secrets[i].prefix.len >= KEYTEXT_PREFIX_SIZE)
			return false;
	return true;
}

static size_t record_size(size_t prefix_size, size_t own_size, bool limited)
{
	return offsetof(struct record, bytes) + prefix_size + own_size +
	       (limited ? sizeof(uint32_t) : 0);
}

static char *append(char *at, const char *data, size_t len)
{
	return len > 0 ? mempcpy(at, data, len) : at;
}

/* The record of one secret, with a reference to the profile; 0 when memory ends. */
static uint32_t record_make(struct engine *e, const struct engine_key *key,
	const struct engine_secret *secret, uint32_t profile)
{
	bool limited = key->limit_count > 0;
	uint32_t handle =
		arena_alloc(&e->arena, record_size(secret->prefix.len, key->own.len, limited));
	struct record *r = record_at(e, handle);
	char *at;

	if (handle == 0)
		return 0;
	memcpy(r->digest, secret->digest, DIGEST_BYTES);
	r->expires_at = key->expires_at < secret->expires_at ? key->expires_at : secret->expires_at;
	r->grace_ends = secret->superseded ? secret->expires_at : ENGINE_NEVER;
	r->profile = profile;
	r->slot = secret->slot;
	r->own_size = (uint16_t)key->own.len;
	r->prefix_size = (uint8_t)secret->prefix.len;
	r->own_members = key->own_members;
	r->state = secret->revoked ? KEY_REVOKED : key->state;
	r->superseded = secret->superseded;
	r->limited = limited;
	at = append(r->bytes, (const char *)&key->limit_slot, limited ? sizeof key->limit_slot : 0);
	at = append(at, secret->prefix.data, secret->prefix.len);
	append(at, key->own.data, key->own.len);
	profile_keep(&e->profiles, profile);
	return handle;
}

/* Called when no verify can find the record any more. */
static void record_free(struct engine *e, uint32_t handle)
{
	struct record *r = record_at(e, handle);

	profile_drop(&e->profiles, r->profile);
	arena_free(&e->arena, handle, record_size(r->prefix_size, r->own_size, r->limited));
}

/* Every key has one newest secret, so counting those counts the keys. */
static void account(struct engine *e, const struct record *r, int sign)
{
	atomic_fetch_add_explicit(&e->secrets, (uint64_t)sign, memory_order_relaxed);
	if (!r->superseded)
		atomic_fetch_add_explicit(&e->keys, (uint64_t)sign, memory_order_relaxed);
}

static void account_bytes(struct engine *e)
{
	atomic_store_explicit(&e->arena_bytes, arena_bytes(&e->arena), memory_order_relaxed);
}

/* Of one that no verify finds any more; 0 is none. */
static void record_retire(struct engine *e, uint32_t handle)
{
	if (handle == 0)
		return;
	account(e, record_at(e, handle), -1);
	record_free(e, handle);
}

/* Puts a record in force in place of the one of its digest and, if that is not NULL, of the one of `former`; there is room
 * in the table. With two digests both change at once: nobody finds neither, or counts in one slot by way of both. */
static void record_publish(struct engine *e, uint32_t handle, const uint8_t *former)
{
	const struct record *r = record_at(e, handle);
	struct engine_shard *s = shard_of(e, r->digest),
			    *from = former != NULL ? shard_of(e, former) : s;
	uint32_t hash = shard_hash(r->digest), old = shard_find(e, s, r->digest),
		 gone = former != NULL ? shard_find(e, from, former) : 0;

	shard_lock_both(s, from);
	if (gone != 0)
		table_remove(&from->table, shard_hash(former), gone);
	if (old != 0)
		table_replace(&s->table, hash, old, handle);
	else
		table_insert(&s->table, hash, handle);
	shard_unlock_both(s, from);
	account(e, r, 1);
	record_retire(e, old);
	record_retire(e, gone);
}

/* Before the records that count in it are in force. */
static void fit_limits(struct engine *e, const struct engine_key *key)
{
	if (key->limit_count == 0)
		return;
	limit_lock(e, key->limit_slot);
	limits_fit(&e->limits[key->limit_slot], key->limits, (unsigned)key->limit_count);
	slot_mark(e->limits_changed, key->limit_slot);
	limit_unlock(e, key->limit_slot);
}

/* From now on a miss is looked for once more. For good: to end it again would be a race for nothing. */
static void note_foreign(struct engine *e, const struct engine_key *key)
{
	for (size_t i = 0; i < key->secret_count; i++)
		if (key->secrets[i].sha256)
			atomic_store_explicit(&e->foreign, true, memory_order_release);
}

bool engine_put(struct engine *e, const struct engine_key *key)
{
	uint32_t made[ENGINE_SECRETS_MAX], profile;
	size_t count = 0;
	bool ok = true;

	if (!key_fits(key) || (profile = profile_take(&e->profiles, key)) == 0)
		return false;
	while (ok && count < key->secret_count) {
		struct engine_shard *s = shard_of(e, key->secrets[count].digest);
		const struct table_guard guard = {&s->lock, &e->tables};

		made[count] = record_make(e, key, &key->secrets[count], profile);
		ok = made[count] != 0 && table_reserve(&s->table, key->secret_count, &guard);
		count += made[count] != 0;
	}
	if (ok) {
		fit_limits(e, key);
		note_foreign(e, key);
	}
	for (size_t i = 0; i < count; i++) {
		if (ok)
			record_publish(e, made[i], key->secrets[i].former);
		else
			record_free(e, made[i]);
	}
	profile_drop(&e->profiles, profile);
	account_bytes(e);
	return ok;
}

struct resources *engine_resources(struct engine *e)
{
	return &e->resources;
}

void engine_remove(struct engine *e, const uint8_t digest[DIGEST_BYTES])
{
	struct engine_shard *s = shard_of(e, digest);
	uint32_t handle = shard_find(e, s, digest);

	if (handle == 0)
		return;
	shard_lock(s);
	table_remove(&s->table, shard_hash(digest), handle);
	shard_unlock(s);
	table_trim(&s->table, &(struct table_guard){&s->lock, &e->tables});
	record_retire(e, handle);
	account_bytes(e);
}

static bool party_set(struct engine *e, struct text tenant, struct text owner, bool disabled)
{
	bool ok = profiles_disable(&e->profiles, tenant, owner, disabled);

	account_bytes(e);
	return ok;
}

bool engine_set_tenant(struct engine *e, struct text tenant, bool disabled)
{
	return party_set(e, tenant, (struct text){NULL, 0}, disabled);
}

bool engine_set_owner(struct engine *e, struct text tenant, struct text owner, bool disabled)
{
	return party_set(e, tenant, owner, disabled);
}

void engine_stats(struct engine *e, struct engine_stats *out)
{
	out->keys = atomic_load_explicit(&e->keys, memory_order_relaxed);
	out->secrets = atomic_load_explicit(&e->secrets, memory_order_relaxed);
	out->bytes = sizeof *e + profiles_bytes(&e->profiles) +
		     atomic_load_explicit(&e->arena_bytes, memory_order_relaxed);
	for (unsigned i = 0; i < SHARDS; i++)
		out->bytes += table_bytes(&e->shards[i].table);
}
