/* store.h - where keys are kept: a narrow interface, a struct of functions, for one caller thread at a time.
 *
 * It knows no sockets, no MessagePack and no engine. Every function returns APIKEY_OK or the error, with *why
 * filled in. A change is durable when commit() has returned APIKEY_OK. APIKEY_UNAVAILABLE means nothing was
 * changed (disk full, read-only); APIKEY_OUTCOME_UNKNOWN from commit() means the process must end and find out. */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "apikeyd/pool.h"
#include "protocol/audit_chain.h"
#include "protocol/error.h"
#include "protocol/keytext.h"
#include "protocol/method.h"
#include "protocol/text.h"

#define STORE_DIGEST_BYTES 32
#define STORE_SECRETS_MAX 16 /* secrets of one key, run-out ones included */
#define STORE_PAGE_MAX 1000  /* rows of one page */
#define STORE_NEVER 0        /* a time that is not set */

/* Of what the digest is: the key, or another system's hash of it (engine_digest_foreign()). */
enum digest_algorithm {
	DIGEST_BLAKE2B_PEPPERED = 1,
	DIGEST_SHA256 = 2,
	DIGEST_BCRYPT = 3,
};

struct secret_record {
	uint8_t digest[STORE_DIGEST_BYTES];
	uint8_t algorithm; /* enum digest_algorithm */
	uint32_t pepper_id;
	struct text prefix; /* unique among all secrets */
	struct text
		bcrypt; /* what a key that begins with the prefix is checked by; data NULL: not set */
	char last4[5];
	int64_t created_at;
	int64_t expires_at; /* end of grace, or STORE_NEVER */
	bool revoked;
	uint32_t slot;           /* of its usage */
	int64_t requests_before; /* allowed verifies when a newer secret took its place */
};

/* What secrets that a key no longer has were used for, so that its totals never go back. */
struct past_usage {
	int64_t requests, units, last_used_at;
};

/* A key as it is stored. Text is borrowed from whoever filled it in (a pool, or the caller's parameters);
 * data is NULL where a field is not set. */
struct key_record {
	char id[KEY_ID_SIZE];
	struct text name, tenant, owner, env, plan, email, notes, created_by;
	struct text scopes;             /* joined by single spaces; empty text: none */
	struct text ip_allow;           /* likewise; empty: any */
	struct text rate, quota, meta;  /* as encoded; the store does not look inside */
	int64_t units_per_request;      /* 0: not set */
	int64_t created_at, expires_at; /* expires_at STORE_NEVER: never */
	int64_t revoked_at;             /* STORE_NEVER: not revoked */
	bool disabled;
	struct past_usage past;
	uint32_t limit_slot; /* 1 + that of its limits' counters; 0: it has none yet */
	struct secret_record secrets[STORE_SECRETS_MAX]; /* oldest first */
	unsigned secret_count;
};

enum key_status {
	STATUS_ANY,
	STATUS_ACTIVE,
	STATUS_DISABLED,
	STATUS_REVOKED,
	STATUS_EXPIRED,
};
/* The one place that decides it: revoked before expired before disabled before active. */
enum key_status key_status_of(const struct key_record *key, int64_t now);
const char *key_status_name(enum key_status status);

enum key_sort {
	SORT_CREATED, /* the order of creation, the default */
	SORT_NAME,
	SORT_OWNER,
	SORT_TENANT,
	SORT_EXPIRES,             /* keys without an expiry last */
	SORT_INDEXED,             /* the orders from here on are of what was counted */
	SORT_USED = SORT_INDEXED, /* keys never used first, as if that were longest ago */
	SORT_REQUESTS,
	SORT_UNITS,
	SORT_COUNT,
};

/* What has been counted in a slot so far. */
typedef struct past_usage slot_used_fn(uint32_t slot, void *arg);

/* A page of keys. A cursor is opaque bytes made by the store, which tell of all its rows (so cursors.h seals them); one
 * that it did not make for the same sort and direction is refused (invalid_argument, naming "cursor"). In an order of what
 * is counted, the cursor stays where it was while keys move: one that passes it between two pages is on both, or on
 * neither. */
struct key_query {
	struct text tenant, owner; /* data NULL: any */
	struct text
		match; /* found in id, name, prefix, owner, email or notes, any case (ASCII); NULL: all */
	enum key_status status;
	enum key_sort sort;
	bool descending;
	unsigned limit; /* 1 to STORE_PAGE_MAX */
	struct text cursor;
	int64_t now;        /* decides what is expired */
	slot_used_fn *used; /* for orders of what was counted; NULL: nothing was */
	void *used_arg;
};

