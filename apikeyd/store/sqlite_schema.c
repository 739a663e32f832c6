/* sqlite_schema.c - the tables, and how a store of an older version becomes one of this. */
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "apikeyd/store/sqlite.h"

#define APPLICATION_ID 0x6170696b /* "apik" */
#define STRING_(x) #x
#define STRING(x) STRING_(x)

/* One step from the version before. Indexes stand apart, so that they can be made last. What has been released is
 * never changed: a new version is a new row. */
struct migration {
	const char *tables, *indexes;
};

static const char tables_1[] =
	"CREATE TABLE keys ("
	"n INTEGER PRIMARY KEY, id TEXT NOT NULL, name TEXT NOT NULL, tenant TEXT NOT NULL, "
	"owner TEXT NOT NULL, env TEXT, plan TEXT, email TEXT, notes TEXT, created_by TEXT, "
	"scopes TEXT, ip_allow TEXT, rate BLOB, quota BLOB, meta BLOB, "
	"units_per_request INTEGER NOT NULL, created_at INTEGER NOT NULL, "
	"expires_at INTEGER NOT NULL, revoked_at INTEGER NOT NULL, disabled INTEGER NOT NULL, "
	"checksum INTEGER NOT NULL) STRICT;"
	/* Clustered by key, so that both tables can be read side by side from front to back. */
	"CREATE TABLE secrets ("
	"key INTEGER NOT NULL REFERENCES keys ON DELETE CASCADE, position INTEGER NOT NULL, "
	"digest BLOB NOT NULL, algorithm INTEGER NOT NULL, pepper_id INTEGER NOT NULL, "
	"prefix TEXT NOT NULL, last4 TEXT NOT NULL, created_at INTEGER NOT NULL, "
	"expires_at INTEGER NOT NULL, revoked INTEGER NOT NULL, slot INTEGER NOT NULL, "
	"PRIMARY KEY (key, position)) STRICT, WITHOUT ROWID;"
	"CREATE TABLE search (part INTEGER PRIMARY KEY, entries BLOB NOT NULL) STRICT;"
	"CREATE TABLE audit ("
	"n INTEGER PRIMARY KEY, at INTEGER NOT NULL, actor TEXT, action TEXT, object TEXT, "
	"tenant TEXT, outcome TEXT, detail TEXT) STRICT;"
	"CREATE TABLE requests ("
	"actor TEXT NOT NULL, request_id TEXT NOT NULL, digest BLOB NOT NULL, answer BLOB, "
	"at INTEGER NOT NULL, PRIMARY KEY (actor, request_id)) STRICT, WITHOUT ROWID;"
	"CREATE TABLE notes (name TEXT PRIMARY KEY, value BLOB) STRICT, WITHOUT ROWID;"
	/* How many keys there are, so that nobody has to count them. State: 0 none of the others, 1 disabled,
	 * 2 revoked. */
	"CREATE TABLE census ("
	"tenant TEXT NOT NULL, owner TEXT NOT NULL, state INTEGER NOT NULL, count INTEGER NOT "
	"NULL, "
	"PRIMARY KEY (tenant, owner, state)) STRICT, WITHOUT ROWID;"
#define COUNT_IN(row)                                                                              \
	"INSERT INTO census VALUES (" row ".tenant, " row ".owner, "                               \
	"iif(" row ".revoked_at > 0, 2, " row ".disabled), 1) "                                    \
	"ON CONFLICT DO UPDATE SET count = count + 1;"
#define COUNT_OUT(row)                                                                             \
	"UPDATE census SET count = count - 1 WHERE tenant = " row ".tenant "                       \
	"AND owner = " row ".owner AND state = iif(" row ".revoked_at > 0, 2, " row ".disabled);"  \
	"DELETE FROM census WHERE tenant = " row ".tenant AND owner = " row ".owner "              \
	"AND state = iif(" row ".revoked_at > 0, 2, " row ".disabled) AND count = 0;"
	"CREATE TRIGGER keys_in AFTER INSERT ON keys BEGIN " COUNT_IN(
		"new") " END;"
		       "CREATE TRIGGER keys_out AFTER DELETE ON keys BEGIN " COUNT_OUT(
			       "old") " END;"
				      "CREATE TRIGGER keys_move AFTER UPDATE OF tenant, owner, "
				      "revoked_at, disabled ON keys "
				      "WHEN (old.tenant, old.owner, old.revoked_at > 0, "
				      "old.disabled) "
				      "IS NOT (new.tenant, new.owner, new.revoked_at > 0, "
				      "new.disabled) "
				      "BEGIN " COUNT_OUT("old") COUNT_IN("new") " END;";

