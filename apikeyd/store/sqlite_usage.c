/* sqlite_usage.c - usage rows and packs, and who has left counters behind, in the SQLite store. */
#include <sqlite3.h>

#include "apikeyd/store/sqlite.h"
#include "apikeyd/store/usage_pack.h"

enum apikey_error sqlite_usage_add(
	struct store *s, enum usage_step step, const struct usage_row *row, struct failure *why)
{
	struct sqlite3_stmt *stmt = sqlite_take(s, SQL_USAGE_ADD);

	sqlite3_bind_int64(stmt, 1, step);
	sqlite3_bind_int64(stmt, 2, row->at);
	bind_text(stmt, 3, row->who);
	bind_text(stmt, 4, row->name);
	sqlite3_bind_int64(stmt, 5, row->counts.allowed);
	sqlite3_bind_int64(stmt, 6, row->counts.denied);
	sqlite3_bind_int64(stmt, 7, row->counts.units);
	return sqlite_change(s, stmt, why);
}

static struct sqlite3_stmt *take_span(
	struct store *s, enum statement which, const struct usage_span *span)
{
	struct sqlite3_stmt *stmt = sqlite_take(s, which);

	sqlite3_bind_int64(stmt, 1, span->step);
	sqlite3_bind_int64(stmt, 2, span->from);
	sqlite3_bind_int64(stmt, 3, span->to);
	sqlite3_bind_int64(stmt, 4, usage_step_seconds[span->step]);
	return stmt;
}

/* Takes the statement. */
static enum apikey_error tell_rows(struct store *s, struct sqlite3_stmt *stmt, usage_row_fn *fn,
	void *arg, struct failure *why)
{
	enum apikey_error error;
	bool more;

	while ((error = sqlite_next(s, stmt, &more, why)) == APIKEY_OK && more) {
		const struct usage_row row = {
			.at = column_number(stmt, 0),
			.name = column_text(stmt, 1),
			.counts = {column_number(stmt, 2), column_number(stmt, 3),
				column_number(stmt, 4)},
		};

		fn(&row, arg);
	}
	sqlite_done(stmt);
	return error;
}

enum apikey_error sqlite_usage_query(struct store *s, const struct usage_span *span,
	struct text who, usage_row_fn *fn, void *arg, struct failure *why)
{
	struct sqlite3_stmt *stmt = take_span(s, SQL_USAGE_QUERY, span);

	bind_text(stmt, 5, who);
	return tell_rows(s, stmt, fn, arg, why);
}

enum apikey_error sqlite_usage_list(struct store *s, const struct usage_list *list,
	usage_row_fn *fn, void *arg, struct failure *why)
{
	struct sqlite3_stmt *stmt = sqlite_take(s, SQL_USAGE_LIST);

	sqlite3_bind_int64(stmt, 1, list->step);
	sqlite3_bind_int64(stmt, 2, list->at);
	bind_text(stmt, 3, list->who);
	bind_text(stmt, 4, list->after);
	sqlite3_bind_int64(stmt, 5, list->limit);
	return tell_rows(s, stmt, fn, arg, why);
}

static struct sqlite3_stmt *take_place(
	struct store *s, enum statement which, const struct usage_place *place)
{
	struct sqlite3_stmt *stmt = sqlite_take(s, which);

	sqlite3_bind_int64(stmt, 1, place->step);
	sqlite3_bind_int64(stmt, 2, place->at);
	sqlite3_bind_int64(stmt, 3, place->page);
	return stmt;
}

enum apikey_error sqlite_usage_pack_get(struct store *s, struct pool *pool,
	const struct usage_place *place, struct text *out, struct failure *why)
{
	struct sqlite3_stmt *stmt = take_place(s, SQL_USAGE_PACK_GET, place);
	bool found;
	enum apikey_error error = sqlite_next(s, stmt, &found, why);

	*out = text_of("");
	if (error == APIKEY_OK && found)
		*out = pool_text(pool, column_text(stmt, 0));
	sqlite_done(stmt);
	return error;
}

enum apikey_error sqlite_usage_pack_put(
	struct store *s, const struct usage_place *place, struct text pack, struct failure *why)
{
	struct sqlite3_stmt *stmt = take_place(s, SQL_USAGE_PACK_PUT, place);

	bind_blob(stmt, 4, pack);
	return sqlite_change(s, stmt, why);
}

enum apikey_error sqlite_usage_pack_query(struct store *s, const struct usage_span *span,
	uint32_t page, usage_pack_fn *fn, void *arg, struct failure *why)
{
	struct sqlite3_stmt *stmt = take_span(s, SQL_USAGE_PACK_QUERY, span);
	struct usage_place place = {.step = span->step, .page = page};
	enum apikey_error error;
	bool more;

	sqlite3_bind_int64(stmt, 5, page);
	while ((error = sqlite_next(s, stmt, &more, why)) == APIKEY_OK && more) {
		place.at = column_number(stmt, 0);
		fn(&place, column_text(stmt, 1), arg);
	}
	sqlite_done(stmt);
	return error;
}

