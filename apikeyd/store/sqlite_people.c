/* sqlite_people.c - tenants and users in the SQLite store. */
#include <sqlite3.h>

#include "apikeyd/store/sqlite.h"

enum apikey_error sqlite_tenant_put(
	struct store *s, const struct tenant_record *tenant, struct failure *why)
{
	struct sqlite3_stmt *stmt = sqlite_take(s, SQL_TENANT_PUT);

	bind_text(stmt, 1, tenant->name);
	bind_text(stmt, 2, tenant->plan);
	sqlite3_bind_int64(stmt, 3, tenant->max_keys);
	sqlite3_bind_int64(stmt, 4, tenant->created_at);
	bind_text(stmt, 5, tenant->created_by);
	sqlite3_bind_int64(stmt, 6, tenant->disabled);
	return sqlite_change(s, stmt, why);
}

enum apikey_error sqlite_tenant_delete(struct store *s, struct text name, struct failure *why)
{
	return sqlite_delete(s, SQL_TENANT_DELETE, name, why);
}

/* Copies the row that the statement stands on. */
static void read_tenant(struct pool *pool, struct sqlite3_stmt *stmt, struct tenant_record *out)
{
	const struct tenant_record row = {
		.name = column_text(stmt, 0),
		.plan = column_text(stmt, 1),
		.max_keys = column_number(stmt, 2),
		.created_at = column_number(stmt, 3),
		.created_by = column_text(stmt, 4),
		.disabled = column_number(stmt, 5) != 0,
		.keys = column_number(stmt, 6),
		.revoked = column_number(stmt, 7),
		.users = column_number(stmt, 8),
	};

	tenant_copy(pool, &row, out);
}

enum apikey_error sqlite_tenant_get(struct store *s, struct pool *pool, struct text name,
	struct tenant_record *out, struct failure *why)
{
	struct sqlite3_stmt *stmt = sqlite_take(s, SQL_TENANT_GET);
	enum apikey_error error;
	bool found;

	bind_text(stmt, 1, name);
	error = sqlite_next(s, stmt, &found, why);
	if (error == APIKEY_OK && found)
		read_tenant(pool, stmt, out);
	else if (error == APIKEY_OK)
		error = tenant_not_found(name, why);
	sqlite_done(stmt);
	return error;
}

/* Every name is greater than the empty one. */
static struct text from_first(struct text after)
{
	return after.data != NULL ? after : text_of("");
}

enum apikey_error sqlite_tenant_list(struct store *s, struct pool *pool, struct text after,
	unsigned limit, struct tenant_record **out, unsigned *count, struct failure *why)
{
	struct sqlite3_stmt *stmt = sqlite_take(s, SQL_TENANT_LIST);
	enum apikey_error error;
	bool row;

	*out = pool_alloc(pool, limit * sizeof **out);
	*count = 0;
	bind_text(stmt, 1, from_first(after));
	sqlite3_bind_int64(stmt, 2, limit);
	while ((error = sqlite_next(s, stmt, &row, why)) == APIKEY_OK && row)
		read_tenant(pool, stmt, &(*out)[(*count)++]);
	sqlite_done(stmt);
	return error;
}

static enum apikey_error check_account(
	struct store *s, const struct user_record *user, struct failure *why)
{
	struct sqlite3_stmt *stmt = sqlite_take(s, SQL_USER_OF_ACCOUNT);
	enum apikey_error error;
	bool taken;

	bind_text(stmt, 1, user->os_account);
	bind_text(stmt, 2, user->username);
	error = sqlite_next(s, stmt, &taken, why);
	sqlite_done(stmt);
	return error == APIKEY_OK && taken ? account_taken(user, why) : error;
}

enum apikey_error sqlite_user_put(
	struct store *s, const struct user_record *user, struct failure *why)
{
	struct sqlite3_stmt *stmt;

	if (check_account(s, user, why) != APIKEY_OK)
		return why->code;
	stmt = sqlite_take(s, SQL_USER_PUT);
	bind_text(stmt, 1, user->username);
	bind_text(stmt, 2, user->tenant);
	sqlite3_bind_int64(stmt, 3, user->role);
	bind_text(stmt, 4, user->os_account);
	bind_blob(stmt, 5, user->password);
	sqlite3_bind_int64(stmt, 6, user->max_keys);
	sqlite3_bind_int64(stmt, 7, user->created_at);
	bind_text(stmt, 8, user->created_by);
	sqlite3_bind_int64(stmt, 9, user->last_login_at);
	sqlite3_bind_int64(stmt, 10, user->disabled);
	return sqlite_change(s, stmt, why);
}

enum apikey_error sqlite_user_delete(struct store *s, struct text username, struct failure *why)
{
	return sqlite_delete(s, SQL_USER_DELETE, username, why);
}

static void read_user(struct pool *pool, struct sqlite3_stmt *stmt, struct user_record *out)
{
	const struct user_record row = {
		.username = column_text(stmt, 0),
		.tenant = column_text(stmt, 1),
		.role = (enum role)column_number(stmt, 2),
		.os_account = column_text(stmt, 3),
		.password = column_text(stmt, 4),
		.max_keys = column_number(stmt, 5),
		.created_at = column_number(stmt, 6),
		.created_by = column_text(stmt, 7),
		.last_login_at = column_number(stmt, 8),
		.disabled = column_number(stmt, 9) != 0,
	};

	user_copy(pool, &row, out);
}

enum apikey_error sqlite_user_get(struct store *s, struct pool *pool, struct text username,
	struct user_record *out, struct failure *why)
{
	struct sqlite3_stmt *stmt = sqlite_take(s, SQL_USER_GET);
	enum apikey_error error;
	bool found;

	bind_text(stmt, 1, username);
	error = sqlite_next(s, stmt, &found, why);
	if (error == APIKEY_OK && found)
		read_user(pool, stmt, out);
	else if (error == APIKEY_OK)
		error = user_not_found(username, why);
	sqlite_done(stmt);
	return error;
}

enum apikey_error sqlite_user_list(struct store *s, struct pool *pool,
	const struct user_query *query, struct user_record **out, unsigned *count,
	struct failure *why)
{
	struct sqlite3_stmt *stmt = sqlite_take(s, SQL_USER_LIST);
	enum apikey_error error;
	bool row;

	*out = pool_alloc(pool, query->limit * sizeof **out);
	*count = 0;
	bind_text(stmt, 1, from_first(query->after));
	bind_text(stmt, 2, query->tenant);
	sqlite3_bind_int64(stmt, 3, query->limit);
	while ((error = sqlite_next(s, stmt, &row, why)) == APIKEY_OK && row)
		read_user(pool, stmt, &(*out)[(*count)++]);
	sqlite_done(stmt);
	return error;
}

enum apikey_error sqlite_user_count(
	struct store *s, enum role role, int64_t *out, struct failure *why)
{
	struct sqlite3_stmt *stmt = sqlite_take(s, SQL_USER_COUNT);

	sqlite3_bind_int64(stmt, 1, role);
	return sqlite_number(s, stmt, out, why);
}

enum apikey_error sqlite_key_count(
	struct store *s, struct text tenant, struct text owner, int64_t *out, struct failure *why)
{
	struct sqlite3_stmt *stmt = sqlite_take(s, SQL_COUNT_LIVE);

	bind_text(stmt, 1, tenant);
	bind_text(stmt, 2, owner);
	return sqlite_number(s, stmt, out, why);
}
