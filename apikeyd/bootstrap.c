/* bootstrap.c - the first administrator of a new store, where systemd hands over a credential for one. */
#include "apikeyd/bootstrap.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "apikeyd/log.h"
#include "apikeyd/password.h"
#include "apikeyd/registry.h"
#include "apikeyd/token.h"

struct credential {
	char data[PASSWORD_MAX_BYTES + 2]; /* a newline, and one byte that says it is too long */
	size_t len;
};

/* The first line of a credential; false: there is none. */
static bool read_credential(const char *name, struct credential *out)
{
	const char *dir = getenv("CREDENTIALS_DIRECTORY");
	char path[PATH_MAX];
	ssize_t n;
	int fd;

	if (dir == NULL || snprintf(path, sizeof path, "%s/%s", dir, name) >= (int)sizeof path)
		return false;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	n = read(fd, out->data, sizeof out->data);
	close(fd);
	out->len = n > 0 ? (size_t)n : 0;
	if (out->len > 0 && memchr(out->data, '\n', out->len) != NULL)
		out->len = (size_t)((char *)memchr(out->data, '\n', out->len) - out->data);
	return true;
}

static struct text text_in(const struct credential *c)
{
	return (struct text){c->data, c->len};
}

static enum apikey_error set_password(struct registry *r, struct pool *pool,
	const struct credential *password, struct user_record *user, struct failure *why)
{
	const char *reason = password_check(text_in(password), user->username);
	uint8_t digest[DIGEST_BYTES];
	char *hash = pool_alloc(pool, PASSWORD_HASH_SIZE);

	if (reason != NULL)
		return fail(
			why, APIKEY_INVALID_ARGUMENT, "the credential admin-password: %s", reason);
	if (registry_digest(r, text_in(password), digest, why) != APIKEY_OK)
		return why->code;
	if (password_hash(digest, hash) != APIKEY_OK)
		return fail(why, APIKEY_NO_MEMORY, "memory ended");
	user->password = text_of(hash);
	return APIKEY_OK;
}

static enum apikey_error put_token(
	struct registry *r, struct pool *pool, const struct credential *token, struct failure *why)
{
	struct text code = code_canonical(pool, text_in(token));
	uint8_t digest[DIGEST_BYTES];

	if (code.len < BOOTSTRAP_TOKEN_MIN || token->len > PASSWORD_MAX_BYTES)
		return fail(why, APIKEY_INVALID_ARGUMENT,
			"the credential admin-token: must have %d to %d characters",
			BOOTSTRAP_TOKEN_MIN, PASSWORD_MAX_BYTES);
	if (registry_digest(r, code, digest, why) != APIKEY_OK)
		return why->code;
	return registry_ops(r)->code_put(
		registry_store(r), text_of(BOOTSTRAP_USER), digest, STORE_NEVER, why);
}

static enum apikey_error put_admin(struct registry *r, struct change *change,
	const struct credential *password, const struct credential *token, int64_t now,
	struct failure *why)
{
	struct user_record *user = pool_alloc(change->pool, sizeof *user);
	const struct audit_record entry = {
		.at = now,
		.actor = text_of("apikeyd"),
		.action = text_of("user.create"),
		.object = text_of(BOOTSTRAP_USER),
		.tenant = text_of(TENANT_DEFAULT),
		.outcome = text_of("ok"),
		.detail = text_of("the first administrator, by a credential of systemd"),
	};

	user->username = text_of(BOOTSTRAP_USER);
	user->tenant = text_of(TENANT_DEFAULT);
	user->created_by = text_of("apikeyd");
	user->role = ROLE_ADMIN;
	user->created_at = now;
	if (password != NULL && set_password(r, change->pool, password, user, why) != APIKEY_OK)
		return why->code;
	if (token != NULL && put_token(r, change->pool, token, why) != APIKEY_OK)
		return why->code;
	if (registry_user_put(r, change, user, why) != APIKEY_OK)
		return why->code;
	return registry_audit(r, change, &entry, why);
}

/* In a transaction of its own. */
static enum apikey_error make_admin(struct registry *r, const struct credential *password,
	const struct credential *token, int64_t now, struct failure *why)
{
	const struct store_ops *ops = registry_ops(r);
	struct store *store = registry_store(r);
	struct pool pool = {0};
	struct change change = {.pool = &pool};
	enum apikey_error error = ops->begin(store, why);

	if (error == APIKEY_OK) {
		error = put_admin(r, &change, password, token, now, why);
		if (error == APIKEY_OK)
			error = ops->commit(store, why);
		else
			ops->rollback(store);
	}
	if (error == APIKEY_OK)
		registry_apply(r, &change);
	pool_free(&pool);
	return error;
}

static bool has_users(struct registry *r)
{
	const struct user_query query = {.limit = 1};
	struct user_record *users;
	struct pool pool = {0};
	struct failure why;
	unsigned count = 1;

	(void)registry_ops(r)->user_list(registry_store(r), &pool, &query, &users, &count, &why);
	pool_free(&pool);
	return count > 0;
}

int bootstrap_admin(struct daemon *d, int64_t now)
{
	struct credential password = {0}, token = {0};
	struct failure why;
	bool has_password, has_token;
	int code = EX_OK;

	if (d->engine == NULL || has_users(d->registry))
		return EX_OK;
	has_password = read_credential("admin-password", &password);
	has_token = read_credential("admin-token", &token);
	if ((has_password || has_token) &&
		make_admin(d->registry, has_password ? &password : NULL, has_token ? &token : NULL,
			now, &why) != APIKEY_OK) {
		log_error("%s", why.text);
		code = why.code == APIKEY_INVALID_ARGUMENT ? EX_CONFIG : EX_OSERR;
	} else if (has_password || has_token) {
		log_notice("made the first administrator: %s", BOOTSTRAP_USER);
	}
	explicit_bzero(&password, sizeof password);
	explicit_bzero(&token, sizeof token);
	return code;
}