struct key_page {
	struct key_record **keys; /* in the pool */
	unsigned count;
	struct text next; /* cursor of the next page; NULL: this is the last */
	int64_t total;    /* keys that match on all pages */
};

/* A page of the audit log; data NULL: any. Newest first by time, or in the order of the chain, which is that of
 * numbers. A cursor is opaque bytes, as that of keys. */
struct audit_query {
	struct text actor, action, object, tenant;
	int64_t from, to; /* both included; to STORE_NEVER: no end */
	int64_t since;    /* only entries with a greater number; 0: all */
	bool chain_order;
	unsigned limit; /* 1 to STORE_PAGE_MAX */
	struct text cursor;
};

struct audit_page {
	struct audit_record **entries; /* in the pool */
	unsigned count;   /* may be less than there is room for, even 0, before the last page */
	struct text next; /* cursor of the next page; NULL: this is the last */
};

/* The record lives for the call. Returns false to stop. */
typedef bool store_audit_fn(const struct audit_record *entry, void *arg);

#define STORE_PLANS_MAX 1000 /* there are few, so they are listed whole */

/* Limits under a name. Text is borrowed as a key's is. */
struct plan_record {
	struct text name;
	struct text rate, quota;   /* as encoded; data NULL: none */
	int64_t units_per_request; /* 0: not set */
	int64_t max_keys;          /* of a tenant on it; 0: any number */
	int64_t max_keys_per_user; /* likewise of one owner in it */
	int64_t created_at;
	int64_t keys, tenants; /* on it; said by the store */
};

#define TENANT_DEFAULT "default" /* there from the first start, and for good */

/* A customer of this host: keys and users belong to one, by its name. Text is borrowed as a key's is. */
struct tenant_record {
	struct text name, plan, created_by; /* plan.data NULL: none */
	int64_t max_keys;                   /* 0: any number */
	int64_t created_at;
	bool disabled;
	int64_t keys, revoked, users; /* in it, revoked ones among the keys; said by the store */
};

/* A person, or a program that has a role of its own. Names are words, so that no spelling is another's. Text is borrowed
 * as a key's is. */
struct user_record {
	struct text username, tenant, created_by;
	struct text
		os_account; /* the account of this host whose peers are this user; data NULL: none */
	struct text
		password; /* what a password is checked against, opaque here; data NULL: there is none */
	enum role role;
	int64_t max_keys; /* that the user may own; 0: any number */
	int64_t created_at, last_login_at;
	bool disabled;
};

/* A page of users in the order of their names. */
struct user_query {
	struct text tenant; /* data NULL: any */
	struct text after;  /* only those with a greater name; data NULL: from the first */
	unsigned limit;     /* 1 to STORE_PAGE_MAX */
};

/* A login that is not over. Its token is known by its digest alone. Text is borrowed as a key's is. */
struct session_record {
	struct text id, user;
	uint8_t digest[STORE_DIGEST_BYTES];
	int64_t uid; /* of the only peers that may go on with it */
	int64_t created_at, expires_at;
	int64_t seen_at; /* last use; may lag behind */
};

#define STORE_SESSIONS_MAX 32 /* of one user; the caller sees to it */

/* Something that somebody may have to know, once for its kind, object and period. */
struct alert_record {
	int64_t seq; /* given by the store */
	int64_t at;
	struct text kind, object;
	int64_t period;             /* whatever tells one time from the next */
	struct text tenant, detail; /* data NULL: not set */
};

#define STORE_ALERTS_KEPT (90 * 86400) /* seconds; older ones are forgotten */

/* A page of alerts, newest first; data NULL: any. */
struct alert_query {
	struct text kind, object, tenant;
	unsigned limit; /* 1 to STORE_PAGE_MAX */
	int64_t before; /* only those with a smaller number; 0: all */
	int64_t since;  /* only those after that time; 0: all */
};

struct alert_page {
	struct alert_record *alerts; /* in the pool */
	unsigned count;
	bool more;
};

/* A network that a key was used from. */
struct network_record {
	struct text network;
	int64_t first_at, last_at;
};

#define STORE_NETWORKS_MAX 16 /* of one key; past it the one used longest ago is forgotten */

/* What was answered to a request_id: who asked, a digest of method and parameters, and the encoded answer. */
struct request_record {
	struct text actor, request_id;
	uint8_t digest[STORE_DIGEST_BYTES];
	struct text answer;
	int64_t at;
};

