/* sqlite.h - what the files of the SQLite store share; nobody else includes it but its tools and tests. */
#ifndef STORE_SQLITE_H
#define STORE_SQLITE_H

#include "apikeyd/store/model.h"
#include "apikeyd/store/store.h"

#define STORE_FILE "apikeyd.db"

/* Every statement there is; sqlite_statements.c has their text. */
enum statement {
	SQL_BEGIN,
	SQL_COMMIT,
	SQL_ROLLBACK,
	SQL_SAVEPOINT,
	SQL_RELEASE,
	SQL_REVERT,
	SQL_KEY_INSERT,
	SQL_KEY_UPDATE,
	SQL_KEY_DELETE,
	SQL_KEY_ROW,
	SQL_KEY_FIND,
	SQL_KEY_BY_ROW,
	SQL_KEY_LOAD,
	SQL_KEY_NEXT,
	SQL_KEY_RECORD,
	SQL_SECRET_INSERT,
	SQL_SECRETS_DELETE,
	SQL_SECRETS_BY_KEY,
	SQL_SECRET_KNOWN,
	SQL_COUNT,
	SQL_COUNT_LAPSED,
	SQL_LAST_ROW,
	SQL_SOURCE_TENANT,
	SQL_SOURCE_OWNER,
	SQL_SOURCE_DISABLED,
	SQL_SOURCE_REVOKED,
	SQL_SOURCE_LAPSED,
	SQL_PEEK,
	SQL_WALK, /* two for each sort: ascending, descending */
	SQL_WALK_END = SQL_WALK + 2 * SORT_INDEXED,
	SQL_ROWS_TENANT = SQL_WALK_END,
	SQL_ROWS_OWNER,
	SQL_ROWS_DISABLED,
	SQL_ROWS_REVOKED,
	SQL_ROWS_LAPSED,
	SQL_SEARCH_GET,
	SQL_SEARCH_PUT,
	SQL_SEARCH_DELETE,
	SQL_SEARCH_RUN,
	SQL_AUDIT_APPEND,
	SQL_AUDIT_WALK,
	SQL_AUDIT_LAST,
	SQL_AUDIT_SEAL,
	SQL_AUDIT_BY_TIME, /* one for each source of a listing */
	SQL_AUDIT_BY_ACTOR,
	SQL_AUDIT_BY_ACTION,
	SQL_AUDIT_BY_OBJECT,
	SQL_AUDIT_BY_TENANT,
	SQL_PLAN_PUT,
	SQL_PLAN_DELETE,
	SQL_PLAN_GET,
	SQL_PLAN_LIST,
	SQL_PLAN_KEYS,
	SQL_TENANT_PUT,
	SQL_TENANT_DELETE,
	SQL_TENANT_GET,
	SQL_TENANT_LIST,
	SQL_USER_PUT,
	SQL_USER_DELETE,
	SQL_USER_GET,
	SQL_USER_LIST,
	SQL_USER_OF_ACCOUNT,
	SQL_USER_COUNT,
	SQL_COUNT_LIVE,
	SQL_SESSION_PUT,
	SQL_SESSION_GET,
	SQL_SESSION_LIST,
	SQL_SESSION_DELETE,
	SQL_SESSION_PRUNE,
	SQL_CODE_PUT,
	SQL_CODE_FIND,
	SQL_CODE_DELETE,
	SQL_CODE_COUNT,
	SQL_USAGE_ADD,
	SQL_USAGE_QUERY,
	SQL_USAGE_LIST,
	SQL_USAGE_PACK_GET,
	SQL_USAGE_PACK_PUT,
	SQL_USAGE_PACK_QUERY,
	SQL_USAGE_MARK_LOAD,
	SQL_USAGE_LEAVER_PUT,
	SQL_USAGE_LEAVER_KNOWN,
	SQL_USAGE_LEAVERS_OF,
	SQL_USAGE_LEAVERS_WAITING,
	SQL_USAGE_PRUNE,
	SQL_USAGE_PACK_PRUNE,
	SQL_USAGE_LEAVER_PRUNE,
	SQL_REQUEST_GET,
	SQL_REQUEST_PUT,
	SQL_REQUEST_PRUNE,
	SQL_NOTE_GET,
	SQL_NOTE_PUT,
	SQL_ALERT_PUT,
	SQL_ALERT_PRUNE,
	SQL_ALERT_LIST,
	SQL_NETWORK_LIST,
	SQL_NETWORK_PUT,
	SQL_NETWORK_PRUNE,
	SQL_END,
};

