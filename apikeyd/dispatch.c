/* dispatch.c - the one gate: every message passes here to its handler, and its answer to the connection.
 *
 * The row of the method decides: on which socket, for whom, with which parameters. A handler that changes something
 * runs on the store thread, in one transaction with its audit row; request_id is dealt with here, for all of them. */
#include "apikeyd/dispatch.h"

#include <sodium/crypto_generichash.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apikeyd/announce.h"
#include "apikeyd/clock.h"
#include "apikeyd/gate.h"
#include "apikeyd/hash_work.h"
#include "apikeyd/identity.h"
#include "apikeyd/logins.h"
#include "apikeyd/methods/methods.h"
#include "apikeyd/refusals.h"
#include "apikeyd/reply.h"
#include "protocol/writer.h"

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

/* ---- request_id ------------------------------------------------------------------------------------------- */

/* What stands for a parameter in the digest of a request: a secret only by its own digest, since what is stored must not
 * help to guess it. */
static enum apikey_error digest_text(const struct call *call, unsigned i, struct text *text,
	uint8_t secret[STORE_DIGEST_BYTES], struct failure *why)
{
	*text = call->args.values[i].text;
	if (call->method->params[i].type != PARAM_SECRET || text->data == NULL)
		return APIKEY_OK;
	if (registry_digest(call->daemon->registry, *text, secret, why) != APIKEY_OK)
		return why->code;
	*text = (struct text){(const char *)secret, STORE_DIGEST_BYTES};
	return APIKEY_OK;
}

/* A digest of the method and its parameters in the table's order, request_id left out. */
static enum apikey_error digest_request(
	const struct call *call, uint8_t out[STORE_DIGEST_BYTES], struct failure *why)
{
	uint8_t secret[STORE_DIGEST_BYTES];
	crypto_generichash_state state;
	struct text text;

	crypto_generichash_init(&state, NULL, 0, STORE_DIGEST_BYTES);
	crypto_generichash_update(
		&state, (const uint8_t *)call->method->name, strlen(call->method->name) + 1);
	for (unsigned i = 0; i < call->method->param_count; i++) {
		const struct arg *arg = &call->args.values[i];
		int64_t facts[] = {arg->state, arg->number, (int64_t)arg->text.len};

		if (digest_text(call, i, &text, secret, why) != APIKEY_OK)
			return why->code;
		crypto_generichash_update(&state, (const uint8_t *)facts, sizeof facts);
		if (text.data != NULL)
			crypto_generichash_update(&state, (const uint8_t *)text.data, text.len);
	}
	crypto_generichash_final(&state, out, STORE_DIGEST_BYTES);
	return APIKEY_OK;
}

/* Whether this request_id was answered before; then call->result is that answer. */
static enum apikey_error request_replay(
	struct call *call, struct request_record *row, struct failure *why)
{
	const struct store_ops *ops = registry_ops(call->daemon->registry);
	struct store *store = registry_store(call->daemon->registry);
	struct request_record before;
	bool found = false;

	if (digest_request(call, row->digest, why) != APIKEY_OK)
		return why->code;
	if (ops->request_get(store, &call->pool, row->actor, row->request_id,
		    call->now - REQUEST_ID_LIFE, &before, &found, why) != APIKEY_OK)
		return why->code;
	if (!found)
		return APIKEY_OK;
	if (memcmp(before.digest, row->digest, sizeof row->digest) != 0)
		return fail(
			why, APIKEY_CONFLICT, "request_id was used before, with other parameters");
	write_raw(&call->result, before.answer.data, before.answer.len);
	call->replayed = true;
	return APIKEY_OK;
}

static enum apikey_error request_keep(
	struct call *call, struct request_record *row, struct failure *why)
{
	row->answer = (struct text){(const char *)call->result.data, call->result.len};
	row->at = call->now;
	return registry_ops(call->daemon->registry)
		->request_put(registry_store(call->daemon->registry), row,
			call->now - REQUEST_ID_LIFE, why);
}

/* ---- attempts that fail ---------------------------------------------------------------------------------------- */

#define FULL_EVERY 60 /* seconds between two events of a store that cannot write */

/* What an unknown id may be kept as: somebody may have pasted a whole key, of which only the prefix is public. */
static struct text harmless(struct text id)
{
	bool is_id = id.len == KEY_ID_SIZE - 1 && memcmp(id.data, "k_", 2) == 0;

	return is_id ? id : keytext_prefix(id);
}

/* What an attempt was about. */
static struct text object_of(const struct call *call, const struct failure *why)
{
	for (unsigned i = 0; i < call->method->param_count; i++) {
		const char *name = call->method->params[i].name;
		struct text value = call->args.values[i].text;

		if (strcmp(name, "id") == 0 && value.data != NULL)
			return why->code == APIKEY_NOT_FOUND ? harmless(value) : value;
		if ((strcmp(name, "name") == 0 || strcmp(name, "username") == 0) &&
			value.data != NULL)
			return value;
	}
	return (struct text){0};
}