enum usage_step {
	USAGE_MINUTE,
	USAGE_HOUR,
	USAGE_DAY,
	USAGE_STEPS,
};

struct usage_counts {
	int64_t allowed, denied, units;
};

/* A row of sums: of a tenant ('@' and its name) or all ("*"), and by resource of a secret ("#", its slot, a dot and its
 * tag). */
struct usage_row {
	int64_t at;            /* where the step begins */
	struct text who, name; /* name: empty for all together, or what of it (usage_pack.h) */
	struct usage_counts counts;
};
/* The row lives for the call; who is not given back. */
typedef void usage_row_fn(const struct usage_row *row, void *arg);

/* Which steps: from and to are included, and whole. */
struct usage_span {
	enum usage_step step;
	int64_t from, to;
};

/* What is kept packed (usage_pack.h): what the secrets of one page of counter slots did in one step. How much of the
 * page's counters is in such packs already stands at the step USAGE_MARKS and time 0: packs and marks are written in
 * one transaction, so that everything is there once. */
#define USAGE_MARKS USAGE_STEPS
#define USAGE_RESOURCE_MARKS (USAGE_STEPS + 1) /* likewise of the slots of resources */
struct usage_place {
	enum usage_step step;
	int64_t at;
	uint32_t page;
};
/* The pack lives for the call. */
typedef void usage_pack_fn(const struct usage_place *place, struct text pack, void *arg);

/* Whose a counter slot is. Text is borrowed, or the pool's. */
struct usage_owner {
	struct text key, tenant, secret; /* id, name, prefix */
};
/* A secret that has gone: whose what it counted is. */
struct usage_leaver {
	uint32_t slot;
	struct usage_owner owner;
	int64_t at;  /* when it went */
	bool folded; /* nothing is left in the slot, which may be another's by now */
};
/* The leaver lives for the call. */
typedef void usage_leaver_fn(const struct usage_leaver *leaver, void *arg);

struct store_size {
	int64_t keys, bytes, wal_bytes;
};

struct store;
struct store_backup;

/* Called for every key at start, in order of creation; the record lives for the call. Returns false to stop. */
typedef bool store_load_fn(const struct key_record *key, void *arg);

struct store_ops {
	const char *name;
	/* Opens the store in the directory dir (made ready by the caller), creating or migrating it. A store of a newer
	 * version, or a damaged one, is refused and left as it is. */
	enum apikey_error (*open)(const char *dir, struct store **out, struct failure *why);
	void (*close)(struct store *s);

	enum apikey_error (*begin)(struct store *s, struct failure *why);
	enum apikey_error (*commit)(struct store *s, struct failure *why);
	void (*rollback)(struct store *s);
	/* One change within the transaction. */
	enum apikey_error (*savepoint)(struct store *s, struct failure *why);
	enum apikey_error (*release)(struct store *s, struct failure *why);
	void (*revert)(struct store *s); /* back to the savepoint, which is gone then */

	enum apikey_error (*load)(
		struct store *s, store_load_fn *fn, void *arg, struct failure *why);
	/* conflict if the id, a digest or a prefix exists. */
	enum apikey_error (*key_insert)(
		struct store *s, const struct key_record *key, struct failure *why);
	/* Replaces the row and all its secrets; not_found if there is none. */
	enum apikey_error (*key_update)(
		struct store *s, const struct key_record *key, struct failure *why);
	enum apikey_error (*key_delete)(struct store *s, const char *id, struct failure *why);
	/* By id or by any prefix. not_found names ref. Everything in the record is the pool's. */
	enum apikey_error (*key_get)(struct store *s, struct pool *pool, struct text ref,
		struct key_record *out, struct failure *why);
	/* Whether there is a secret of that digest. */
	enum apikey_error (*digest_find)(struct store *s, const uint8_t digest[STORE_DIGEST_BYTES],
		bool *found, struct failure *why);
	enum apikey_error (*key_list)(struct store *s, struct pool *pool,
		const struct key_query *query, struct key_page *out, struct failure *why);
	/* With the number and the MAC that the chain gave it (apikeyd/audit.h); conflict if there is one of that number. */
	enum apikey_error (*audit_append)(
		struct store *s, const struct audit_record *row, struct failure *why);
	/* *found says whether there is one not older than `oldest`; put replaces, and prunes what is older. */
	enum apikey_error (*request_get)(struct store *s, struct pool *pool, struct text actor,
		struct text request_id, int64_t oldest, struct request_record *out, bool *found,
		struct failure *why);
	enum apikey_error (*request_put)(struct store *s, const struct request_record *row,
		int64_t oldest, struct failure *why);
	/* Small values about the store itself, such as the pepper's check value; value.data NULL where there is none. */
	enum apikey_error (*note_get)(struct store *s, struct pool *pool, const char *name,
		struct text *value, struct failure *why);
	enum apikey_error (*note_put)(
		struct store *s, const char *name, struct text value, struct failure *why);
	/* A copy of the whole at path (unavailable where nothing is on a disk), which must not be there (conflict); step makes some more of it and must be called
	 * outside a transaction; done says that it is complete and on the disk. One that ends before leaves nothing. begin
	 * gives something to end even where it fails. */
	enum apikey_error (*backup_begin)(
		struct store *s, const char *path, struct store_backup **out, struct failure *why);
	enum apikey_error (*backup_step)(struct store_backup *b, bool *done, struct failure *why);
	void (*backup_end)(struct store_backup *b);
	/* Called when nothing waits: checkpoints and the like. */
	void (*idle)(struct store *s);
	enum apikey_error (*size)(struct store *s, struct store_size *out, struct failure *why);