struct sqlite3;
struct sqlite3_stmt;

/* A set of parts of what is searched: bit n % 64 of word n / 64. */
struct part_set {
	uint64_t *bits;
	int64_t room, count;
};

/* The parts that hold a text. */
struct searched {
	char needle[NAME_MAX_BYTES];
	size_t len; /* 0: not in use */
	struct part_set parts;
};

#define SEARCHES_MAX 4 /* under way, of those that go in bites: 140 KiB each with a million keys */
#define SEARCHED_MAX 8 /* texts whose parts are remembered: 8 KiB each with a million keys */

struct store {
	struct sqlite3 *db;
	struct sqlite3_stmt *statements[SQL_END];
	char *path;
	bool in_transaction;
	bool full;                   /* the disk was, since the transaction began */
	int64_t changes_before;      /* rows ever changed when the transaction began */
	int wal_pages;               /* not yet checkpointed */
	struct key_search *searches; /* under way */
	struct searched searched[SEARCHED_MAX];
	unsigned searched_next;
	struct ranking *ranking; /* NULL: not asked for yet */
	bool ranking_touched;    /* since the last savepoint */
};

/* sqlite_error.c: the error of the last call that failed, in our words. Nothing was changed. */
enum apikey_error sqlite_fail(struct store *s, struct failure *why);
/* Of a transaction that such an error has ended. */
enum apikey_error sqlite_lost(const struct store *s, struct failure *why);
enum apikey_error sqlite_damaged(struct failure *why, const char *what);

/* sqlite_statements.c */
enum apikey_error sqlite_prepare(struct store *s, struct failure *why);
void sqlite_finalize(struct store *s);
/* A statement to bind; whoever takes it gives it back with sqlite_done(). */
struct sqlite3_stmt *sqlite_take(struct store *s, enum statement which);
void sqlite_done(struct sqlite3_stmt *stmt);
void bind_text(struct sqlite3_stmt *stmt, int column, struct text t);
void bind_blob(struct sqlite3_stmt *stmt, int column, struct text t);
/* Borrowed until the statement moves on; data NULL for NULL. */
struct text column_text(struct sqlite3_stmt *stmt, int column);
int64_t column_number(struct sqlite3_stmt *stmt, int column);
/* Steps to the next row: *row says whether there is one. */
enum apikey_error sqlite_next(
	struct store *s, struct sqlite3_stmt *stmt, bool *row, struct failure *why);
/* Runs a change, which must be within the transaction, to its end and gives the statement back. */
enum apikey_error sqlite_change(struct store *s, struct sqlite3_stmt *stmt, struct failure *why);
/* Runs the change that wants nothing but a name: what has it goes away. */
enum apikey_error sqlite_delete(
	struct store *s, enum statement which, struct text name, struct failure *why);
/* Runs a statement whose answer is one number, and gives it back. */
enum apikey_error sqlite_number(
	struct store *s, struct sqlite3_stmt *stmt, int64_t *out, struct failure *why);

/* sqlite_schema.c: brings an accepted store to the version that this program knows. */
enum apikey_error sqlite_migrate(struct store *s, struct failure *why);
/* Reads the head of the file at path, making it when there is none: refuses what is no store of ours, of a newer
 * version or cut short, before SQLite could change a byte. */
enum apikey_error sqlite_inspect(const char *dir, const char *path, struct failure *why);
/* The same of a store that is open and may have a log. */
enum apikey_error sqlite_check_version(struct store *s, struct failure *why);
/* For tools that fill a store with millions of keys: between the two there are no indexes, which are made in one go at
 * the end. A store left between them is fit for nothing. */
