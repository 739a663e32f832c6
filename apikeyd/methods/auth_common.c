/* auth_common.c - what the handlers about logins, passwords and sessions share. */
#include "apikeyd/clock.h"
#include "apikeyd/lockout.h"
#include "apikeyd/methods/auth.h"
#include "apikeyd/store/model.h"
#include "apikeyd/token.h"

enum apikey_error auth_find_user(
	struct call *call, struct text username, struct user_record **out, struct failure *why)
{
	struct user_record *user = pool_alloc(&call->pool, sizeof *user);
	enum apikey_error error =
		call_ops(call)->user_get(call_store(call), &call->pool, username, user, why);

	*out = error == APIKEY_OK && !user->disabled ? user : NULL;
	return error == APIKEY_NOT_FOUND ? APIKEY_OK : error;
}

bool auth_is_self(const struct call *call, const struct user_record *user)
{
	return call->caller.person != 0 && text_equal(user->username, text_of(call->caller.user));
}

enum apikey_error auth_named_user(struct call *call, struct user_record **out, struct failure *why)
{
	struct text name = arg_text(&call->args, "username");
	const struct caller *who = &call->caller;
	struct user_record *user = pool_alloc(&call->pool, sizeof *user);

	if (name.data == NULL && who->person == 0)
		return fail(why, APIKEY_INVALID_ARGUMENT, "username: is missing");
	if (name.data == NULL)
		name = text_of(who->user);
	if (call_ops(call)->user_get(call_store(call), &call->pool, name, user, why) != APIKEY_OK)
		return why->code;
	if (who->role != ROLE_ADMIN && !auth_is_self(call, user))
		return user_not_found(name, why);
	*out = user;
	return APIKEY_OK;
}

enum apikey_error auth_digest(
	struct call *call, const char *param, uint8_t out[DIGEST_BYTES], struct failure *why)
{
	return registry_digest(call->daemon->registry, arg_text(&call->args, param), out, why);
}

enum apikey_error auth_code_digest(
	struct call *call, struct text code, uint8_t out[DIGEST_BYTES], struct failure *why)
{
	return registry_digest(call->daemon->registry, code_canonical(&call->pool, code), out, why);
}

struct hash_work *auth_begin_work(struct call *call)
{
	struct hash_work *work = pool_alloc(&call->pool, sizeof *work);

	work->call = call;
	call->work = work;
	call->again = true;
	return work;
}

enum apikey_error auth_work_outcome(const struct call *call, struct failure *why)
{
	return call->work->error == APIKEY_OK
		       ? APIKEY_OK
		       : fail(why, APIKEY_UNAVAILABLE,
				 "there is not enough memory for a password's hash; try again");
}

static struct text tried_name(const struct call *call)
{
	struct text name = arg_text(&call->args, "username");

	return name.data != NULL ? name : text_of(call->caller.user);
}

enum apikey_error auth_try(struct call *call, struct text username, struct failure *why)
{
	struct now now = {0};

	clock_read(call->daemon->clock, &now);
	if (lockout_try(call->daemon->lockout, username, now.steady_ms / 1000) == 0)
		return APIKEY_OK;
	return fail(why, APIKEY_LOCKED_OUT,
		"too many wrong passwords for this name; it is locked for a minute, later for up "
		"to %d",
		LOCKOUT_MAX / 60);
}

void auth_not_tried(struct call *call)
{
	lockout_undo(call->daemon->lockout, tried_name(call));
}

enum apikey_error auth_begin_password(
	struct call *call, const char *param, struct text username, struct failure *why)
{
	const char *reason = password_check(arg_text(&call->args, param), username);
	struct hash_work *work;

	if (reason != NULL)
		return fail(why, APIKEY_INVALID_ARGUMENT, "%s: %s", param, reason);
	work = auth_begin_work(call);
	work->make = true;
	return auth_digest(call, param, work->new_digest, why);
}

enum apikey_error auth_take_password(
	struct call *call, struct user_record *user, struct failure *why)
{
	user->password = text_of(call->work->made);
	return auth_work_outcome(call, why);
}

enum apikey_error auth_change_password(
	struct call *call, struct user_record *user, struct failure *why)
{
	struct registry *r = call->daemon->registry;

	if (auth_take_password(call, user, why) != APIKEY_OK ||
		registry_user_put(r, &call->change, user, why) != APIKEY_OK ||
		registry_end_sessions(r, &call->change, user->username, why) != APIKEY_OK)
		return why->code;
	lockout_forgive(call->daemon->lockout, user->username);
	return APIKEY_OK;
}

enum apikey_error auth_audit_as(struct call *call, struct text actor, struct text tenant,
	struct text object, struct failure *why)
{
	struct audit_record row = {
		.at = call->now,
		.actor = actor,
		.action = text_of(call->method->name),
		.object = object,
		.tenant = tenant,
		.outcome = text_of("ok"),
		.detail = text_of(pool_printf(&call->pool, "uid %u", (unsigned)call->caller.uid)),
	};

	return registry_audit(call->daemon->registry, &call->change, &row, why);
}
