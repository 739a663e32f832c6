/* sqlite_backup.c - a consistent copy of the SQLite store while it serves, some pages at a time.
 *
 * SQLite's online backup from the store's own connection: what that connection changes between two steps goes into the
 * copy, too, so the copy never begins anew and is whole as of its last step. It grows under another name and gets
 * its own when all of it is on the disk. */
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "apikeyd/store/sqlite.h"

#define PAGES_AT_ONCE 256 /* 1 MiB: some milliseconds, after which others may go ahead */
#define PARTIAL ".partial"

struct store_backup {
	struct store *store;
	struct sqlite3 *db;
	struct sqlite3_backup *copy;
	char *path, *partial;
	int fd; /* of the partial file, to bring it to the disk; -1: it is not ours */
};

static enum apikey_error copy_fail(
	const struct store_backup *b, struct failure *why, const char *reason)
{
	return fail(why, APIKEY_UNAVAILABLE, "%s: %s", b->path, reason);
}

/* The copy is made for nobody else until it is whole: no journal, and syncs of our own. */
static enum apikey_error open_copy(struct store_backup *b, struct failure *why)
{
	b->fd = open(b->partial, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (b->fd < 0 && errno == EEXIST)
		return fail(why, APIKEY_CONFLICT, "%s exists already", b->partial);
	if (b->fd < 0)
		return copy_fail(b, why, strerrordesc_np(errno));
	if (sqlite3_open_v2(b->partial, &b->db,
		    SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
		    NULL) != SQLITE_OK ||
		sqlite3_exec(b->db,
			"PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; "
			"PRAGMA locking_mode = EXCLUSIVE; PRAGMA cache_size = 16;",
			NULL, NULL, NULL) != SQLITE_OK ||
		(b->copy = sqlite3_backup_init(b->db, "main", b->store->db, "main")) == NULL)
		return copy_fail(b, why, sqlite3_errmsg(b->db));
	return APIKEY_OK;
}

enum apikey_error sqlite_backup_begin(
	struct store *s, const char *path, struct store_backup **out, struct failure *why)
{
	struct store_backup *b = calloc(1, sizeof *b);
	enum apikey_error error = APIKEY_OK;

	if (b == NULL || (b->path = strdup(path)) == NULL ||
		asprintf(&b->partial, "%s" PARTIAL, path) < 0)
		abort();
	b->store = s;
	b->fd = -1;
	if (access(path, F_OK) == 0)
		error = fail(why, APIKEY_CONFLICT, "%s exists already", path);
	else
		error = open_copy(b, why);
	*out = b;
	return error;
}

/* The name, too, must be on the disk. */
static bool sync_directory(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *dir = strndup(path, slash > path ? (size_t)(slash - path) : 1);
	int fd = dir != NULL ? open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	bool ok = fd >= 0 && fsync(fd) == 0;

	if (fd >= 0)
		close(fd);
	free(dir);
	return ok;
}

static enum apikey_error finish(struct store_backup *b, struct failure *why)
{
	int rc = sqlite3_backup_finish(b->copy);

	b->copy = NULL;
	if (rc != SQLITE_OK)
		return copy_fail(b, why, sqlite3_errstr(rc));
	rc = sqlite3_close(b->db);
	b->db = NULL;
	if (rc != SQLITE_OK || fsync(b->fd) != 0 ||
		renameat2(AT_FDCWD, b->partial, AT_FDCWD, b->path, RENAME_NOREPLACE) != 0)
		return copy_fail(b, why, strerrordesc_np(errno));
	close(b->fd);
	b->fd = -1;
	return sync_directory(b->path) ? APIKEY_OK : copy_fail(b, why, strerrordesc_np(errno));
}

enum apikey_error sqlite_backup_step(struct store_backup *b, bool *done, struct failure *why)
{
	int rc = sqlite3_backup_step(b->copy, PAGES_AT_ONCE);

	*done = rc == SQLITE_DONE;
	if (*done)
		return finish(b, why);
	if (rc != SQLITE_OK)
		return copy_fail(b, why, sqlite3_errstr(rc));
	return fdatasync(b->fd) == 0 ? APIKEY_OK : copy_fail(b, why, strerrordesc_np(errno));
}

void sqlite_backup_end(struct store_backup *b)
{
	if (b->copy != NULL)
		sqlite3_backup_finish(b->copy);
	sqlite3_close(b->db);
	if (b->fd >= 0) {
		unlink(b->partial);
		close(b->fd);
	}
	free(b->partial);
	free(b->path);
	free(b);
}