enum apikey_error sqlite_drop_indexes(struct store *s, struct failure *why);
enum apikey_error sqlite_make_indexes(struct store *s, struct failure *why);

/* sqlite_key.c */
/* As sqlite_load(), with the row, from the one after a row on. */
typedef bool sqlite_load_fn(const struct key_record *key, int64_t row, void *arg);
enum apikey_error sqlite_load_rows(
	struct store *s, int64_t after, sqlite_load_fn *fn, void *arg, struct failure *why);
/* Makes every record anew from the columns, within a transaction. */
enum apikey_error sqlite_make_records(struct store *s, struct failure *why);
enum apikey_error sqlite_load(struct store *s, store_load_fn *fn, void *arg, struct failure *why);
enum apikey_error sqlite_key_insert(
	struct store *s, const struct key_record *key, struct failure *why);
enum apikey_error sqlite_key_update(
	struct store *s, const struct key_record *key, struct failure *why);
enum apikey_error sqlite_key_delete(struct store *s, const char *id, struct failure *why);
enum apikey_error sqlite_key_get(struct store *s, struct pool *pool, struct text ref,
	struct key_record *out, struct failure *why);
enum apikey_error sqlite_digest_find(struct store *s, const uint8_t digest[STORE_DIGEST_BYTES],
	bool *found, struct failure *why);
enum apikey_error sqlite_key_by_row(struct store *s, struct pool *pool, int64_t row,
	struct key_record *out, struct failure *why);

/* sqlite_backup.c */
enum apikey_error sqlite_backup_begin(
	struct store *s, const char *path, struct store_backup **out, struct failure *why);
enum apikey_error sqlite_backup_step(struct store_backup *b, bool *done, struct failure *why);
void sqlite_backup_end(struct store_backup *b);

/* sqlite_count.c: how many keys a query selects, but for its text. */
enum apikey_error sqlite_count(
	struct store *s, const struct key_query *query, int64_t *out, struct failure *why);
/* A set of keys that an index can name. */
struct key_source {
	enum statement statement;
	int64_t count; /* about how many; INT64_MAX: there is no such set */
	struct text
		word; /* what the statement asks for: this, borrowed from the query, or a time */
	int64_t now;
};
/* The smallest that has all keys that the query selects. */
enum apikey_error sqlite_source(struct store *s, const struct key_query *query,
	struct key_source *best, struct failure *why);

/* sqlite_list.c */
enum apikey_error sqlite_key_list(struct store *s, struct pool *pool, const struct key_query *query,
	struct key_page *out, struct failure *why);

/* The rows that a query selects: bit row % 64 of word row / 64. */
struct selection {
	uint64_t *bits;
	int64_t rows; /* bits there are */
	int64_t count;
};
bool is_selected(const struct selection *rows, int64_t row);

/* sqlite_ranking.c: the orders of what is counted. The last three keep it true. */
struct ranking;
struct ranking_page {
	const struct key_query *query;
	const struct key_position *cursor; /* NULL: from the first */
	struct selection among;            /* bits NULL: all */
	struct key_position *positions;    /* in order; room for one more than the limit */
	unsigned count;
};
enum apikey_error ranking_page(struct store *s, struct ranking_page *page, struct failure *why);
enum apikey_error sqlite_slot_owners(struct store *s, struct pool *pool, struct slot_owner *slots,
	unsigned count, bool *done, struct failure *why);
/* Reads some of what the orders need into memory, if it is not there; *done: now it is. */
enum apikey_error ranking_read(struct store *s, bool *done, struct failure *why);
void ranking_put(struct store *s, int64_t row, const struct key_record *key);
void ranking_remove(struct store *s, int64_t row);
/* Changes were taken back. */
void ranking_forget(struct store *s);

/* sqlite_select.c: the rows that a query selects by tenant, owner and status; bits are the pool's. */
enum apikey_error sqlite_select(struct store *s, struct pool *pool, const struct key_query *query,
	struct selection *out, struct failure *why);

/* sqlite_search.c: text that is searched, sixteen keys to a row, so that reading all of it is a matter of
 * milliseconds. */
