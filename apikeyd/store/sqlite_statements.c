/* sqlite_statements.c - every SQL statement of the store, prepared at open, and how they are run. */
#include <sqlite3.h>

#include "apikeyd/store/sqlite.h"

/* An expiry that never comes sorts last, so it is stored as the greatest number. */
#define NEVER "9223372036854775807"

#define KEY_COLUMNS                                                                                \
	"id, name, tenant, owner, env, plan, email, notes, created_by, scopes, ip_allow, rate, "   \
	"quota, meta, units_per_request, created_at, expires_at, revoked_at, disabled, checksum, " \
	"past_requests, past_units, past_used_at, limit_slot"
#define SECRET_COLUMNS                                                                             \
	"digest, algorithm, pepper_id, prefix, last4, created_at, expires_at, revoked, slot, "     \
	"requests_before, bcrypt"
/* Of which an index alone can tell. */
#define ROWS(index, term) "SELECT n FROM keys INDEXED BY " index " WHERE " term
#define DISABLED "disabled = 1 AND revoked_at = 0"
#define LAPSED "revoked_at = 0 AND expires_at < " NEVER " AND expires_at <= ?1"
/* ?3: whether the prefix of the newest secret is wanted. */
#define PEEKED "SELECT n, name, tenant, owner, keys.expires_at, revoked_at, disabled, "
#define PEEK                                                                                       \
	PEEKED "CASE WHEN ?3 THEN (SELECT prefix FROM secrets WHERE key = n "                      \
	       "ORDER BY position DESC LIMIT 1) END FROM keys "
#define WALK(index, column, compare, direction)                                                    \
	PEEK "INDEXED BY " index " WHERE (" column ", n) " compare " (?1, ?2) ORDER BY " column    \
	     " " direction ", n " direction
#define WALKS(sort, index, column)                                                                 \
	[SQL_WALK + 2 * (sort)] = WALK(index, column, ">", "ASC"),                                 \
			[SQL_WALK + 2 * (sort) + 1] = WALK(index, column, "<", "DESC")

#define WALK_PREFIX(compare, direction)                                                            \
	PEEKED "prefix FROM secrets INDEXED BY secrets_prefix CROSS JOIN keys ON n = key "         \
	       "WHERE (prefix, n) " compare                                                        \
	       " (?1, ?2) AND NOT EXISTS (SELECT 1 FROM secrets AS newer "                         \
	       "WHERE newer.key = n AND newer.position > secrets.position) ORDER BY "              \
	       "prefix " direction

#define AUDIT_COLUMNS "n, at, actor, action, object, tenant, outcome, detail, mac"
/* Newest first, before a place, not older than a time. */
#define AUDIT_BY(index, term)                                                                      \
	"SELECT " AUDIT_COLUMNS " FROM audit INDEXED BY " index " WHERE " term                     \
	"(at, n) < (?1, ?2) AND at >= ?3 ORDER BY at DESC, n DESC"

/* Every step of a span, so that each is one look into an index that has other things between them. */
#define TIMES                                                                                      \
	"WITH RECURSIVE times (at) AS (VALUES (?2) UNION ALL SELECT at + ?4 FROM times "           \
	"WHERE at + ?4 <= ?3) "
#define LEAVERS "SELECT slot, secret, key, tenant, at, folded FROM usage_leavers WHERE "

#define PLANS                                                                                      \
	"SELECT name, rate, quota, units_per_request, max_keys, max_keys_per_user, created_at, "   \
	"(SELECT count(*) FROM keys INDEXED BY keys_plan WHERE keys.plan = plans.name), "          \
	"(SELECT count(*) FROM tenants WHERE tenants.plan = plans.name) FROM plans"

#define IN_TENANT(what, table, terms)                                                              \
	"(SELECT " what " FROM " table " WHERE tenant = tenants.name" terms ")"
