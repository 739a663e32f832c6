/* sqlite_usage.c - usage rows, and how far the counters are in them, in the SQLite store. */
#include <sqlite3.h>

#include "apikeyd/store/sqlite.h"

static void bind_counts(struct sqlite3_stmt *stmt, int column, const struct usage_counts *counts)
{
	sqlite3_bind_int64(stmt, column, counts->allowed);
	sqlite3_bind_int64(stmt, column + 1, counts->denied);
	sqlite3_bind_int64(stmt, column + 2, counts->units);
}

static struct usage_counts column_counts(struct sqlite3_stmt *stmt, int column)
{
	return (struct usage_counts){column_number(stmt, column), column_number(stmt, column + 1),
		column_number(stmt, column + 2)};
}

static enum apikey_error add_row(struct store *s, enum usage_step step, struct text who,
	const struct usage_row *row, struct failure *why)
{
	struct sqlite3_stmt *stmt = sqlite_take(s, SQL_USAGE_ADD);

	sqlite3_bind_int64(stmt, 1, step);
	sqlite3_bind_int64(stmt, 2, row->at);
	bind_text(stmt, 3, who);
	bind_text(stmt, 4, row->secret);
	bind_counts(stmt, 5, &row->counts);
	return sqlite_change(s, stmt, why);
}

enum apikey_error sqlite_usage_add(struct store *s, const struct usage_owner *owner, int64_t at,
	const struct usage_counts *counts, struct failure *why)
{
	struct usage_spread spread = {owner, at, counts, add_row};

	return usage_spread(s, &spread, why);
}

enum apikey_error sqlite_usage_owner(struct store *s, struct pool *pool, uint32_t slot,
	struct usage_owner *out, bool *found, struct failure *why)
{
	struct sqlite3_stmt *stmt = sqlite_take(s, SQL_USAGE_OWNER);
	enum apikey_error error;

	sqlite3_bind_int64(stmt, 1, slot);
	error = sqlite_next(s, stmt, found, why);
	if (*found)
		*out = (struct usage_owner){
			.key = pool_text(pool, column_text(stmt, 0)),
			.tenant = pool_text(pool, column_text(stmt, 1)),
			.secret = pool_text(pool, column_text(stmt, 2)),
		};
	sqlite_done(stmt);
	return error;
}

enum apikey_error sqlite_usage_mark_put(
	struct store *s, const struct usage_mark *mark, struct failure *why)
{
	struct sqlite3_stmt *stmt = sqlite_take(s, SQL_USAGE_MARK_PUT);

	sqlite3_bind_int64(stmt, 1, mark->slot);
	bind_counts(stmt, 2, &mark->counts);
	bind_text(stmt, 5, mark->owner.key);
	bind_text(stmt, 6, mark->owner.tenant);
	bind_text(stmt, 7, mark->owner.secret);
	return sqlite_change(s, stmt, why);
}

enum apikey_error sqlite_usage_mark_delete(struct store *s, uint32_t slot, struct failure *why)
{
	struct sqlite3_stmt *stmt = sqlite_take(s, SQL_USAGE_MARK_DELETE);

	sqlite3_bind_int64(stmt, 1, slot);
	return sqlite_change(s, stmt, why);
}

enum apikey_error sqlite_usage_mark_load(
	struct store *s, usage_mark_fn *fn, void *arg, struct failure *why)
{
	struct sqlite3_stmt *stmt = sqlite_take(s, SQL_USAGE_MARK_LOAD);
	enum apikey_error error;
	bool more;

	while ((error = sqlite_next(s, stmt, &more, why)) == APIKEY_OK && more) {
		const struct usage_mark mark = {
			.slot = (uint32_t)column_number(stmt, 0),
			.counts = column_counts(stmt, 1),
			.owner = {column_text(stmt, 4), column_text(stmt, 5), column_text(stmt, 6)},
		};

		if (!fn(&mark, arg))
			break;
	}
	sqlite_done(stmt);
	return error;
}

enum apikey_error sqlite_usage_query(struct store *s, const struct usage_query *query,
	usage_row_fn *fn, void *arg, struct failure *why)
{
	struct sqlite3_stmt *stmt = sqlite_take(s, SQL_USAGE_QUERY);
	enum apikey_error error;
	bool more;

	sqlite3_bind_int64(stmt, 1, query->step);
	bind_text(stmt, 2, query->who);
	sqlite3_bind_int64(stmt, 3, query->from);
	sqlite3_bind_int64(stmt, 4, query->to);
	sqlite3_bind_int64(stmt, 5, usage_step_seconds[query->step]);
	while ((error = sqlite_next(s, stmt, &more, why)) == APIKEY_OK && more) {
		const struct usage_row row = {
			column_number(stmt, 0), column_text(stmt, 1), column_counts(stmt, 2)};

		fn(&row, arg);
	}
	sqlite_done(stmt);
	return error;
}

enum apikey_error sqlite_usage_prune(struct store *s, enum usage_step step, int64_t before,
	unsigned limit, unsigned *gone, struct failure *why)
{
	struct sqlite3_stmt *stmt = sqlite_take(s, SQL_USAGE_PRUNE);
	enum apikey_error error;

	sqlite3_bind_int64(stmt, 1, step);
	sqlite3_bind_int64(stmt, 2, before);
	sqlite3_bind_int64(stmt, 3, limit);
	error = sqlite_change(s, stmt, why);
	*gone = error == APIKEY_OK ? (unsigned)sqlite3_changes(s->db) : 0;
	return error;
}
