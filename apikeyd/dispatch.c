/* dispatch.c - the one gate: every message passes here to its handler, and its answer to the connection.
 *
 * The row of the method decides: on which socket, for whom, with which parameters. A handler that changes something
 * runs on the store thread (store_call.h), in one transaction with its audit row. */
#include "apikeyd/dispatch.h"

#include <string.h>

#include "apikeyd/attempt.h"
#include "apikeyd/gate.h"
#include "apikeyd/identity.h"
#include "apikeyd/logins.h"
#include "apikeyd/methods/methods.h"
#include "apikeyd/reply.h"
#include "apikeyd/store_call.h"

/* Where a handler runs: at once on the worker, or on the store thread. */
enum place {
	ON_WORKER,
	ON_STORE,
};

static const struct {
	handler_fn *run;
	enum place place;
} handlers[METHOD_COUNT] = {
	[METHOD_HELLO] = {system_hello, ON_WORKER},
	[METHOD_PING] = {system_ping, ON_WORKER},
	[METHOD_KEY_CREATE] = {key_create, ON_STORE},
	[METHOD_KEY_LIST] = {key_list, ON_STORE},
	[METHOD_KEY_GET] = {key_get, ON_STORE},
	[METHOD_KEY_UPDATE] = {key_update, ON_STORE},
	[METHOD_KEY_DISABLE] = {key_disable, ON_STORE},
	[METHOD_KEY_ENABLE] = {key_enable, ON_STORE},
	[METHOD_KEY_REVOKE] = {key_revoke, ON_STORE},
	[METHOD_KEY_DELETE] = {key_delete, ON_STORE},
	[METHOD_KEY_EXPLAIN] = {key_explain, ON_STORE},
	[METHOD_PLAN_CREATE] = {plan_create, ON_STORE},
	[METHOD_PLAN_LIST] = {plan_list, ON_STORE},
	[METHOD_PLAN_GET] = {plan_get, ON_STORE},
	[METHOD_PLAN_UPDATE] = {plan_update, ON_STORE},
	[METHOD_PLAN_DELETE] = {plan_delete, ON_STORE},
	[METHOD_TENANT_CREATE] = {tenant_create, ON_STORE},
	[METHOD_TENANT_LIST] = {tenant_list, ON_STORE},
	[METHOD_TENANT_GET] = {tenant_get, ON_STORE},
	[METHOD_TENANT_UPDATE] = {tenant_update, ON_STORE},
	[METHOD_TENANT_DISABLE] = {tenant_disable, ON_STORE},
	[METHOD_TENANT_ENABLE] = {tenant_enable, ON_STORE},
	[METHOD_TENANT_DELETE] = {tenant_delete, ON_STORE},
	[METHOD_USER_CREATE] = {user_create, ON_STORE},
	[METHOD_USER_LIST] = {user_list, ON_STORE},
	[METHOD_USER_GET] = {user_get, ON_STORE},
	[METHOD_USER_UPDATE] = {user_update, ON_STORE},
	[METHOD_USER_DISABLE] = {user_disable, ON_STORE},
	[METHOD_USER_ENABLE] = {user_enable, ON_STORE},
	[METHOD_USER_DELETE] = {user_delete, ON_STORE},
	[METHOD_KEY_ROTATE] = {key_rotate, ON_STORE},
	[METHOD_KEY_IMPORT] = {key_import, ON_STORE},
	[METHOD_ALERT_LIST] = {alert_list, ON_STORE},
	[METHOD_AUDIT_LIST] = {audit_list, ON_STORE},
	[METHOD_AUDIT_VERIFY] = {audit_verify, ON_STORE},
	[METHOD_EVENTS_SUBSCRIBE] = {events_subscribe, ON_WORKER},
	[METHOD_EVENTS_UNSUBSCRIBE] = {events_unsubscribe, ON_WORKER},
	[METHOD_BACKUP_CREATE] = {backup_create, ON_STORE},
	[METHOD_STATS_GET] = {stats_get, ON_WORKER},
	[METHOD_USAGE_QUERY] = {usage_query, ON_STORE},
	[METHOD_AUTH_LOGIN] = {auth_login, ON_STORE},
	[METHOD_AUTH_RESUME] = {auth_resume, ON_STORE},
	[METHOD_AUTH_KEY] = {auth_key, ON_STORE},
	[METHOD_AUTH_LOGOUT] = {auth_logout, ON_STORE},
	[METHOD_AUTH_WHOAMI] = {auth_whoami, ON_WORKER},
	[METHOD_AUTH_RECOVER] = {auth_recover, ON_STORE},
	[METHOD_USER_SET_PASSWORD] = {user_set_password, ON_STORE},
	[METHOD_USER_RECOVERY_CODES] = {user_recovery_codes, ON_STORE},
	[METHOD_USER_SESSIONS] = {user_sessions, ON_STORE},
	[METHOD_USER_END_SESSIONS] = {user_end_sessions, ON_STORE},
	[METHOD_DAEMON_RELOAD] = {system_reload, ON_STORE},
};

static void answer_error(struct dispatch *d, uint32_t msgid, const struct failure *why)
{
	reply_error(d->out, msgid, why);
	stats_add(&d->stats->errors, 1);
}

/* ---- calls ---------------------------------------------------------------------------------------------------- */

