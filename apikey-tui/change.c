/* change.c - what can be done to a key, the same from its row and from its card. */
#include "apikey-tui/change.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "apikey-tui/bulk.h"
#include "apikey-tui/format.h"

void change_request_id(char out[33])
{
	unsigned char bytes[16] = {0};

	(void)!getrandom(bytes, sizeof bytes, 0);
	for (size_t i = 0; i < sizeof bytes; i++)
		snprintf(out + 2 * i, 3, "%02x", bytes[i]);
}

/* What a message calls a thing. Users have another name for it. */
static const char *name_of(const struct apikey_value *thing, char out[FORMAT_SIZE])
{
	const char *name = member(thing, "name");

	format_short(*name != '\0' ? name : member(thing, "username"), out);
	return out;
}

static void done(
	void *arg, enum apikey_error error, const struct apikey_value *result, const char *why)
{
	struct console *c = arg;
	char name[FORMAT_SIZE];
	bool disabled = strcmp(member(result, "status"), "disabled") == 0;

	if (disabled)
		bulk_disabled(c, member(result, "id"));
	if (error == APIKEY_OK)
		console_say(c, PAINT_GOOD, "%s is %s now.%s", name_of(result, name),
			member(result, "status"), disabled ? " z undoes it." : "");
	else if (model_may_be_done(c->model, error))
		console_say(c, PAINT_BAD, "Not known whether it was done: %s", why);
	else
		console_say(c, PAINT_BAD, "Not done: %s", why);
}

static void send(struct console *c, const char *method, const char *id)
{
	struct apikey_params *params = apikey_params_new();

	apikey_put_string(params, "id", id);
	model_change(c->model, method, params, done, c);
}

void change_toggle(struct console *c, const struct apikey_value *key)
{
	const char *status = member(key, "status"), *id = member(key, "id");
	char name[FORMAT_SIZE];

	if (strcmp(status, "active") == 0)
		send(c, "key.disable", id);
	else if (strcmp(status, "disabled") == 0)
		send(c, "key.enable", id);
	else if (*id != '\0')
		console_say(c, PAINT_WARN, "%s is %s: that stays.", name_of(key, name), status);
}

static void revoke(struct console *c, const char *id)
{
	send(c, "key.revoke", id);
}

void change_revoke(struct console *c, const struct apikey_value *key)
{
	const char *id = member(key, "id");
	char name[FORMAT_SIZE];

	if (*id == '\0')
		return;
	if (strcmp(member(key, "status"), "revoked") == 0) {
		console_say(c, PAINT_WARN, "%s is revoked already.", name_of(key, name));
		return;
	}
	memset(&c->dialog, 0, sizeof c->dialog);
	c->dialog.verb = "revoke it";
	snprintf(c->dialog.title, sizeof c->dialog.title, "Revoke %s?", member(key, "name"));
	snprintf(c->dialog.text, sizeof c->dialog.text,
		"%s of %s is denied from the next request on. This cannot be taken back.",
		member(key, "masked"), member(key, "owner"));
	console_ask(c, revoke, id);
}

static void deleted(
	void *arg, enum apikey_error error, const struct apikey_value *result, const char *why)
{
	char name[FORMAT_SIZE];

	if (error == APIKEY_OK)
		console_say(arg, PAINT_GOOD, "%s is deleted.", name_of(result, name));
	else
		done(arg, error, result, why);
}

static void delete (struct console *c, const char *id)
{
	struct apikey_params *params = apikey_params_new();

	apikey_put_string(params, "id", id);
	model_change(c->model, "key.delete", params, deleted, c);
}