#define TENANTS                                                                                    \
	"SELECT name, plan, max_keys, created_at, created_by, disabled, " IN_TENANT(               \
		"coalesce(sum(count), 0)", "census", "") ", " IN_TENANT("coalesce(sum(count), 0)", \
		"census", " AND state = 2") ", " IN_TENANT("count(*)",                             \
		"users INDEXED BY users_tenant", "") " FROM tenants"
#define USER_COLUMNS                                                                               \
	"username, tenant, role, os_account, password, max_keys, created_at, created_by, "         \
	"last_login_at, disabled"

#define SESSION_COLUMNS "id, user, digest, uid, created_at, expires_at, seen_at"

static const char *const sql[SQL_END] = {
	[SQL_BEGIN] = "BEGIN",
	[SQL_COMMIT] = "COMMIT",
	[SQL_ROLLBACK] = "ROLLBACK",
	[SQL_SAVEPOINT] = "SAVEPOINT change",
	[SQL_RELEASE] = "RELEASE change",
	[SQL_REVERT] = "ROLLBACK TO change",

	[SQL_KEY_INSERT] = "INSERT INTO keys (" KEY_COLUMNS
			   ", record) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, "
			   "?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, "
			   "?21, ?22, ?23, ?24, ?25)",
	[SQL_KEY_UPDATE] =
		"UPDATE keys SET (" KEY_COLUMNS ", record) = (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, "
		"?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, "
		"?21, ?22, ?23, ?24, ?25) WHERE n = ?26",
	[SQL_KEY_DELETE] = "DELETE FROM keys WHERE n = ?1",
	[SQL_KEY_ROW] = "SELECT n FROM keys WHERE id = ?1",
	[SQL_KEY_FIND] = "SELECT coalesce((SELECT n FROM keys WHERE id = ?1), "
			 "(SELECT key FROM secrets WHERE prefix = ?1), 0)",
	[SQL_KEY_BY_ROW] = "SELECT n, " KEY_COLUMNS " FROM keys WHERE n = ?1",
	[SQL_KEY_LOAD] = "SELECT record, n FROM keys NOT INDEXED WHERE n > ?1 ORDER BY n",
	[SQL_KEY_NEXT] = "SELECT coalesce(min(n), 0) FROM keys NOT INDEXED WHERE n > ?1",
	[SQL_KEY_RECORD] = "UPDATE keys SET record = ?2 WHERE n = ?1",
	[SQL_SECRET_INSERT] = "INSERT INTO secrets (key, position, " SECRET_COLUMNS
			      ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, "
			      "?13)",
	[SQL_SECRETS_DELETE] = "DELETE FROM secrets WHERE key = ?1",
	[SQL_SECRETS_BY_KEY] =
		"SELECT key, " SECRET_COLUMNS " FROM secrets WHERE key = ?1 ORDER BY position",
	[SQL_SECRET_KNOWN] = "SELECT 1 FROM secrets INDEXED BY secrets_digest WHERE digest = ?1",

	[SQL_COUNT] =
		"SELECT coalesce(sum(count), 0) FROM census WHERE (?1 IS NULL OR tenant = ?1) "
		"AND (?2 IS NULL OR owner = ?2) AND (?3 IS NULL OR state = ?3)",
	[SQL_COUNT_LAPSED] =
		"SELECT count(*) FROM keys INDEXED BY keys_lapsing WHERE revoked_at = 0 "
		"AND expires_at < " NEVER " AND expires_at <= ?1 AND (?2 IS NULL OR tenant = ?2) "
		"AND (?3 IS NULL OR owner = ?3) AND (?4 IS NULL OR disabled = ?4)",
	[SQL_LAST_ROW] = "SELECT coalesce(max(n), 0) FROM keys",
	[SQL_SOURCE_TENANT] = PEEK "INDEXED BY keys_tenant WHERE tenant = ?1",
	[SQL_SOURCE_OWNER] = PEEK "INDEXED BY keys_owner WHERE owner = ?1",
	[SQL_SOURCE_DISABLED] = PEEK "INDEXED BY keys_disabled WHERE " DISABLED,
	[SQL_SOURCE_REVOKED] = PEEK "INDEXED BY keys_revoked WHERE revoked_at > 0",
	[SQL_SOURCE_LAPSED] = PEEK "INDEXED BY keys_lapsing WHERE " LAPSED,
	[SQL_PEEK] = PEEK "WHERE n = ?1",
	[SQL_WALK + 2 * SORT_CREATED] = PEEK "NOT INDEXED WHERE n > ?2 ORDER BY n ASC",
	[SQL_WALK + 2 * SORT_CREATED + 1] = PEEK "NOT INDEXED WHERE n < ?2 ORDER BY n DESC",
	WALKS(SORT_NAME, "keys_name", "name"),
	WALKS(SORT_OWNER, "keys_owner", "owner"),
	WALKS(SORT_TENANT, "keys_tenant", "tenant"),
	WALKS(SORT_EXPIRES, "keys_expires", "expires_at"),
	[SQL_WALK + 2 * SORT_PREFIX] = WALK_PREFIX(">", "ASC"),
	[SQL_WALK + 2 * SORT_PREFIX + 1] = WALK_PREFIX("<", "DESC"),

	[SQL_ROWS_TENANT] = ROWS("keys_tenant", "tenant = ?1"),
	[SQL_ROWS_OWNER] = ROWS("keys_owner", "owner = ?1"),
	[SQL_ROWS_DISABLED] = ROWS("keys_disabled", DISABLED),
	[SQL_ROWS_REVOKED] = ROWS("keys_revoked", "revoked_at > 0"),
	[SQL_ROWS_LAPSED] = ROWS("keys_lapsing", LAPSED),

	[SQL_SEARCH_GET] = "SELECT entries FROM search WHERE part = ?1",
	[SQL_SEARCH_PUT] = "INSERT INTO search (part, entries) VALUES (?1, ?2) "
			   "ON CONFLICT (part) DO UPDATE SET entries = excluded.entries",
	[SQL_SEARCH_DELETE] = "DELETE FROM search WHERE part = ?1",
	[SQL_SEARCH_RUN] =
		"SELECT part, entries FROM search WHERE part BETWEEN ?1 AND ?2 ORDER BY part",

	[SQL_AUDIT_APPEND] =
		"INSERT INTO audit (" AUDIT_COLUMNS ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
	[SQL_AUDIT_WALK] =
		"SELECT " AUDIT_COLUMNS " FROM audit NOT INDEXED WHERE n >= ?1 ORDER BY n",
	[SQL_AUDIT_LAST] =
		"SELECT " AUDIT_COLUMNS " FROM audit NOT INDEXED ORDER BY n DESC LIMIT 1",
	[SQL_AUDIT_SEAL] = "UPDATE audit SET mac = ?2 WHERE n = ?1",
	[SQL_AUDIT_BY_TIME] = AUDIT_BY("audit_at", ""),
	[SQL_AUDIT_BY_ACTOR] = AUDIT_BY("audit_actor", "actor = ?4 AND "),
	[SQL_AUDIT_BY_ACTION] = AUDIT_BY("audit_action", "action = ?4 AND "),
	[SQL_AUDIT_BY_OBJECT] = AUDIT_BY("audit_object", "object = ?4 AND "),
	[SQL_AUDIT_BY_TENANT] = AUDIT_BY("audit_tenant", "tenant = ?4 AND "),
	[SQL_PLAN_PUT] = "INSERT OR REPLACE INTO plans (name, rate, quota, units_per_request, "
			 "max_keys, max_keys_per_user, created_at) "
			 "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
	[SQL_PLAN_DELETE] = "DELETE FROM plans WHERE name = ?1",
	[SQL_PLAN_GET] = PLANS " WHERE name = ?1",
	[SQL_PLAN_LIST] = PLANS " ORDER BY name",
	[SQL_PLAN_KEYS] = "SELECT n FROM keys INDEXED BY keys_plan WHERE plan = ?1 AND n > ?2 "
			  "ORDER BY n",
	[SQL_TENANT_PUT] =
		"INSERT OR REPLACE INTO tenants (name, plan, max_keys, created_at, created_by, "
		"disabled) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
	[SQL_TENANT_DELETE] = "DELETE FROM tenants WHERE name = ?1",
	[SQL_TENANT_GET] = TENANTS " WHERE name = ?1",
	[SQL_TENANT_LIST] = TENANTS " WHERE name > ?1 ORDER BY name LIMIT ?2",
	[SQL_USER_PUT] = "INSERT INTO users (" USER_COLUMNS
			 ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) "
			 "ON CONFLICT (username) DO UPDATE SET (" USER_COLUMNS
			 ") = (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
	[SQL_USER_DELETE] = "DELETE FROM users WHERE username = ?1",
	[SQL_USER_GET] = "SELECT " USER_COLUMNS " FROM users WHERE username = ?1",
	[SQL_USER_LIST] = "SELECT " USER_COLUMNS " FROM users WHERE username > ?1 "
			  "AND (?2 IS NULL OR tenant = ?2) ORDER BY username LIMIT ?3",
	[SQL_USER_OF_ACCOUNT] = "SELECT 1 FROM users INDEXED BY users_os_account "
				"WHERE os_account = ?1 AND username <> ?2",
	[SQL_USER_COUNT] = "SELECT count(*) FROM users WHERE role = ?1 AND disabled = 0",
	[SQL_COUNT_LIVE] =
		"SELECT coalesce(sum(count), 0) FROM census WHERE (?1 IS NULL OR tenant = ?1) "
		"AND (?2 IS NULL OR owner = ?2) AND state < 2",
	[SQL_SESSION_PUT] = "INSERT OR REPLACE INTO sessions (" SESSION_COLUMNS
			    ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
	[SQL_SESSION_GET] = "SELECT " SESSION_COLUMNS
			    " FROM sessions INDEXED BY sessions_digest WHERE digest = ?1",
	[SQL_SESSION_LIST] = "SELECT " SESSION_COLUMNS " FROM sessions INDEXED BY sessions_user "
			     "WHERE user = ?1 ORDER BY created_at, id",
	[SQL_SESSION_DELETE] = "DELETE FROM sessions WHERE id = ?1",
	[SQL_SESSION_PRUNE] = "DELETE FROM sessions WHERE seen_at < ?1 OR expires_at <= ?2",
	[SQL_CODE_PUT] = "INSERT OR REPLACE INTO codes (user, digest, expires_at) "
			 "VALUES (?1, ?2, ?3)",
	[SQL_CODE_FIND] = "SELECT 1 FROM codes WHERE user = ?1 AND digest = ?2 "
			  "AND (expires_at = 0 OR expires_at > ?3)",
	[SQL_CODE_DELETE] = "DELETE FROM codes WHERE user = ?1 AND (?2 IS NULL OR digest = ?2)",
	[SQL_CODE_COUNT] = "SELECT count(*) FROM codes WHERE user = ?1 "
			   "AND (expires_at = 0 OR expires_at > ?2)",
	/* a sum past the largest number would be no integer, and refused by the table */
	[SQL_USAGE_ADD] =
		"INSERT INTO usage (step, at, who, name, allowed, denied, units) "
		"VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO UPDATE SET "
		"allowed = allowed + excluded.allowed, denied = denied + excluded.denied, "
		"units = min(units + excluded.units, 9223372036854775807)",
	[SQL_USAGE_QUERY] = TIMES "SELECT usage.at, name, allowed, denied, units FROM times "
				  "CROSS JOIN usage "
				  "WHERE step = ?1 AND usage.at = times.at AND who = ?5",
	[SQL_USAGE_LIST] = "SELECT at, name, allowed, denied, units FROM usage WHERE step = ?1 "
			   "AND at = ?2 AND who = ?3 AND name > ?4 ORDER BY name LIMIT ?5",
	[SQL_USAGE_PACK_GET] =
		"SELECT pack FROM usage_packs WHERE step = ?1 AND at = ?2 AND page = ?3",
	[SQL_USAGE_PACK_PUT] = "INSERT OR REPLACE INTO usage_packs (step, at, page, pack) "
			       "VALUES (?1, ?2, ?3, ?4)",
	[SQL_USAGE_PACK_QUERY] =
		TIMES "SELECT usage_packs.at, pack FROM times CROSS JOIN usage_packs "
		      "WHERE step = ?1 AND usage_packs.at = times.at AND page = ?5",
	[SQL_USAGE_MARK_LOAD] =
		"SELECT page, pack FROM usage_packs WHERE step = ?1 AND at = 0 ORDER BY page",
	[SQL_USAGE_LEAVER_PUT] =
		"INSERT OR REPLACE INTO usage_leavers (slot, secret, key, tenant, at, folded) "
		"VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
	[SQL_USAGE_LEAVER_KNOWN] =
		"SELECT count(*) FROM usage_leavers WHERE slot = ?1 AND secret = ?2",
	[SQL_USAGE_LEAVERS_OF] = LEAVERS "key = ?1",
	[SQL_USAGE_LEAVERS_WAITING] = LEAVERS "NOT folded",
	[SQL_USAGE_PRUNE] = "DELETE FROM usage WHERE (step, at, who, name) IN (SELECT step, at, "
			    "who, name FROM usage WHERE step = ?1 AND at < ?2 LIMIT ?3)",
	[SQL_USAGE_PACK_PRUNE] =
		"DELETE FROM usage_packs WHERE (step, at, page) IN (SELECT step, at, page "
		"FROM usage_packs WHERE step = ?1 AND at < ?2 LIMIT ?3)",
	[SQL_USAGE_LEAVER_PRUNE] =
		"DELETE FROM usage_leavers WHERE (slot, secret) IN (SELECT slot, "
		"secret FROM usage_leavers WHERE folded AND at < ?1 LIMIT ?2)",
	[SQL_REQUEST_GET] = "SELECT digest, answer, at FROM requests "
			    "WHERE actor = ?1 AND request_id = ?2 AND at >= ?3",
	[SQL_REQUEST_PUT] =
		"INSERT OR REPLACE INTO requests (actor, request_id, digest, answer, at) "
		"VALUES (?1, ?2, ?3, ?4, ?5)",
	[SQL_REQUEST_PRUNE] = "DELETE FROM requests WHERE at < ?1",
	[SQL_NOTE_GET] = "SELECT value FROM notes WHERE name = ?1",
	[SQL_NOTE_PUT] = "INSERT OR REPLACE INTO notes (name, value) VALUES (?1, ?2)",

	[SQL_ALERT_PUT] = "INSERT INTO alerts (at, kind, object, period, tenant, detail) "
			  "VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING",
	[SQL_ALERT_PRUNE] = "DELETE FROM alerts INDEXED BY alerts_at WHERE at < ?1",
	[SQL_ALERT_LIST] =
		"SELECT n, at, kind, object, period, tenant, detail FROM alerts NOT INDEXED "
		"WHERE n < ?1 AND (?2 IS NULL OR kind = ?2) AND (?3 IS NULL OR object = ?3) "
		"AND (?4 IS NULL OR tenant = ?4) AND at > ?5 ORDER BY n DESC",
	[SQL_NETWORK_LIST] = "SELECT network, first_at, last_at FROM networks "
			     "WHERE key = (SELECT n FROM keys WHERE id = ?1) ORDER BY network",
	[SQL_NETWORK_PUT] = "INSERT INTO networks (key, network, first_at, last_at) "
			    "SELECT n, ?2, ?3, ?4 FROM keys WHERE id = ?1 "
			    "ON CONFLICT DO UPDATE SET last_at = excluded.last_at",
	[SQL_NETWORK_PRUNE] =
		"DELETE FROM networks WHERE key = (SELECT n FROM keys WHERE id = ?1) "
		"AND network NOT IN (SELECT network FROM networks WHERE key = "
		"(SELECT n FROM keys WHERE id = ?1) ORDER BY last_at DESC, network LIMIT ?2)",
};