enum apikey_error sqlite_search_put(
	struct store *s, int64_t row, const struct key_record *key, struct failure *why);
enum apikey_error sqlite_search_remove(struct store *s, int64_t row, struct failure *why);

enum apikey_error sqlite_key_seek(struct store *s, const struct key_query *query,
	struct key_search **search, bool *done, struct failure *why);
/* Does all that is left of it; bits are the search's. */
enum apikey_error sqlite_search(struct store *s, const struct key_query *query,
	struct key_search **search, struct selection *out, struct failure *why);
void sqlite_search_end(struct store *s, struct key_search *search);

/* sqlite_searched.c */
/* An empty set of so many parts and some more. */
void part_set_open(struct part_set *set, int64_t parts);
void part_set_add(struct part_set *set, int64_t part);
void part_set_remove(struct part_set *set, int64_t part);
bool part_set_has(const struct part_set *set, int64_t part);
/* The first from `part` on; -1: there is none. */
int64_t part_set_next(const struct part_set *set, int64_t part);
/* The smallest set known to hold every part with the needle, borrowed; NULL: none is known. */
const struct part_set *searched_find(const struct store *s, struct text needle);
/* Remembers a copy of a set, if that is worth it. */
void searched_keep(struct store *s, struct text needle, const struct part_set *set);
/* The part is about to be written. */
void searched_touch(struct store *s, int64_t part);
void searched_free(struct store *s);

/* sqlite_audit.c */
enum apikey_error sqlite_audit_append(
	struct store *s, const struct audit_record *row, struct failure *why);
enum apikey_error sqlite_audit_list(struct store *s, struct pool *pool,
	const struct audit_query *query, struct audit_page *out, struct failure *why);
enum apikey_error sqlite_audit_walk(struct store *s, int64_t from, unsigned limit,
	store_audit_fn *fn, void *arg, struct failure *why);
enum apikey_error sqlite_audit_last(struct store *s, struct audit_record *out, struct failure *why);
enum apikey_error sqlite_audit_seal(
	struct store *s, int64_t seq, const uint8_t mac[CHAIN_BYTES], struct failure *why);

/* sqlite_plan.c */
enum apikey_error sqlite_plan_put(
	struct store *s, const struct plan_record *plan, struct failure *why);
enum apikey_error sqlite_plan_delete(struct store *s, struct text name, struct failure *why);
enum apikey_error sqlite_plan_get(struct store *s, struct pool *pool, struct text name,
	struct plan_record *out, struct failure *why);
enum apikey_error sqlite_plan_list(struct store *s, struct pool *pool, struct plan_record **out,
	unsigned *count, struct failure *why);
enum apikey_error sqlite_plan_load(
	struct store *s, struct text name, store_load_fn *fn, void *arg, struct failure *why);

/* sqlite_people.c */
enum apikey_error sqlite_tenant_put(
	struct store *s, const struct tenant_record *tenant, struct failure *why);
enum apikey_error sqlite_tenant_delete(struct store *s, struct text name, struct failure *why);
enum apikey_error sqlite_tenant_get(struct store *s, struct pool *pool, struct text name,
	struct tenant_record *out, struct failure *why);
enum apikey_error sqlite_tenant_list(struct store *s, struct pool *pool, struct text after,
	unsigned limit, struct tenant_record **out, unsigned *count, struct failure *why);
enum apikey_error sqlite_user_put(
	struct store *s, const struct user_record *user, struct failure *why);
enum apikey_error sqlite_user_delete(struct store *s, struct text username, struct failure *why);
enum apikey_error sqlite_user_get(struct store *s, struct pool *pool, struct text username,
	struct user_record *out, struct failure *why);
enum apikey_error sqlite_user_list(struct store *s, struct pool *pool,
	const struct user_query *query, struct user_record **out, unsigned *count,
	struct failure *why);
enum apikey_error sqlite_user_count(
	struct store *s, enum role role, int64_t *out, struct failure *why);
enum apikey_error sqlite_key_count(
	struct store *s, struct text tenant, struct text owner, int64_t *out, struct failure *why);

