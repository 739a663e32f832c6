/* verify.c - the answer to one question. */
#include <string.h>

#include "apikeyd/engine/shard.h"

/* 0: nothing is counted, to measure what counting costs (make bench); never in a daemon that serves. */
#ifndef ENGINE_COUNTS
#define ENGINE_COUNTS 1
#endif

/* A question with what it is answered from. */
struct inquiry {
	struct engine *engine;
	const struct verify_request *request;
	const struct record *record;
	const struct profile *profile;
	const struct now *now;
	struct verdict *verdict;
	bool over_rate, over_quota;
};

static bool is_revoked(const struct inquiry *q)
{
	return q->record->state == KEY_REVOKED;
}

static bool is_expired(const struct inquiry *q)
{
	return q->record->expires_at <= q->now->wall;
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

static bool is_units_exceeded(const struct inquiry *q)
{
	uint32_t most = profile_units_per_request(q->profile);

	return most != 0 && q->request->units > most;
}

static bool is_rate_limited(const struct inquiry *q)
{
	return q->over_rate;
}

static bool is_quota_exceeded(const struct inquiry *q)
{
	return q->over_quota;
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
	{APIKEY_CODE_UNITS_EXCEEDED, is_units_exceeded},
	{APIKEY_CODE_RATE_LIMITED, is_rate_limited},
	{APIKEY_CODE_QUOTA_EXCEEDED, is_quota_exceeded},
};

static enum apikey_code first_denial(const struct inquiry *q)
{
	for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++)
		if (checks[i].applies(q))
			return checks[i].code;
	return APIKEY_CODE_OK;
}