enum apikey_error sqlite_usage_mark_load(
	struct store *s, enum usage_step kind, usage_pack_fn *fn, void *arg, struct failure *why)
{
	struct sqlite3_stmt *stmt = sqlite_take(s, SQL_USAGE_MARK_LOAD);
	struct usage_place place = {.step = kind};
	enum apikey_error error;
	bool more;

	sqlite3_bind_int64(stmt, 1, kind);
	while ((error = sqlite_next(s, stmt, &more, why)) == APIKEY_OK && more) {
		place.page = (uint32_t)column_number(stmt, 0);
		fn(&place, column_text(stmt, 1), arg);
	}
	sqlite_done(stmt);
	return error;
}

enum apikey_error sqlite_usage_leaver_put(
	struct store *s, const struct usage_leaver *leaver, struct failure *why)
{
	struct sqlite3_stmt *stmt = sqlite_take(s, SQL_USAGE_LEAVER_PUT);

	sqlite3_bind_int64(stmt, 1, leaver->slot);
	bind_text(stmt, 2, leaver->owner.secret);
	bind_text(stmt, 3, leaver->owner.key);
	bind_text(stmt, 4, leaver->owner.tenant);
	sqlite3_bind_int64(stmt, 5, leaver->at);
	sqlite3_bind_int(stmt, 6, leaver->folded);
	return sqlite_change(s, stmt, why);
}

enum apikey_error sqlite_usage_leaver_known(
	struct store *s, uint32_t slot, struct text secret, bool *known, struct failure *why)
{
	struct sqlite3_stmt *stmt = sqlite_take(s, SQL_USAGE_LEAVER_KNOWN);
	int64_t count = 0;

	sqlite3_bind_int64(stmt, 1, slot);
	bind_text(stmt, 2, secret);
	why->code = sqlite_number(s, stmt, &count, why);
	*known = count > 0;
	return why->code;
}

enum apikey_error sqlite_usage_leaver_list(
	struct store *s, struct text key, usage_leaver_fn *fn, void *arg, struct failure *why)
{
	struct sqlite3_stmt *stmt =
		sqlite_take(s, key.data == NULL ? SQL_USAGE_LEAVERS_WAITING : SQL_USAGE_LEAVERS_OF);
	enum apikey_error error;
	bool more;

	if (key.data != NULL)
		bind_text(stmt, 1, key);
	while ((error = sqlite_next(s, stmt, &more, why)) == APIKEY_OK && more) {
		const struct usage_leaver leaver = {
			.slot = (uint32_t)column_number(stmt, 0),
			.owner = {.secret = column_text(stmt, 1),
				.key = column_text(stmt, 2),
				.tenant = column_text(stmt, 3)},
			.at = column_number(stmt, 4),
			.folded = column_number(stmt, 5) != 0,
		};

		fn(&leaver, arg);
	}
	sqlite_done(stmt);
	return error;
}

/* Adds to *gone how many rows a statement deleted. */
static enum apikey_error delete_rows(
	struct store *s, struct sqlite3_stmt *stmt, unsigned *gone, struct failure *why)
{
	enum apikey_error error = sqlite_change(s, stmt, why);

	if (error == APIKEY_OK)
		*gone += (unsigned)sqlite3_changes(s->db);
	return error;
}

enum apikey_error sqlite_usage_prune(struct store *s, enum usage_step step, int64_t before,
	unsigned limit, unsigned *gone, struct failure *why)
{
	static const enum statement of_steps[] = {SQL_USAGE_PRUNE, SQL_USAGE_PACK_PRUNE};
	struct sqlite3_stmt *stmt;

	*gone = 0;
	for (size_t i = 0; i < sizeof of_steps / sizeof *of_steps; i++) {
		stmt = sqlite_take(s, of_steps[i]);
		sqlite3_bind_int64(stmt, 1, step);
		sqlite3_bind_int64(stmt, 2, before);
		sqlite3_bind_int64(stmt, 3, limit);
		if (delete_rows(s, stmt, gone, why) != APIKEY_OK)
			return why->code;
	}
	if (step != USAGE_DAY)
		return APIKEY_OK;
	stmt = sqlite_take(s, SQL_USAGE_LEAVER_PRUNE);
	sqlite3_bind_int64(stmt, 1, before);
	sqlite3_bind_int64(stmt, 2, limit);
	return delete_rows(s, stmt, gone, why);
}