void change_delete(struct console *c, const struct apikey_value *key)
{
	const char *id = member(key, "id");

	if (*id == '\0')
		return;
	memset(&c->dialog, 0, sizeof c->dialog);
	c->dialog.verb = "delete it";
	snprintf(c->dialog.title, sizeof c->dialog.title, "Delete %s?", member(key, "name"));
	snprintf(c->dialog.text, sizeof c->dialog.text,
		"%s of %s is denied from the next request on, and its record is gone. This cannot "
		"be taken back.",
		member(key, "masked"), member(key, "owner"));
	snprintf(c->dialog.word, sizeof c->dialog.word, "%s", member(key, "name"));
	console_ask(c, delete, id);
}

void change_marked(struct console *c, enum action action, const struct apikey_value *key)
{
	static const struct {
		enum action action;
		void (*one)(struct console *c, const struct apikey_value *key);
		enum bulk_kind many;
	} changes[] = {
		{ACTION_DISABLE, change_toggle, BULK_DISABLE},
		{ACTION_REVOKE, change_revoke, BULK_REVOKE},
		{ACTION_DELETE, change_delete, BULK_DELETE},
	};
	const struct marks *marked = &c->bulk->marked;

	for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++)
		if (changes[i].action == action && marked->count == 0)
			changes[i].one(c, key);
		else if (changes[i].action == action && action == ACTION_DISABLE &&
			 marks_count(marked, "a") == 0)
			bulk_ask(c, BULK_ENABLE);
		else if (changes[i].action == action)
			bulk_ask(c, changes[i].many);
}

/* ---- tenants, users, sessions ---- */

static void changed(
	void *arg, enum apikey_error error, const struct apikey_value *result, const char *why)
{
	char name[FORMAT_SIZE];

	if (error != APIKEY_OK)
		done(arg, error, result, why);
	else if (apikey_get(result, "ended") != NULL)
		console_say(arg, PAINT_GOOD, "The session is ended.");
	else
		console_say(arg, PAINT_GOOD, "%s is %s now.", name_of(result, name),
			member(result, "status"));
}

/* The subject is "method name=value name=value". */
static void change_named(struct console *c, const char *subject)
{
	struct apikey_params *params = apikey_params_new();
	char copy[sizeof c->subject], *save, *method;

	snprintf(copy, sizeof copy, "%s", subject);
	method = strtok_r(copy, " ", &save);
	for (char *name; (name = strtok_r(NULL, "=", &save)) != NULL;)
		apikey_put_string(params, name, strtok_r(NULL, " ", &save));
	model_change(c->model, method, params, changed, c);
}

void change_person(
	struct console *c, const char *noun, const char *named, const struct apikey_value *person)
{
	bool active = strcmp(member(person, "status"), "active") == 0;
	const char *name = member(person, named);
	char subject[sizeof c->subject];

	if (*name == '\0')
		return;
	snprintf(subject, sizeof subject, "%s.%s %s=%.64s", noun, active ? "disable" : "enable",
		named, name);
	if (!active) {
		change_named(c, subject);
		return;
	}
	memset(&c->dialog, 0, sizeof c->dialog);
	c->dialog.verb = "disable";
	snprintf(c->dialog.title, sizeof c->dialog.title, "Disable %s %s?", noun, name);
	snprintf(c->dialog.text, sizeof c->dialog.text,
		"All keys of this %s are denied from the next request on, until it is enabled "
		"again.",
		noun);
	console_ask(c, change_named, subject);
}

/* The subject is "noun parameter name keys"; a tenant goes with its keys only where their number is given. */
static void remove_named(struct console *c, const char *subject)
{
	struct apikey_params *params = apikey_params_new();
	char copy[sizeof c->subject], method[32], *save, *noun, *named, *keys;

	snprintf(copy, sizeof copy, "%s", subject);
	noun = strtok_r(copy, " ", &save);
	named = strtok_r(NULL, " ", &save);
	apikey_put_string(params, named, strtok_r(NULL, " ", &save));
	keys = strtok_r(NULL, " ", &save);
	if (strcmp(noun, "tenant") == 0)
		apikey_put_int(params, "keys", strtoll(keys, NULL, 10));
	snprintf(method, sizeof method, "%s.delete", noun);
	model_change(c->model, method, params, deleted, c);
}

