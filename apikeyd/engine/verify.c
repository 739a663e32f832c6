/* verify.c - the answer to one question, and the fetching ahead for a turn of them. */
#include <string.h>

#include "apikeyd/engine/shard.h"

/* So many secrets, at some 200 bytes each, the processor keeps in its caches by itself: fetching ahead then costs
 * more than it saves (measured at 1, 10 and 100 thousand). */
#define CACHED_SECRETS 30000

/* A question with what it is answered from. */
struct inquiry {
	const struct engine *engine;
	const struct verify_request *request;
	const struct record *record;
	const struct profile *profile;
	int64_t now;
	struct verdict *verdict;
};

static bool is_revoked(const struct inquiry *q)
{
	return q->record->state == KEY_REVOKED;
}

static bool is_expired(const struct inquiry *q)
{
	return q->record->expires_at <= q->now;
}

static bool is_disabled(const struct inquiry *q)
{
	return q->record->state == KEY_DISABLED;
}

static bool is_owner_disabled(const struct inquiry *q)
{
	return profile_owner_disabled(&q->engine->profiles, q->profile);
}

static bool is_tenant_disabled(const struct inquiry *q)
{
	return profile_tenant_disabled(&q->engine->profiles, q->profile);
}

static bool is_ip_denied(const struct inquiry *q)
{
	return !profile_admits(q->profile, q->request->ip);
}

static bool is_scope_missing(const struct inquiry *q)
{
	q->verdict->missing =
		profile_missing(q->profile, q->request->needs, q->request->need_count);
	return q->verdict->missing != 0;
}

/* What can deny a key that exists, in the contract's order: the first that applies is the code. */
static const struct check {
	enum apikey_code code;
	bool (*applies)(const struct inquiry *q);
} checks[] = {
	{APIKEY_CODE_REVOKED, is_revoked},
	{APIKEY_CODE_EXPIRED, is_expired},
	{APIKEY_CODE_DISABLED, is_disabled},
	{APIKEY_CODE_OWNER_DISABLED, is_owner_disabled},
	{APIKEY_CODE_TENANT_DISABLED, is_tenant_disabled},
	{APIKEY_CODE_IP_DENIED, is_ip_denied},
	{APIKEY_CODE_SCOPE_MISSING, is_scope_missing},
};

static enum apikey_code first_denial(const struct inquiry *q)
{
	for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++)
		if (checks[i].applies(q))
			return checks[i].code;
	return APIKEY_CODE_OK;
}

/* Words of a usage slot are written by whoever holds the shard, and read by others at any time. */
static void add(uint64_t *word, uint64_t n)
{
	__atomic_store_n(word, __atomic_load_n(word, __ATOMIC_RELAXED) + n, __ATOMIC_RELAXED);
}

/* An address goes as two words. */
static void note_address(uint8_t to[16], const struct address *from)
{
	typedef uint64_t __attribute__((may_alias)) half;
	half *to_halves = (half *)(void *)to;
	uint64_t halves[2];

	memcpy(halves, from->bytes, sizeof halves);
	__atomic_store_n(&to_halves[0], halves[0], __ATOMIC_RELAXED);
	__atomic_store_n(&to_halves[1], halves[1], __ATOMIC_RELAXED);
}

static void count(const struct inquiry *q, enum apikey_code code)
{
	struct usage_slot *u = &q->engine->usage[q->record->slot];

	add(code == APIKEY_CODE_OK ? &u->allowed : &u->denied, 1);
	if (code == APIKEY_CODE_OK)
		add(&u->units, (uint64_t)q->request->units);
	__atomic_store_n(&u->last_used_at, q->now, __ATOMIC_RELAXED);
	if (q->request->ip != NULL)
		note_address(u->last_ip, q->request->ip);
}

/* Answers from the record, and keeps the shard locked: the answer borrows from it. */
static void answer(struct inquiry *q, struct engine_shard *s)
{
	const struct record *r = q->record;
	struct verdict *v = q->verdict;

	v->shard = s;
	v->found = true;
	v->superseded = r->superseded;
	v->grace_ends = r->grace_ends;
	v->prefix = (struct text){r->bytes, r->prefix_size};
	v->own = (struct text){r->bytes + r->prefix_size, r->own_size};
	v->own_members = r->own_members;
	v->shared = profile_shared(q->profile, &v->shared_members);
	v->code = first_denial(q);
	if (!q->request->dry_run)
		count(q, v->code);
}

