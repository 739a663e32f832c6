/* profile.h - what many keys have in common, kept once: tenant, owner, scopes, networks, limits, shared bytes of a reply.
 *
 * Changes come from one thread. A profile can be read by whoever holds the lock of a shard with a secret of it. */
#ifndef ENGINE_PROFILE_H
#define ENGINE_PROFILE_H

#include "apikeyd/engine/engine.h"
#include "apikeyd/engine/intern.h"

struct profiles {
	struct intern parties, profiles;
	uint32_t last; /* taken last, and often by the next key too; 0: there is none, or no more */
};

struct profile;

/* In an arena that outlives them. False: no memory. */
bool profiles_open(struct profiles *set, struct arena *arena);
void profiles_close(struct profiles *set);
/* Beside the arena. */
size_t profiles_bytes(const struct profiles *set);

/* A reference to the profile of a key; 0 when memory ends or the key is past a bound. */
uint32_t profile_take(struct profiles *set, const struct engine_key *key);
void profile_keep(struct profiles *set, uint32_t profile);
void profile_drop(struct profiles *set, uint32_t profile);
/* Switches a tenant, or with owner.data not NULL one of its owners, off or on. False when memory ends. */
bool profiles_disable(struct profiles *set, struct text tenant, struct text owner, bool disabled);

const struct profile *profile_at(const struct profiles *set, uint32_t profile);
bool profile_of_tenant(const struct profiles *set, const struct profile *p, struct text tenant);
bool profile_tenant_disabled(const struct profiles *set, const struct profile *p);
bool profile_owner_disabled(const struct profiles *set, const struct profile *p);
/* Whether requests may come from there; ip NULL: from an unknown address. */
bool profile_admits(const struct profile *p, const struct address *ip);
/* Bit n is set where no scope covers needs[n]. count is at most ENGINE_SCOPES_MAX. */
uint64_t profile_missing(const struct profile *p, const struct text *needs, uint32_t count);
struct text profile_shared(const struct profile *p, uint8_t *members);
/* Count of them, rates first; the pointer lives as long as the profile. */
const struct limit *profile_limits(const struct profile *p, unsigned *count);
uint32_t profile_units_per_request(const struct profile *p); /* 0: any */

#endif
