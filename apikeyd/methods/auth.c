/* auth.c - ways in: a password, the token of a session, a key; and the way out.
 *
 * Whoever guesses learns nothing but that it was wrong: an unknown name, one without a password and a disabled one are
 * checked against a hash that nothing matches, and answered in the same words. */
#include <string.h>

#include "apikeyd/clock.h"
#include "apikeyd/gate.h"
#include "apikeyd/identity.h"
#include "apikeyd/lockout.h"
#include "apikeyd/logins.h"
#include "apikeyd/methods/auth.h"
#include "apikeyd/methods/methods.h"
#include "apikeyd/token.h"
#include "protocol/writer.h"

/* ---- what is answered ------------------------------------------------------------------------------------------ */

static void member(struct buffer *b, const char *name, const char *value)
{
	write_str(b, name);
	write_str(b, value[0] != '\0' ? value : NULL);
}

/* Whom the connection acts as from now on; expires_at 0: no end is known. */
static void write_caller(
	struct buffer *b, const struct caller *who, const char *token, int64_t expires_at)
{
	write_map(b, token != NULL ? 5 : 4);
	if (token != NULL)
		member(b, "token", token);
	write_str(b, "expires_at");
	if (expires_at != 0)
		write_int(b, expires_at);
	else
		write_nil(b);
	member(b, "user", who->user);
	member(b, "role", role_name(who->role));
	member(b, "tenant", who->tenant);
}

/* ---- becoming somebody ----------------------------------------------------------------------------------------- */

static struct identity *new_identity(struct call *call)
{
	struct identity *identity = pool_alloc(&call->pool, sizeof *identity);

	identity->caller.uid = call->caller.uid;
	identity->caller.pid = call->caller.pid;
	return identity;
}

/* The identity of a user's session. What people knows is what counts: the record may be of this very transaction. */
static enum apikey_error become_user(
	struct call *call, const struct session_record *session, struct failure *why)
{
	struct people *people = call->daemon->people;
	uint64_t version = people_version(people);
	struct identity *identity = new_identity(call);
	struct person person;

	if (!people_find(people, session->user, &person) || person.disabled)
		return fail(why, APIKEY_UNAUTHENTICATED, "the user is just being changed");
	gate_become(&identity->caller, &person, version);
	memcpy(identity->caller.session, session->id.data, session->id.len);
	identity->session = session;
	call->become = identity;
	return APIKEY_OK;
}

/* ---- auth.login ------------------------------------------------------------------------------------------------ */

static enum apikey_error wrong(struct failure *why)
{
	return fail(why, APIKEY_UNAUTHENTICATED, "wrong user name or password");
}

static enum apikey_error begin_login(struct call *call, struct failure *why)
{
	struct text username = arg_text(&call->args, "username");
	struct user_record *user;
	struct hash_work *work;

	if (auth_find_user(call, username, &user, why) != APIKEY_OK ||
		auth_try(call, username, why) != APIKEY_OK)
		return why->code;
	work = auth_begin_work(call);
	work->check = true;
	work->hash = user != NULL ? user->password.data : NULL;
	work->refused = auth_not_tried;
	return auth_digest(call, "password", work->digest, why);
}

/* Makes room: the oldest session ends where there are too many. */
static enum apikey_error bound_sessions(
	struct call *call, struct text username, struct failure *why)
{
	struct session_record *sessions;
	unsigned count;

	if (call_ops(call)->session_list(
		    call_store(call), &call->pool, username, &sessions, &count, why) != APIKEY_OK)
		return why->code;
	return count < STORE_SESSIONS_MAX ? APIKEY_OK
					  : registry_end_session(call->daemon->registry,
						    &call->change, sessions[0].id, why);
}

static enum apikey_error make_session(struct call *call, struct text username,
	struct session_record **out, char *token, struct failure *why)
{
	struct session_record *session = pool_alloc(&call->pool, sizeof *session);
	char *id = pool_alloc(&call->pool, SESSION_ID_SIZE);

	token_make(token);
	session_id_make(id);
	session->id = text_of(id);
	session->user = username;
	session->uid = call->caller.uid;
	session->created_at = session->seen_at = call->now;
	session->expires_at = call->now + SESSION_LIFE;
	*out = session;
	if (registry_digest(call->daemon->registry, text_of(token), session->digest, why) !=
		APIKEY_OK)
		return why->code;
	return call_ops(call)->session_put(call_store(call), session, why);
}

static enum apikey_error open_session(
	struct call *call, struct user_record *user, struct failure *why)
{
	struct session_record *session;
	char *token = pool_alloc(&call->pool, TOKEN_SIZE);

	user->last_login_at = call->now;
	if (bound_sessions(call, user->username, why) != APIKEY_OK ||
		make_session(call, user->username, &session, token, why) != APIKEY_OK ||
		call_ops(call)->user_put(call_store(call), user, why) != APIKEY_OK ||
		become_user(call, session, why) != APIKEY_OK ||
		auth_audit_as(call, user->username, user->tenant, session->id, why) != APIKEY_OK)
		return why->code;
	write_caller(&call->result, &call->become->caller, token, session->expires_at);
	return APIKEY_OK;
}

/* The user may have become another while the hash was made. */
static enum apikey_error end_login(struct call *call, struct failure *why)
{
	struct text username = arg_text(&call->args, "username");
	const struct hash_work *work = call->work;
	struct user_record *user;

	if (auth_work_outcome(call, why) != APIKEY_OK) {
		auth_not_tried(call);
		return why->code;
	}
	if (auth_find_user(call, username, &user, why) != APIKEY_OK)
		return why->code;
	if (!work->matches || user == NULL || !text_equal(user->password, text_of(work->hash)))
		return wrong(why);
	lockout_forgive(call->daemon->lockout, username);
	return open_session(call, user, why);
}

