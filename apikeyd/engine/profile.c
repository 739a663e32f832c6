/* profile.c - profiles and the parties (tenants, owners) they name, each one run of bytes, interned. */
#include "apikeyd/engine/profile.h"

#include <string.h>

#include "apikeyd/engine/scope.h"

/* A tenant (of: 0) or an owner (of: its tenant, with a reference to it). */
struct party {
	uint32_t of;
	char name[];
};

/* Behind it lie the limits, the networks, the scopes (a byte of length before each) and the shared bytes. */
struct profile {
	uint32_t tenant, owner; /* parties, with a reference to each */
	uint32_t units_per_request;
	uint16_t scopes_size, shared_size;
	uint8_t scope_count, cidr_count, shared_members, limit_count;
	struct limit limits[];
};

static void party_drop(struct profiles *set, uint32_t party)
{
	while (party != 0 && intern_drop(&set->parties, party)) {
		uint32_t of = ((struct party *)intern_bytes(&set->parties, party))->of;

		intern_free(&set->parties, party);
		party = of;
	}
}

/* A reference to a party. The one to its tenant is taken over: the party has it, or it is dropped. */
static uint32_t party_take(struct profiles *set, uint32_t of, struct text name)
{
	uint32_t party = intern_new(&set->parties, sizeof(struct party) + name.len), settled = 0;
	struct party *p;

	if (party != 0) {
		p = intern_bytes(&set->parties, party);
		p->of = of;
		if (name.len > 0)
			memcpy(p->name, name.data, name.len);
		settled = intern_settle(&set->parties, party);
	}
	if (settled != party || settled == 0)
		party_drop(set, of);
	return settled;
}

static uint32_t tenant_take(struct profiles *set, struct text tenant)
{
	return party_take(set, 0, tenant);
}

static uint32_t owner_take(struct profiles *set, struct text tenant, struct text owner)
{
	uint32_t of = tenant_take(set, tenant);

	return of != 0 ? party_take(set, of, owner) : 0;
}

bool profiles_open(struct profiles *set, struct arena *arena)
{
	set->last = 0;
	return intern_open(&set->parties, arena) && intern_open(&set->profiles, arena);
}

void profiles_close(struct profiles *set)
{
	intern_close(&set->profiles);
	intern_close(&set->parties);
}

size_t profiles_bytes(const struct profiles *set)
{
	return table_bytes(&set->parties.table) + table_bytes(&set->profiles.table);
}

static struct cidr *cidrs_of(const struct profile *p)
{
	return (struct cidr *)&p->limits[p->limit_count];
}

static char *scopes_of(const struct profile *p)
{
	return (char *)&cidrs_of(p)[p->cidr_count];
}

static char *shared_of(const struct profile *p)
{
	return scopes_of(p) + p->scopes_size;
}

static bool key_fits(const struct engine_key *key)
{
	if (key->scope_count > ENGINE_SCOPES_MAX || key->cidr_count > ENGINE_CIDRS_MAX ||
		key->limit_count > LIMITS_MAX)
		return false;
	for (size_t i = 0; i < key->scope_count; i++)
		if (key->scopes[i].len > SCOPE_MAX_BYTES)
			return false;
	return key->shared.len <= ENGINE_REPLY_MAX;
}

static size_t scopes_size(const struct engine_key *key)
{
	size_t size = 0;

	for (size_t i = 0; i < key->scope_count; i++)
		size += 1 + key->scopes[i].len;
	return size;
}

static void profile_fill(struct profile *p, const struct engine_key *key)
{
	char *at;

	p->scopes_size = (uint16_t)scopes_size(key);
	p->shared_size = (uint16_t)key->shared.len;
	p->scope_count = (uint8_t)key->scope_count;
	p->cidr_count = (uint8_t)key->cidr_count;
	p->limit_count = (uint8_t)key->limit_count;
	p->shared_members = key->shared_members;
	p->units_per_request = key->units_per_request;
	if (key->limit_count > 0)
		memcpy(p->limits, key->limits, key->limit_count * sizeof *key->limits);
	if (key->cidr_count > 0)
		memcpy(cidrs_of(p), key->cidrs, key->cidr_count * sizeof *key->cidrs);
	at = scopes_of(p);
	for (size_t i = 0; i < key->scope_count; i++) {
		*at++ = (char)key->scopes[i].len;
		at = mempcpy(at, key->scopes[i].data, key->scopes[i].len);
	}
	if (key->shared.len > 0)
		memcpy(at, key->shared.data, key->shared.len);
}

static uint32_t profile_make(struct profiles *set, const struct engine_key *key)
{
	uint32_t tenant = 0, owner = 0, profile = 0, settled = 0;
	struct profile *p;

	if (!key_fits(key) || (tenant = tenant_take(set, key->tenant)) == 0 ||
		(owner = owner_take(set, key->tenant, key->owner)) == 0)
		goto out;
	profile = intern_new(&set->profiles, sizeof *p + key->limit_count * sizeof(struct limit) +
						     key->cidr_count * sizeof(struct cidr) +
						     scopes_size(key) + key->shared.len);
	if (profile == 0)
		goto out;
	p = intern_bytes(&set->profiles, profile);
	p->tenant = tenant;
	p->owner = owner;
	profile_fill(p, key);
	settled = intern_settle(&set->profiles, profile);
out:
	if (settled != profile || settled == 0) { /* an equal one has its own references */
		party_drop(set, owner);
		party_drop(set, tenant);
	}
	return settled;
}