static const char indexes_1[] =
	"CREATE UNIQUE INDEX keys_id ON keys (id);"
	"CREATE UNIQUE INDEX secrets_digest ON secrets (digest);"
	"CREATE UNIQUE INDEX secrets_prefix ON secrets (prefix);"
	"CREATE INDEX keys_name ON keys (name);"
	"CREATE INDEX keys_owner ON keys (owner);"
	"CREATE INDEX keys_tenant ON keys (tenant);"
	"CREATE INDEX keys_expires ON keys (expires_at);"
	"CREATE INDEX keys_lapsing ON keys (expires_at, tenant, owner, disabled) "
	"WHERE revoked_at = 0 AND expires_at < 9223372036854775807;"
	"CREATE INDEX keys_disabled ON keys (disabled) WHERE disabled = 1 AND revoked_at = 0;"
	"CREATE INDEX keys_revoked ON keys (revoked_at) WHERE revoked_at > 0;"
	"CREATE INDEX requests_at ON requests (at);";

/* Rotation: counts at the moment a secret was superseded, and those of secrets dropped since. */
static const char tables_2[] =
	"ALTER TABLE secrets ADD COLUMN requests_before INTEGER NOT NULL DEFAULT 0;"
	/* Of keys that were imported as another system's hash. */
	"ALTER TABLE secrets ADD COLUMN bcrypt TEXT;"
	"ALTER TABLE keys ADD COLUMN past_requests INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE keys ADD COLUMN past_units INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE keys ADD COLUMN past_used_at INTEGER NOT NULL DEFAULT 0;"
	/* Limits: where a key's are counted, and plans. */
	"ALTER TABLE keys ADD COLUMN limit_slot INTEGER NOT NULL DEFAULT 0;"
	"CREATE TABLE plans ("
	"name TEXT PRIMARY KEY, rate BLOB, quota BLOB, units_per_request INTEGER NOT NULL, "
	"max_keys INTEGER NOT NULL, max_keys_per_user INTEGER NOT NULL, "
	"created_at INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
	/* People. Keys name tenants and owners, so every tenant that they name is there. */
	"CREATE TABLE tenants ("
	"name TEXT PRIMARY KEY, plan TEXT, max_keys INTEGER NOT NULL, created_at INTEGER NOT NULL, "
	"created_by TEXT, disabled INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
	"INSERT INTO tenants SELECT name, NULL, 0, unixepoch(), NULL, 0 FROM "
	"(SELECT '" TENANT_DEFAULT "' AS name UNION SELECT tenant FROM census);"
	"CREATE TABLE users ("
	"username TEXT PRIMARY KEY, tenant TEXT NOT NULL, role INTEGER NOT NULL, os_account TEXT, "
	"password BLOB, max_keys INTEGER NOT NULL, created_at INTEGER NOT NULL, created_by TEXT, "
	"last_login_at INTEGER NOT NULL, disabled INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
	/* Their logins, and the codes with which they come back. */
	"CREATE TABLE sessions ("
	"id TEXT PRIMARY KEY, user TEXT NOT NULL, digest BLOB NOT NULL, uid INTEGER NOT NULL, "
	"created_at INTEGER NOT NULL, expires_at INTEGER NOT NULL, seen_at INTEGER NOT NULL) "
	"STRICT, WITHOUT ROWID;"
	"CREATE TABLE codes ("
	"user TEXT NOT NULL, digest BLOB NOT NULL, expires_at INTEGER NOT NULL, "
	"PRIMARY KEY (user, digest)) STRICT, WITHOUT ROWID;"
	/* Usage: sums of a tenant ('@'), all ('*'), and by resource of a key; and packed (usage_pack.h), what the
	 * secrets of a page of counter slots did. By time first: what is written is near what was written, and what
	 * is too old stands at the front. Leavers: whose counters the secrets had that are gone. */
	"CREATE TABLE usage ("
	"step INTEGER NOT NULL, at INTEGER NOT NULL, who TEXT NOT NULL, name TEXT NOT NULL, "
	"allowed INTEGER NOT NULL, denied INTEGER NOT NULL, units INTEGER NOT NULL, "
	"PRIMARY KEY (step, at, who, name)) STRICT, WITHOUT ROWID;"
	"CREATE TABLE usage_packs ("
	"step INTEGER NOT NULL, at INTEGER NOT NULL, page INTEGER NOT NULL, pack BLOB NOT NULL, "
	"PRIMARY KEY (step, at, page)) STRICT, WITHOUT ROWID;"
	"CREATE TABLE usage_leavers ("
	"slot INTEGER NOT NULL, secret TEXT NOT NULL, key TEXT NOT NULL, tenant TEXT NOT NULL, "
	"at INTEGER NOT NULL, folded INTEGER NOT NULL, "
	"PRIMARY KEY (slot, secret)) STRICT, WITHOUT ROWID;"
	"CREATE INDEX usage_leavers_key ON usage_leavers (key);"
	"CREATE INDEX usage_leavers_left ON usage_leavers (slot) WHERE NOT folded;"
	/* The audit log's chain. An empty head: what is there has none yet. */
	"ALTER TABLE audit ADD COLUMN mac BLOB;"
	"INSERT INTO notes (name, value) VALUES ('audit_head', x'');"
	/* Alerts, each once for what it is about and its period; and the networks that keys were used from. */
	"CREATE TABLE alerts ("
	"n INTEGER PRIMARY KEY, at INTEGER NOT NULL, kind TEXT NOT NULL, object TEXT NOT NULL, "
	"period INTEGER NOT NULL, tenant TEXT, detail TEXT) STRICT;"
	"CREATE TABLE networks ("
	"key INTEGER NOT NULL REFERENCES keys ON DELETE CASCADE, network TEXT NOT NULL, "
	"first_at INTEGER NOT NULL, last_at INTEGER NOT NULL, "
	"PRIMARY KEY (key, network)) STRICT, WITHOUT ROWID;"
	/* All of the key and its secrets in one (record.h): a start reads that and no more. */
	"ALTER TABLE keys ADD COLUMN record BLOB NOT NULL DEFAULT x'';";

