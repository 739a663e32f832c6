/* store.h - where keys are kept: a narrow interface, a struct of functions, for one caller thread at a time.
 *
 * It knows no sockets, no MessagePack and no engine. Every function returns APIKEY_OK or the error, with *why
 * filled in. A change is durable when commit() has returned APIKEY_OK. APIKEY_UNAVAILABLE means nothing was
 * changed (disk full, read-only); APIKEY_OUTCOME_UNKNOWN from commit() means the process must end and find out. */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "apikeyd/pool.h"
#include "apikeyd/store/key_record.h"
#include "apikeyd/store/log_record.h"
#include "apikeyd/store/people_record.h"
#include "apikeyd/store/usage_record.h"
#include "protocol/error.h"

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
	/* Does some milliseconds' worth of what a key_list of the query would have to do first, where that is much; *done:
	 * that was all. *search is NULL at first, and passed on with the query from call to call; what is changed
	 * meanwhile is seen to. It is ended, whether done or not. Too many at a time wait for each other. */
	enum apikey_error (*key_seek)(struct store *s, const struct key_query *query,
		struct key_search **search, bool *done, struct failure *why);
	/* NULL is none. */
	void (*key_search_end)(struct store *s, struct key_search *search);
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
	/* A copy of the whole at path (unavailable where nothing is on a disk), which must not be there (conflict);
	 * step makes some more of it and must be called outside a transaction; done says that it is complete and on
	 * the disk. One that ends before leaves nothing. begin gives something to end even where it fails. */
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
	/* Those with a greater name than list->after, in the order of names, at most list->limit. */
	enum apikey_error (*usage_list)(struct store *s, const struct usage_list *list,
		usage_row_fn *fn, void *arg, struct failure *why);
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
	/* Whether there is one. */
	enum apikey_error (*usage_leaver_known)(struct store *s, uint32_t slot, struct text secret,
		bool *known, struct failure *why);
	/* Those of a key, or with key.data NULL all that are not folded. */
	enum apikey_error (*usage_leaver_list)(struct store *s, struct text key,
		usage_leaver_fn *fn, void *arg, struct failure *why);
	/* Says of some slots, in ascending order, which secrets count there; in one pass over all keys, in memory. Text
	 * is the pool's. *done false: that memory is not filled yet, but some milliseconds closer to it; call again. */
	enum apikey_error (*slot_owners)(struct store *s, struct pool *pool,
		struct slot_owner *slots, unsigned count, bool *done, struct failure *why);
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
