/* sqlite_plan.c - plans, and the keys on them, in the SQLite store. */
#include <sqlite3.h>

#include "apikeyd/store/sqlite.h"

#define ROWS 256 /* of keys read at once */

enum apikey_error sqlite_plan_put(
	struct store *s, const struct plan_record *plan, struct failure *why)
{
	struct sqlite3_stmt *stmt = sqlite_take(s, SQL_PLAN_PUT);

	bind_text(stmt, 1, plan->name);
	bind_blob(stmt, 2, plan->rate);
	bind_blob(stmt, 3, plan->quota);
	sqlite3_bind_int64(stmt, 4, plan->units_per_request);
	sqlite3_bind_int64(stmt, 5, plan->max_keys);
	sqlite3_bind_int64(stmt, 6, plan->max_keys_per_user);
	sqlite3_bind_int64(stmt, 7, plan->created_at);
	return sqlite_change(s, stmt, why);
}

enum apikey_error sqlite_plan_delete(struct store *s, struct text name, struct failure *why)
{
	return sqlite_delete(s, SQL_PLAN_DELETE, name, why);
}

/* Copies the row that the statement stands on. */
static void read_plan(struct pool *pool, struct sqlite3_stmt *stmt, struct plan_record *out)
{
	const struct plan_record row = {
		.name = column_text(stmt, 0),
		.rate = column_text(stmt, 1),
		.quota = column_text(stmt, 2),
		.units_per_request = column_number(stmt, 3),
		.max_keys = column_number(stmt, 4),
		.max_keys_per_user = column_number(stmt, 5),
		.created_at = column_number(stmt, 6),
		.keys = column_number(stmt, 7),
		.tenants = column_number(stmt, 8),
	};

	plan_copy(pool, &row, out);
}

enum apikey_error sqlite_plan_get(struct store *s, struct pool *pool, struct text name,
	struct plan_record *out, struct failure *why)
{
	struct sqlite3_stmt *stmt = sqlite_take(s, SQL_PLAN_GET);
	enum apikey_error error;
	bool found;

	bind_text(stmt, 1, name);
	error = sqlite_next(s, stmt, &found, why);
	if (error == APIKEY_OK && found)
		read_plan(pool, stmt, out);
	else if (error == APIKEY_OK)
		error = plan_not_found(name, why);
	sqlite_done(stmt);
	return error;
}

enum apikey_error sqlite_plan_list(struct store *s, struct pool *pool, struct plan_record **out,
	unsigned *count, struct failure *why)
{
	struct sqlite3_stmt *stmt = sqlite_take(s, SQL_PLAN_LIST);
	enum apikey_error error;
	bool row;

	*out = pool_alloc(pool, STORE_PLANS_MAX * sizeof **out);
	*count = 0;
	while ((error = sqlite_next(s, stmt, &row, why)) == APIKEY_OK && row &&
		*count < STORE_PLANS_MAX)
		read_plan(pool, stmt, &(*out)[(*count)++]);
	sqlite_done(stmt);
	return error;
}

/* The next keys on the plan after *last, at most ROWS, which is moved on. */
static enum apikey_error next_rows(struct store *s, struct text name, int64_t *last,
	int64_t rows[ROWS], unsigned *count, struct failure *why)
{
	struct sqlite3_stmt *stmt = sqlite_take(s, SQL_PLAN_KEYS);
	enum apikey_error error;
	bool row;

	bind_text(stmt, 1, name);
	sqlite3_bind_int64(stmt, 2, *last);
	*count = 0;
	while (*count < ROWS && (error = sqlite_next(s, stmt, &row, why)) == APIKEY_OK && row)
		*last = rows[(*count)++] = column_number(stmt, 0);
	sqlite_done(stmt);
	return *count == ROWS ? APIKEY_OK : error;
}

enum apikey_error sqlite_plan_load(
	struct store *s, struct text name, store_load_fn *fn, void *arg, struct failure *why)
{
	int64_t rows[ROWS], last = 0;
	unsigned count = ROWS;

	while (count == ROWS) {
		if (next_rows(s, name, &last, rows, &count, why) != APIKEY_OK)
			return why->code;
		for (unsigned i = 0; i < count; i++) {
			struct pool pool = {0};
			struct key_record *key = pool_alloc(&pool, sizeof *key);
			enum apikey_error error = sqlite_key_by_row(s, &pool, rows[i], key, why);
			bool more = error == APIKEY_OK && fn(key, arg);

			pool_free(&pool);
			if (!more)
				return error;
		}
	}
	return APIKEY_OK;
}
