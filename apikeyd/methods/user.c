/* user.c - users: who may do what, and in which tenant. */
#include <inttypes.h>

#include "apikeyd/methods/auth.h"
#include "apikeyd/methods/methods.h"
#include "protocol/writer.h"

#define PAGE_DEFAULT 100
#define LOCAL_ROOT "root"       /* the name of root of this host, so of no user */
#define DAEMON_ITSELF "apikeyd" /* likewise, of what nobody asked for */

/* The choices of "role" stand in this order in the table of methods. */
static const enum role roles[] = {ROLE_ADMIN, ROLE_OPERATOR, ROLE_VIEWER};

static void write_user(struct buffer *b, const struct user_record *user)
{
	write_map(b, 10);
	write_str(b, "username");
	write_text(b, user->username);
	write_str(b, "role");
	write_str(b, role_name(user->role));
	write_str(b, "tenant");
	write_text(b, user->tenant);
	write_str(b, "status");
	write_str(b, user->disabled ? "disabled" : "active");
	write_str(b, "os_account");
	write_text(b, user->os_account);
	write_str(b, "password");
	write_bool(b, user->password.data != NULL);
	write_str(b, "max_keys");
	write_int_or_nil(b, user->max_keys);
	write_str(b, "created_at");
	write_int(b, user->created_at);
	write_str(b, "created_by");
	write_text(b, user->created_by);
	write_str(b, "last_login_at");
	write_int_or_nil(b, user->last_login_at);
}

static bool is_acting_admin(const struct user_record *user)
{
	return user->role == ROLE_ADMIN && !user->disabled;
}

/* Somebody must be left who can let others in. */
static enum apikey_error check_last(struct call *call, const struct user_record *before,
	const struct user_record *after, struct failure *why)
{
	int64_t admins = 0;

	if (!is_acting_admin(before) || (after != NULL && is_acting_admin(after)))
		return APIKEY_OK;
	if (call_ops(call)->user_count(call_store(call), ROLE_ADMIN, &admins, why) != APIKEY_OK)
		return why->code;
	if (admins > 1)
		return APIKEY_OK;
	return fail(why, APIKEY_CONFLICT, "%s is the last administrator", before->username.data);
}

/* Keys stay with a name: they must not go on as nobody's, nor come back to life with it. */
static enum apikey_error check_keys(
	struct call *call, const struct user_record *user, struct failure *why)
{
	struct text where = user->role == ROLE_ADMIN ? (struct text){0} : user->tenant;
	int64_t keys = 0;

	if (call_ops(call)->key_count(call_store(call), where, user->username, &keys, why) !=
		APIKEY_OK)
		return why->code;
	if (keys == 0)
		return APIKEY_OK;
	return fail(why, APIKEY_CONFLICT,
		"%s owns %" PRId64 " key%s; revoke them or give them to another owner first",
		user->username.data, keys, keys == 1 ? "" : "s");
}

/* What another role or tenant would change: whose keys are off with the user, and which stay behind. */
static enum apikey_error check_move(struct call *call, const struct user_record *before,
	const struct user_record *after, struct failure *why)
{
	bool moves = !text_equal(before->tenant, after->tenant);

	if (before->role == after->role && !moves)
		return APIKEY_OK;
	if (before->disabled)
		return fail(why, APIKEY_CONFLICT, "%s is disabled; enable it first",
			before->username.data);
	return moves && before->role != ROLE_ADMIN ? check_keys(call, before, why) : APIKEY_OK;
}

static enum apikey_error check_tenant(
	struct call *call, const struct user_record *user, struct failure *why)
{
	struct tenant_record tenant;

	return call_ops(call)->tenant_get(
		call_store(call), &call->pool, user->tenant, &tenant, why);
}

static enum apikey_error audit(
	struct call *call, const struct user_record *user, struct failure *why)
{
	return call_audit(call, user->username, user->tenant, text_of(role_name(user->role)), why);
}

/* Stores a user with the trace, and answers with it. */
static enum apikey_error save(
	struct call *call, const struct user_record *user, struct failure *why)
{
	if (registry_user_put(call->daemon->registry, &call->change, user, why) != APIKEY_OK ||
		audit(call, user, why) != APIKEY_OK)
		return why->code;
	write_user(&call->result, user);
	return APIKEY_OK;
}

static void update_fields(struct call *call, struct user_record *user)
{
	const struct arg *role = arg_set(&call->args, "role");

	if (role != NULL)
		user->role = roles[role->number];
	call_update_text(call, "tenant", &user->tenant);
	call_update_text(call, "os_account", &user->os_account);
	call_update_number(call, "max_keys", &user->max_keys);
}

static enum apikey_error check_name(struct call *call, struct text name, struct failure *why)
{
	struct user_record there;

