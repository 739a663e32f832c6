/* memory.h - what the files of the store in memory share; nobody else includes it. */
#ifndef STORE_MEMORY_H
#define STORE_MEMORY_H

#include "apikeyd/store/model.h"
#include "apikeyd/store/store.h"

struct list {
	void **items;
	size_t count;
};

enum {
	KEYS,
	AUDIT,
	REQUESTS,
	NOTES,
	PLANS,
	TENANTS,
	USERS,
	SESSIONS,
	CODES,
	USAGE,
	PACKS,
	LEAVERS,
	ALERTS,
	NETWORKS,
	LISTS
};

struct state {
	struct list lists[LISTS];
	int64_t rows;   /* given to keys so far */
	int64_t alerts; /* likewise to alerts */
};

struct store {
	struct pool pool; /* everything that was ever stored */
	struct state now, at_begin, at_savepoint;
	bool in_transaction;
};

void memory_list_add(struct list *list, void *item);
void memory_list_remove(struct list *list, size_t at);
enum apikey_error memory_check_transaction(struct store *s, struct failure *why);

/* memory_audit.c */
enum apikey_error memory_audit_append(
	struct store *s, const struct audit_record *row, struct failure *why);
enum apikey_error memory_audit_list(struct store *s, struct pool *pool,
	const struct audit_query *query, struct audit_page *out, struct failure *why);
enum apikey_error memory_audit_walk(struct store *s, int64_t from, unsigned limit,
	store_audit_fn *fn, void *arg, struct failure *why);
enum apikey_error memory_audit_last(struct store *s, struct audit_record *out, struct failure *why);
enum apikey_error memory_audit_seal(
	struct store *s, int64_t seq, const uint8_t mac[CHAIN_BYTES], struct failure *why);

/* memory_plan.c */
enum apikey_error memory_plan_put(
	struct store *s, const struct plan_record *plan, struct failure *why);
enum apikey_error memory_plan_delete(struct store *s, struct text name, struct failure *why);
enum apikey_error memory_plan_get(struct store *s, struct pool *pool, struct text name,
	struct plan_record *out, struct failure *why);
enum apikey_error memory_plan_list(struct store *s, struct pool *pool, struct plan_record **out,
	unsigned *count, struct failure *why);
enum apikey_error memory_plan_load(
	struct store *s, struct text name, store_load_fn *fn, void *arg, struct failure *why);

/* memory_people.c */
enum apikey_error memory_tenant_put(
	struct store *s, const struct tenant_record *tenant, struct failure *why);
enum apikey_error memory_tenant_delete(struct store *s, struct text name, struct failure *why);
enum apikey_error memory_tenant_get(struct store *s, struct pool *pool, struct text name,
	struct tenant_record *out, struct failure *why);
enum apikey_error memory_tenant_list(struct store *s, struct pool *pool, struct text after,
	unsigned limit, struct tenant_record **out, unsigned *count, struct failure *why);
enum apikey_error memory_user_put(
	struct store *s, const struct user_record *user, struct failure *why);
enum apikey_error memory_user_delete(struct store *s, struct text username, struct failure *why);
enum apikey_error memory_user_get(struct store *s, struct pool *pool, struct text username,
	struct user_record *out, struct failure *why);
enum apikey_error memory_user_list(struct store *s, struct pool *pool,
	const struct user_query *query, struct user_record **out, unsigned *count,
	struct failure *why);
enum apikey_error memory_user_count(
	struct store *s, enum role role, int64_t *out, struct failure *why);
enum apikey_error memory_key_count(
	struct store *s, struct text tenant, struct text owner, int64_t *out, struct failure *why);

/* memory_session.c */
enum apikey_error memory_session_put(
	struct store *s, const struct session_record *session, struct failure *why);
enum apikey_error memory_session_get(struct store *s, struct pool *pool,
	const uint8_t digest[STORE_DIGEST_BYTES], struct session_record *out, bool *found,
	struct failure *why);
enum apikey_error memory_session_list(struct store *s, struct pool *pool, struct text user,
	struct session_record **out, unsigned *count, struct failure *why);
