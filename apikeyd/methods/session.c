/* session.c - the sessions of a user: listed and ended. */
#include "apikeyd/logins.h"
#include "apikeyd/methods/auth.h"
#include "apikeyd/methods/methods.h"
#include "protocol/writer.h"

static void member(struct buffer *b, const char *name, int64_t value)
{
	write_str(b, name);
	write_int(b, value);
}

static void write_session(struct call *call, const struct session_record *session)
{
	struct buffer *b = &call->result;

	write_map(b, 7);
	write_str(b, "id");
	write_text(b, session->id);
	write_str(b, "username");
	write_text(b, session->user);
	member(b, "uid", session->uid);
	member(b, "created_at", session->created_at);
	member(b, "seen_at", logins_seen(call->daemon->logins, session));
	member(b, "expires_at", session->expires_at);
	write_str(b, "current");
	write_bool(b, text_equal(session->id, text_of(call->caller.session)));
}

/* Those of the named user that are not over. */
static enum apikey_error list(struct call *call, struct user_record **user,
	struct session_record **out, unsigned *count, struct failure *why)
{
	struct session_record *all;
	unsigned total;

	if (auth_named_user(call, user, why) != APIKEY_OK ||
		call_ops(call)->session_list(call_store(call), &call->pool, (*user)->username, &all,
			&total, why) != APIKEY_OK)
		return why->code;
	*out = all;
	*count = 0;
	for (unsigned i = 0; i < total; i++)
		if (logins_good(call->daemon->logins, &all[i], call->now))
			all[(*count)++] = all[i];
	return APIKEY_OK;
}

enum apikey_error user_sessions(struct call *call, struct failure *why)
{
	struct session_record *sessions;
	struct user_record *user;
	bool named = arg_text(&call->args, "username").data != NULL;
	unsigned count = 0; /* who is no user, as root of this host, has none */

	if ((named || call->caller.person != 0) &&
		list(call, &user, &sessions, &count, why) != APIKEY_OK)
		return why->code;
	write_map(&call->result, 1);
	write_str(&call->result, "sessions");
	write_array(&call->result, count);
	for (unsigned i = 0; i < count; i++)
		write_session(call, &sessions[i]);
	return APIKEY_OK;
}

/* What is longer than an id may be a token that somebody has pasted. */
static enum apikey_error not_found(
	const struct user_record *user, struct text id, struct failure *why)
{
	if (id.len >= SESSION_ID_SIZE)
		return fail(why, APIKEY_NOT_FOUND, "no such session");
	return fail(why, APIKEY_NOT_FOUND, "no session %.*s of %.*s", (int)id.len, id.data,
		(int)user->username.len, user->username.data);
}

enum apikey_error user_end_sessions(struct call *call, struct failure *why)
{
	struct text id = arg_text(&call->args, "id");
	struct session_record *sessions;
	struct user_record *user;
	unsigned count, ended = 0;

	if (list(call, &user, &sessions, &count, why) != APIKEY_OK)
		return why->code;
	for (unsigned i = 0; i < count; i++) {
		if (id.data != NULL && !text_equal(sessions[i].id, id))
			continue;
		ended++;
		if (registry_end_session(call->daemon->registry, &call->change, sessions[i].id,
			    why) != APIKEY_OK)
			return why->code;
	}
	if (id.data != NULL && ended == 0)
		return not_found(user, id, why);
	write_map(&call->result, 1);
	member(&call->result, "ended", ended);
	return call_audit(
		call, id.data != NULL ? id : user->username, user->tenant, (struct text){0}, why);
}