/* Words of a usage slot are written by whoever holds the shard, and read by others at any time. */
static void add_one(uint64_t *word)
{
	__atomic_store_n(word, __atomic_load_n(word, __ATOMIC_RELAXED) + 1, __ATOMIC_RELAXED);
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

/* The code first: who sees the sum counted sees why. */
static void count_denied(const struct inquiry *q, struct usage_slot *u, enum apikey_code code)
{
	uint32_t slot = q->record->slot;

	if (q->engine->denials != NULL) {
		uint32_t *n = &q->engine->denials[slot].by_code[code];

		__atomic_store_n(n, __atomic_load_n(n, __ATOMIC_RELAXED) + 1, __ATOMIC_RELAXED);
		slot_mark(q->engine->denials_changed, slot);
	}
	__atomic_store_n(
		&u->denied, __atomic_load_n(&u->denied, __ATOMIC_RELAXED) + 1, __ATOMIC_RELEASE);
}

static void count_resource(const struct inquiry *q, enum apikey_code code)
{
	const struct resource_use use = {
		.name = q->request->resource,
		.owner = q->record->slot,
		.at = q->now->wall,
		.units = q->request->units,
		.allowed = code == APIKEY_CODE_OK,
	};

	if (q->engine->resources.slots != NULL)
		resource_count(&q->engine->resources, &q->engine->usage[use.owner], &use);
}

static void count(const struct inquiry *q, enum apikey_code code)
{
	struct usage_slot *u = &q->engine->usage[q->record->slot];

	if (!ENGINE_COUNTS)
		return;
	if (code == APIKEY_CODE_OK) {
		add_one(&u->allowed);
		usage_add_units(&u->units, q->request->units);
	} else {
		count_denied(q, u, code);
	}
	q->verdict->counted = true;
	q->verdict->used_before = u->last_used_at;
	__atomic_store_n(&u->last_used_at, q->now->wall, __ATOMIC_RELAXED);
	if (q->request->ip != NULL) {
		memcpy(q->verdict->ip_before.bytes, u->last_ip, sizeof u->last_ip);
		note_address(u->last_ip, q->request->ip);
	}
	slot_mark(q->engine->usage_changed, q->record->slot);
	if (q->request->resource.data != NULL)
		count_resource(q, code);
}

/* The verdict on a key with limits: they stay locked from the look until the use, so that any number of threads together
 * pass exactly what there is. */
static void decide_limited(struct inquiry *q)
{
	struct verdict *v = q->verdict;
	uint32_t slot = record_limit_slot(q->record);
	struct limit_counter *counters[LIMITS_MAX];
	struct limit_query limits = {
		.now = q->now,
		.cost = q->request->cost,
		.units = q->request->units,
		.slot = &q->engine->limits[slot],
		.views = v->limits,
		.counters = counters,
	};

	limits.limits = profile_limits(q->profile, &limits.count);
	limit_lock(q->engine, slot);
	limits_look(&limits);
	q->over_rate = limits.over_rate;
	q->over_quota = limits.over_quota;
	v->code = first_denial(q);
	v->limit_count = (uint8_t)limits.count;
	if (v->code == APIKEY_CODE_OK && !q->request->dry_run)
		limits_use(&limits);
	limits_show(&limits);
	if (limits.over_rate || limits.over_quota)
		v->retry_after = limits_retry_after(&limits);
	slot_mark(q->engine->limits_changed, slot);
	limit_unlock(q->engine, slot);
}

static void decide(struct inquiry *q)
{
	if (q->record->limited)
		decide_limited(q);
	else
		q->verdict->code = first_denial(q);
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
	v->prefix = record_prefix(r);
	v->own = record_own(r);
	v->own_members = r->own_members;
	v->shared = profile_shared(q->profile, &v->shared_members);
	decide(q);
	if (!q->request->dry_run)
		count(q, v->code);
}

static bool is_of_tenant(const struct inquiry *q)
{
	const struct profiles *profiles = &q->engine->profiles;
	struct text tenant = q->request->tenant;
	bool is = q->request->bound == NULL;

	for (unsigned i = 0; !is && i < q->request->bound_count; i++)
		is = profile_of_tenant(profiles, q->profile, q->request->bound[i]);
	return is && (tenant.data == NULL || profile_of_tenant(profiles, q->profile, tenant));
}

/* A verdict on nothing yet; the views of limits are left as they are. Copied, since gcc sets so many bytes by a string
 * instruction that is slow to begin. */
static void verdict_clear(struct verdict *v)
{
	static const struct verdict nothing = {
		.code = APIKEY_CODE_MALFORMED, .grace_ends = ENGINE_NEVER};

	memcpy(v, &nothing, offsetof(struct verdict, limits));
}

/* Answers from the record of that digest, if there is one for this caller. *known says whether there is one at all. */
static bool look_up(struct inquiry *q, const uint8_t digest[DIGEST_BYTES], bool *known)
{
	const struct engine *e = q->engine;
	struct engine_shard *s = shard_of(e, digest);
	uint32_t handle;

	shard_lock(s);
	handle = shard_find(e, s, digest);
	*known = handle != 0;
	if (handle != 0) {
		q->record = record_at(e, handle);
		q->profile = profile_at(&e->profiles, q->record->profile);
		if (is_of_tenant(q)) {
			answer(q, s);
			return true;
		}
	}
	shard_unlock(s);
	return false;
}

/* The same by the SHA-256 of a key that has not been found by its own digest. That may take its place just between the
 * two looks, so it is looked for once more. */
static bool look_up_foreign(struct inquiry *q, bool *known)
{
	uint8_t hash[DIGEST_BYTES];

	if (!atomic_load_explicit(&q->engine->foreign, memory_order_acquire))
		return false;
	digest_sha256(q->request->key, hash);
	engine_digest_foreign(
		q->engine, (struct text){(const char *)hash, sizeof hash}, q->verdict->former);
	q->verdict->foreign = look_up(q, q->verdict->former, known);
	return q->verdict->foreign || (!*known && look_up(q, q->request->digest, known));
}

/* Answers by digest; else the verdict is that there is no such key, or none at all. Only a miss is worth a checksum: a
 * key that is found was right. */
static bool look_up_key(struct inquiry *q)
{
	struct text key = q->request->key;
	bool known;

	if (look_up(q, q->request->digest, &known))
		return true;
	if (!known && keytext_classify(q->engine->brand, key) == KEYTEXT_BROKEN)
		return false;
	q->verdict->code = APIKEY_CODE_NOT_FOUND;
	return !known && look_up_foreign(q, &known);
}

void engine_verify(struct engine *e, const struct verify_request *request, const struct now *now,
	struct verdict *out)
{
	struct inquiry q = {.engine = e, .request = request, .now = now, .verdict = out};

	verdict_clear(out);
	if (has_key_length(request->key))
		look_up_key(&q);
}

/* With any_key the key is not asked for, so it cannot be malformed. */
static bool look_up_any(struct inquiry *q, bool any_key)
{
	bool known;

	if (!any_key)
		return has_key_length(q->request->key) && look_up_key(q);
	q->verdict->code = APIKEY_CODE_NOT_FOUND;
	return look_up(q, q->request->digest, &known);
}

uint32_t engine_explain(struct engine *e, const struct verify_request *request, bool any_key,
	const struct now *now, struct verdict *out)
{
	struct verify_request dry = *request;
	struct inquiry q = {.engine = e, .request = &dry, .now = now, .verdict = out};
	uint32_t applying = 0;

	verdict_clear(out);
	dry.dry_run = true;
	if (!look_up_any(&q, any_key))
		return UINT32_C(1) << out->code;
	for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++)
		if (checks[i].applies(&q))
			applying |= UINT32_C(1) << checks[i].code;
	return applying;
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

void engine_digest_foreign(const struct engine *e, struct text hash, uint8_t out[DIGEST_BYTES])
{
	digest_foreign(e->pepper, hash, out);
}
