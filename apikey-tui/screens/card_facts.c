/* card_facts.c - what a key is, and its secrets: panes of its card. */
#include <string.h>

#include "apikey-tui/format.h"
#include "apikey-tui/screens/card.h"

#define JOINED_MAX 4608 /* 64 scopes */
#define INDENT 2

/* Text that is there. */
static void put_text(struct sheet *s, const char *label, const char *text)
{
	if (*text != '\0')
		sheet_put(s, label, PAINT_PLAIN, text);
}

static void put_list(
	struct sheet *s, const char *label, const struct apikey_value *list, const char *none)
{
	char joined[JOINED_MAX];
	size_t at = 0;

	joined[0] = '\0';
	for (size_t i = 0; i < apikey_count(list) && at < sizeof joined; i++) {
		const char *item = apikey_string(apikey_at(list, i));

		at += (size_t)snprintf(joined + at, sizeof joined - at, "%s%s", i > 0 ? " " : "",
			item != NULL ? item : "");
	}
	sheet_put(s, label, at > 0 ? PAINT_PLAIN : PAINT_DIM, at > 0 ? joined : none);
}

/* What a verify says of it for the sake of others goes before what it is by itself. */
static void put_status(const struct card *card, struct sheet *s, const char *status)
{
	static const struct {
		const char *status, *says;
		enum paint paint;
	} rows[] = {
		{"active", "active: it verifies", PAINT_GOOD},
		{"disabled", "disabled: denied for now", PAINT_WARN},
		{"expired", "expired: denied", PAINT_WARN},
		{"revoked", "revoked: denied for good", PAINT_BAD},
		{"owner_disabled", "owner disabled: denied", PAINT_WARN},
		{"tenant_disabled", "tenant disabled: denied", PAINT_WARN},
	};
	const char *code = member(card->explain.answer, "code");

	if (strcmp(code, "owner_disabled") == 0 || strcmp(code, "tenant_disabled") == 0)
		status = code;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (strcmp(rows[i].status, status) == 0)
			sheet_put(s, "Status", rows[i].paint, rows[i].says);
}

static void put_times(const struct card *card, struct sheet *s, const struct apikey_value *key)
{
	const struct apikey_value *expires = apikey_get(key, "expires_at"),
				  *used = apikey_get(key, "last_used_at");
	char time[FORMAT_SIZE], span[FORMAT_SIZE], text[4 * FORMAT_SIZE];

	format_time(apikey_int(apikey_get(key, "created_at"), 0), time);
	snprintf(text, sizeof text, "%s by %.64s", time, member(key, "created_by"));
	sheet_put(s, "Created", PAINT_PLAIN, text);
	format_time(apikey_int(expires, 0), time);
	format_ahead(apikey_int(expires, 0), card->console->time, span);
	snprintf(text, sizeof text, "%s, %s", time, span);
	sheet_put(s, "Expires", PAINT_PLAIN, apikey_type(expires) == APIKEY_INT ? text : "never");
	format_time(apikey_int(used, 0), time);
	format_ago(apikey_int(used, 0), card->console->time, span);
	snprintf(text, sizeof text, "%s, %s", time, span);
	sheet_put(s, "Last used", PAINT_PLAIN, apikey_type(used) == APIKEY_INT ? text : "never");
}

static void put_used(struct sheet *s, const struct apikey_value *key)
{
	char requests[FORMAT_SIZE], units[FORMAT_SIZE], text[3 * FORMAT_SIZE];

	format_number(apikey_int(apikey_get(key, "requests"), 0), requests);
	format_number(apikey_int(apikey_get(key, "units"), 0), units);
	snprintf(text, sizeof text, "%s requests, %s units", requests, units);
	sheet_put(s, "Used", PAINT_PLAIN, text);
}

/* Metadata: a line for each member that is no container. */
static void put_meta(struct sheet *s, const struct apikey_value *meta)
{
	for (size_t i = 0; i < apikey_count(meta); i++) {
		const char *name = apikey_key_at(meta, i);
		const struct apikey_value *value = apikey_at(meta, i);
		char text[JOINED_MAX];

		if (name == NULL)
			continue;
		if (apikey_string(value) != NULL)
			snprintf(text, sizeof text, "%s = %s", name, apikey_string(value));
		else if (apikey_type(value) == APIKEY_INT)
			snprintf(text, sizeof text, "%s = %lld", name,
				(long long)apikey_int(value, 0));
		else if (apikey_type(value) == APIKEY_BOOL)
			snprintf(text, sizeof text, "%s = %s", name,
				apikey_bool(value, false) ? "true" : "false");
		else
			snprintf(text, sizeof text, "%s = (more: apikeyctl key show)", name);
		sheet_put(s, i == 0 ? "Metadata" : "", PAINT_PLAIN, text);
	}
}

