/* shard.h - the engine's inside: secrets spread over shards by digest, each shard a lock and a table. */
#ifndef ENGINE_SHARD_H
#define ENGINE_SHARD_H

#include "apikeyd/engine/profile.h"
#include "protocol/keytext.h"

#define SHARDS 64 /* a power of two up to 256; two workers then rarely want the same one */

#define LIMIT_LOCKS 64

/* A secret and all that a verify needs of its key. A key's secrets share nothing but the profile, so a change swaps
 * one record after the other, each under its own shard's lock, and needs no order among locks. */
struct record {
	uint8_t digest[DIGEST_BYTES];
	int64_t expires_at; /* the secret's or the key's, whichever comes first */
	int64_t grace_ends; /* for the reply: of a superseded secret, else ENGINE_NEVER */
	uint32_t profile;
	uint32_t slot;
	uint16_t own_size;
	uint8_t prefix_size, own_members;
	uint8_t state; /* enum key_state, the secret's own revocation included */
	bool superseded : 1, limited : 1;
	char bytes[]; /* of a limited key the number of its slot, then prefix, own */
};

/* One cache line: whoever takes the lock has the table's place in hand. */
struct engine_shard {
	_Alignas(64) pthread_mutex_t lock;
	struct table table;
};

/* Guards every slot of limits whose number falls on it. Taken within a shard's lock, and none within it. */
struct limit_lock {
	_Alignas(64) pthread_mutex_t lock;
};

struct engine {
	struct engine_shard shards[SHARDS];
	/* Held to look into tables without their locks, and, by who changes them, to free one that was outgrown. */
	pthread_rwlock_t tables;
	struct limit_lock limit_locks[LIMIT_LOCKS];
	struct arena arena; /* records, profiles, parties; used by the changing thread only */
	struct profiles profiles;
	struct usage_slot *usage;
	struct denial_slot *denials; /* NULL: not asked for */
	struct resources resources;
	struct limit_slot *limits;
	uint8_t *usage_changed, *denials_changed, *limits_changed; /* NULL: not asked for */
	atomic_uint_fast64_t keys, secrets,
		arena_bytes; /* written by the changing thread, read by any */
	atomic_bool foreign; /* since the start there was a key that is looked for by its SHA-256 */
	char brand[KEYTEXT_BRAND_MAX + 1];
	uint8_t pepper[PEPPER_BYTES];
};

/* Says that a slot has changed. Where nobody asks for marks there are none. */
static inline void slot_mark(uint8_t *marks, uint32_t slot)
{
	if (marks != NULL)
		__atomic_store_n(&marks[slot], CHANGED, __ATOMIC_RELEASE);
}

/* What has not is no key, and has the digest of none. */
static inline bool has_key_length(struct text key)
{
	return key.len > 0 && key.len <= KEYTEXT_MAX;
}

struct engine_shard *shard_of(const struct engine *e, const uint8_t digest[DIGEST_BYTES]);
/* What stands for a digest in its shard's table: bits that do not choose the shard. */
uint32_t shard_hash(const uint8_t digest[DIGEST_BYTES]);
void shard_lock(struct engine_shard *s);
void shard_unlock(struct engine_shard *s);
/* Both, which may be the same one, the lower first. */
void shard_lock_both(struct engine_shard *a, struct engine_shard *b);
void shard_unlock_both(struct engine_shard *a, struct engine_shard *b);
/* The record of a digest, or 0. The caller holds the lock or is the changing thread. */
uint32_t shard_find(
	const struct engine *e, const struct engine_shard *s, const uint8_t digest[DIGEST_BYTES]);

struct record *record_at(const struct engine *e, uint32_t handle);
/* The slot of a limited key. */
uint32_t record_limit_slot(const struct record *r);
struct text record_prefix(const struct record *r);
struct text record_own(const struct record *r);
void limit_lock(struct engine *e, uint32_t slot);
void limit_unlock(struct engine *e, uint32_t slot);

#endif
