/* sqlite_key.c - keys and their secrets as rows of the SQLite store. */
#include <sqlite3.h>
#include <string.h>

#include "apikeyd/store/record.h"
#include "apikeyd/store/sqlite.h"

/* Columns of a key after its id: texts, numbers, and what is made of them. */
enum {
	FIRST_BLOB = KEY_TEXTS - 3, /* rate, quota and meta are encoded */
	FIRST_NUMBER = 1 + KEY_TEXTS,
	CHECKSUM = FIRST_NUMBER + 5,
	FIRST_PAST = CHECKSUM + 1,
	RECORD = FIRST_PAST + 4, /* all of it once more: what a start reads */
	KEY_COLUMNS = RECORD + 1,
};

/* A time that never comes is the greatest in the rows, so that it sorts last. */
static int64_t to_row(int64_t time)
{
	return time == STORE_NEVER ? INT64_MAX : time;
}

static int64_t from_row(int64_t time)
{
	return time == INT64_MAX ? STORE_NEVER : time;
}

/* The record lives in the pool, which must outlive the binding. */
static void bind_key(struct sqlite3_stmt *stmt, struct pool *pool, const struct key_record *key)
{
	const int64_t numbers[] = {key->units_per_request, key->created_at, to_row(key->expires_at),
		key->revoked_at, key->disabled, (int64_t)key_checksum(key), key->past.requests,
		key->past.units, key->past.last_used_at, key->limit_slot};

	bind_text(stmt, 1, text_of(key->id));
	for (int i = 0; i < KEY_TEXTS; i++)
		(i < FIRST_BLOB ? bind_text : bind_blob)(stmt, 2 + i, key_text_get(key, (size_t)i));
	for (int i = 0; i < (int)(sizeof numbers / sizeof *numbers); i++)
		sqlite3_bind_int64(stmt, 1 + FIRST_NUMBER + i, numbers[i]);
	bind_blob(stmt, 1 + RECORD, record_encode(pool, key));
}

static enum apikey_error read_id(struct text id, char out[KEY_ID_SIZE], struct failure *why)
{
	if (id.data == NULL || id.len >= KEY_ID_SIZE)
		return sqlite_damaged(why, "a key has no proper id");
	memcpy(out, id.data, id.len);
	out[id.len] = '\0';
	return APIKEY_OK;
}

/* Reads the row (n, then the columns of bind_key()) but for the secrets; text is borrowed from the statement. */
static enum apikey_error read_key(
	struct sqlite3_stmt *stmt, struct key_record *out, struct failure *why)
{
	for (int i = 0; i < KEY_TEXTS; i++)
		key_text_set(out, (size_t)i, column_text(stmt, 2 + i));
	out->units_per_request = column_number(stmt, 1 + FIRST_NUMBER);
	out->created_at = column_number(stmt, 2 + FIRST_NUMBER);
	out->expires_at = from_row(column_number(stmt, 3 + FIRST_NUMBER));
	out->revoked_at = column_number(stmt, 4 + FIRST_NUMBER);
	out->disabled = column_number(stmt, 5 + FIRST_NUMBER) != 0;
	out->past.requests = column_number(stmt, 1 + FIRST_PAST);
	out->past.units = column_number(stmt, 2 + FIRST_PAST);
	out->past.last_used_at = column_number(stmt, 3 + FIRST_PAST);
	out->limit_slot = (uint32_t)column_number(stmt, 4 + FIRST_PAST);
	out->secret_count = 0;
	return read_id(column_text(stmt, 1), out->id, why);
}

static enum apikey_error check_key(
	const struct key_record *key, uint64_t checksum, struct failure *why)
{
	if (key_checksum(key) != checksum)
		return fail(why, APIKEY_INTERNAL,
			"the store is damaged: key %s does not have its checksum", key->id);
	return APIKEY_OK;
}

