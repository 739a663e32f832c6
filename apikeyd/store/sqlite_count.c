/* sqlite_count.c - how many keys a query selects, and the smallest set of keys that has them all, without counting any. */
#include <sqlite3.h>

#include "apikeyd/store/sqlite.h"

static const enum key_status status_of_state[] = {STATUS_ACTIVE, STATUS_DISABLED, STATUS_REVOKED};

/* Keys by tenant, owner and state (0, 1, 2 as in the census, -1: any). */
static enum apikey_error census(
	struct store *s, const struct key_query *q, int state, int64_t *out, struct failure *why)
{
	struct sqlite3_stmt *stmt = sqlite_take(s, SQL_COUNT);

	bind_text(stmt, 1, q->tenant);
	bind_text(stmt, 2, q->owner);
	if (state >= 0)
		sqlite3_bind_int(stmt, 3, state);
	return sqlite_number(s, stmt, out, why);
}

/* Keys not revoked whose time is over; disabled 0 or 1, -1: both. */
static enum apikey_error lapsed(
	struct store *s, const struct key_query *q, int disabled, int64_t *out, struct failure *why)
{
	struct sqlite3_stmt *stmt = sqlite_take(s, SQL_COUNT_LAPSED);

	sqlite3_bind_int64(stmt, 1, q->now);
	bind_text(stmt, 2, q->tenant);
	bind_text(stmt, 3, q->owner);
	if (disabled >= 0)
		sqlite3_bind_int(stmt, 4, disabled);
	return sqlite_number(s, stmt, out, why);
}

enum apikey_error sqlite_count(
	struct store *s, const struct key_query *q, int64_t *out, struct failure *why)
{
	enum apikey_error error;
	int64_t gone = 0;
	int state = 2;

	if (q->status == STATUS_ANY)
		return census(s, q, -1, out, why);
	if (q->status == STATUS_EXPIRED)
		return lapsed(s, q, -1, out, why);
	while (state > 0 && status_of_state[state] != q->status)
		state--;
	error = census(s, q, state, out, why);
	if (error == APIKEY_OK && state < 2)
		error = lapsed(s, q, state, &gone, why);
	*out -= gone;
	return error;
}

enum apikey_error sqlite_source(
	struct store *s, const struct key_query *q, struct key_source *best, struct failure *why)
{
	static const enum statement by_status[] = {
		[STATUS_DISABLED] = SQL_SOURCE_DISABLED,
		[STATUS_EXPIRED] = SQL_SOURCE_LAPSED,
		[STATUS_REVOKED] = SQL_SOURCE_REVOKED,
	};
	const struct {
		bool is_one;
		enum statement statement;
		struct key_query all;
		struct text word;
	} sources[] = {
		{q->tenant.data != NULL, SQL_SOURCE_TENANT, {.tenant = q->tenant}, q->tenant},
		{q->owner.data != NULL, SQL_SOURCE_OWNER, {.owner = q->owner}, q->owner},
		{q->status > STATUS_ACTIVE, by_status[q->status],
			{.status = q->status, .now = q->now}, {NULL, 0}},
	};

	*best = (struct key_source){.count = INT64_MAX};
	for (size_t i = 0; i < sizeof sources / sizeof *sources; i++) {
		int64_t count;

		if (!sources[i].is_one)
			continue;
		if (sqlite_count(s, &sources[i].all, &count, why) != APIKEY_OK)
			return why->code;
		if (count < best->count)
			*best = (struct key_source){
				sources[i].statement, count, sources[i].word, q->now};
	}
	return APIKEY_OK;
}