static const char indexes_2[] = "CREATE INDEX keys_plan ON keys (plan) WHERE plan IS NOT NULL;"
				"CREATE INDEX users_tenant ON users (tenant);"
				"CREATE UNIQUE INDEX users_os_account ON users "
				"(os_account) WHERE os_account IS NOT NULL;"
				"CREATE UNIQUE INDEX sessions_digest ON sessions (digest);"
				"CREATE INDEX sessions_user ON sessions (user, created_at);"
				"CREATE INDEX audit_at ON audit (at);"
				"CREATE INDEX audit_actor ON audit (actor, at);"
				"CREATE INDEX audit_action ON audit (action, at);"
				"CREATE INDEX audit_object ON audit (object, at);"
				"CREATE INDEX audit_tenant ON audit (tenant, at);"
				"CREATE UNIQUE INDEX alerts_once ON alerts (kind, object, period);"
				"CREATE INDEX alerts_at ON alerts (at);";

static const struct migration migrations[] = {
	{tables_1, indexes_1},
	{tables_2, indexes_2},
};
#define VERSION (int)(sizeof migrations / sizeof *migrations)

static enum apikey_error run(struct store *s, const char *script, struct failure *why)
{
	return sqlite3_exec(s->db, script, NULL, NULL, NULL) == SQLITE_OK ? APIKEY_OK
									  : sqlite_fail(s, why);
}

static enum apikey_error number(struct store *s, const char *sql, int64_t *out, struct failure *why)
{
	struct sqlite3_stmt *stmt;
	enum apikey_error error;

	if (sqlite3_prepare_v2(s->db, sql, -1, &stmt, NULL) != SQLITE_OK)
		return sqlite_fail(s, why);
	error = sqlite_number(s, stmt, out, why);
	sqlite3_finalize(stmt);
	return error;
}

static enum apikey_error check_version(
	const char *path, int64_t application, int64_t version, struct failure *why)
{
	if (application != APPLICATION_ID)
		return fail(why, APIKEY_INTERNAL, "%s is not a store of apikeyd", path);
	if (version > VERSION)
		return fail(why, APIKEY_INTERNAL,
			"the store %s is of version %d, this apikeyd knows up to %d", path,
			(int)version, VERSION);
	return APIKEY_OK;
}

enum apikey_error sqlite_check_version(struct store *s, struct failure *why)
{
	int64_t application = 0, version = 0, tables = 0;
	enum apikey_error error;

	if ((error = number(s, "PRAGMA application_id", &application, why)) != APIKEY_OK ||
		(error = number(s, "PRAGMA user_version", &version, why)) != APIKEY_OK ||
		(error = number(s, "SELECT count(*) FROM sqlite_schema", &tables, why)) !=
			APIKEY_OK)
		return error;
	if (application == 0 && version == 0 && tables == 0)
		return APIKEY_OK; /* new */
	return check_version(s->path, application, version, why);
}

/* What needs the statements of this version, and so comes after all steps. */
static enum apikey_error fill(struct store *s, struct failure *why)
{
	enum apikey_error error = sqlite_prepare(s, why);

	s->in_transaction = true;
	if (error == APIKEY_OK)
		error = sqlite_make_records(s, why);
	s->in_transaction = false;
	sqlite_finalize(s);
	return error;
}

static enum apikey_error steps(struct store *s, int64_t version, struct failure *why)
{
	enum apikey_error error;
	char mark[64];

