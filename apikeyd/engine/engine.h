/* engine.h - the verify path: keys in memory, found by digest, checked without a system call.
 *
 * Pure: no I/O, no allocation in a verify, no clock of its own (time is an argument). Keys are sharded by
 * digest; each shard has a lock and a table. Changes come from one thread (the store's), verifies from any. What
 * has been used of a key's limits lies in a slot of its own, under a lock of its own, since the secrets of a key may
 * lie in several shards; keys without limits have neither.
 *
 * The digest of a key is BLAKE2b-256 (RFC 7693) over pepper ‖ key: a secret is 190 random bits, so a fast hash is
 * as strong as a slow one, and pepper and key fit in one block. Look-up by digest leaks nothing by its timing.
 *
 * Of an imported key only another system's hash may be known. Then a digest of that hash stands for it, and is looked
 * for only where there are such keys and the native digest is not found. Once the key has been seen, its native digest
 * takes that place. */
#ifndef ENGINE_ENGINE_H
#define ENGINE_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "apikeyd/engine/address.h"
#include "apikeyd/engine/limit.h"
#include "apikeyd/engine/resource.h"
#include "apikeyd/engine/usage.h"
#include "include/apikey.h"
#include "protocol/text.h"

#define DIGEST_BYTES 32
#define PEPPER_BYTES 32
#define ENGINE_NEVER INT64_MAX /* an expiry that does not come */
#define ENGINE_SCOPES_MAX 64
#define ENGINE_CIDRS_MAX 64
#define ENGINE_SECRETS_MAX 16  /* secrets of one key */
#define ENGINE_REPLY_MAX 32768 /* bytes each of `own` and `shared` */
#define ENGINE_TURN 64         /* most requests of one engine_prepare() */

struct engine;

struct engine_options {
	uint8_t pepper[PEPPER_BYTES];    /* copied; the caller wipes its own */
	const char *brand;               /* tells malformed from not_found; copied */
	struct usage_slot *usage;        /* where slot n of a secret lives; outlives the engine */
	struct denial_slot *denials;     /* likewise; NULL: not counted by code */
	struct resource_slot *resources; /* slots for what verifies are for; NULL: not counted */
	struct limit_slot
		*limits; /* likewise slot n of a key; may be NULL while no key has limits */
	/* a byte for each slot, set to CHANGED after a change in it; NULL: not wanted */
	uint8_t *usage_changed, *denials_changed, *resources_changed, *limits_changed;
	size_t expected_keys; /* a hint for the first size of the tables */
};

enum key_state {
	KEY_ACTIVE,
	KEY_DISABLED,
	KEY_REVOKED,
};

struct engine_secret {
	uint8_t digest[DIGEST_BYTES];
	struct text prefix;
	int64_t expires_at; /* end of its grace time, or ENGINE_NEVER */
	bool superseded;    /* a newer secret of the key exists */
	bool revoked;
	bool sha256; /* the digest is that of the key's SHA-256: engine_digest_foreign() */
	const uint8_t *former; /* the digest that this one takes the place of; NULL: none */
	uint32_t slot;         /* into usage */
};

/* A key as the engine takes it; everything is borrowed for the call. */
struct engine_key {
	enum key_state state;
	int64_t expires_at; /* or ENGINE_NEVER */
	struct text tenant, owner;
	const struct text *scopes;
	size_t scope_count;
	const struct cidr *cidrs;
	size_t cidr_count;          /* 0: any address */
	const struct limit *limits; /* rates first */
	size_t limit_count;
	uint32_t limit_slot;        /* the key's alone, where it has limits */
	uint32_t units_per_request; /* 0: any */
	/* Ready pieces of a verify's reply: encoded map members, and how many. `own` differs from key to key,
	 * `shared` is the same for all keys of one tenant, owner and set of scopes and is kept once. The engine
	 * does not look inside. */
	struct text own, shared;
	uint8_t own_members, shared_members;
	const struct engine_secret *secrets;
	size_t secret_count;
};

/* NULL only when memory ends. */
struct engine *engine_new(const struct engine_options *options);
void engine_free(struct engine *e);

/* Puts a key or replaces it, recognised by its secrets. Every secret that it had and has no more must have been
 * removed before. In force for every verify that begins after the return. Returns false when memory ends, with
 * nothing changed. */
bool engine_put(struct engine *e, const struct engine_key *key);
/* Removes one secret; the key goes with its last. Unknown ones are ignored. */
void engine_remove(struct engine *e, const uint8_t digest[DIGEST_BYTES]);
/* Tenants and owners can be switched off as a whole; they are known once a key names them or this is called. */
bool engine_set_tenant(struct engine *e, struct text tenant, bool disabled);
bool engine_set_owner(struct engine *e, struct text tenant, struct text owner, bool disabled);

/* Where what verifies are for is counted; lives as long as the engine. */
struct resources *engine_resources(struct engine *e);

void engine_digest(const struct engine *e, struct text key, uint8_t out[DIGEST_BYTES]);
/* What stands for a key of which only that hash is known; it is the digest of no key. */
void engine_digest_foreign(const struct engine *e, struct text hash, uint8_t out[DIGEST_BYTES]);

/* One question. Strings are borrowed until engine_verify() has returned. */
struct verify_request {
	struct text key;
	struct text tenant;       /* data NULL: any */
	const struct text *bound; /* and one of these; NULL: any */
	unsigned bound_count;
	struct text resource;     /* data NULL: not given */
	const struct address *ip; /* NULL: not given */
	const struct text *needs; /* scopes needed */
	uint32_t need_count;      /* at most ENGINE_SCOPES_MAX */
	int64_t units, cost;
	bool dry_run;
	/* filled in by engine_prepare() */
	uint8_t digest[DIGEST_BYTES];
};

/* The answer. Pointers are borrowed until engine_release(), which must follow at once: a shard is locked as long
 * as `shard` is not NULL. */
struct verdict {
	enum apikey_code code;
	bool found;   /* the key exists for this caller: the fields below hold */
	bool foreign; /* by the digest in `former`, not by its own */
	bool superseded;
	int64_t grace_ends; /* of a superseded secret, or ENGINE_NEVER */
	struct text prefix, own, shared;
	uint8_t own_members, shared_members;
	uint64_t missing;    /* bit n: needs[n] is lacking */
	int64_t retry_after; /* seconds, where a limit denied; 0: it would never pass */
	struct engine_shard *shard;
	uint8_t limit_count;
	bool counted;                         /* the last two below hold */
	struct limit_view limits[LIMITS_MAX]; /* limit_count of them hold */
	int64_t used_before;                  /* last use of the secret before this one; 0: never */
	struct address
		ip_before; /* last address before this one, where the request gives one; zero: none */
	uint8_t former[DIGEST_BYTES];
};

/* Digests a turn's requests and fetches their table entries into the cache, so that the look-ups overlap. */
void engine_prepare(const struct engine *e, struct verify_request *requests, size_t count);
/* Answers one prepared request and counts it. */
void engine_verify(struct engine *e, const struct verify_request *request, const struct now *now,
	struct verdict *out);
/* Goes through every check, also past the first that denies, and counts nothing. Bit n of the result is set where code n
 * applies. request->digest is the caller's to fill in; with any_key, request->key is not looked at. */
uint32_t engine_explain(struct engine *e, const struct verify_request *request, bool any_key,
	const struct now *now, struct verdict *out);
void engine_release(struct verdict *v);

struct engine_stats {
	uint64_t keys, secrets, bytes;
};
void engine_stats(struct engine *e, struct engine_stats *out);

#endif
