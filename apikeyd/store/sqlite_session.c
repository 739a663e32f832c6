/* sqlite_session.c - sessions and one-time codes in the SQLite store. */
#include <sqlite3.h>
#include <string.h>

#include "apikeyd/store/sqlite.h"

static struct text digest_text(const uint8_t digest[STORE_DIGEST_BYTES])
{
	return (struct text){(const char *)digest, STORE_DIGEST_BYTES};
}

enum apikey_error sqlite_session_put(
	struct store *s, const struct session_record *session, struct failure *why)
{
	struct sqlite3_stmt *stmt = sqlite_take(s, SQL_SESSION_PUT);

	bind_text(stmt, 1, session->id);
	bind_text(stmt, 2, session->user);
	bind_blob(stmt, 3, digest_text(session->digest));
	sqlite3_bind_int64(stmt, 4, session->uid);
	sqlite3_bind_int64(stmt, 5, session->created_at);
	sqlite3_bind_int64(stmt, 6, session->expires_at);
	sqlite3_bind_int64(stmt, 7, session->seen_at);
	return sqlite_change(s, stmt, why);
}

/* Copies the row that the statement stands on. */
static enum apikey_error read_session(struct pool *pool, struct sqlite3_stmt *stmt,
	struct session_record *out, struct failure *why)
{
	struct text digest = column_text(stmt, 2);

	if (digest.len != STORE_DIGEST_BYTES)
		return sqlite_damaged(why, "a session");
	memcpy(out->digest, digest.data, STORE_DIGEST_BYTES);
	out->id = pool_text(pool, column_text(stmt, 0));
	out->user = pool_text(pool, column_text(stmt, 1));
	out->uid = column_number(stmt, 3);
	out->created_at = column_number(stmt, 4);
	out->expires_at = column_number(stmt, 5);
	out->seen_at = column_number(stmt, 6);
	return APIKEY_OK;
}

enum apikey_error sqlite_session_get(struct store *s, struct pool *pool,
	const uint8_t digest[STORE_DIGEST_BYTES], struct session_record *out, bool *found,
	struct failure *why)
{
	struct sqlite3_stmt *stmt = sqlite_take(s, SQL_SESSION_GET);
	enum apikey_error error;

	bind_blob(stmt, 1, digest_text(digest));
	error = sqlite_next(s, stmt, found, why);
	if (error == APIKEY_OK && *found)
		error = read_session(pool, stmt, out, why);
	sqlite_done(stmt);
	return error;
}

enum apikey_error sqlite_session_list(struct store *s, struct pool *pool, struct text user,
	struct session_record **out, unsigned *count, struct failure *why)
{
	struct sqlite3_stmt *stmt = sqlite_take(s, SQL_SESSION_LIST);
	enum apikey_error error;
	bool row;

	*out = pool_alloc(pool, STORE_SESSIONS_MAX * sizeof **out);
	*count = 0;
	bind_text(stmt, 1, user);
	while ((error = sqlite_next(s, stmt, &row, why)) == APIKEY_OK && row &&
		*count < STORE_SESSIONS_MAX)
		if ((error = read_session(pool, stmt, &(*out)[(*count)++], why)) != APIKEY_OK)
			break;
	sqlite_done(stmt);
	return error;
}

enum apikey_error sqlite_session_delete(struct store *s, struct text id, struct failure *why)
{
	return sqlite_delete(s, SQL_SESSION_DELETE, id, why);
}

enum apikey_error sqlite_session_prune(
	struct store *s, int64_t seen, int64_t now, struct failure *why)
{
	struct sqlite3_stmt *stmt = sqlite_take(s, SQL_SESSION_PRUNE);

	sqlite3_bind_int64(stmt, 1, seen);
	sqlite3_bind_int64(stmt, 2, now);
	return sqlite_change(s, stmt, why);
}

enum apikey_error sqlite_code_put(struct store *s, struct text user,
	const uint8_t digest[STORE_DIGEST_BYTES], int64_t expires_at, struct failure *why)
{
	struct sqlite3_stmt *stmt = sqlite_take(s, SQL_CODE_PUT);

	bind_text(stmt, 1, user);
	bind_blob(stmt, 2, digest_text(digest));
	sqlite3_bind_int64(stmt, 3, expires_at);
	return sqlite_change(s, stmt, why);
}

enum apikey_error sqlite_code_find(struct store *s, struct text user,
	const uint8_t digest[STORE_DIGEST_BYTES], int64_t now, bool *found, struct failure *why)
{
	struct sqlite3_stmt *stmt = sqlite_take(s, SQL_CODE_FIND);
	enum apikey_error error;

	bind_text(stmt, 1, user);
	bind_blob(stmt, 2, digest_text(digest));
	sqlite3_bind_int64(stmt, 3, now);
	error = sqlite_next(s, stmt, found, why);
	sqlite_done(stmt);
	return error;
}

enum apikey_error sqlite_code_delete(
	struct store *s, struct text user, const uint8_t *digest, struct failure *why)
{
	struct sqlite3_stmt *stmt = sqlite_take(s, SQL_CODE_DELETE);

	bind_text(stmt, 1, user);
	if (digest != NULL)
		bind_blob(stmt, 2, digest_text(digest));
	return sqlite_change(s, stmt, why);
}

enum apikey_error sqlite_code_count(
	struct store *s, struct text user, int64_t now, int64_t *out, struct failure *why)
{
	struct sqlite3_stmt *stmt = sqlite_take(s, SQL_CODE_COUNT);

	bind_text(stmt, 1, user);
	sqlite3_bind_int64(stmt, 2, now);
	return sqlite_number(s, stmt, out, why);
}