void profile_keep(struct profiles *set, uint32_t profile)
{
	intern_keep(&set->profiles, profile);
}

static bool party_is(const struct profiles *set, uint32_t party, struct text name)
{
	const struct party *p = intern_bytes(&set->parties, party);

	return text_equal(
		(struct text){p->name, intern_size(&set->parties, party) - sizeof *p}, name);
}

static bool scopes_equal(const struct profile *p, const struct engine_key *key)
{
	const char *at = scopes_of(p);

	if (p->scope_count != key->scope_count)
		return false;
	for (size_t i = 0; i < key->scope_count; i++) {
		struct text scope = {at + 1, (unsigned char)*at};

		if (!text_equal(scope, key->scopes[i]))
			return false;
		at = scope.data + scope.len;
	}
	return true;
}

static bool same_bytes(const void *a, const void *b, size_t len)
{
	return len == 0 || memcmp(a, b, len) == 0;
}

/* Whether that is what profile_take() would give for the key. */
static bool profile_is(
	const struct profiles *set, const struct profile *p, const struct engine_key *key)
{
	return p->shared_size == key->shared.len && p->shared_members == key->shared_members &&
	       p->units_per_request == key->units_per_request &&
	       p->limit_count == key->limit_count && p->cidr_count == key->cidr_count &&
	       same_bytes(shared_of(p), key->shared.data, key->shared.len) &&
	       same_bytes(p->limits, key->limits, key->limit_count * sizeof *key->limits) &&
	       same_bytes(cidrs_of(p), key->cidrs, key->cidr_count * sizeof *key->cidrs) &&
	       scopes_equal(p, key) && party_is(set, p->tenant, key->tenant) &&
	       party_is(set, p->owner, key->owner);
}

uint32_t profile_take(struct profiles *set, const struct engine_key *key)
{
	if (set->last == 0 || !profile_is(set, profile_at(set, set->last), key))
		return set->last = profile_make(set, key);
	profile_keep(set, set->last);
	return set->last;
}

void profile_drop(struct profiles *set, uint32_t profile)
{
	struct profile *p = intern_bytes(&set->profiles, profile);
	uint32_t tenant = p->tenant, owner = p->owner;

	if (!intern_drop(&set->profiles, profile))
		return;
	intern_free(&set->profiles, profile);
	if (profile == set->last)
		set->last = 0;
	party_drop(set, owner);
	party_drop(set, tenant);
}

/* A party that is switched off is kept by that alone: keys that name it may come later. */
bool profiles_disable(struct profiles *set, struct text tenant, struct text owner, bool disabled)
{
	uint32_t party =
		owner.data != NULL ? owner_take(set, tenant, owner) : tenant_take(set, tenant);

	if (party == 0)
		return false;
	if (disabled && !intern_marked(&set->parties, party))
		intern_keep(&set->parties, party);
	if (!disabled && intern_marked(&set->parties, party))
		party_drop(set, party);
	intern_mark(&set->parties, party, disabled);
	party_drop(set, party);
	return true;
}

const struct profile *profile_at(const struct profiles *set, uint32_t profile)
{
	return intern_bytes(&set->profiles, profile);
}

bool profile_of_tenant(const struct profiles *set, const struct profile *p, struct text tenant)
{
	const struct party *party = intern_bytes(&set->parties, p->tenant);
	size_t len = intern_size(&set->parties, p->tenant) - sizeof *party;

	return text_equal((struct text){party->name, len}, tenant);
}

bool profile_tenant_disabled(const struct profiles *set, const struct profile *p)
{
	return intern_marked(&set->parties, p->tenant);
}

bool profile_owner_disabled(const struct profiles *set, const struct profile *p)
{
	return intern_marked(&set->parties, p->owner);
}

bool profile_admits(const struct profile *p, const struct address *ip)
{
	if (p->cidr_count == 0)
		return true;
	if (ip == NULL)
		return false;
	for (unsigned i = 0; i < p->cidr_count; i++)
		if (cidr_contains(&cidrs_of(p)[i], ip))
			return true;
	return false;
}

static bool profile_grants(const struct profile *p, struct text need)
{
	const char *at = scopes_of(p);

	for (unsigned i = 0; i < p->scope_count; i++) {
		struct text granted = {at + 1, (unsigned char)*at};

		if (scope_covers(granted, need))
			return true;
		at = granted.data + granted.len;
	}
	return false;
}

uint64_t profile_missing(const struct profile *p, const struct text *needs, uint32_t count)
{
	uint64_t missing = 0;

	for (uint32_t i = 0; i < count; i++)
		if (!profile_grants(p, needs[i]))
			missing |= UINT64_C(1) << i;
	return missing;
}

struct text profile_shared(const struct profile *p, uint8_t *members)
{
	*members = p->shared_members;
	return (struct text){shared_of(p), p->shared_size};
}

const struct limit *profile_limits(const struct profile *p, unsigned *count)
{
	*count = p->limit_count;
	return p->limits;
}

uint32_t profile_units_per_request(const struct profile *p)
{
	return p->units_per_request;
}