static enum apikey_error insert_secret(struct store *s, int64_t row, unsigned position,
	const struct secret_record *secret, struct failure *why)
{
	struct sqlite3_stmt *stmt = sqlite_take(s, SQL_SECRET_INSERT);
	const int64_t numbers[] = {secret->created_at, secret->expires_at, secret->revoked,
		secret->slot, secret->requests_before};

	sqlite3_bind_int64(stmt, 1, row);
	sqlite3_bind_int64(stmt, 2, position);
	bind_blob(stmt, 3, (struct text){(const char *)secret->digest, sizeof secret->digest});
	sqlite3_bind_int64(stmt, 4, secret->algorithm);
	sqlite3_bind_int64(stmt, 5, secret->pepper_id);
	bind_text(stmt, 6, secret->prefix);
	bind_text(stmt, 7, text_of(secret->last4));
	for (int i = 0; i < (int)(sizeof numbers / sizeof *numbers); i++)
		sqlite3_bind_int64(stmt, 8 + i, numbers[i]);
	bind_text(stmt, 13, secret->bcrypt);
	return sqlite_change(s, stmt, why);
}

/* Reads the row (key, then the columns of insert_secret() from the digest on). */
static enum apikey_error read_secret(struct sqlite3_stmt *stmt, struct pool *pool,
	struct secret_record *out, struct failure *why)
{
	struct text digest = column_text(stmt, 1), start = column_text(stmt, 4);
	struct text last4 = column_text(stmt, 5);

	if (digest.len != sizeof out->digest || start.data == NULL || last4.data == NULL ||
		start.len >= KEYTEXT_PREFIX_SIZE || last4.len >= sizeof out->last4)
		return sqlite_damaged(why, "a secret of a key has a field of a wrong length");
	memcpy(out->digest, digest.data, sizeof out->digest);
	memcpy(out->last4, last4.data, last4.len);
	out->last4[last4.len] = '\0';
	out->prefix = pool_text(pool, start);
	out->algorithm = (uint8_t)column_number(stmt, 2);
	out->pepper_id = (uint32_t)column_number(stmt, 3);
	out->created_at = column_number(stmt, 6);
	out->expires_at = column_number(stmt, 7);
	out->revoked = column_number(stmt, 8) != 0;
	out->slot = (uint32_t)column_number(stmt, 9);
	out->requests_before = column_number(stmt, 10);
	out->bcrypt = pool_text(pool, column_text(stmt, 11));
	return APIKEY_OK;
}

static enum apikey_error insert_secrets(
	struct store *s, int64_t row, const struct key_record *key, struct failure *why)
{
	for (unsigned i = 0; i < key->secret_count; i++)
		if (insert_secret(s, row, i, &key->secrets[i], why) != APIKEY_OK)
			return why->code;
	return APIKEY_OK;
}

/* What could not be read again must not be written. */
static enum apikey_error check_fits(const struct key_record *key, struct failure *why)
{
	if (key->secret_count > STORE_SECRETS_MAX)
		return fail(why, APIKEY_LIMIT_REACHED, "a key has at most %d secrets",
			STORE_SECRETS_MAX);
	for (unsigned i = 0; i < key->secret_count; i++)
		if (key->secrets[i].prefix.len >= KEYTEXT_PREFIX_SIZE)
			return fail(why, APIKEY_INVALID_ARGUMENT, "prefix: must be under %d bytes",
				KEYTEXT_PREFIX_SIZE);
	return APIKEY_OK;
}

enum apikey_error sqlite_key_insert(
	struct store *s, const struct key_record *key, struct failure *why)
{
	struct sqlite3_stmt *stmt = sqlite_take(s, SQL_KEY_INSERT);
	struct pool pool = {0};
	enum apikey_error error;
	int64_t row;

	if ((error = check_fits(key, why)) != APIKEY_OK)
		return error;
	bind_key(stmt, &pool, key);
	error = sqlite_change(s, stmt, why);
	pool_free(&pool);
	if (error != APIKEY_OK)
		return error;
	row = sqlite3_last_insert_rowid(s->db);
	if ((error = insert_secrets(s, row, key, why)) != APIKEY_OK)
		return error;
	ranking_put(s, row, key);
	return sqlite_search_put(s, row, key, why);
}

