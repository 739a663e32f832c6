/* sqlite_error.c - SQLite's errors in our words. */
#include <sqlite3.h>
#include <string.h>

#include "apikeyd/store/sqlite.h"

/* By primary result code. Whatever the row says, the change was not made. */
static const struct {
	int code;
	enum apikey_error error;
	const char *sentence;
} errors[] = {
	{SQLITE_FULL, APIKEY_UNAVAILABLE, "the disk of the store is full"},
	{SQLITE_READONLY, APIKEY_UNAVAILABLE, "the store cannot be written"},
	{SQLITE_CANTOPEN, APIKEY_UNAVAILABLE, "a file of the store cannot be opened"},
	{SQLITE_IOERR, APIKEY_UNAVAILABLE, "the store cannot be read or written"},
	{SQLITE_NOMEM, APIKEY_UNAVAILABLE, "memory ended"},
	{SQLITE_BUSY, APIKEY_UNAVAILABLE, "the store is in use by another process"},
	{SQLITE_LOCKED, APIKEY_UNAVAILABLE, "the store is in use by another process"},
	{SQLITE_TOOBIG, APIKEY_TOO_LARGE, "too large to be stored"},
	{SQLITE_CORRUPT, APIKEY_INTERNAL, "the store is damaged"},
	{SQLITE_NOTADB, APIKEY_INTERNAL, "the store is damaged or no store"},
};

/* The columns that must be unique, as SQLite names them. */
static const struct {
	const char *column, *sentence;
} uniques[] = {
	{"keys.id", "a key with this id exists"},
	{"secrets.prefix", "a key with this prefix exists"},
	{"secrets.digest", "this key exists already"},
	{"secrets.key", "two secrets in one place of the key"},
	{"audit.n", "an audit entry of this number exists"},
};

static enum apikey_error conflict(struct store *s, struct failure *why)
{
	const char *message = sqlite3_errmsg(s->db);

	for (size_t i = 0; i < sizeof uniques / sizeof *uniques; i++)
		if (strstr(message, uniques[i].column) != NULL)
			return fail(why, APIKEY_CONFLICT, "%s", uniques[i].sentence);
	return fail(why, APIKEY_CONFLICT, "%s", message);
}

enum apikey_error sqlite_fail(struct store *s, struct failure *why)
{
	int code = sqlite3_extended_errcode(s->db);
	bool full = (code & 0xff) == SQLITE_FULL;

	s->full = s->full || full;
	if (code == SQLITE_CONSTRAINT_UNIQUE || code == SQLITE_CONSTRAINT_PRIMARYKEY)
		return conflict(s, why);
	for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
		if (errors[i].code == (code & 0xff)) {
			fail(why, errors[i].error, "%s (%s: %s)", errors[i].sentence, s->path,
				sqlite3_errstr(code));
			why->full = full;
			return why->code;
		}
	return fail(why, APIKEY_INTERNAL, "store: %s", sqlite3_errmsg(s->db));
}

enum apikey_error sqlite_lost(const struct store *s, struct failure *why)
{
	fail(why, APIKEY_UNAVAILABLE, "the store took back the whole group of changes");
	why->full = s->full;
	return why->code;
}

enum apikey_error sqlite_damaged(struct failure *why, const char *what)
{
	return fail(why, APIKEY_INTERNAL, "the store is damaged: %s", what);
}