enum apikey_error sqlite_prepare(struct store *s, struct failure *why)
{
	for (int i = 0; i < SQL_END; i++)
		if (sqlite3_prepare_v3(s->db, sql[i], -1, SQLITE_PREPARE_PERSISTENT,
			    &s->statements[i], NULL) != SQLITE_OK)
			return sqlite_fail(s, why);
	return APIKEY_OK;
}

void sqlite_finalize(struct store *s)
{
	for (int i = 0; i < SQL_END; i++) {
		sqlite3_finalize(s->statements[i]);
		s->statements[i] = NULL;
	}
}

struct sqlite3_stmt *sqlite_take(struct store *s, enum statement which)
{
	return s->statements[which];
}

void sqlite_done(struct sqlite3_stmt *stmt)
{
	sqlite3_reset(stmt);
	sqlite3_clear_bindings(stmt);
}

/* Binding borrows: a statement is done before its caller's text goes. No index here is out of range, and a value too
 * long is found by the step. */
void bind_text(struct sqlite3_stmt *stmt, int column, struct text t)
{
	if (t.data != NULL)
		sqlite3_bind_text(stmt, column, t.data, (int)t.len, SQLITE_STATIC);
}

void bind_blob(struct sqlite3_stmt *stmt, int column, struct text t)
{
	if (t.data != NULL)
		sqlite3_bind_blob(stmt, column, t.data, (int)t.len, SQLITE_STATIC);
}