/* The row of the key that has ref as its id (SQL_KEY_ROW), or as its id or a prefix (SQL_KEY_FIND). */
static enum apikey_error find(
	struct store *s, enum statement how, struct text ref, int64_t *row, struct failure *why)
{
	struct sqlite3_stmt *stmt = sqlite_take(s, how);
	enum apikey_error error;

	bind_text(stmt, 1, ref);
	if ((error = sqlite_number(s, stmt, row, why)) != APIKEY_OK)
		return error;
	if (*row == 0)
		return key_not_found(ref, why);
	return APIKEY_OK;
}

enum apikey_error sqlite_key_update(
	struct store *s, const struct key_record *key, struct failure *why)
{
	struct sqlite3_stmt *stmt;
	struct pool pool = {0};
	enum apikey_error error;
	int64_t row;

	if ((error = check_fits(key, why)) != APIKEY_OK ||
		(error = find(s, SQL_KEY_ROW, text_of(key->id), &row, why)) != APIKEY_OK)
		return error;
	stmt = sqlite_take(s, SQL_KEY_UPDATE);
	bind_key(stmt, &pool, key);
	sqlite3_bind_int64(stmt, 1 + KEY_COLUMNS, row);
	error = sqlite_change(s, stmt, why);
	pool_free(&pool);
	if (error != APIKEY_OK)
		return error;
	stmt = sqlite_take(s, SQL_SECRETS_DELETE);
	sqlite3_bind_int64(stmt, 1, row);
	if ((error = sqlite_change(s, stmt, why)) != APIKEY_OK ||
		(error = insert_secrets(s, row, key, why)) != APIKEY_OK)
		return error;
	ranking_put(s, row, key);
	return sqlite_search_put(s, row, key, why);
}

enum apikey_error sqlite_key_delete(struct store *s, const char *id, struct failure *why)
{
	struct sqlite3_stmt *stmt = sqlite_take(s, SQL_KEY_DELETE);
	enum apikey_error error;
	int64_t row;

	if ((error = find(s, SQL_KEY_ROW, text_of(id), &row, why)) != APIKEY_OK)
		return error;
	sqlite3_bind_int64(stmt, 1, row);
	if ((error = sqlite_change(s, stmt, why)) != APIKEY_OK)
		return error;
	ranking_remove(s, row);
	return sqlite_search_remove(s, row, why);
}

static void keep_texts(struct pool *pool, struct key_record *key)
{
	for (size_t i = 0; i < KEY_TEXTS; i++)
		key_text_set(key, i, pool_text(pool, key_text_get(key, i)));
}

static enum apikey_error get_secrets(struct store *s, struct pool *pool, int64_t row,
	struct key_record *out, struct failure *why)
{
	struct sqlite3_stmt *stmt = sqlite_take(s, SQL_SECRETS_BY_KEY);
	enum apikey_error error;
	bool more;

	sqlite3_bind_int64(stmt, 1, row);
	while ((error = sqlite_next(s, stmt, &more, why)) == APIKEY_OK && more) {
		if (out->secret_count == STORE_SECRETS_MAX)
			error = sqlite_damaged(why, "a key has too many secrets");
		else
			error = read_secret(stmt, pool, &out->secrets[out->secret_count++], why);
		if (error != APIKEY_OK)
			break;
	}
	sqlite_done(stmt);
	return error;
}

enum apikey_error sqlite_key_by_row(struct store *s, struct pool *pool, int64_t row,
	struct key_record *out, struct failure *why)
{
	struct sqlite3_stmt *stmt = sqlite_take(s, SQL_KEY_BY_ROW);
	uint64_t checksum = 0;
	enum apikey_error error;
	bool found;