enum apikey_error auth_login(struct call *call, struct failure *why)
{
	return call->work == NULL ? begin_login(call, why) : end_login(call, why);
}

/* ---- auth.resume ----------------------------------------------------------------------------------------------- */

/* A minute is what the store may not know of a session's last use; so often it is told, for those that come and go. */
static enum apikey_error keep_seen(
	struct call *call, struct session_record *session, struct failure *why)
{
	if (call->now - session->seen_at < SESSION_LAG)
		return APIKEY_OK;
	session->seen_at = call->now;
	return call_ops(call)->session_put(call_store(call), session, why);
}

enum apikey_error auth_resume(struct call *call, struct failure *why)
{
	struct session_record *session = pool_alloc(&call->pool, sizeof *session);
	uint8_t digest[DIGEST_BYTES];
	bool found;

	if (auth_digest(call, "token", digest, why) != APIKEY_OK ||
		call_ops(call)->session_get(
			call_store(call), &call->pool, digest, session, &found, why) != APIKEY_OK)
		return why->code;
	if (!found || session->uid != call->caller.uid ||
		!logins_good(call->daemon->logins, session, call->now))
		return fail(why, APIKEY_UNAUTHENTICATED,
			"no such session of this account, or it is over; log in again");
	if (keep_seen(call, session, why) != APIKEY_OK ||
		become_user(call, session, why) != APIKEY_OK)
		return why->code;
	write_caller(&call->result, &call->become->caller, arg_text(&call->args, "token").data,
		session->expires_at);
	return APIKEY_OK;
}

/* ---- auth.key -------------------------------------------------------------------------------------------------- */

static enum apikey_error become_key(
	struct call *call, struct identity *identity, struct key_record *key, struct failure *why)
{
	struct caller *caller = &identity->caller;

	caller->authenticated = true;
	memcpy(caller->user, key->id, sizeof key->id);
	memcpy(caller->key, key->id, sizeof key->id);
	if (caller->role != ROLE_ADMIN)
		memcpy(caller->tenant, key->tenant.data, key->tenant.len);
	call->become = identity;
	write_caller(
		&call->result, caller, NULL, key->expires_at != STORE_NEVER ? key->expires_at : 0);
	return auth_audit_as(call, text_of(key->id), key->tenant, text_of(key->id), why);
}

enum apikey_error auth_key(struct call *call, struct failure *why)
{
	struct key_record *key = pool_alloc(&call->pool, sizeof *key);
	struct identity *identity = new_identity(call);
	char prefix[KEYTEXT_PREFIX_SIZE] = "";
	struct now now = {0};

	clock_read(call->daemon->clock, &now);
	if (auth_digest(call, "key", identity->key, why) != APIKEY_OK)
		return why->code;
	identity->caller.role =
		identity_role_of_key(call->daemon->engine, identity->key, &now, prefix);
	if (identity->caller.role == ROLE_NONE)
		return fail(why, APIKEY_UNAUTHENTICATED,
			"not a key that is good and has a scope to act: apikeyd:admin, "
			"apikeyd:keys or apikeyd:read");
	if (call_ops(call)->key_get(call_store(call), &call->pool, text_of(prefix), key, why) !=
		APIKEY_OK)
		return why->code;
	return become_key(call, identity, key, why);
}

/* ---- auth.logout, auth.whoami ---------------------------------------------------------------------------------- */

/* An administrator's, too, is an entry of the tenant that the login was one of. */
static enum apikey_error end_session(struct call *call, struct text session, struct failure *why)
{
	struct user_record *user = pool_alloc(&call->pool, sizeof *user);

	if (call_ops(call)->user_get(call_store(call), &call->pool, text_of(call->caller.user),
		    user, why) != APIKEY_OK ||
		registry_end_session(call->daemon->registry, &call->change, session, why) !=
			APIKEY_OK)
		return why->code;
	return call_audit(call, session, user->tenant, (struct text){0}, why);
}

enum apikey_error auth_logout(struct call *call, struct failure *why)
{
	struct text session = text_of(pool_printf(&call->pool, "%s", call->caller.session));
	struct identity *identity = new_identity(call);

	identity->peer = true;
	call->become = identity;
	if (session.len > 0 && end_session(call, session, why) != APIKEY_OK)
		return why->code;
	write_map(&call->result, 1);
	write_str(&call->result, "ended");
	write_bool(&call->result, session.len > 0);
	return APIKEY_OK;
}

/* By which way the caller came in. */
static const char *way_of(const struct caller *who)
{
	if (who->session[0] != '\0')
		return "session";
	if (who->key[0] != '\0')
		return "key";
	return who->person != 0 ? "os_account" : who->authenticated ? "peer" : "";
}

enum apikey_error auth_whoami(struct call *call, struct failure *why)
{
	const struct caller *who = &call->caller;
	const struct login *login = call->session->login;
	struct buffer *b = &call->result;

	(void)why;
	write_map(b, 8);
	write_str(b, "authenticated");
	write_bool(b, who->authenticated);
	member(b, "by", way_of(who));
	member(b, "user", who->user);
	member(b, "role", who->authenticated ? role_name(who->role) : "");
	member(b, "tenant", who->tenant);
	member(b, "session", who->session);
	write_str(b, "expires_at");
	if (login != NULL)
		write_int(b, login_expires_at(login));
	else
		write_nil(b);
	write_str(b, "uid");
	write_int(b, who->uid);
	return APIKEY_OK;
}