/* By way of the value, as sqlite3_column_blob() and its kin take three times as long, and a start reads thirty million
 * columns. That is allowed where one thread has the connection. */
struct text column_text(struct sqlite3_stmt *stmt, int column)
{
	sqlite3_value *value = sqlite3_column_value(stmt, column);
	const char *data;

	if (sqlite3_value_type(value) == SQLITE_NULL)
		return (struct text){NULL, 0};
	data = sqlite3_value_blob(value);
	return data == NULL ? (struct text){"", 0}
			    : (struct text){data, (size_t)sqlite3_value_bytes(value)};
}

int64_t column_number(struct sqlite3_stmt *stmt, int column)
{
	return sqlite3_value_int64(sqlite3_column_value(stmt, column));
}

enum apikey_error sqlite_next(
	struct store *s, struct sqlite3_stmt *stmt, bool *row, struct failure *why)
{
	int rc = sqlite3_step(stmt);

	*row = rc == SQLITE_ROW;
	return rc == SQLITE_ROW || rc == SQLITE_DONE ? APIKEY_OK : sqlite_fail(s, why);
}

enum apikey_error sqlite_change(struct store *s, struct sqlite3_stmt *stmt, struct failure *why)
{
	enum apikey_error error;
	bool row;

	/* After an error of the disk SQLite may have ended the transaction by itself; a change now would stand alone. */
	if (!s->in_transaction || sqlite3_get_autocommit(s->db))
		error = sqlite_lost(s, why);
	else
		error = sqlite_next(s, stmt, &row, why);
	sqlite_done(stmt);
	return error;
}

enum apikey_error sqlite_delete(
	struct store *s, enum statement which, struct text name, struct failure *why)
{
	struct sqlite3_stmt *stmt = sqlite_take(s, which);

	bind_text(stmt, 1, name);
	return sqlite_change(s, stmt, why);
}

enum apikey_error sqlite_number(
	struct store *s, struct sqlite3_stmt *stmt, int64_t *out, struct failure *why)
{
	bool row;
	enum apikey_error error = sqlite_next(s, stmt, &row, why);

	if (error == APIKEY_OK)
		*out = row ? column_number(stmt, 0) : 0;
	sqlite_done(stmt);
	return error;
}
