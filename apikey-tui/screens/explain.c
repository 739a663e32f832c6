/* explain.c - what a verify of a key would say, and why: what is asked as a form, then every check with its outcome. */
#include <stdlib.h>
#include <string.h>

#include "apikey-tui/fields.h"
#include "apikey-tui/format.h"
#include "apikey-tui/kit/form.h"
#include "apikey-tui/kit/sheet.h"
#include "apikey-tui/screens/screens.h"
#include "protocol/keytext.h"

#define LABEL 6 /* cells for outcomes */

enum field { FIELD_ADDRESS, FIELD_SCOPES, FIELD_UNITS, FIELD_COST, FIELD_COUNT };

static const struct form_field fields[FIELD_COUNT] = {
	[FIELD_ADDRESS] = {"Address", "of the client, such as 192.0.2.7", NULL, 64},
	[FIELD_SCOPES] = {"Scopes", "that it needs", field_check_scopes, LINE_SIZE - 1},
	[FIELD_UNITS] = {"Units", "that it asks for", field_check_count, 12},
	[FIELD_COST] = {"Cost", "against rates, 1 if empty", field_check_count, 4},
};

struct explain {
	struct console *console;
	char id[KEY_ID_SIZE];
	struct form form;
	struct apikey_value *answer; /* NULL: the form is seen */
	struct sheet sheet;
};

/* ---- asking ---- */

static void answered(
	void *arg, enum apikey_error error, const struct apikey_value *result, const char *why)
{
	struct explain *e = arg;

	(void)result;
	apikey_value_free(e->answer);
	e->answer = error == APIKEY_OK ? model_take(e->console->model) : NULL;
	e->sheet.top = 0;
	if (error != APIKEY_OK)
		console_say(e->console, PAINT_BAD, "%s", why);
}

static void put_count(struct apikey_params *params, const char *name, const char *text)
{
	if (*text != '\0')
		apikey_put_int(params, name, strtoll(text, NULL, 10));
}

static void put_scopes(struct apikey_params *params, const char *text)
{
	const char *items[FIELDS_ITEMS_MAX];
	char *copy = strdup(text);
	size_t count = copy != NULL ? field_split(copy, items, FIELDS_ITEMS_MAX) : 0;

	if (count > 0)
		apikey_put_strings(params, "scopes", items, count);
	free(copy);
}

static void ask(struct explain *e)
{
	struct apikey_params *params = apikey_params_new();
	const char *address = e->form.lines[FIELD_ADDRESS].text;

	apikey_put_string(params, "id", e->id);
	apikey_put_string(params, "ip", *address != '\0' ? address : NULL);
	put_scopes(params, e->form.lines[FIELD_SCOPES].text);
	put_count(params, "units", e->form.lines[FIELD_UNITS].text);
	put_count(params, "cost", e->form.lines[FIELD_COST].text);
	model_read(e->console->model, "key.explain", params, answered, e);
}

/* ---- the answer ---- */

static bool is_time(const char *name)
{
	static const char *const times[] = {"reset", "expires_at", "grace_ends", "now"};

	for (size_t i = 0; i < sizeof times / sizeof times[0]; i++)
		if (strcmp(times[i], name) == 0)
			return true;
	return false;
}

/* A number of a check as text; scopes lacking with spaces between. */
static void describe(const char *name, const struct apikey_value *value, char *out, size_t size)
{
	size_t at = 0;

	*out = '\0';
	if (apikey_type(value) == APIKEY_INT && is_time(name))
		format_time(apikey_int(value, 0), out);
	else if (apikey_type(value) == APIKEY_INT)
		format_number(apikey_int(value, 0), out);
	else if (apikey_string(value) != NULL)
		snprintf(out, size, "%s", apikey_string(value));
	for (size_t i = 0; i < apikey_count(value) && at < size; i++) {
		const char *item = apikey_string(apikey_at(value, i));

		at += (size_t)snprintf(
			out + at, size - at, "%s%s", i > 0 ? " " : "", item != NULL ? item : "");
	}
}