static void note_refusal(struct daemon *d, const struct caller *caller, const struct method *method,
	struct text object, const struct failure *why)
{
	struct now now = {0};
	char uid[32];
	struct refusal refusal = {
		.actor = text_of(caller->user),
		.action = text_of(method->name),
		.object = object,
		.tenant = text_of(caller->tenant[0] != '\0' ? caller->tenant : NULL),
		.why = why,
	};

	if (caller->user[0] == '\0') {
		snprintf(uid, sizeof uid, "uid %u", (unsigned)caller->uid);
		refusal.actor = text_of(uid);
	}
	clock_read(d->clock, &now);
	refusals_note(d->refusals, &refusal, now.wall);
}

/* A guess is worth noting, whatever it was about. */
static bool is_noted(const struct method *method, enum apikey_error code)
{
	return method->changes || code == APIKEY_UNAUTHENTICATED || code == APIKEY_LOCKED_OUT;
}

/* After a call that failed. */
static void note_failure(const struct call *call, const struct failure *why)
{
	struct daemon *d = call->daemon;
	long before = atomic_load(&d->full_at);

	if (is_noted(call->method, why->code))
		note_refusal(d, &call->caller, call->method, object_of(call, why), why);
	if (why->code == APIKEY_UNAVAILABLE && d->engine != NULL &&
		call->now - before >= FULL_EVERY &&
		atomic_compare_exchange_strong(&d->full_at, &before, (long)call->now))
		announce_server(d, "server.disk_full", why->text);
}

/* ---- calls on the store thread ------------------------------------------------------------------------------ */

/* What the gate let in may have waited, and its caller be somebody else by now. */
static enum apikey_error enter_again(struct call *call, struct failure *why)
{
	gate_refresh(call->daemon->people, &call->caller);
	if (gate_enter(&call->caller, SOCKET_ADMIN, call->method, why) != APIKEY_OK)
		return why->code;
	return gate_args(&call->caller, &call->args, why);
}

static enum apikey_error run_call(struct call *call, struct failure *why)
{
	struct request_record row = {
		.actor = text_of(call->caller.user),
		.request_id = call->args.request_id,
	};
	bool remembered = row.request_id.data != NULL;

	if (enter_again(call, why) != APIKEY_OK)
		return why->code;
	if (remembered && request_replay(call, &row, why) != APIKEY_OK)
		return why->code;
	if (call->replayed)
		return APIKEY_OK;
	if (call->handler(call, why) != APIKEY_OK)
		return why->code;
	if (call->result.failed)
		return fail(why, APIKEY_TOO_LARGE, "the answer would be too long");
	if (call->again)
		return APIKEY_OK;
	return remembered ? request_keep(call, &row, why) : APIKEY_OK;
}

/* The writer may run a job again: everything starts anew. */
static enum apikey_error on_run(struct writer_job *job, struct store *store, struct failure *why)
{
	struct call *call = (struct call *)job;

	(void)store;
	registry_abandon(call->daemon->registry, &call->change);
	call->result.len = 0;
	call->result.failed = false;
	call->once = (struct text){0};
	call->replayed = call->again = false;
	call->become = NULL;
	return run_call(call, why);
}

static void free_call(struct call *call)
{
	if (call->end != NULL)
		call->end(call);
	buffer_wipe(&call->result);
	pool_free(&call->pool);
	free(call);
}

static void answer(struct call *call, struct buffer *reply)
{
	call->route.deliver(call->route.worker, call->route.connection, reply, call->method->heavy);
	buffer_wipe(reply);
	free_call(call);
}

/* Store or hasher's thread. */
static void answer_failure(struct call *call, const struct failure *why)
{
	struct buffer reply = {.max = ANSWER_MAX + 1024};

	registry_abandon(call->daemon->registry, &call->change);
	note_failure(call, why);
	reply_error(&reply, call->msgid, why);
	answer(call, &reply);
}

static void become(struct call *call)
{
	const struct session_record *session = call->become->session;

	call->route.become(call->route.worker, call->route.connection, call->become,
		session != NULL ? logins_hold(call->daemon->logins, session) : NULL);
}

/* The commit is on disk: engine, subscribers, answer, in this order, so that whoever has the answer can rely on the other
 * two. */
static void answer_result(struct call *call)
{
	struct buffer reply = {.max = ANSWER_MAX + 1024};

	registry_apply(call->daemon->registry, &call->change);
	announce_change(call->daemon, &call->change, text_of(call->caller.user),
		text_of(call->method->name), call->now);
	if (call->become != NULL)
		become(call);
	reply_result(&reply, call->msgid, &call->result, call->once);
	answer(call, &reply);
}

/* ---- calls that run again ---------------------------------------------------------------------------------------- */

static enum apikey_error again(struct call *call, struct failure *why)
{
	if (writer_submit(call->daemon->writer, &call->job) == APIKEY_OK)
		return APIKEY_OK;
	return fail(why, APIKEY_BUSY, "too much waits for the store; try again");
}

