/* key_form.c - what can be said about a key, as a form: to create one, and to change one. */
#include "apikey-tui/key_form.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apikey-tui/fields.h"
#include "apikey-tui/format.h"

static const struct form_field fields[KEY_FIELD_COUNT] = {
	[KEY_FIELD_NAME] = {"Name", "what the key is for, or who uses it", field_check_name, 128},
	[KEY_FIELD_OWNER] = {"Owner", "who answers for it", field_check_word, 64},
	[KEY_FIELD_SCOPES] = {"Scopes", "such as invoices:read users:*; what it may be used for",
		field_check_scopes, LINE_SIZE - 1},
	[KEY_FIELD_ADDRESSES] = {"Addresses", "such as 192.0.2.0/24; empty: from anywhere",
		field_check_addresses, LINE_SIZE - 1},
	[KEY_FIELD_RATE] = {"Rate", "such as 100/60s 5000/1h; empty: as often as one likes",
		field_check_rates, 128},
	[KEY_FIELD_QUOTA] = {"Quota", "such as 1000/day 20000/month 500/day:units",
		field_check_quotas, 128},
	[KEY_FIELD_PLAN] = {"Plan", "limits under a name, for what has none here", field_check_word,
		64},
	[KEY_FIELD_EXPIRES] = {"Expires", "never, 12h, 90d, 1y, or a date such as 2027-01-31",
		field_check_expiry, 32},
	[KEY_FIELD_EMAIL] = {"Email", "of whoever uses it", field_check_email, 254},
	[KEY_FIELD_NOTES] = {"Notes", "for other operators", field_check_notes, LINE_SIZE - 1},
	[KEY_FIELD_ENV] = {"Environment", "such as live or test; empty: the daemon's first",
		field_check_word, 16},
};

/* The daemon's names. */
static const char *const names[KEY_FIELD_COUNT] = {
	[KEY_FIELD_NAME] = "name",
	[KEY_FIELD_OWNER] = "owner",
	[KEY_FIELD_SCOPES] = "scopes",
	[KEY_FIELD_ADDRESSES] = "ip_allow",
	[KEY_FIELD_RATE] = "rate",
	[KEY_FIELD_QUOTA] = "quota",
	[KEY_FIELD_PLAN] = "plan",
	[KEY_FIELD_EXPIRES] = "expires",
	[KEY_FIELD_EMAIL] = "email",
	[KEY_FIELD_NOTES] = "notes",
	[KEY_FIELD_ENV] = "env",
};

void key_form_open(struct form *f, unsigned count, const char *button)
{
	*f = (struct form){.fields = fields, .count = count, .button = button};
	form_open(f);
}

/* ---- from a key ---- */

static void fill_list(struct line *line, const struct apikey_value *list)
{
	char text[LINE_SIZE];
	size_t at = 0;

	text[0] = '\0';
	for (size_t i = 0; i < apikey_count(list) && at < sizeof text; i++) {
		const char *item = apikey_string(apikey_at(list, i));

		at += (size_t)snprintf(text + at, sizeof text - at, "%s%s", i > 0 ? " " : "",
			item != NULL ? item : "");
	}
	line_set(line, text);
}

static void fill_expiry(struct line *line, const struct apikey_value *at)
{
	char time[FORMAT_SIZE];

	format_time(apikey_int(at, 0), time);
	time[strlen("2026-11-21 10:09")] = '\0';
	line_set(line, apikey_type(at) == APIKEY_INT ? time : "never");
}

static void fill_limits(struct line *line, const struct apikey_value *limits)
{
	char text[LINE_SIZE];

	format_limits(limits, text, sizeof text);
	line_set(line, text);
}

void key_form_fill(struct form *f, const struct apikey_value *key)
{
	for (unsigned i = 0; i < f->count; i++) {
		const struct apikey_value *value = apikey_get(key, names[i]);

		if (i == KEY_FIELD_EXPIRES)
			fill_expiry(&f->lines[i], apikey_get(key, "expires_at"));
		else if (i == KEY_FIELD_RATE || i == KEY_FIELD_QUOTA)
			fill_limits(&f->lines[i], value);
		else if (apikey_type(value) == APIKEY_ARRAY)
			fill_list(&f->lines[i], value);
		else
			line_set(&f->lines[i],
				apikey_string(value) != NULL ? apikey_string(value) : "");
	}
}

/* ---- to parameters ---- */

static void put_limit(struct apikey_params *params, const struct field_limit *limit)
{
	apikey_put_map(params, NULL);
	if (limit->window > 0) {
		apikey_put_int(params, "window", limit->window);
	} else {
		apikey_put_string(params, "period", limit->period);
		apikey_put_string(params, "of", limit->of);
	}
	apikey_put_int(params, "limit", limit->limit);
	apikey_put_end(params);
}

/* A list of names, of rates or of quotas; read: what one limit is read with, NULL for names. */
static void put_items(struct apikey_params *params, const char *name, const char *text,
	bool (*read)(const char *text, struct field_limit *out))
{
	const char *items[FIELDS_ITEMS_MAX];
	char *copy = strdup(text);
	size_t count = copy != NULL ? field_split(copy, items, FIELDS_ITEMS_MAX) : 0;
	struct field_limit limit;

	if (read == NULL) {
		apikey_put_strings(params, name, items, count);
	} else {
		apikey_put_array(params, name);
		for (size_t i = 0; i < count; i++)
			if (read(items[i], &limit))
				put_limit(params, &limit);
		apikey_put_end(params);
	}
	free(copy);
}

static void put_expiry(struct apikey_params *params, const char *text, bool clears)
{
	struct expiry expiry;

	if (field_expiry(text, &expiry) && expiry.in != 0)
		apikey_put_int(params, "expires_in", expiry.in);
	else if (expiry.at != 0)
		apikey_put_int(params, "expires_at", expiry.at);
	else if (clears)
		apikey_put_nil(params, "expires_at");
}

static void put_field(
	struct apikey_params *params, enum key_field field, const char *text, bool clears)
{
	if (field == KEY_FIELD_EXPIRES)
		put_expiry(params, text, clears);
	else if (*text == '\0' && clears)
		apikey_put_nil(params, names[field]);
	else if (*text == '\0')
		return;
	else if (field == KEY_FIELD_SCOPES || field == KEY_FIELD_ADDRESSES)
		put_items(params, names[field], text, NULL);
	else if (field == KEY_FIELD_RATE || field == KEY_FIELD_QUOTA)
		put_items(params, names[field], text,
			field == KEY_FIELD_RATE ? field_rate : field_quota);
	else
		apikey_put_string(params, names[field], text);
}

unsigned key_form_put(const struct form *f, const struct form *before, struct apikey_params *params)
{
	unsigned count = 0;

	for (unsigned i = 0; i < f->count; i++) {
		const char *text = f->lines[i].text;

		if (before != NULL && strcmp(text, before->lines[i].text) == 0)
			continue;
		put_field(params, (enum key_field)i, text, before != NULL);
		count++;
	}
	return count;
}

bool key_form_fault(struct form *f, const char *why)
{
	for (unsigned i = 0; i < f->count; i++)
		if (strncmp(why, names[i], strlen(names[i])) == 0) {
			form_fault(f, i, why);
			return true;
		}
	return false;
}
