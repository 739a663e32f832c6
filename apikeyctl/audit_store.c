/* audit_store.c - the audit log in a copy of the store; the only file here that knows SQLite, and it only reads. */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "apikeyctl/audit_file.h"

static enum apikey_error cannot(struct sqlite3 *db, const char *path, struct failure *why)
{
	if (sqlite3_errcode(db) == SQLITE_BUSY)
		return fail(why, APIKEY_CONFLICT,
			"%s is in use: ask its daemon (audit verify without a file), or check a "
			"copy",
			path);
	return fail(why, APIKEY_BROKEN, "%s: %s", path, sqlite3_errmsg(db));
}

static bool has_log(const char *path)
{
	struct stat st;
	char *log;
	bool has;

	if (asprintf(&log, "%s-wal", path) < 0)
		abort();
	has = stat(log, &st) == 0 && st.st_size > 0;
	free(log);
	return has;
}

/* The name as a URI, whatever characters it has (sqlite.org/uri.html). */
static char *uri_of(const char *path)
{
	char *uri = malloc(3 * strlen(path) + 32), *p;

	if (!uri)
		abort();
	p = stpcpy(uri, "file:");
	for (; *path; path++)
		p += sprintf(p, strchr("%?#", *path) ? "%%%02x" : "%c", (unsigned char)*path);
	(void)stpcpy(p, "?immutable=1");
	return uri;
}

/* A file alone is read as it is, without locks or traces. One with a log beside it is of a daemon that runs or was
 * killed: then the log is read, too, under the daemon's own lock, and left where it is. */
static int open_store(const char *path, struct sqlite3 **db)
{
	char *uri;
	int rc;

	if (has_log(path)) {
		rc = sqlite3_open_v2(path, db, SQLITE_OPEN_READWRITE, NULL);
		if (rc != SQLITE_OK)
			return rc;
		sqlite3_db_config(*db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
		return sqlite3_exec(*db, "PRAGMA locking_mode = EXCLUSIVE; PRAGMA query_only = ON;",
			NULL, NULL, NULL);
	}
	uri = uri_of(path);
	rc = sqlite3_open_v2(uri, db, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, NULL);
	free(uri);
	return rc;
}

static struct text column(struct sqlite3_stmt *stmt, int i)
{
	const char *data;

	if (sqlite3_column_type(stmt, i) == SQLITE_NULL)
		return (struct text){NULL, 0};
	data = sqlite3_column_blob(stmt, i);
	return (struct text){data ? data : "", (size_t)sqlite3_column_bytes(stmt, i)};
}

static void read_entry(struct sqlite3_stmt *stmt, struct audit_record *out)
{
	struct text mac = column(stmt, 8);

	*out = (struct audit_record){
		.seq = sqlite3_column_int64(stmt, 0),
		.at = sqlite3_column_int64(stmt, 1),
		.actor = column(stmt, 2),
		.action = column(stmt, 3),
		.object = column(stmt, 4),
		.tenant = column(stmt, 5),
		.outcome = column(stmt, 6),
		.detail = column(stmt, 7),
	};
	if (mac.data && mac.len == sizeof out->mac)
		memcpy(out->mac, mac.data, mac.len);
}

/* Steps through all entries; the SQLite result that ended it. */
static int check_entries(struct sqlite3 *db, struct chain_check *check)
{
	struct sqlite3_stmt *stmt;
	struct audit_record entry;
	int rc = sqlite3_prepare_v2(db,
		"SELECT n, at, actor, action, object, tenant, outcome, detail, mac "
		"FROM audit NOT INDEXED ORDER BY n",
		-1, &stmt, NULL);

	if (rc != SQLITE_OK)
		return rc;
	while ((rc = sqlite3_step(stmt)) == SQLITE_ROW) {
		read_entry(stmt, &entry);
		if (!chain_check_entry(check, &entry))
			break;
	}
	sqlite3_finalize(stmt);
	return rc == SQLITE_ROW || rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static int check_head(struct sqlite3 *db, const struct chain_root *root, struct chain_check *check)
{
	struct sqlite3_stmt *stmt;
	struct chain_head head;
	int rc = sqlite3_prepare_v2(
		db, "SELECT value FROM notes WHERE name = '" CHAIN_NOTE "'", -1, &stmt, NULL);

	if (rc != SQLITE_OK)
		return rc;
	rc = sqlite3_step(stmt);
	if (rc == SQLITE_ROW && chain_head_read(root, column(stmt, 0), &head))
		chain_check_end(check, root, &head);
	else if (rc == SQLITE_ROW || rc == SQLITE_DONE)
		chain_check_end(check, root, NULL);
	sqlite3_finalize(stmt);
	return rc == SQLITE_ROW || rc == SQLITE_DONE ? SQLITE_OK : rc;
}

enum apikey_error audit_store_check(const char *path, const struct chain_root *root,
	struct chain_check *check, struct failure *why)
{
	enum apikey_error error = APIKEY_OK;
	struct sqlite3 *db = NULL;

	if (open_store(path, &db) != SQLITE_OK || check_entries(db, check) != SQLITE_OK ||
		check_head(db, root, check) != SQLITE_OK)
		error = cannot(db, path, why);
	sqlite3_close(db);
	return error;
}
