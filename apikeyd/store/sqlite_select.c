/* sqlite_select.c - the rows that a query selects by tenant, owner and status, as a set, read from indexes alone. */
#include <sqlite3.h>

#include "apikeyd/store/sqlite.h"

/* What an index names stays, or goes. */
struct narrowing {
	enum statement rows; /* 0: none */
	bool without;
};

#define NARROWINGS 3

static const struct narrowing by_status[][NARROWINGS] = {
	[STATUS_ANY] = {{0, false}},
	[STATUS_ACTIVE] = {{SQL_ROWS_DISABLED, true}, {SQL_ROWS_REVOKED, true},
		{SQL_ROWS_LAPSED, true}},
	[STATUS_DISABLED] = {{SQL_ROWS_DISABLED, false}, {SQL_ROWS_LAPSED, true}},
	[STATUS_REVOKED] = {{SQL_ROWS_REVOKED, false}},
	[STATUS_EXPIRED] = {{SQL_ROWS_LAPSED, false}},
};

bool is_selected(const struct selection *rows, int64_t row)
{
	return row < rows->rows && (rows->bits[row / 64] >> (row % 64) & 1) != 0;
}

struct selecting {
	struct store *s;
	struct pool *pool;
	struct selection *out;
};

static uint64_t *new_bits(const struct selecting *to)
{
	return pool_alloc(to->pool, ((size_t)to->out->rows / 64 + 1) * sizeof(uint64_t));
}

static enum apikey_error narrow(
	struct selecting *to, struct sqlite3_stmt *stmt, bool without, struct failure *why)
{
	uint64_t *bits = new_bits(to);
	enum apikey_error error;
	bool more;

	while ((error = sqlite_next(to->s, stmt, &more, why)) == APIKEY_OK && more) {
		int64_t row = column_number(stmt, 0);

		if (row >= 0 && row < to->out->rows)
			bits[row / 64] |= (uint64_t)1 << (row % 64);
	}
	sqlite_done(stmt);
	for (int64_t i = 0; i <= to->out->rows / 64; i++)
		to->out->bits[i] &= without ? ~bits[i] : bits[i];
	return error;
}

static enum apikey_error narrow_by_word(
	struct selecting *to, enum statement rows, struct text word, struct failure *why)
{
	struct sqlite3_stmt *stmt;

	if (word.data == NULL)
		return APIKEY_OK;
	stmt = sqlite_take(to->s, rows);
	bind_text(stmt, 1, word);
	return narrow(to, stmt, false, why);
}

static enum apikey_error narrow_by_status(
	struct selecting *to, const struct key_query *query, struct failure *why)
{
	const struct narrowing *n = by_status[query->status];

	for (unsigned i = 0; i < NARROWINGS && n[i].rows != 0; i++) {
		struct sqlite3_stmt *stmt = sqlite_take(to->s, n[i].rows);

		if (n[i].rows == SQL_ROWS_LAPSED)
			sqlite3_bind_int64(stmt, 1, query->now);
		if (narrow(to, stmt, n[i].without, why) != APIKEY_OK)
			return why->code;
	}
	return APIKEY_OK;
}

enum apikey_error sqlite_select(struct store *s, struct pool *pool, const struct key_query *query,
	struct selection *out, struct failure *why)
{
	struct selecting to = {s, pool, out};

	if (sqlite_number(s, sqlite_take(s, SQL_LAST_ROW), &out->rows, why) != APIKEY_OK)
		return why->code;
	out->rows++;
	out->bits = new_bits(&to);
	for (int64_t i = 0; i <= out->rows / 64; i++)
		out->bits[i] = UINT64_MAX;
	if (narrow_by_word(&to, SQL_ROWS_TENANT, query->tenant, why) != APIKEY_OK ||
		narrow_by_word(&to, SQL_ROWS_OWNER, query->owner, why) != APIKEY_OK)
		return why->code;
	return narrow_by_status(&to, query, why);
}