enum apikey_error memory_session_delete(struct store *s, struct text id, struct failure *why);
enum apikey_error memory_session_prune(
	struct store *s, int64_t seen, int64_t now, struct failure *why);
enum apikey_error memory_code_put(struct store *s, struct text user,
	const uint8_t digest[STORE_DIGEST_BYTES], int64_t expires_at, struct failure *why);
enum apikey_error memory_code_find(struct store *s, struct text user,
	const uint8_t digest[STORE_DIGEST_BYTES], int64_t now, bool *found, struct failure *why);
enum apikey_error memory_code_delete(
	struct store *s, struct text user, const uint8_t *digest, struct failure *why);
enum apikey_error memory_code_count(
	struct store *s, struct text user, int64_t now, int64_t *out, struct failure *why);

/* memory_usage.c */
enum apikey_error memory_usage_add(
	struct store *s, enum usage_step step, const struct usage_row *row, struct failure *why);
enum apikey_error memory_usage_query(struct store *s, const struct usage_span *span,
	struct text who, usage_row_fn *fn, void *arg, struct failure *why);
enum apikey_error memory_usage_list(struct store *s, const struct usage_list *list,
	usage_row_fn *fn, void *arg, struct failure *why);
enum apikey_error memory_usage_pack_get(struct store *s, struct pool *pool,
	const struct usage_place *place, struct text *out, struct failure *why);
enum apikey_error memory_usage_pack_put(
	struct store *s, const struct usage_place *place, struct text pack, struct failure *why);
enum apikey_error memory_usage_pack_query(struct store *s, const struct usage_span *span,
	uint32_t page, usage_pack_fn *fn, void *arg, struct failure *why);
enum apikey_error memory_usage_mark_load(
	struct store *s, enum usage_step kind, usage_pack_fn *fn, void *arg, struct failure *why);
enum apikey_error memory_usage_leaver_put(
	struct store *s, const struct usage_leaver *leaver, struct failure *why);
enum apikey_error memory_usage_leaver_known(
	struct store *s, uint32_t slot, struct text secret, bool *known, struct failure *why);
enum apikey_error memory_usage_leaver_list(
	struct store *s, struct text key, usage_leaver_fn *fn, void *arg, struct failure *why);
enum apikey_error memory_usage_prune(struct store *s, enum usage_step step, int64_t before,
	unsigned limit, unsigned *gone, struct failure *why);

/* memory_key.c */
enum apikey_error memory_load(struct store *s, store_load_fn *fn, void *arg, struct failure *why);
enum apikey_error memory_key_insert(
	struct store *s, const struct key_record *key, struct failure *why);
enum apikey_error memory_key_update(
	struct store *s, const struct key_record *key, struct failure *why);
enum apikey_error memory_key_delete(struct store *s, const char *id, struct failure *why);
enum apikey_error memory_key_get(struct store *s, struct pool *pool, struct text ref,
	struct key_record *out, struct failure *why);
enum apikey_error memory_digest_find(struct store *s, const uint8_t digest[STORE_DIGEST_BYTES],
	bool *found, struct failure *why);
enum apikey_error memory_key_list(struct store *s, struct pool *pool, const struct key_query *query,
	struct key_page *out, struct failure *why);
enum apikey_error memory_key_seek(struct store *s, const struct key_query *query,
	struct key_search **search, bool *done, struct failure *why);
void memory_key_search_end(struct store *s, struct key_search *search);
enum apikey_error memory_slot_owners(struct store *s, struct pool *pool, struct slot_owner *slots,
	unsigned count, bool *done, struct failure *why);

/* memory_alert.c */
enum apikey_error memory_alert_put(
	struct store *s, const struct alert_record *alert, bool *fresh, struct failure *why);
enum apikey_error memory_alert_list(struct store *s, struct pool *pool,
	const struct alert_query *query, struct alert_page *out, struct failure *why);
enum apikey_error memory_network_list(struct store *s, struct pool *pool, const char *key,
	struct network_record *out, unsigned *count, struct failure *why);
enum apikey_error memory_network_put(struct store *s, const char *key,
	const struct network_record *network, struct failure *why);

#endif
