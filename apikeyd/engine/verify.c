/* verify.c - the answer to one question, and the fetching ahead for a turn of them. */
#include <string.h>

#include "apikeyd/engine/shard.h"

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
	{APIKEY_CODE_REVOKED,         is_revoked        },
	{APIKEY_CODE_EXPIRED,         is_expired        },
	{APIKEY_CODE_DISABLED,        is_disabled       },
	{APIKEY_CODE_OWNER_DISABLED,  is_owner_disabled },
	{APIKEY_CODE_TENANT_DISABLED, is_tenant_disabled},
	{APIKEY_CODE_IP_DENIED,       is_ip_denied      },
	{APIKEY_CODE_SCOPE_MISSING,   is_scope_missing  },
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
	static const struct address unknown;
	struct usage_slot *u = &q->engine->usage[q->record->slot];

	add(code == APIKEY_CODE_OK ? &u->allowed : &u->denied, 1);
	if (code == APIKEY_CODE_OK)
		add(&u->units, (uint64_t)q->request->units);
	__atomic_store_n(&u->last_used_at, q->now, __ATOMIC_RELAXED);
	note_address(u->last_ip, q->request->ip != NULL ? q->request->ip : &unknown);
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

/* The records of a digest: their beginnings, which hold all but a long reply. */
static void prefetch_record(const struct engine *e, const uint8_t digest[DIGEST_BYTES])
{
	struct engine_shard *s = shard_of(e, digest);
	uint32_t step = 0, handle;
	const char *record;

	shard_lock(s);
	handle = table_next(&s->table, shard_hash(digest), &step);
	shard_unlock(s);
	if (handle == 0)
		return;
	record = (const char *)record_at(e, handle); /* may be gone by now: a prefetch forgives */
	__builtin_prefetch(record);
	__builtin_prefetch(record + 64);
}

/* What the record leads to: the usage slot, which will be written, and the profile. */
static void prefetch_rest(const struct engine *e, const uint8_t digest[DIGEST_BYTES])
{
	struct engine_shard *s = shard_of(e, digest);
	uint32_t handle;

	shard_lock(s);
	handle = shard_find(e, s, digest);
	if (handle != 0) {
		const struct record *r = record_at(e, handle);

		__builtin_prefetch(&e->usage[r->slot], 1);
		__builtin_prefetch(profile_at(&e->profiles, r->profile));
	}
	shard_unlock(s);
}

/* Each pass touches what the one before it fetched, so that a turn waits for memory about once a pass instead of
 * once a request. What a pass finds may change before the next: each looks up anew, under the lock. */
void engine_prepare(const struct engine *e, struct verify_request *requests, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (has_key_length(requests[i].key))
			engine_digest(e, requests[i].key, requests[i].digest);
		else
			memset(requests[i].digest, 0, DIGEST_BYTES);
		table_prefetch(
			&shard_of(e, requests[i].digest)->table, shard_hash(requests[i].digest));
	}
	for (size_t i = 0; i < count; i++)
		prefetch_record(e, requests[i].digest);
	for (size_t i = 0; i < count; i++)
		prefetch_rest(e, requests[i].digest);
}