static struct call begin_call(
	const struct dispatch *d, const struct frame *frame, const struct method *method)
{
	return (struct call){
		.daemon = d->daemon,
		.method = method,
		.handler = handlers[method - method_table].run,
		.caller = d->session->caller,
		.msgid = frame->msgid,
		.now = d->now->wall,
		.result = {.max = ANSWER_MAX},
	};
}

static struct text params_of(const struct frame *frame)
{
	return (struct text){(const char *)frame->params, frame->params_len};
}

static enum dispatched call_store(
	struct dispatch *d, const struct frame *frame, const struct method *method)
{
	struct call call = begin_call(d, frame, method);
	struct failure why;

	call.route = d->route;
	call.login = logins_share(d->daemon->logins, d->session->login);
	memcpy(call.key, d->session->key, sizeof call.key);
	if (store_call(&call, params_of(frame), &why) == APIKEY_OK)
		return method->heavy ? DISPATCH_HEAVY : DISPATCH_LATER;
	answer_error(d, frame->msgid, &why);
	return DISPATCH_DONE;
}

static enum dispatched call_here(
	struct dispatch *d, const struct frame *frame, const struct method *method)
{
	struct buffer after = {.max = ANSWER_MAX};
	struct call call = begin_call(d, frame, method);
	struct failure why;

	call.session = d->session;
	call.after = &after;
	if (args_parse(method, params_of(frame), &call.args, &why) != APIKEY_OK ||
		gate_args(&call.caller, &call.args, &why) != APIKEY_OK ||
		call.handler(&call, &why) != APIKEY_OK)
		answer_error(d, frame->msgid, &why);
	else
		reply_result(d->out, frame->msgid, &call.result, call.once);
	buffer_append(d->out, after.data, after.len);
	if (call.result.failed || after.failed)
		d->out->failed =
			true; /* memory ended: half an answer would be taken for a whole one */
	buffer_free(&after);
	buffer_free(&call.result);
	return DISPATCH_DONE;
}

/* ---- who asks --------------------------------------------------------------------------------------------------- */

/* One tenant's caller learns nothing of others' keys on admin.sock; on the other, rules say whose a service asks about. */
static bool is_bound(const struct session *s)
{
	return s->socket == SOCKET_ADMIN && s->caller.tenant[0] != '\0';
}

static void begin_verifies(struct dispatch *d)
{
	struct verify_turn turn = {
		.now = d->now,
		.route = &d->route,
		.late = d->late,
		.bound = d->session->bound,
		.bound_count = d->session->bound_count,
		.out = d->out,
	};

	if (is_bound(d->session)) {
		d->own = text_of(d->session->caller.tenant);
		turn.bound = &d->own;
		turn.bound_count = 1;
	}
	verify_begin(d->batch, &turn);
}

/* On verify.sock nobody is anybody. */
void dispatch_begin(struct dispatch *d)
{
	if (d->session->socket == SOCKET_ADMIN)
		identity_refresh(d->daemon, d->session, d->now, true);
	begin_verifies(d);
}

/* ---- the gate, and what does not reach it ------------------------------------------------------------------------- */

static enum dispatched dispatch_admin(
	struct dispatch *d, const struct frame *frame, enum method_id id)
{
	const struct method *method = &method_table[id];
	struct failure why;

	verify_flush(d->batch); /* what came before was asked by whom the caller was then */
	dispatch_begin(d);
	if (gate_enter(&d->session->caller, d->session->socket, method, &why) != APIKEY_OK) {
		if (d->session->socket == SOCKET_ADMIN)
			attempt_kept_out(d->daemon, &d->session->caller, method, &why);
		answer_error(d, frame->msgid, &why);
		return DISPATCH_DONE;
	}
	return handlers[id].place == ON_STORE ? call_store(d, frame, method)
					      : call_here(d, frame, method);
}

/* A message that was stepped over, or that names no method. */
static enum dispatched dispatch_fault(struct dispatch *d, const struct frame *frame)
{
	struct failure why;

	if (frame->fault == APIKEY_TOO_LARGE)
		fail(&why, APIKEY_TOO_LARGE,
			"the message is over %d bytes or holds over %d elements",
			d->session->socket == SOCKET_VERIFY ? FRAME_MAX_VERIFY : FRAME_MAX_ADMIN,
			FRAME_MAX_ELEMENTS);
	else if (frame->fault != APIKEY_OK)
		fail(&why, frame->fault, "not a message this daemon can follow");
	else
		fail(&why, APIKEY_UNKNOWN_METHOD, "no such method");
	answer_error(d, frame->msgid, &why);
	return DISPATCH_DONE;
}

enum dispatched dispatch_message(struct dispatch *d, const struct frame *frame)
{
	enum method_id id;

	if (frame->type != FRAME_REQUEST)
		return DISPATCH_DONE;
	id = frame->fault == APIKEY_OK && frame->method.data != NULL ? method_find(frame->method)
								     : METHOD_COUNT;
	if (id == METHOD_VERIFY) {
		verify_add(d->batch, frame);
		return DISPATCH_DONE;
	}
	return id == METHOD_COUNT ? dispatch_fault(d, frame) : dispatch_admin(d, frame, id);
}

size_t dispatch_plain(struct dispatch *d, const uint8_t *data, size_t len)
{
	return verify_add_plain(d->batch, data, len);
}

void dispatch_finish(struct dispatch *d)
{
	verify_flush(d->batch);
}