	if (text_equal(name, text_of(LOCAL_ROOT)) || text_equal(name, text_of(DAEMON_ITSELF)))
		return fail(why, APIKEY_CONFLICT,
			"%.*s is root of this host or the daemon itself, in the audit log",
			(int)name.len, name.data);
	if (call_ops(call)->user_get(call_store(call), &call->pool, name, &there, why) == APIKEY_OK)
		return fail(why, APIKEY_CONFLICT, "user %s exists", there.username.data);
	return why->code == APIKEY_NOT_FOUND ? APIKEY_OK : why->code;
}

enum apikey_error user_create(struct call *call, struct failure *why)
{
	struct user_record *user = pool_alloc(&call->pool, sizeof *user);

	user->username = arg_text(&call->args, "username");
	user->tenant = text_of(TENANT_DEFAULT);
	user->created_at = call->now;
	user->created_by = text_of(call->caller.user);
	update_fields(call, user);
	if (check_name(call, user->username, why) != APIKEY_OK ||
		check_tenant(call, user, why) != APIKEY_OK)
		return why->code;
	if (arg_set(&call->args, "password") != NULL && call->work == NULL)
		return auth_begin_password(call, "password", user->username, why);
	if (call->work != NULL && auth_take_password(call, user, why) != APIKEY_OK)
		return why->code;
	return save(call, user, why);
}

enum apikey_error user_get(struct call *call, struct failure *why)
{
	struct user_record *user;

	if (call_find_user(call, &user, why) != APIKEY_OK)
		return why->code;
	write_user(&call->result, user);
	return APIKEY_OK;
}

enum apikey_error user_list(struct call *call, struct failure *why)
{
	struct user_query query = {
		.tenant = call_tenant(call),
		.limit = (unsigned)arg_number(&call->args, "limit", PAGE_DEFAULT),
	};
	struct buffer *b = &call->result;
	struct user_record *page;
	unsigned count;

	if (call_cursor(call, &query.after, why) != APIKEY_OK ||
		call_ops(call)->user_list(
			call_store(call), &call->pool, &query, &page, &count, why) != APIKEY_OK)
		return why->code;
	write_map(b, 2);
	write_str(b, "users");
	write_array(b, count);
	for (unsigned i = 0; i < count; i++)
		write_user(b, &page[i]);
	call_next(call, count == query.limit ? page[count - 1].username : (struct text){0});
	return APIKEY_OK;
}

static bool is_other(const struct user_record *before, const struct user_record *after)
{
	return before->role != after->role || before->disabled != after->disabled ||
	       !text_equal(before->tenant, after->tenant);
}

static enum apikey_error change(struct call *call, const struct user_record *before,
	const struct user_record *after, struct failure *why)
{
	if (check_last(call, before, after, why) != APIKEY_OK ||
		check_move(call, before, after, why) != APIKEY_OK ||
		(is_other(before, after) &&
			registry_end_sessions(call->daemon->registry, &call->change,
				after->username, why) != APIKEY_OK))
		return why->code;
	return save(call, after, why);
}

enum apikey_error user_update(struct call *call, struct failure *why)
{
	struct user_record *user, before;

	if (call_find_user(call, &user, why) != APIKEY_OK)
		return why->code;
	before = *user;
	update_fields(call, user);
	return check_tenant(call, user, why) == APIKEY_OK ? change(call, &before, user, why)
							  : why->code;
}

static enum apikey_error set_disabled(struct call *call, bool disabled, struct failure *why)
{
	struct user_record *user, before;

	if (call_find_user(call, &user, why) != APIKEY_OK)
		return why->code;
	before = *user;
	user->disabled = disabled;
	return change(call, &before, user, why);
}

enum apikey_error user_disable(struct call *call, struct failure *why)
{
	return set_disabled(call, true, why);
}

enum apikey_error user_enable(struct call *call, struct failure *why)
{
	return set_disabled(call, false, why);
}

enum apikey_error user_delete(struct call *call, struct failure *why)
{
	struct registry *r = call->daemon->registry;
	struct user_record *user;

	if (call_find_user(call, &user, why) != APIKEY_OK ||
		check_last(call, user, NULL, why) != APIKEY_OK ||
		check_keys(call, user, why) != APIKEY_OK ||
		registry_end_sessions(r, &call->change, user->username, why) != APIKEY_OK ||
		call_ops(call)->code_delete(call_store(call), user->username, NULL, why) !=
			APIKEY_OK ||
		registry_user_delete(r, &call->change, user, why) != APIKEY_OK ||
		audit(call, user, why) != APIKEY_OK)
		return why->code;
	write_user(&call->result, user);
	return APIKEY_OK;
}