/* "rate_limited: window 60, of requests, limit 100, …" */
static void put_check(struct sheet *s, const struct apikey_value *check)
{
	const char *outcome = member(check, "outcome");
	char text[1024], value[256];
	int at = snprintf(text, sizeof text, "%.40s", member(check, "check"));
	const char *comma = ": ";

	for (size_t i = 0; i < apikey_count(check); i++) {
		const char *name = apikey_key_at(check, i);

		if (name == NULL || strcmp(name, "check") == 0 || strcmp(name, "outcome") == 0 ||
			at >= (int)sizeof text)
			continue;
		describe(name, apikey_at(check, i), value, sizeof value);
		at += snprintf(
			text + at, sizeof text - (size_t)at, "%s%.20s %s", comma, name, value);
		comma = ", ";
	}
	sheet_put(s, outcome,
		strcmp(outcome, "fail") == 0   ? PAINT_BAD
		: strcmp(outcome, "pass") == 0 ? PAINT_GOOD
					       : PAINT_DIM,
		text);
}

static void draw_answer(struct explain *e, struct area area)
{
	const struct apikey_value *checks = apikey_get(e->answer, "checks");
	bool valid = apikey_bool(apikey_get(e->answer, "valid"), false);
	char text[128];

	sheet_begin(&e->sheet, e->console->term, area, LABEL);
	snprintf(text, sizeof text, "A verify would say: %.40s", member(e->answer, "code"));
	sheet_heading(&e->sheet, valid ? PAINT_GOOD : PAINT_BAD, text);
	if (apikey_type(apikey_get(e->answer, "retry_after")) == APIKEY_INT) {
		snprintf(text, sizeof text, "It would pass in %lld s.",
			(long long)apikey_int(apikey_get(e->answer, "retry_after"), 0));
		sheet_heading(&e->sheet, PAINT_PLAIN, text);
	}
	for (size_t i = 0; i < apikey_count(checks); i++)
		put_check(&e->sheet, apikey_at(checks, i));
	sheet_end(&e->sheet);
}

static void draw(struct console *c, void *state, struct area area)
{
	struct explain *e = state;
	struct pen p;

	if (e->answer != NULL) {
		draw_answer(e, area);
		return;
	}
	p = pen_at(c->term, area_top(&area, area.h > 10 ? 2 : 0), 0);
	pen_put(&p, PAINT_DIM, "What would be asked? Nothing is counted.");
	form_draw(&e->form, c->term, area);
}

/* ---- what can be done ---- */

/* Back from the answer is to the question. */
static struct wish act(struct console *c, void *state, const struct action_row *row, int key)
{
	struct explain *e = state;

	(void)c;
	(void)key;
	if (row->action == ACTION_MOVE)
		sheet_move(&e->sheet, row->motion);
	if (row->action == ACTION_BACK) {
		apikey_value_free(e->answer);
		e->answer = NULL;
	}
	return (struct wish){.kind = WISH_STAY};
}

static bool typing(const void *state)
{
	return ((const struct explain *)state)->answer == NULL;
}

static struct wish type(struct console *c, void *state, const struct term_event *event)
{
	struct explain *e = state;
	enum form_result result = form_event(&e->form, event);

	(void)c;
	if (result == FORM_SUBMITS)
		ask(e);
	return (struct wish){.kind = result == FORM_CANCELS ? WISH_BACK : WISH_STAY};
}

static enum place place(const void *state)
{
	return typing(state) ? PLACE_FORM : PLACE_DETAIL;
}

/* The button has the focus, so that Enter asks the plain question. */
static void *open_explain(struct console *c, const char *arg)
{
	struct explain *e = calloc(1, sizeof *e);

	if (e == NULL)
		return NULL;
	e->console = c;
	snprintf(e->id, sizeof e->id, "%s", arg);
	e->form = (struct form){.fields = fields, .count = FIELD_COUNT, .button = "Explain"};
	form_open(&e->form);
	e->form.focus = FIELD_COUNT;
	return e;
}

static void close_explain(struct console *c, void *state)
{
	struct explain *e = state;

	model_forget(c->model, e);
	apikey_value_free(e->answer);
	free(e);
}

const struct screen explain_screen = {
	.title = "Explain",
	.least = ROLE_VIEWER,
	.open = open_explain,
	.close = close_explain,
	.place = place,
	.draw = draw,
	.act = act,
	.typing = typing,
	.type = type,
};