static void on_hashed(struct hasher_job *job, enum apikey_error outcome)
{
	struct call *call = ((struct hash_work *)job)->call;
	struct failure why;

	if (outcome != APIKEY_OK)
		fail(&why, outcome, "the daemon stops");
	else if (again(call, &why) == APIKEY_OK)
		return;
	answer_failure(call, &why);
}

/* A slow hash first, and then the handler again. */
static enum apikey_error again_hashed(struct call *call, struct failure *why)
{
	struct hash_work *work = call->work;
	enum apikey_error error;

	work->job.run = hash_work_run;
	work->job.done = on_hashed;
	error = hasher_submit(call->daemon->hasher, HASHER_PASSWORDS, &work->job);
	if (error == APIKEY_OK)
		return APIKEY_OK;
	if (work->refused != NULL)
		work->refused(call);
	return fail(why, error, "too many passwords wait to be checked; try again");
}

static void on_done(struct writer_job *job, enum apikey_error outcome, const struct failure *why)
{
	struct call *call = (struct call *)job;
	struct failure busy;

	if (outcome == APIKEY_OK && call->again) {
		bool hash = call->work != NULL && !call->work->finished;

		if (call->between != NULL)
			call->between(call);
		if ((hash ? again_hashed : again)(call, &busy) == APIKEY_OK)
			return;
		outcome = busy.code;
		why = &busy;
	}
	if (outcome == APIKEY_OK)
		answer_result(call);
	else
		answer_failure(call, why);
}

static struct call *make_call(
	struct dispatch *d, const struct frame *frame, const struct method *method)
{
	struct call *call = calloc(1, sizeof *call);

	if (call == NULL)
		abort();
	call->job.run = on_run;
	call->job.done = on_done;
	call->job.vital = method->vital;
	call->daemon = d->daemon;
	call->method = method;
	call->handler = handlers[method - method_table].run;
	call->caller = d->session->caller;
	call->msgid = frame->msgid;
	call->now = d->now->wall;
	call->result.max = ANSWER_MAX;
	call->change.pool = &call->pool;
	call->route = d->route;
	return call;
}

static enum dispatched call_store(
	struct dispatch *d, const struct frame *frame, const struct method *method)
{
	struct call *call = make_call(d, frame, method);
	struct text params = pool_text(
		&call->pool, (struct text){(const char *)frame->params, frame->params_len});
	struct failure why;

	if (args_parse(method, params, &call->args, &why) == APIKEY_OK) {
		if (writer_submit(d->daemon->writer, &call->job) == APIKEY_OK)
			return method->heavy ? DISPATCH_HEAVY : DISPATCH_LATER;
		fail(&why, APIKEY_BUSY, "too many changes wait for the store; try again");
	}
	answer_error(d, frame->msgid, &why);
	free_call(call);
	return DISPATCH_DONE;
}

/* ---- calls on the worker --------------------------------------------------------------------------------------- */

static enum dispatched call_here(
	struct dispatch *d, const struct frame *frame, const struct method *method)
{
	struct buffer after = {.max = ANSWER_MAX};
	struct text params = {(const char *)frame->params, frame->params_len};
	struct failure why;
	struct call call = {
		.daemon = d->daemon,
		.method = method,
		.caller = d->session->caller,
		.now = d->now->wall,
		.result = {.max = ANSWER_MAX},
		.session = d->session,
		.after = &after,
	};

	if (args_parse(method, params, &call.args, &why) != APIKEY_OK ||
		gate_args(&call.caller, &call.args, &why) != APIKEY_OK ||
		handlers[method - method_table].run(&call, &why) != APIKEY_OK)
		answer_error(d, frame->msgid, &why);
	else
		reply_result(d->out, frame->msgid, &call.result, call.once);
	buffer_append(d->out, after.data, after.len);
	buffer_free(&after);
	buffer_free(&call.result);
	return DISPATCH_DONE;
}

/* ---- the gate, and what does not reach it ------------------------------------------------------------------------- */

static enum dispatched dispatch_admin(
	struct dispatch *d, const struct frame *frame, enum method_id id)
{
	const struct method *method = &method_table[id];
	struct failure why;

	identity_refresh(d->daemon, d->session, d->now, true);
	if (gate_enter(&d->session->caller, d->session->socket, method, &why) != APIKEY_OK) {
		if (d->session->socket == SOCKET_ADMIN)
			note_refusal(
				d->daemon, &d->session->caller, method, (struct text){0}, &why);
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

/* One tenant's caller learns nothing of others' keys on admin.sock; on the other, rules say whose a service asks about. */
static bool is_bound(const struct session *s)
{
	return s->socket == SOCKET_ADMIN && s->caller.tenant[0] != '\0';
}

void dispatch_begin(struct dispatch *d)
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

size_t dispatch_plain(struct dispatch *d, const uint8_t *data, size_t len)
{
	return verify_add_plain(d->batch, data, len);
}

void dispatch_finish(struct dispatch *d)
{
	verify_flush(d->batch);
}