	snprintf(mark, sizeof mark, "PRAGMA user_version = %d", VERSION);
	for (; version < VERSION; version++)
		if ((error = run(s, migrations[version].tables, why)) != APIKEY_OK ||
			(error = run(s, migrations[version].indexes, why)) != APIKEY_OK)
			return error;
	if ((error = fill(s, why)) == APIKEY_OK &&
		(error = run(s, "PRAGMA application_id = " STRING(APPLICATION_ID), why)) ==
			APIKEY_OK)
		error = run(s, mark, why);
	return error;
}

/* All steps at once, or none: records are of the newest version, not of one between. */
enum apikey_error sqlite_migrate(struct store *s, struct failure *why)
{
	int64_t version = 0;
	enum apikey_error error = number(s, "PRAGMA user_version", &version, why);

	if (error != APIKEY_OK || version == VERSION ||
		(error = run(s, "BEGIN IMMEDIATE", why)) != APIKEY_OK)
		return error;
	if ((error = steps(s, version, why)) == APIKEY_OK)
		error = run(s, "COMMIT", why);
	if (error != APIKEY_OK)
		sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
	return error;
}

enum apikey_error sqlite_drop_indexes(struct store *s, struct failure *why)
{
	struct sqlite3_stmt *stmt;
	enum apikey_error error = APIKEY_OK;
	char *script = sqlite3_mprintf("");

	if (sqlite3_prepare_v2(s->db,
		    "SELECT name FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL", -1,
		    &stmt, NULL) != SQLITE_OK)
		error = sqlite_fail(s, why);
	while (error == APIKEY_OK && script != NULL && sqlite3_step(stmt) == SQLITE_ROW)
		script = sqlite3_mprintf(
			"%zDROP INDEX \"%w\";", script, sqlite3_column_text(stmt, 0));
	sqlite3_finalize(stmt);
	if (error == APIKEY_OK)
		error = run(s, script, why);
	sqlite3_free(script);
	return error;
}

enum apikey_error sqlite_make_indexes(struct store *s, struct failure *why)
{
	enum apikey_error error = APIKEY_OK;

	for (int i = 0; i < VERSION && error == APIKEY_OK; i++)
		error = run(s, migrations[i].indexes, why);
	return error;
}

/* The first bytes of an SQLite file (sqlite.org/fileformat2.html, 1.3); numbers are big-endian. */
struct file_head {
	char magic[16];
	uint8_t page_size[2], skipped_18[10];
	uint8_t pages[4], skipped_32[28];
	uint8_t user_version[4], skipped_64[4];
	uint8_t application_id[4], skipped_72[28];
};

static uint32_t read_u32(const uint8_t p[4])
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static uint32_t page_size(const struct file_head *head)
{
	uint32_t size = (uint32_t)head->page_size[0] << 8 | head->page_size[1];

	return size == 1 ? 65536 : size;
}

/* A log may hold pages that the file does not have yet. */
static bool has_log(const char *path)
{
	char log[4096];
	struct stat st;

	snprintf(log, sizeof log, "%s-wal", path);
	return stat(log, &st) == 0 && st.st_size > 0;
}

static enum apikey_error inspect_file(int fd, const char *path, struct failure *why)
{
	struct file_head head = {0};
	struct stat st;
	ssize_t n;

	if (fstat(fd, &st) != 0 || (n = pread(fd, &head, sizeof head, 0)) < 0)
		return fail(why, APIKEY_UNAVAILABLE, "cannot read the store %s: %s", path,
			strerror(errno));
	if (n == 0)
		return APIKEY_OK; /* new */
	if (n < (ssize_t)sizeof head ||
		memcmp(head.magic, "SQLite format 3", sizeof head.magic) != 0)
		return fail(why, APIKEY_INTERNAL, "%s is damaged or no store of apikeyd", path);
	if (read_u32(head.application_id) == 0)
		return APIKEY_OK; /* its making was cut off, or is in the log yet, or SQLite will tell */
	if (st.st_size < (off_t)read_u32(head.pages) * page_size(&head) && !has_log(path))
		return fail(why, APIKEY_INTERNAL, "the store %s is damaged: it is cut short", path);
	return check_version(path, read_u32(head.application_id), read_u32(head.user_version), why);
}

static void sync_directory(const char *dir)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0) {
		fsync(fd);
		close(fd);
	}
}

enum apikey_error sqlite_inspect(const char *dir, const char *path, struct failure *why)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOCTTY, 0600);
	enum apikey_error error;

	if (fd < 0)
		return fail(why, APIKEY_UNAVAILABLE, "cannot open the store %s: %s", path,
			strerror(errno));
	error = inspect_file(fd, path, why);
	close(fd);
	sync_directory(dir);
	return error;
}