	enum apikey_error (*audit_list)(struct store *s, struct pool *pool,
		const struct audit_query *query, struct audit_page *out, struct failure *why);
	/* Calls fn for every entry from this number on, lowest first, at most limit of them. */
	enum apikey_error (*audit_walk)(struct store *s, int64_t from, unsigned limit,
		store_audit_fn *fn, void *arg, struct failure *why);
	/* Number and MAC of the entry with the greatest number; number 0: there is none. */
	enum apikey_error (*audit_last)(
		struct store *s, struct audit_record *out, struct failure *why);
	/* Gives an entry of a store that had no chain its MAC. */
	enum apikey_error (*audit_seal)(
		struct store *s, int64_t seq, const uint8_t mac[CHAIN_BYTES], struct failure *why);

	/* Makes or replaces it; limit_reached past STORE_PLANS_MAX is the caller's to see. */
	enum apikey_error (*plan_put)(
		struct store *s, const struct plan_record *plan, struct failure *why);
	/* Keys on it stay as they are. */
	enum apikey_error (*plan_delete)(struct store *s, struct text name, struct failure *why);
	enum apikey_error (*plan_get)(struct store *s, struct pool *pool, struct text name,
		struct plan_record *out, struct failure *why);
	/* All, by name. */
	enum apikey_error (*plan_list)(struct store *s, struct pool *pool, struct plan_record **out,
		unsigned *count, struct failure *why);
	/* As load, for the keys on that plan. */
	enum apikey_error (*plan_load)(struct store *s, struct text name, store_load_fn *fn,
		void *arg, struct failure *why);

	/* Makes or replaces it. */
	enum apikey_error (*tenant_put)(
		struct store *s, const struct tenant_record *tenant, struct failure *why);
	/* Keys and users in it stay as they are. */
	enum apikey_error (*tenant_delete)(struct store *s, struct text name, struct failure *why);
	enum apikey_error (*tenant_get)(struct store *s, struct pool *pool, struct text name,
		struct tenant_record *out, struct failure *why);
	/* Up to limit (at most STORE_PAGE_MAX) of those with a greater name, in the order of names; after.data NULL: from
	 * the first. */
	enum apikey_error (*tenant_list)(struct store *s, struct pool *pool, struct text after,
		unsigned limit, struct tenant_record **out, unsigned *count, struct failure *why);
	/* Makes or replaces it; conflict if another has the OS account. */
	enum apikey_error (*user_put)(
		struct store *s, const struct user_record *user, struct failure *why);
	enum apikey_error (*user_delete)(
		struct store *s, struct text username, struct failure *why);
	enum apikey_error (*user_get)(struct store *s, struct pool *pool, struct text username,
		struct user_record *out, struct failure *why);
	enum apikey_error (*user_list)(struct store *s, struct pool *pool,
		const struct user_query *query, struct user_record **out, unsigned *count,
		struct failure *why);
	/* How many enabled users have that role. */
	enum apikey_error (*user_count)(
		struct store *s, enum role role, int64_t *out, struct failure *why);
	/* How many keys there are that are not revoked; data NULL: of any. */
	enum apikey_error (*key_count)(struct store *s, struct text tenant, struct text owner,
		int64_t *out, struct failure *why);

