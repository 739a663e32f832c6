/* gate.c - the one gate: who may call what, whose things a caller reaches, and what it may grant. */
#include "apikeyd/gate.h"

#include <string.h>

#include "apikeyd/digests.h"
#include "apikeyd/engine/scope.h"
#include "apikeyd/store/model.h"

void gate_become(struct caller *caller, const struct person *person, uint64_t version)
{
	caller->authenticated = true;
	caller->person = person->serial;
	caller->seen = version;
	caller->role = person->role;
	memcpy(caller->user, person->username, sizeof caller->user);
	memset(caller->tenant, 0, sizeof caller->tenant);
	if (person->role != ROLE_ADMIN)
		memcpy(caller->tenant, person->tenant, sizeof caller->tenant);
}

static void become_nobody(struct caller *caller)
{
	*caller = (struct caller){.uid = caller->uid, .pid = caller->pid};
}

/* Whether the caller is that user yet: by an account of the host, which may be another's by now, or by a session,
 * which ends with the user. */
static bool is_yet(const struct caller *caller, const struct person *person)
{
	return !person->disabled &&
	       (person->serial == caller->person || caller->session[0] != '\0');
}

bool gate_refresh(struct people *people, struct caller *caller)
{
	const struct caller before = *caller;
	uint64_t version = people_version(people);
	struct person person;

	if (caller->person == 0 || caller->seen == version)
		return false;
	if (people_find(people, text_of(caller->user), &person) && is_yet(caller, &person))
		gate_become(caller, &person, version);
	else
		become_nobody(caller);
	return caller->authenticated != before.authenticated || caller->role != before.role ||
	       strcmp(caller->tenant, before.tenant) != 0;
}

void gate_refresh_session(struct daemon *d, struct session *session)
{
	if (!gate_refresh(d->people, &session->caller))
		return;
	digests_leave(d->digests, &session->subscription);
	memset(&session->subscription, 0, sizeof session->subscription);
}

enum apikey_error gate_enter(const struct caller *caller, enum socket_kind socket,
	const struct method *method, struct failure *why)
{
	if (socket == SOCKET_VERIFY && !method->on_verify)
		return fail(why, APIKEY_FORBIDDEN, "%s is served on admin.sock only", method->name);
	if (method->least > ROLE_NONE && !caller->authenticated)
		return fail(why, APIKEY_UNAUTHENTICATED, "log in first");
	if (method->least > caller->role)
		return fail(why, APIKEY_FORBIDDEN, "%s needs the role %s", method->name,
			role_name(method->least));
	if (method->reach != REACH_CALLER && method->reach != REACH_TENANT &&
		caller->tenant[0] != '\0')
		return fail(
			why, APIKEY_FORBIDDEN, "%s is not for those of one tenant", method->name);
	return APIKEY_OK;
}

bool gate_sees(const struct caller *caller, struct text tenant)
{
	return caller->tenant[0] == '\0' || text_equal(tenant, text_of(caller->tenant));
}

enum apikey_error gate_args(
	const struct caller *caller, const struct args *args, struct failure *why)
{
	for (unsigned i = 0; i < args->method->param_count; i++) {
		const struct arg *arg = &args->values[i];

		if (strcmp(args->method->params[i].name, "tenant") == 0 && arg->state == ARG_SET &&
			!gate_sees(caller, arg->text))
			return tenant_not_found(arg->text, why);
	}
	return APIKEY_OK;
}

/* The role that a scope lets a key act in. */
static enum role role_of_scope(struct text scope)
{
	static const struct {
		const char *scope;
		enum role role;
	} roles[] = {{"apikeyd:read", ROLE_VIEWER}, {"apikeyd:keys", ROLE_OPERATOR}};

	if (!scope_reserved(scope))
		return ROLE_NONE;
	for (size_t i = 0; i < sizeof roles / sizeof roles[0]; i++)
		if (text_equal(scope, text_of(roles[i].scope)))
			return roles[i].role;
	return ROLE_ADMIN;
}

/* The text up to the next space, which is taken off. */
static struct text next_scope(struct text *joined)
{
	const char *space = memchr(joined->data, ' ', joined->len);
	struct text scope = *joined;

	if (space != NULL)
		scope.len = (size_t)(space - scope.data);
	joined->data += scope.len + (space != NULL);
	joined->len -= scope.len + (space != NULL);
	return scope;
}

/* A grant with an open end is covered like the need of its very letters. */
static bool has(struct text own, struct text scope)
{
	while (own.len > 0)
		if (scope_covers(next_scope(&own), scope))
			return true;
	return false;
}

enum apikey_error gate_grants(
	const struct caller *caller, struct text scopes, struct text own, struct failure *why)
{
	while (scopes.len > 0) {
		struct text scope = next_scope(&scopes);
		bool acting = caller->key[0] != '\0' && !scope_reserved(scope);

		if (role_of_scope(scope) > caller->role || (acting && !has(own, scope)))
			return fail(why, APIKEY_FORBIDDEN, "scopes: %.*s is more than you have",
				(int)scope.len, scope.data);
	}
	return APIKEY_OK;
}