	sqlite3_bind_int64(stmt, 1, row);
	if ((error = sqlite_next(s, stmt, &found, why)) != APIKEY_OK)
		goto out;
	if (!found) {
		error = sqlite_damaged(why, "an index names a key that is not there");
		goto out;
	}
	if ((error = read_key(stmt, out, why)) != APIKEY_OK)
		goto out;
	checksum = (uint64_t)column_number(stmt, 1 + CHECKSUM);
	keep_texts(pool, out);
	if ((error = get_secrets(s, pool, row, out, why)) == APIKEY_OK)
		error = check_key(out, checksum, why);
out:
	sqlite_done(stmt);
	return error;
}

static bool answers_to(const struct key_record *key, struct text ref)
{
	if (text_equal(text_of(key->id), ref))
		return true;
	for (unsigned i = 0; i < key->secret_count; i++)
		if (text_equal(key->secrets[i].prefix, ref))
			return true;
	return false;
}

enum apikey_error sqlite_key_get(struct store *s, struct pool *pool, struct text ref,
	struct key_record *out, struct failure *why)
{
	enum apikey_error error;
	int64_t row;

	if ((error = find(s, SQL_KEY_FIND, ref, &row, why)) != APIKEY_OK ||
		(error = sqlite_key_by_row(s, pool, row, out, why)) != APIKEY_OK)
		return error;
	if (!answers_to(out, ref))
		return sqlite_damaged(why, "an index leads to another key");
	return APIKEY_OK;
}

enum apikey_error sqlite_digest_find(
	struct store *s, const uint8_t digest[STORE_DIGEST_BYTES], bool *found, struct failure *why)
{
	struct sqlite3_stmt *stmt = sqlite_take(s, SQL_SECRET_KNOWN);
	enum apikey_error error;

	bind_blob(stmt, 1, (struct text){(const char *)digest, STORE_DIGEST_BYTES});
	error = sqlite_next(s, stmt, found, why);
	sqlite_done(stmt);
	return error;
}

static enum apikey_error make_record(struct store *s, int64_t row, struct failure *why)
{
	struct sqlite3_stmt *stmt = sqlite_take(s, SQL_KEY_RECORD);
	struct pool pool = {0};
	struct key_record key = {0};
	enum apikey_error error;

	if ((error = sqlite_key_by_row(s, &pool, row, &key, why)) == APIKEY_OK) {
		sqlite3_bind_int64(stmt, 1, row);
		bind_blob(stmt, 2, record_encode(&pool, &key));
		error = sqlite_change(s, stmt, why);
	}
	pool_free(&pool);
	return error;
}

enum apikey_error sqlite_make_records(struct store *s, struct failure *why)
{
	enum apikey_error error;
	int64_t row = 0;

	do {
		struct sqlite3_stmt *stmt = sqlite_take(s, SQL_KEY_NEXT);

		sqlite3_bind_int64(stmt, 1, row);
		if ((error = sqlite_number(s, stmt, &row, why)) == APIKEY_OK && row != 0)
			error = make_record(s, row, why);
	} while (error == APIKEY_OK && row != 0);
	return error;
}

enum apikey_error sqlite_load_rows(
	struct store *s, int64_t after, sqlite_load_fn *fn, void *arg, struct failure *why)
{
	struct sqlite3_stmt *stmt = sqlite_take(s, SQL_KEY_LOAD);
	struct key_record key;
	enum apikey_error error;
	bool more;

	sqlite3_bind_int64(stmt, 1, after);
	while ((error = sqlite_next(s, stmt, &more, why)) == APIKEY_OK && more) {
		if (!record_decode(column_text(stmt, 0), &key))
			error = sqlite_damaged(why, "a key is not what was written");
		if (error != APIKEY_OK || !fn(&key, column_number(stmt, 1), arg))
			break;
	}
	sqlite_done(stmt);
	return error;
}

struct plain_load {
	store_load_fn *fn;
	void *arg;
};

static bool without_row(const struct key_record *key, int64_t row, void *arg)
{
	const struct plain_load *plain = arg;

	(void)row;
	return plain->fn(key, plain->arg);
}

enum apikey_error sqlite_load(struct store *s, store_load_fn *fn, void *arg, struct failure *why)
{
	struct plain_load plain = {fn, arg};

	return sqlite_load_rows(s, 0, without_row, &plain, why);
}
