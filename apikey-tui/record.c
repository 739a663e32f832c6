/* record.c - a form about a thing of the daemon: filled from what it has, and put as parameters. */
#include "apikey-tui/record.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apikey-tui/fields.h"
#include "apikey-tui/format.h"

/* ---- from what the daemon says ---- */

static void fill_text(struct line *line, const struct apikey_value *value)
{
	line_set(line, apikey_string(value) != NULL ? apikey_string(value) : "");
}

static void fill_number(struct line *line, const struct apikey_value *value)
{
	char text[FORMAT_SIZE] = "";

	if (apikey_type(value) == APIKEY_INT)
		snprintf(text, sizeof text, "%lld", (long long)apikey_int(value, 0));
	line_set(line, text);
}

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

static void fill_limits(struct line *line, const struct apikey_value *limits)
{
	char text[LINE_SIZE];

	format_limits(limits, text, sizeof text);
	line_set(line, text);
}

static void fill_expiry(struct line *line, const struct apikey_value *at)
{
	char time[FORMAT_SIZE];

	format_time(apikey_int(at, 0), time);
	time[strlen("2026-11-21 10:09")] = '\0';
	line_set(line, apikey_type(at) == APIKEY_INT ? time : "never");
}

/* ---- to parameters ---- */

static void put_number(struct apikey_params *out, const char *name, const char *text)
{
	apikey_put_int(out, name, strtoll(text, NULL, 10));
}

static void put_list(struct apikey_params *out, const char *name, const char *text)
{
	const char *items[FIELDS_ITEMS_MAX];
	char *copy = strdup(text);
	size_t count = copy != NULL ? field_split(copy, items, FIELDS_ITEMS_MAX) : 0;

	apikey_put_strings(out, name, items, count);
	free(copy);
}

static void put_limit(struct apikey_params *out, const struct field_limit *limit)
{
	apikey_put_map(out, NULL);
	if (limit->window > 0) {
		apikey_put_int(out, "window", limit->window);
	} else {
		apikey_put_string(out, "period", limit->period);
		apikey_put_string(out, "of", limit->of);
	}
	apikey_put_int(out, "limit", limit->limit);
	apikey_put_end(out);
}

/* The text was checked, and so each of its items is either a rate or a quota. */
static void put_limits(struct apikey_params *out, const char *name, const char *text)
{
	const char *items[FIELDS_ITEMS_MAX];
	char *copy = strdup(text);
	size_t count = copy != NULL ? field_split(copy, items, FIELDS_ITEMS_MAX) : 0;
	struct field_limit limit;

	apikey_put_array(out, name);
	for (size_t i = 0; i < count; i++)
		if (field_rate(items[i], &limit) || field_quota(items[i], &limit))
			put_limit(out, &limit);
	apikey_put_end(out);
	free(copy);
}

static void put_expiry(struct apikey_params *out, const char *name, const char *text)
{
	struct expiry expiry;

	if (field_expiry(text, &expiry) && expiry.in != 0)
		apikey_put_int(out, "expires_in", expiry.in);
	else if (expiry.at != 0)
		apikey_put_int(out, name, expiry.at);
}

/* ---- all kinds ---- */

static const struct {
	void (*fill)(struct line *line, const struct apikey_value *value);
	void (*put)(struct apikey_params *out, const char *name, const char *text);
} kinds[] = {
	[RECORD_TEXT] = {fill_text, apikey_put_string},
	[RECORD_NUMBER] = {fill_number, put_number},
	[RECORD_LIST] = {fill_list, put_list},
	[RECORD_LIMITS] = {fill_limits, put_limits},
	[RECORD_EXPIRY] = {fill_expiry, put_expiry},
};

void record_fill(
	struct form *f, const struct record_param *params, const struct apikey_value *thing)
{
	for (unsigned i = 0; i < f->count; i++)
		kinds[params[i].kind].fill(&f->lines[i], apikey_get(thing, params[i].name));
}

static bool is_nothing(const struct record_param *param, const char *text)
{
	return *text == '\0' || (param->kind == RECORD_EXPIRY && strcmp(text, "never") == 0);
}

unsigned record_put(const struct form *f, const struct form *before,
	const struct record_param *params, struct apikey_params *out)
{
	unsigned count = 0;

	for (unsigned i = 0; i < f->count; i++) {
		const char *text = f->lines[i].text;

		if (before != NULL && strcmp(text, before->lines[i].text) == 0)
			continue;
		if (!is_nothing(&params[i], text))
			kinds[params[i].kind].put(out, params[i].name, text);
		else if (before != NULL)
			apikey_put_nil(out, params[i].name);
		count++;
	}
	return count;
}

/* The complaint begins with the parameter's name; that of a time may be the one in seconds from now. */
static bool is_about(const struct record_param *param, const char *why)
{
	size_t len = strspn(why, "abcdefghijklmnopqrstuvwxyz_");

	if (param->kind == RECORD_EXPIRY)
		return strncmp(why, "expires_", strlen("expires_")) == 0;
	return len == strlen(param->name) && strncmp(why, param->name, len) == 0;
}

bool record_fault(struct form *f, const struct record_param *params, const char *why)
{
	for (unsigned i = 0; i < f->count; i++)
		if (is_about(&params[i], why)) {
			form_fault(f, i, why);
			return true;
		}
	return false;
}