static bool is_of_tenant(const struct inquiry *q)
{
	struct text tenant = q->request->tenant;

	return tenant.data == NULL || profile_of_tenant(&q->engine->profiles, q->profile, tenant);
}

static bool has_key_length(struct text key)
{
	return key.len > 0 && key.len <= KEYTEXT_MAX;
}

void engine_verify(
	struct engine *e, const struct verify_request *request, int64_t now, struct verdict *out)
{
	struct inquiry q = {.engine = e, .request = request, .now = now, .verdict = out};
	struct engine_shard *s = shard_of(e, request->digest);
	uint32_t handle;

	*out = (struct verdict){.code = APIKEY_CODE_MALFORMED, .grace_ends = ENGINE_NEVER};
	if (!has_key_length(request->key))
		return;
	shard_lock(s);
	handle = shard_find(e, s, request->digest);
	if (handle != 0) {
		q.record = record_at(e, handle);
		q.profile = profile_at(&e->profiles, q.record->profile);
		if (is_of_tenant(&q)) {
			answer(&q, s);
			return;
		}
	}
	shard_unlock(s);
	/* Only a miss is worth a checksum: a key that is found was right. */
	if (handle != 0 || keytext_classify(e->brand, request->key) != KEYTEXT_BROKEN)
		out->code = APIKEY_CODE_NOT_FOUND;
}

void engine_release(struct verdict *v)
{
	if (v->shard != NULL)
		shard_unlock(v->shard);
	v->shard = NULL;
}

void engine_digest(const struct engine *e, struct text key, uint8_t out[DIGEST_BYTES])
{
	digest_key(e->pepper, key, out);
}

/* The record that a digest most likely has, to be fetched only: by then it may be gone. */
static const void *likely_record(const struct engine *e, const uint8_t digest[DIGEST_BYTES])
{
	struct engine_shard *s = shard_of(e, digest);
	uint32_t step = 0, handle;

	shard_lock(s);
	handle = table_next(&s->table, shard_hash(digest), &step);
	shard_unlock(s);
	return record_at(e, handle);
}

/* The usage slot that will be written, and the profile; NULL for an unknown digest. */
static const void *usage_of(
	const struct engine *e, const uint8_t digest[DIGEST_BYTES], const void **profile)
{
	struct engine_shard *s = shard_of(e, digest);
	const struct usage_slot *usage = NULL;
	uint32_t handle;

	*profile = NULL;
	shard_lock(s);
	handle = shard_find(e, s, digest);
	if (handle != 0) {
		usage = &e->usage[record_at(e, handle)->slot];
		*profile = profile_at(&e->profiles, record_at(e, handle)->profile);
	}
	shard_unlock(s);
	return usage;
}

/* Fetches what the digests lead to, so that the turn waits for memory twice and not for each request. What is found
 * may change at once, so each step looks it up anew. Addresses are gathered first and fetched then: a lock
 * between two fetches would make the second wait for the first. */
static void prefetch_turn(
	const struct engine *e, const struct verify_request *requests, size_t count)
{
	const void *places[ENGINE_TURN], *profiles[ENGINE_TURN];

	for (size_t i = 0; i < count; i++)
		places[i] = likely_record(e, requests[i].digest);
	for (size_t i = 0; i < count; i++) {
		__builtin_prefetch(places[i]);
		__builtin_prefetch((const char *)places[i] + 64);
	}
	for (size_t i = 0; i < count; i++)
		places[i] = usage_of(e, requests[i].digest, &profiles[i]);
	for (size_t i = 0; i < count; i++) {
		__builtin_prefetch(places[i], 1);
		__builtin_prefetch(profiles[i]);
	}
}

void engine_prepare(const struct engine *e, struct verify_request *requests, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct verify_request *r = &requests[i];

		if (has_key_length(r->key))
			engine_digest(e, r->key, r->digest);
		else
			memset(r->digest, 0, DIGEST_BYTES);
		table_prefetch(&shard_of(e, r->digest)->table, shard_hash(r->digest));
	}
	if (count > 1 && atomic_load_explicit(&e->secrets, memory_order_relaxed) > CACHED_SECRETS)
		prefetch_turn(e, requests, count);
}
