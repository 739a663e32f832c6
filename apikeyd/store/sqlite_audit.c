/* sqlite_audit.c - the audit log in the SQLite store. */
#include <sqlite3.h>
#include <string.h>

#include "apikeyd/store/sqlite.h"

/* Entries looked at for one page, so that a filter that finds little keeps nobody waiting. */
#define LOOKED_AT_MAX 20000

enum apikey_error sqlite_audit_append(
	struct store *s, const struct audit_record *row, struct failure *why)
{
	const struct text texts[] = {
		row->actor, row->action, row->object, row->tenant, row->outcome, row->detail};
	struct sqlite3_stmt *stmt;

	if (audit_check(row, why) != APIKEY_OK)
		return why->code;
	stmt = sqlite_take(s, SQL_AUDIT_APPEND);
	sqlite3_bind_int64(stmt, 1, row->seq);
	sqlite3_bind_int64(stmt, 2, row->at);
	for (int i = 0; i < (int)(sizeof texts / sizeof *texts); i++)
		bind_text(stmt, 3 + i, texts[i]);
	bind_blob(stmt, 9, (struct text){(const char *)row->mac, sizeof row->mac});
	return sqlite_change(s, stmt, why);
}

/* Borrowed until the statement moves on. A MAC that is none stays zero, which no chain gives. */
static void read_entry(struct sqlite3_stmt *stmt, struct audit_record *out)
{
	struct text *texts[] = {
		&out->actor, &out->action, &out->object, &out->tenant, &out->outcome, &out->detail};
	struct text mac = column_text(stmt, 8);

	memset(out->mac, 0, sizeof out->mac);
	out->seq = column_number(stmt, 0);
	out->at = column_number(stmt, 1);
	for (int i = 0; i < (int)(sizeof texts / sizeof *texts); i++)
		*texts[i] = column_text(stmt, 2 + i);
	if (mac.data != NULL && mac.len == sizeof out->mac)
		memcpy(out->mac, mac.data, mac.len);
}

enum apikey_error sqlite_audit_walk(struct store *s, int64_t from, unsigned limit,
	store_audit_fn *fn, void *arg, struct failure *why)
{
	struct sqlite3_stmt *stmt = sqlite_take(s, SQL_AUDIT_WALK);
	struct audit_record entry;
	enum apikey_error error;
	bool more = true;

	sqlite3_bind_int64(stmt, 1, from);
	while (limit-- > 0) {
		if ((error = sqlite_next(s, stmt, &more, why)) != APIKEY_OK || !more)
			goto out;
		read_entry(stmt, &entry);
		if (!fn(&entry, arg))
			goto out;
	}
	error = APIKEY_OK;
out:
	sqlite_done(stmt);
	return error;
}

/* The way to the entries that has the fewest to look at, bound to what it looks for. */
static struct sqlite3_stmt *take_source(struct store *s, const struct audit_query *query)
{
	const struct {
		struct text wanted;
		enum statement which;
	} sources[] = {
		{query->object, SQL_AUDIT_BY_OBJECT},
		{query->actor, SQL_AUDIT_BY_ACTOR},
		{query->action, SQL_AUDIT_BY_ACTION},
		{query->tenant, SQL_AUDIT_BY_TENANT},
	};
	struct sqlite3_stmt *stmt;

	if (query->chain_order)
		return sqlite_take(s, SQL_AUDIT_WALK);
	for (size_t i = 0; i < sizeof sources / sizeof *sources; i++)
		if (sources[i].wanted.data != NULL) {
			stmt = sqlite_take(s, sources[i].which);
			bind_text(stmt, 4, sources[i].wanted);
			return stmt;
		}
	return sqlite_take(s, SQL_AUDIT_BY_TIME);
}

enum apikey_error sqlite_audit_list(struct store *s, struct pool *pool,
	const struct audit_query *query, struct audit_page *out, struct failure *why)
{
	struct audit_record entry = {0};
	struct sqlite3_stmt *stmt;
	enum apikey_error error;
	unsigned looked_at = 0;
	int64_t at, seq;
	bool more = true;

	*out = (struct audit_page){0};
	if (audit_place(pool, query, &at, &seq, why) != APIKEY_OK)
		return why->code;
	out->entries = pool_alloc(pool, query->limit * sizeof(struct audit_record *));
	stmt = take_source(s, query);
	if (query->chain_order) {
		sqlite3_bind_int64(stmt, 1, seq == INT64_MIN ? seq : seq + 1);
	} else {
		sqlite3_bind_int64(stmt, 1, at);
		sqlite3_bind_int64(stmt, 2, seq);
		sqlite3_bind_int64(stmt, 3, query->from);
	}
	while (out->count < query->limit && looked_at++ < LOOKED_AT_MAX) {
		if ((error = sqlite_next(s, stmt, &more, why)) != APIKEY_OK || !more)
			goto out;
		read_entry(stmt, &entry);
		if (audit_selected(&entry, query))
			out->entries[out->count++] = audit_copy(pool, &entry);
	}
	at = entry.at;
	seq = entry.seq;
	if ((error = sqlite_next(s, stmt, &more, why)) == APIKEY_OK && more)
		out->next = audit_cursor(pool, query, at, seq);
out:
	sqlite_done(stmt);
	return error;
}

enum apikey_error sqlite_audit_last(struct store *s, struct audit_record *out, struct failure *why)
{
	struct sqlite3_stmt *stmt = sqlite_take(s, SQL_AUDIT_LAST);
	struct audit_record entry = {0};
	bool found;
	enum apikey_error error = sqlite_next(s, stmt, &found, why);

	if (error == APIKEY_OK && found)
		read_entry(stmt, &entry);
	*out = (struct audit_record){.seq = entry.seq};
	memcpy(out->mac, entry.mac, sizeof out->mac);
	sqlite_done(stmt);
	return error;
}

enum apikey_error sqlite_audit_seal(
	struct store *s, int64_t seq, const uint8_t mac[CHAIN_BYTES], struct failure *why)
{
	struct sqlite3_stmt *stmt = sqlite_take(s, SQL_AUDIT_SEAL);

	sqlite3_bind_int64(stmt, 1, seq);
	bind_blob(stmt, 2, (struct text){(const char *)mac, CHAIN_BYTES});
	return sqlite_change(s, stmt, why);
}
