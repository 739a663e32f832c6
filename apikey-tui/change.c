/* change.c - what can be done to a key, the same from its row and from its card. */
#include "apikey-tui/change.h"

#include <string.h>
#include <sys/random.h>

#include "apikey-tui/format.h"

void change_request_id(char out[33])
{
	unsigned char bytes[16] = {0};

	(void)!getrandom(bytes, sizeof bytes, 0);
	for (size_t i = 0; i < sizeof bytes; i++)
		snprintf(out + 2 * i, 3, "%02x", bytes[i]);
}

static void done(
	void *arg, enum apikey_error error, const struct apikey_value *result, const char *why)
{
	struct console *c = arg;

	if (error == APIKEY_OK)
		console_say(c, PAINT_GOOD, "%.100s is %s now.", member(result, "name"),
			member(result, "status"));
	else if (error == APIKEY_UNREACHABLE || error == APIKEY_OUTCOME_UNKNOWN)
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

	if (strcmp(status, "active") == 0)
		send(c, "key.disable", id);
	else if (strcmp(status, "disabled") == 0)
		send(c, "key.enable", id);
	else if (*id != '\0')
		console_say(
			c, PAINT_WARN, "%.100s is %s: that stays.", member(key, "name"), status);
}

static void revoke(struct console *c, const char *id)
{
	send(c, "key.revoke", id);
}

void change_revoke(struct console *c, const struct apikey_value *key)
{
	const char *id = member(key, "id");

	if (*id == '\0')
		return;
	if (strcmp(member(key, "status"), "revoked") == 0) {
		console_say(c, PAINT_WARN, "%.100s is revoked already.", member(key, "name"));
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