void change_remove(
	struct console *c, const char *noun, const char *named, const struct apikey_value *thing)
{
	int64_t keys = apikey_int(apikey_get(thing, "keys"), 0);
	const char *name = member(thing, named);
	char subject[sizeof c->subject];

	if (*name == '\0')
		return;
	snprintf(subject, sizeof subject, "%s %s %.64s %lld", noun, named, name, (long long)keys);
	memset(&c->dialog, 0, sizeof c->dialog);
	c->dialog.verb = "delete it";
	snprintf(c->dialog.title, sizeof c->dialog.title, "Delete %s %s?", noun, name);
	if (strcmp(noun, "tenant") == 0 && keys > 0)
		snprintf(c->dialog.text, sizeof c->dialog.text,
			"Its %lld keys go with it: they are denied from the next request on. This "
			"cannot be taken back.",
			(long long)keys);
	else
		snprintf(c->dialog.text, sizeof c->dialog.text,
			"One that still has keys is refused. This cannot be taken back.");
	snprintf(c->dialog.word, sizeof c->dialog.word, "%s", name);
	console_ask(c, remove_named, subject);
}

void change_end_session(struct console *c, const struct apikey_value *session)
{
	const char *id = member(session, "id"), *user = member(session, "username");
	char subject[sizeof c->subject];

	if (*id == '\0')
		return;
	memset(&c->dialog, 0, sizeof c->dialog);
	c->dialog.verb = "end it";
	snprintf(c->dialog.title, sizeof c->dialog.title, "End session %s of %s?", id, user);
	snprintf(c->dialog.text, sizeof c->dialog.text, "Who uses it has to log in again.");
	snprintf(subject, sizeof subject, "user.end_sessions username=%.64s id=%.24s", user, id);
	console_ask(c, change_named, subject);
}

/* ---- the grace time of a rotated key ---- */

static void grace_done(
	void *arg, enum apikey_error error, const struct apikey_value *result, const char *why)
{
	struct console *c = arg;
	char name[FORMAT_SIZE];

	if (error == APIKEY_OK)
		console_say(c, PAINT_GOOD, "Only the newest secret of %s verifies now.",
			name_of(result, name));
	else
		done(arg, error, result, why);
}

static void end_grace(struct console *c, const char *id)
{
	struct apikey_params *params = apikey_params_new();

	apikey_put_string(params, "id", id);
	apikey_put_int(params, "grace", 0);
	model_change(c->model, "key.update", params, grace_done, c);
}

/* How many secrets are in their grace time, and how often they were used since they were replaced. */
static size_t count_old(const struct apikey_value *key, int64_t *used)
{
	const struct apikey_value *secrets = apikey_get(key, "secrets");
	size_t count = 0;

	*used = 0;
	for (size_t i = 0; i < apikey_count(secrets); i++)
		if (strcmp(member(apikey_at(secrets, i), "status"), "superseded") == 0) {
			*used += apikey_int(apikey_get(apikey_at(secrets, i), "requests_since"), 0);
			count++;
		}
	return count;
}

void change_end_grace(struct console *c, const struct apikey_value *key)
{
	char number[FORMAT_SIZE], name[FORMAT_SIZE];
	int64_t used;

	if (count_old(key, &used) == 0) {
		console_say(c, PAINT_WARN, "No old secret of %s verifies any more.",
			name_of(key, name));
		return;
	}
	memset(&c->dialog, 0, sizeof c->dialog);
	c->dialog.verb = "end it";
	format_number(used, number);
	snprintf(c->dialog.title, sizeof c->dialog.title, "End the grace time of %s?",
		member(key, "name"));
	snprintf(c->dialog.text, sizeof c->dialog.text,
		"Old secrets are denied from the next request on. They were used %s times since "
		"they were replaced.",
		number);
	console_ask(c, end_grace, member(key, "id"));
}