void card_facts(void *arg, struct sheet *s)
{
	const struct card *card = arg;
	const struct apikey_value *key = model_key(card->console->model);

	put_status(card, s, member(key, "status"));
	sheet_put(s, "Key", PAINT_PLAIN, member(key, "masked"));
	put_times(card, s, key);
	put_used(s, key);
	put_text(s, "Owner", member(key, "owner"));
	put_text(s, "Tenant", member(key, "tenant"));
	put_list(s, "Scopes", apikey_get(key, "scopes"), "none");
	put_list(s, "Addresses", apikey_get(key, "ip_allow"), "any");
	put_text(s, "Env", member(key, "env"));
	sheet_put(s, "Id", PAINT_PLAIN, member(key, "id"));
	put_text(s, "Plan", member(key, "plan"));
	put_text(s, "Email", member(key, "email"));
	put_text(s, "Notes", member(key, "notes"));
	put_meta(s, apikey_get(key, "meta"));
}

/* ---- secrets ---- */

/* Its prefix, whether it still verifies, and until when. */
static void put_prefix(const struct card *card, struct sheet *s, const struct apikey_value *secret)
{
	const char *status = member(secret, "status");
	int64_t ends = apikey_int(apikey_get(secret, "expires_at"), 0);
	bool active = strcmp(status, "active") == 0;
	char span[FORMAT_SIZE];
	struct pen p;

	s->label_width = 0;
	p = sheet_line(s, "");
	s->label_width = INDENT;
	format_ahead(ends, card->console->time, span);
	pen_format(&p, PAINT_PLAIN, "%s  ", member(secret, "prefix"));
	if (strcmp(status, "superseded") == 0)
		pen_format(&p, PAINT_WARN, "old: runs out %s", span);
	else
		pen_put(&p, active ? PAINT_GOOD : PAINT_WARN, active ? "in use" : status);
}

/* Who still uses it. */
static void put_last(const struct card *card, struct sheet *s, const struct apikey_value *secret)
{
	const struct apikey_value *used = apikey_get(secret, "last_used_at"),
				  *since = apikey_get(secret, "requests_since");
	char ago[FORMAT_SIZE], number[FORMAT_SIZE], text[256];
	int at;

	format_ago(apikey_int(used, 0), card->console->time, ago);
	at = snprintf(
		text, sizeof text, "last used %s", apikey_type(used) == APIKEY_INT ? ago : "never");
	if (*member(secret, "last_ip") != '\0')
		snprintf(text + at, sizeof text - (size_t)at, " from %.64s",
			member(secret, "last_ip"));
	sheet_put(s, "", PAINT_PLAIN, text);
	if (apikey_type(since) != APIKEY_INT)
		return;
	format_number(apikey_int(since, 0), number);
	snprintf(text, sizeof text, "%s request%s since it was replaced", number,
		apikey_int(since, 0) == 1 ? "" : "s");
	sheet_put(s, "", apikey_int(since, 0) > 0 ? PAINT_WARN : PAINT_PLAIN, text);
	if (strcmp(member(secret, "status"), "superseded") == 0 &&
		console_may_change(card->console))
		sheet_put(s, "", PAINT_DIM, "E ends it now");
}

/* The latest first. */
void card_secrets(void *arg, struct sheet *s)
{
	const struct card *card = arg;
	const struct apikey_value *secrets = apikey_get(model_key(card->console->model), "secrets");
	char time[FORMAT_SIZE], text[2 * FORMAT_SIZE];

	for (size_t i = apikey_count(secrets); i-- > 0;) {
		const struct apikey_value *secret = apikey_at(secrets, i);

		put_prefix(card, s, secret);
		put_last(card, s, secret);
		format_time(apikey_int(apikey_get(secret, "created_at"), 0), time);
		snprintf(text, sizeof text, "made %s", time);
		sheet_put(s, "", PAINT_DIM, text);
	}
}
