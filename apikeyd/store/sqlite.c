/* sqlite.c - the embedded store: one SQLite file, one connection, and its transactions. */
#include <limits.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "apikeyd/store/sqlite.h"

/* Pages in the log from which a checkpoint is worth its syncs when nothing waits, and when something does. */
#define CHECKPOINT_IDLE 200
#define CHECKPOINT_BUSY 2000
#define PATH_BYTES_MAX (PATH_MAX - 16) /* room for "-wal" */

/* Before the first read: the lock is taken with it and kept, and no shared memory is made. */
static const char lock_pragmas[] = "PRAGMA locking_mode = EXCLUSIVE;"
				   "PRAGMA mmap_size = 0;"
				   "PRAGMA cell_size_check = ON;";
static const char pragmas[] = "PRAGMA journal_mode = WAL;"
			      "PRAGMA synchronous = FULL;"
			      "PRAGMA wal_autocheckpoint = 0;"
			      "PRAGMA journal_size_limit = 16777216;"
			      "PRAGMA secure_delete = ON;"
			      "PRAGMA temp_store = MEMORY;"
			      "PRAGMA cache_size = -8192;";

static const struct {
	int option, on;
} switches[] = {
	{SQLITE_DBCONFIG_DEFENSIVE, 1},
	{SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
	{SQLITE_DBCONFIG_ENABLE_FKEY, 1},
	{SQLITE_DBCONFIG_DQS_DDL, 0},
	{SQLITE_DBCONFIG_DQS_DML, 0},
	/* until the store is accepted: a refused one is left as it is */
	{SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1},
};

static int note_wal_pages(void *arg, struct sqlite3 *db, const char *name, int pages)
{
	struct store *s = arg;

	(void)db, (void)name;
	s->wal_pages = pages;
	return SQLITE_OK;
}

static void checkpoint(struct store *s)
{
	int log = 0, done = 0;

	/* When it fails, the log keeps what the file has not got, and the next one tries again. */
	if (sqlite3_wal_checkpoint_v2(s->db, NULL, SQLITE_CHECKPOINT_PASSIVE, &log, &done) ==
		SQLITE_OK)
		s->wal_pages = log - done;
}

static void store_close(struct store *s)
{
	if (s == NULL)
		return;
	sqlite_finalize(s);
	searched_free(s);
	ranking_forget(s);
	sqlite3_close(s->db);
	free(s->path);
	free(s);
}

static enum apikey_error connect_file(struct store *s, struct failure *why)
{
	if (sqlite3_open_v2(s->path, &s->db,
		    SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
		    NULL) != SQLITE_OK)
		return sqlite_fail(s, why);
	for (size_t i = 0; i < sizeof switches / sizeof *switches; i++)
		sqlite3_db_config(s->db, switches[i].option, switches[i].on, NULL);
	if (sqlite3_exec(s->db, lock_pragmas, NULL, NULL, NULL) != SQLITE_OK)
		return sqlite_fail(s, why);
	return APIKEY_OK;
}

static enum apikey_error set_up(struct store *s, struct failure *why)
{
	if (sqlite3_exec(s->db, pragmas, NULL, NULL, NULL) != SQLITE_OK)
		return sqlite_fail(s, why);
	sqlite3_wal_hook(s->db, note_wal_pages, s);
	return APIKEY_OK;
}

static enum apikey_error store_open(const char *dir, struct store **out, struct failure *why)
{
	struct store *s = calloc(1, sizeof *s);
	enum apikey_error error;

	if (s == NULL || asprintf(&s->path, "%s/" STORE_FILE, dir) < 0)
		abort();
	if (strlen(s->path) > PATH_BYTES_MAX) {
		error = fail(why, APIKEY_INVALID_ARGUMENT, "the path of the store is too long");
		goto out;
	}
	if ((error = sqlite_inspect(dir, s->path, why)) != APIKEY_OK ||
		(error = connect_file(s, why)) != APIKEY_OK ||
		(error = sqlite_check_version(s, why)) != APIKEY_OK ||
		(error = set_up(s, why)) != APIKEY_OK ||
		(error = sqlite_migrate(s, why)) != APIKEY_OK)
		goto out;
	error = sqlite_prepare(s, why);
	sqlite3_db_config(s->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, NULL);
out:
	if (error == APIKEY_OK)
		*out = s;
	else
		store_close(s);
	return error;
}

/* Runs one of the statements about transactions. */
static int run(struct store *s, enum statement which)
{
	struct sqlite3_stmt *stmt = sqlite_take(s, which);
	int rc = sqlite3_step(stmt);

	sqlite_done(stmt);
	return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

/* An error of the disk can end a transaction from within. */
static bool is_lost(const struct store *s)
{
	return !s->in_transaction || sqlite3_get_autocommit(s->db);
}

static enum apikey_error store_begin(struct store *s, struct failure *why)
{
	if (s->wal_pages >= CHECKPOINT_BUSY)
		checkpoint(s);
	s->full = false;
	if (run(s, SQL_BEGIN) != SQLITE_OK)
		return sqlite_fail(s, why);
	s->in_transaction = true;
	s->changes_before = sqlite3_total_changes64(s->db);
	return APIKEY_OK;
}

static void store_rollback(struct store *s)
{
	ranking_forget(s);
	if (!is_lost(s))
		run(s, SQL_ROLLBACK);
	s->in_transaction = false;
}

static enum apikey_error store_commit(struct store *s, struct failure *why)
{
	enum apikey_error error;
	int rc;

	if (is_lost(s)) {
		store_rollback(s);
		return sqlite_lost(s, why);
	}
	rc = run(s, SQL_COMMIT) & 0xff;
	if (rc == SQLITE_OK) {
		s->in_transaction = false;
		return APIKEY_OK;
	}
	error = sqlite_fail(s, why);
	/* These come before the last write of a commit; after any other, all may be on the disk or nothing. A group
	 * that only read has nothing to be unsure of. */
	if (sqlite3_total_changes64(s->db) == s->changes_before)
		error = why->code = APIKEY_UNAVAILABLE;
	else if (rc != SQLITE_FULL && rc != SQLITE_READONLY && rc != SQLITE_BUSY)
		error = why->code = APIKEY_OUTCOME_UNKNOWN;
	store_rollback(s);
	return error;
}

static enum apikey_error store_savepoint(struct store *s, struct failure *why)
{
	if (is_lost(s))
		return sqlite_lost(s, why);
	s->ranking_touched = false;
	return run(s, SQL_SAVEPOINT) == SQLITE_OK ? APIKEY_OK : sqlite_fail(s, why);
}

static enum apikey_error store_release(struct store *s, struct failure *why)
{
	if (is_lost(s))
		return sqlite_lost(s, why);
	return run(s, SQL_RELEASE) == SQLITE_OK ? APIKEY_OK : sqlite_fail(s, why);
}

static void store_revert(struct store *s)
{
	if (s->ranking_touched)
		ranking_forget(s);
	if (is_lost(s))
		return;
	/* What cannot be taken back must not be committed with the rest. */
	if (run(s, SQL_REVERT) != SQLITE_OK || run(s, SQL_RELEASE) != SQLITE_OK)
		run(s, SQL_ROLLBACK);
}

static void store_idle(struct store *s)
{
	if (s->wal_pages >= CHECKPOINT_IDLE)
		checkpoint(s);
}

static int64_t file_bytes(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 ? st.st_size : 0;
}

static enum apikey_error store_size(struct store *s, struct store_size *out, struct failure *why)
{
	char log[PATH_MAX];

	snprintf(log, sizeof log, "%s-wal", s->path);
	out->bytes = file_bytes(s->path);
	out->wal_bytes = file_bytes(log);
	return sqlite_number(s, sqlite_take(s, SQL_COUNT), &out->keys, why);
}

const struct store_ops store_sqlite = {
	.name = "sqlite",
	.open = store_open,
	.close = store_close,
	.begin = store_begin,
	.commit = store_commit,
	.rollback = store_rollback,
	.savepoint = store_savepoint,
	.release = store_release,
	.revert = store_revert,
	.load = sqlite_load,
	.key_insert = sqlite_key_insert,
	.key_update = sqlite_key_update,
	.key_delete = sqlite_key_delete,
	.key_get = sqlite_key_get,
	.digest_find = sqlite_digest_find,
	.key_list = sqlite_key_list,
	.key_seek = sqlite_key_seek,
	.key_search_end = sqlite_search_end,
	.audit_append = sqlite_audit_append,
	.request_get = sqlite_request_get,
	.request_put = sqlite_request_put,
	.note_get = sqlite_note_get,
	.note_put = sqlite_note_put,
	.backup_begin = sqlite_backup_begin,
	.backup_step = sqlite_backup_step,
	.backup_end = sqlite_backup_end,
	.idle = store_idle,
	.size = store_size,
	.audit_list = sqlite_audit_list,
	.audit_walk = sqlite_audit_walk,
	.audit_last = sqlite_audit_last,
	.audit_seal = sqlite_audit_seal,
	.plan_put = sqlite_plan_put,
	.plan_delete = sqlite_plan_delete,
	.plan_get = sqlite_plan_get,
	.plan_list = sqlite_plan_list,
	.plan_load = sqlite_plan_load,
	.tenant_put = sqlite_tenant_put,
	.tenant_delete = sqlite_tenant_delete,
	.tenant_get = sqlite_tenant_get,
	.tenant_list = sqlite_tenant_list,
	.user_put = sqlite_user_put,
	.user_delete = sqlite_user_delete,
	.user_get = sqlite_user_get,
	.user_list = sqlite_user_list,
	.user_count = sqlite_user_count,
	.key_count = sqlite_key_count,
	.session_put = sqlite_session_put,
	.session_get = sqlite_session_get,
	.session_list = sqlite_session_list,
	.session_delete = sqlite_session_delete,
	.session_prune = sqlite_session_prune,
	.code_put = sqlite_code_put,
	.code_find = sqlite_code_find,
	.code_delete = sqlite_code_delete,
	.code_count = sqlite_code_count,
	.usage_add = sqlite_usage_add,
	.usage_query = sqlite_usage_query,
	.usage_list = sqlite_usage_list,
	.usage_pack_get = sqlite_usage_pack_get,
	.usage_pack_put = sqlite_usage_pack_put,
	.usage_pack_query = sqlite_usage_pack_query,
	.usage_mark_load = sqlite_usage_mark_load,
	.usage_leaver_put = sqlite_usage_leaver_put,
	.usage_leaver_known = sqlite_usage_leaver_known,
	.usage_leaver_list = sqlite_usage_leaver_list,
	.slot_owners = sqlite_slot_owners,
	.usage_prune = sqlite_usage_prune,
	.alert_put = sqlite_alert_put,
	.alert_list = sqlite_alert_list,
	.network_list = sqlite_network_list,
	.network_put = sqlite_network_put,
};