/* sqlite_session.c */
enum apikey_error sqlite_session_put(
	struct store *s, const struct session_record *session, struct failure *why);
enum apikey_error sqlite_session_get(struct store *s, struct pool *pool,
	const uint8_t digest[STORE_DIGEST_BYTES], struct session_record *out, bool *found,
	struct failure *why);
enum apikey_error sqlite_session_list(struct store *s, struct pool *pool, struct text user,
	struct session_record **out, unsigned *count, struct failure *why);
enum apikey_error sqlite_session_delete(struct store *s, struct text id, struct failure *why);
enum apikey_error sqlite_session_prune(
	struct store *s, int64_t seen, int64_t now, struct failure *why);
enum apikey_error sqlite_code_put(struct store *s, struct text user,
	const uint8_t digest[STORE_DIGEST_BYTES], int64_t expires_at, struct failure *why);
enum apikey_error sqlite_code_find(struct store *s, struct text user,
	const uint8_t digest[STORE_DIGEST_BYTES], int64_t now, bool *found, struct failure *why);
enum apikey_error sqlite_code_delete(
	struct store *s, struct text user, const uint8_t *digest, struct failure *why);
enum apikey_error sqlite_code_count(
	struct store *s, struct text user, int64_t now, int64_t *out, struct failure *why);

/* sqlite_usage.c */
enum apikey_error sqlite_usage_add(
	struct store *s, enum usage_step step, const struct usage_row *row, struct failure *why);
enum apikey_error sqlite_usage_query(struct store *s, const struct usage_span *span,
	struct text who, usage_row_fn *fn, void *arg, struct failure *why);
enum apikey_error sqlite_usage_list(struct store *s, const struct usage_list *list,
	usage_row_fn *fn, void *arg, struct failure *why);
enum apikey_error sqlite_usage_pack_get(struct store *s, struct pool *pool,
	const struct usage_place *place, struct text *out, struct failure *why);
enum apikey_error sqlite_usage_pack_put(
	struct store *s, const struct usage_place *place, struct text pack, struct failure *why);
enum apikey_error sqlite_usage_pack_query(struct store *s, const struct usage_span *span,
	uint32_t page, usage_pack_fn *fn, void *arg, struct failure *why);
enum apikey_error sqlite_usage_mark_load(
	struct store *s, enum usage_step kind, usage_pack_fn *fn, void *arg, struct failure *why);
enum apikey_error sqlite_usage_leaver_put(
	struct store *s, const struct usage_leaver *leaver, struct failure *why);
enum apikey_error sqlite_usage_leaver_known(
	struct store *s, uint32_t slot, struct text secret, bool *known, struct failure *why);
enum apikey_error sqlite_usage_leaver_list(
	struct store *s, struct text key, usage_leaver_fn *fn, void *arg, struct failure *why);
enum apikey_error sqlite_usage_prune(struct store *s, enum usage_step step, int64_t before,
	unsigned limit, unsigned *gone, struct failure *why);

/* sqlite_note.c */
enum apikey_error sqlite_request_get(struct store *s, struct pool *pool, struct text actor,
	struct text request_id, int64_t oldest, struct request_record *out, bool *found,
	struct failure *why);
enum apikey_error sqlite_request_put(
	struct store *s, const struct request_record *row, int64_t oldest, struct failure *why);
enum apikey_error sqlite_note_get(struct store *s, struct pool *pool, const char *name,
	struct text *value, struct failure *why);
enum apikey_error sqlite_note_put(
	struct store *s, const char *name, struct text value, struct failure *why);

/* sqlite_alert.c */
enum apikey_error sqlite_alert_put(
	struct store *s, const struct alert_record *alert, bool *fresh, struct failure *why);
enum apikey_error sqlite_alert_list(struct store *s, struct pool *pool,
	const struct alert_query *query, struct alert_page *out, struct failure *why);
enum apikey_error sqlite_network_list(struct store *s, struct pool *pool, const char *key,
	struct network_record *out, unsigned *count, struct failure *why);
enum apikey_error sqlite_network_put(struct store *s, const char *key,
	const struct network_record *network, struct failure *why);

#endif
