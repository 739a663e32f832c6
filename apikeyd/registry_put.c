/* registry_put.c - a key as it is stored, made into a key as the engine takes it. */
#include <string.h>

#include "apikeyd/key_reply.h"
#include "apikeyd/limits.h"
#include "apikeyd/registry_state.h"

/* Splits text joined by single spaces. */
static size_t split(struct text joined, struct text *out, size_t max)
{
	const char *p = joined.data, *end = p + joined.len;
	size_t count = 0;

	while (p < end && count < max) {
		const char *space = memchr(p, ' ', (size_t)(end - p));
		const char *stop = space != NULL ? space : end;

		out[count++] = (struct text){p, (size_t)(stop - p)};
		p = stop + 1;
	}
	return count;
}

static size_t parse_cidrs(struct text joined, struct cidr *out)
{
	struct text items[ENGINE_CIDRS_MAX];
	size_t count = split(joined, items, ENGINE_CIDRS_MAX), kept = 0;

	for (size_t i = 0; i < count; i++)
		if (cidr_parse(items[i], &out[kept]) == NULL)
			kept++;
	return kept;
}

static int64_t or_never(int64_t stored)
{
	return stored == STORE_NEVER ? ENGINE_NEVER : stored;
}

static enum key_state state_of(const struct key_record *key)
{
	if (key->revoked_at != STORE_NEVER)
		return KEY_REVOKED;
	return key->disabled ? KEY_DISABLED : KEY_ACTIVE;
}

static void fill_secrets(
	const struct key_record *key, const struct rehash *rehash, struct engine_secret *out)
{
	for (unsigned i = 0; i < key->secret_count; i++) {
		const struct secret_record *s = &key->secrets[i];

		memcpy(out[i].digest, s->digest, DIGEST_BYTES);
		out[i].prefix = s->prefix;
		out[i].expires_at = or_never(s->expires_at);
		out[i].superseded = i + 1 < key->secret_count;
		out[i].revoked = s->revoked;
		out[i].sha256 = s->algorithm == DIGEST_SHA256;
		out[i].former = rehash != NULL && rehash->secret == i ? rehash->former : NULL;
		out[i].slot = s->slot;
	}
}

/* Encodes r->shared, unless it was last encoded from the same. */
static uint8_t encode_shared(
	struct registry *r, const struct key_record *key, const struct text *scopes, size_t count)
{
	const struct text from[] = {key->tenant, key->owner, key->env, key->scopes};
	struct buffer swap;

	r->shared_of_next.len = 0;
	for (size_t i = 0; i < sizeof from / sizeof from[0]; i++) {
		buffer_append(&r->shared_of_next, &from[i].len, sizeof from[i].len);
		if (from[i].len > 0)
			buffer_append(&r->shared_of_next, from[i].data, from[i].len);
	}
	if (r->shared_of.len == r->shared_of_next.len && !r->shared.failed &&
		memcmp(r->shared_of.data, r->shared_of_next.data, r->shared_of.len) == 0)
		return r->shared_members;
	swap = r->shared_of;
	r->shared_of = r->shared_of_next;
	r->shared_of_next = swap;
	r->shared.len = 0;
	r->shared_members = key_reply_shared(&r->shared, key, scopes, count);
	return r->shared_members;
}

static struct text own_or(struct text own, struct text otherwise)
{
	return own.data != NULL ? own : otherwise;
}

unsigned registry_limits(const struct registry *r, const struct key_record *key,
	struct limit out[LIMITS_MAX], uint32_t *units_per_request)
{
	static const struct plan_record none;
	const struct plan_record *plan = plans_find(r->plans, key->plan);

	if (plan == NULL)
		plan = &none;
	*units_per_request = (uint32_t)(key->units_per_request != 0 ? key->units_per_request
								    : plan->units_per_request);
	return limits_of(own_or(key->rate, plan->rate), own_or(key->quota, plan->quota), out);
}

/* A key that can only be checked slowly is found by the beginning of its text. */
static void put_foreign(struct registry *r, const struct key_record *key)
{
	for (unsigned i = 0; i < key->secret_count; i++) {
		const struct secret_record *s = &key->secrets[i];
		struct foreign_key known = {0};

		if (s->bcrypt.len != BCRYPT_BYTES || s->prefix.len >= sizeof known.prefix)
			continue;
		memcpy(known.prefix, s->prefix.data, s->prefix.len);
		memcpy(known.bcrypt, s->bcrypt.data, s->bcrypt.len);
		memcpy(known.digest, s->digest, sizeof known.digest);
		foreign_put(r->foreign, key->tenant, &known);
	}
}

bool registry_put(struct registry *r, const struct key_record *key, const struct rehash *rehash)
{
	struct engine_secret secrets[STORE_SECRETS_MAX];
	struct text scopes[ENGINE_SCOPES_MAX];
	struct cidr cidrs[ENGINE_CIDRS_MAX];
	struct limit limits[LIMITS_MAX];
	struct engine_key k = {
		.state = state_of(key),
		.expires_at = or_never(key->expires_at),
		.tenant = key->tenant,
		.owner = key->owner,
		.scopes = scopes,
		.scope_count = split(key->scopes, scopes, ENGINE_SCOPES_MAX),
		.cidrs = cidrs,
		.cidr_count = parse_cidrs(key->ip_allow, cidrs),
		.limits = limits,
		.limit_slot = key->limit_slot - 1,
		.secrets = secrets,
		.secret_count = key->secret_count,
	};

	k.limit_count = registry_limits(r, key, limits, &k.units_per_request);
	if (k.limit_count > 0 && key->limit_slot == 0)
		return false; /* never: whoever stores a key sees to that */
	fill_secrets(key, rehash, secrets);
	r->own.len = 0;
	k.own_members = key_reply_own(&r->own, key);
	k.shared_members = encode_shared(r, key, scopes, k.scope_count);
	k.own = (struct text){(const char *)r->own.data, r->own.len};
	k.shared = (struct text){(const char *)r->shared.data, r->shared.len};
	if (r->own.failed || r->shared.failed || !engine_put(r->o.engine, &k))
		return false;
	put_foreign(r, key);
	if (rehash != NULL)
		foreign_remove(r->foreign, key->secrets[rehash->secret].prefix);
	return true;
}