	/* Makes or replaces the one of that id. */
	enum apikey_error (*session_put)(
		struct store *s, const struct session_record *session, struct failure *why);
	/* *found says whether there is one whose token has that digest. */
	enum apikey_error (*session_get)(struct store *s, struct pool *pool,
		const uint8_t digest[STORE_DIGEST_BYTES], struct session_record *out, bool *found,
		struct failure *why);
	/* All of a user, oldest first. */
	enum apikey_error (*session_list)(struct store *s, struct pool *pool, struct text user,
		struct session_record **out, unsigned *count, struct failure *why);
	enum apikey_error (*session_delete)(struct store *s, struct text id, struct failure *why);
	/* Deletes those that were last used before `seen` or are over by `now`. */
	enum apikey_error (*session_prune)(
		struct store *s, int64_t seen, int64_t now, struct failure *why);

	/* One-time codes of a user, known by their digests; expires_at may be STORE_NEVER. */
	enum apikey_error (*code_put)(struct store *s, struct text user,
		const uint8_t digest[STORE_DIGEST_BYTES], int64_t expires_at, struct failure *why);
	/* *found says whether the user has a code of that digest that is not over by `now`. */
	enum apikey_error (*code_find)(struct store *s, struct text user,
		const uint8_t digest[STORE_DIGEST_BYTES], int64_t now, bool *found,
		struct failure *why);
	/* Deletes the user's code of that digest; NULL: all. */
	enum apikey_error (*code_delete)(
		struct store *s, struct text user, const uint8_t *digest, struct failure *why);
	/* How many a user has that are not over by `now`. */
	enum apikey_error (*code_count)(
		struct store *s, struct text user, int64_t now, int64_t *out, struct failure *why);

	/* Adds to a row of that step, which begins at row->at. */
	enum apikey_error (*usage_add)(struct store *s, enum usage_step step,
		const struct usage_row *row, struct failure *why);
	/* Calls fn for every row of who, by time. */
	enum apikey_error (*usage_query)(struct store *s, const struct usage_span *span,
		struct text who, usage_row_fn *fn, void *arg, struct failure *why);
	/* *out is the pool's; empty: there is none. */
	enum apikey_error (*usage_pack_get)(struct store *s, struct pool *pool,
		const struct usage_place *place, struct text *out, struct failure *why);
	enum apikey_error (*usage_pack_put)(struct store *s, const struct usage_place *place,
		struct text pack, struct failure *why);
	/* Calls fn for every pack of a page, by time. */
	enum apikey_error (*usage_pack_query)(struct store *s, const struct usage_span *span,
		uint32_t page, usage_pack_fn *fn, void *arg, struct failure *why);
	/* Calls fn for every page's marks of that kind. */
	enum apikey_error (*usage_mark_load)(struct store *s, enum usage_step kind,
		usage_pack_fn *fn, void *arg, struct failure *why);
	/* Adds one, or replaces the one of the same slot and secret. */
	enum apikey_error (*usage_leaver_put)(
		struct store *s, const struct usage_leaver *leaver, struct failure *why);
	/* Those of a key, or with key.data NULL all that are not folded. */
	enum apikey_error (*usage_leaver_list)(struct store *s, struct text key,
		usage_leaver_fn *fn, void *arg, struct failure *why);
	/* Deletes rows and packs of that step from before a time, at most limit of each, and with days who had left
	 * before. *gone says how many. */
	enum apikey_error (*usage_prune)(struct store *s, enum usage_step step, int64_t before,
		unsigned limit, unsigned *gone, struct failure *why);

	/* *fresh false: that alert is there already, and stays as it is. Forgets old ones. */
	enum apikey_error (*alert_put)(struct store *s, const struct alert_record *alert,
		bool *fresh, struct failure *why);
	enum apikey_error (*alert_list)(struct store *s, struct pool *pool,
		const struct alert_query *query, struct alert_page *out, struct failure *why);
	/* The networks of a key, at most STORE_NETWORKS_MAX; none for a key that is not there. */
	enum apikey_error (*network_list)(struct store *s, struct pool *pool, const char *key,
		struct network_record *out, unsigned *count, struct failure *why);
	/* Adds one, or moves the last time of one that is there. They go with their key. */
	enum apikey_error (*network_put)(struct store *s, const char *key,
		const struct network_record *network, struct failure *why);
};

/* The embedded store: one SQLite file, apikeyd.db. */
extern const struct store_ops store_sqlite;
/* Everything in memory, gone at close: for tests, and to keep this interface honest. dir is not used. */
extern const struct store_ops store_memory;

#endif
