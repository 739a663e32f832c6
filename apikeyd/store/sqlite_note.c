/* sqlite_note.c - remembered requests and notes in the SQLite store. */
#include <sqlite3.h>
#include <string.h>

#include "apikeyd/store/sqlite.h"

enum apikey_error sqlite_request_get(struct store *s, struct pool *pool, struct text actor,
	struct text request_id, int64_t oldest, struct request_record *out, bool *found,
	struct failure *why)
{
	struct sqlite3_stmt *stmt = sqlite_take(s, SQL_REQUEST_GET);
	enum apikey_error error;
	struct text digest;

	bind_text(stmt, 1, actor);
	bind_text(stmt, 2, request_id);
	sqlite3_bind_int64(stmt, 3, oldest);
	if ((error = sqlite_next(s, stmt, found, why)) != APIKEY_OK || !*found)
		goto out;
	digest = column_text(stmt, 0);
	if (digest.len != sizeof out->digest) {
		error = sqlite_damaged(why, "a remembered request has no digest");
		goto out;
	}
	memcpy(out->digest, digest.data, sizeof out->digest);
	out->actor = pool_text(pool, actor);
	out->request_id = pool_text(pool, request_id);
	out->answer = pool_text(pool, column_text(stmt, 1));
	out->at = column_number(stmt, 2);
out:
	sqlite_done(stmt);
	return error;
}

enum apikey_error sqlite_request_put(
	struct store *s, const struct request_record *row, int64_t oldest, struct failure *why)
{
	struct sqlite3_stmt *stmt = sqlite_take(s, SQL_REQUEST_PRUNE);
	enum apikey_error error;

	sqlite3_bind_int64(stmt, 1, oldest);
	if ((error = sqlite_change(s, stmt, why)) != APIKEY_OK)
		return error;
	stmt = sqlite_take(s, SQL_REQUEST_PUT);
	bind_text(stmt, 1, row->actor);
	bind_text(stmt, 2, row->request_id);
	bind_blob(stmt, 3, (struct text){(const char *)row->digest, sizeof row->digest});
	bind_blob(stmt, 4, row->answer);
	sqlite3_bind_int64(stmt, 5, row->at);
	return sqlite_change(s, stmt, why);
}

enum apikey_error sqlite_note_get(struct store *s, struct pool *pool, const char *name,
	struct text *value, struct failure *why)
{
	struct sqlite3_stmt *stmt = sqlite_take(s, SQL_NOTE_GET);
	enum apikey_error error;
	bool row;

	bind_text(stmt, 1, text_of(name));
	error = sqlite_next(s, stmt, &row, why);
	*value = row ? pool_text(pool, column_text(stmt, 0)) : (struct text){NULL, 0};
	sqlite_done(stmt);
	return error;
}

enum apikey_error sqlite_note_put(
	struct store *s, const char *name, struct text value, struct failure *why)
{
	struct sqlite3_stmt *stmt = sqlite_take(s, SQL_NOTE_PUT);

	bind_text(stmt, 1, text_of(name));
	bind_blob(stmt, 2, value);
	return sqlite_change(s, stmt, why);
}
