/* store_call.c - calls on the store thread: run in a transaction, run again where they ask for it, answered after the
 * commit. */
#include "apikeyd/store_call.h"

#include <stdlib.h>

#include "apikeyd/announce.h"
#include "apikeyd/attempt.h"
#include "apikeyd/clock.h"
#include "apikeyd/gate.h"
#include "apikeyd/hash_work.h"
#include "apikeyd/identity.h"
#include "apikeyd/logins.h"
#include "apikeyd/reply.h"
#include "apikeyd/request_id.h"

/* What the gate let in may have waited, and its caller be somebody else by now; or nobody, if the session is over or the
 * key revoked. */
static enum apikey_error enter_again(struct call *call, struct failure *why)
{
	struct now now = {0};

	clock_read(call->daemon->clock, &now);
	now.wall = call->now; /* the time that it waits is not held against it */
	if (!identity_holds(call->daemon, &call->caller, call->login, call->key, &now))
		call->caller = (struct caller){.uid = call->caller.uid, .pid = call->caller.pid};
	gate_refresh(call->daemon->people, &call->caller);
	if (gate_enter(&call->caller, SOCKET_ADMIN, call->method, why) != APIKEY_OK)
		return why->code;
	return gate_args(&call->caller, &call->args, why);
}

static enum apikey_error run_call(struct call *call, struct failure *why)
{
	struct request_record row = {
		.actor = text_of(call->caller.user),
		.request_id = call->args.request_id.text,
	};
	bool remembered = row.request_id.data != NULL;

	if (enter_again(call, why) != APIKEY_OK)
		return why->code;
	if (remembered && request_id_replay(call, &row, why) != APIKEY_OK)
		return why->code;
	if (call->replayed)
		return APIKEY_OK;
	call->handled = true;
	if (call->handler(call, why) != APIKEY_OK)
		return why->code;
	if (call->result.failed)
		return fail(why, APIKEY_TOO_LARGE, "the answer would be too long");
	if (call->again)
		return APIKEY_OK;
	return remembered ? request_id_keep(call, &row, why) : APIKEY_OK;
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
	logins_release(call->daemon->logins, call->login);
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
	attempt_failed(call, why);
	reply_error(&reply, call->msgid, why);
	answer(call, &reply);
}

static void become(struct call *call)
{
	const struct session_record *session = call->become->session;

	call->route.become(call->route.worker, call->route.connection, call->become,
		session != NULL ? logins_hold(call->daemon->logins, session) : NULL);
}

/* What is done of the call: for engine and subscribers, and nothing that a later failure could take back. */
static void bring_into_force(struct call *call)
{
	registry_apply(call->daemon->registry, &call->change);
	announce_change(call->daemon, &call->change, text_of(call->caller.user),
		text_of(call->method->name), call->now);
	call->change = (struct change){.pool = call->change.pool};
}

/* The commit is on disk: engine, subscribers, answer, in this order, so that whoever has the answer can rely on the other
 * two. */
static void answer_result(struct call *call)
{
	struct buffer reply = {.max = ANSWER_MAX + 1024};

	bring_into_force(call);
	if (call->become != NULL)
		become(call);
	reply_result(&reply, call->msgid, &call->result, call->once);
	answer(call, &reply);
}

/* ---- calls that run again ---------------------------------------------------------------------------------------- */

static enum apikey_error again(struct call *call, struct failure *why)
{
	if (writer_submit_again(call->daemon->writer, &call->job) == APIKEY_OK)
		return APIKEY_OK;
	return fail(why, APIKEY_UNAVAILABLE, "the daemon stops");
}

/* Store thread: that is where such jobs are submitted. */
static enum apikey_error refuse_hash(
	struct call *call, enum apikey_error error, struct failure *why)
{
	if (call->work->refused != NULL)
		call->work->refused(call);
	return fail(why, error, "too many passwords or keys wait to be checked; try again");
}

static void on_hashed(struct hasher_job *job, enum apikey_error outcome)
{
	struct call *call = ((struct hash_work *)job)->call;
	struct failure why;

	if (outcome == APIKEY_BUSY)
		refuse_hash(call, outcome, &why);
	else if (outcome != APIKEY_OK)
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
	work->job.uid = call->caller.uid;
	work->job.favoured = call->caller.uid == 0 || call->caller.uid == call->daemon->uid;
	error = hasher_submit(call->daemon->hasher,
		work->found_count > 0 ? HASHER_KEYS : HASHER_PASSWORDS, &work->job);
	return error == APIKEY_OK ? APIKEY_OK : refuse_hash(call, error, why);
}

static void on_done(struct writer_job *job, enum apikey_error outcome, const struct failure *why)
{
	struct call *call = (struct call *)job;
	struct failure busy;

	if (outcome == APIKEY_OK && call->again) {
		bool hash = call->work != NULL && !call->work->finished;

		bring_into_force(call);
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

enum apikey_error store_call(const struct call *like, struct text params, struct failure *why)
{
	struct call *call = malloc(sizeof *call);

	if (call == NULL)
		abort();
	*call = *like;
	call->job.run = on_run;
	call->job.done = on_done;
	call->job.vital = call->method->vital;
	call->change.pool = &call->pool;
	params = pool_text(&call->pool, params);
	if (args_parse(call->method, params, &call->args, why) == APIKEY_OK) {
		enum apikey_error error = writer_submit(call->daemon->writer, &call->job);

		if (error == APIKEY_OK)
			return APIKEY_OK;
		fail(why, error,
			error == APIKEY_BUSY ? "too many changes wait for the store; try again"
					     : "the daemon stops");
	}
	free_call(call);
	return why->code;
}
