/* attempt.c - what is noted of an attempt that failed: an entry in the audit log. */
#include "apikeyd/attempt.h"

#include <stdio.h>
#include <string.h>

#include "apikeyd/clock.h"
#include "apikeyd/refusals.h"

/* What an id that nobody has found may be kept as: somebody may have pasted a whole key, of which only the prefix is
 * public. */
static struct text harmless(struct text id)
{
	return key_id_has_form(id) ? id : keytext_prefix(id);
}

/* What an attempt was about. */
static struct text object_of(const struct call *call, const struct failure *why)
{
	for (unsigned i = 0; i < call->method->param_count; i++) {
		const char *name = call->method->params[i].name;
		struct text value = call->args.values[i].text;

		if (strcmp(name, "id") == 0 && value.data != NULL)
			return why->code == APIKEY_NOT_FOUND || !call->handled ? harmless(value)
									       : value;
		if ((strcmp(name, "name") == 0 || strcmp(name, "username") == 0) &&
			value.data != NULL)
			return value;
	}
	return (struct text){0};
}

static void note(struct daemon *d, const struct caller *caller, const struct method *method,
	struct text object, const struct failure *why)
{
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
	refusals_note(d->refusals, &refusal, clock_wall(d->clock));
}

/* A guess is worth noting, whatever it was about. */
static bool is_noted(const struct method *method, enum apikey_error code)
{
	return method->changes || code == APIKEY_UNAUTHENTICATED || code == APIKEY_LOCKED_OUT;
}

void attempt_failed(const struct call *call, const struct failure *why)
{
	if (is_noted(call->method, why->code))
		note(call->daemon, &call->caller, call->method, object_of(call, why), why);
}

void attempt_kept_out(struct daemon *d, const struct caller *caller, const struct method *method,
	const struct failure *why)
{
	note(d, caller, method, (struct text){0}, why);
}
