/* edit.c - what a key has, as a form; only what is changed is sent. */
#include <stdlib.h>

#include "apikey-tui/change.h"
#include "apikey-tui/format.h"
#include "apikey-tui/key_form.h"
#include "apikey-tui/screens/screens.h"
#include "protocol/keytext.h"

struct edit {
	struct console *console;
	char id[KEY_ID_SIZE];
	char request_id[33]; /* stays the same until its outcome is known */
	struct form form, before;
	bool done;
};

static void answered(
	void *arg, enum apikey_error error, const struct apikey_value *result, const char *why)
{
	struct edit *e = arg;
	char name[FORMAT_SIZE];

	e->form.waits = false;
	e->done = error == APIKEY_OK;
	if (error == APIKEY_OK) {
		format_short(member(result, "name"), name);
		console_say(e->console, PAINT_GOOD, "%s is changed.", name);
		return;
	}
	if (error == APIKEY_UNREACHABLE || error == APIKEY_OUTCOME_UNKNOWN) {
		console_say(e->console, PAINT_BAD,
			"Not known whether it was changed. Save asks for the same once more.");
		return;
	}
	change_request_id(e->request_id);
	if (error != APIKEY_INVALID_ARGUMENT || !key_form_fault(&e->form, why))
		console_say(e->console, PAINT_BAD, "Not changed: %s", why);
}

static void send_form(struct edit *e)
{
	struct apikey_params *params = apikey_params_new();

	if (key_form_put(&e->form, &e->before, params) == 0) {
		apikey_params_free(params);
		console_say(e->console, PAINT_WARN, "Nothing differs from what the key has.");
		return;
	}
	apikey_put_string(params, "id", e->id);
	apikey_put_string(params, "request_id", e->request_id);
	e->form.waits = true;
	model_change(e->console->model, "key.update", params, answered, e);
}

static void draw(struct console *c, void *state, struct area area)
{
	struct edit *e = state;
	struct area heading = area_top(&area, area.h > 10 ? 2 : 0);
	struct pen p = pen_at(c->term, heading, 0);

	pen_format(&p, PAINT_DIM, "%s, as it is. An empty field takes away what was there.",
		e->before.lines[KEY_FIELD_NAME].text);
	form_draw(&e->form, c->term, area);
}

static struct wish act(struct console *c, void *state, const struct action_row *row, int key)
{
	(void)c;
	(void)state;
	(void)row;
	(void)key;
	return (struct wish){.kind = WISH_STAY};
}

static bool typing(const void *state)
{
	(void)state;
	return true;
}

static bool done(const void *state)
{
	return ((const struct edit *)state)->done;
}

static struct wish type(struct console *c, void *state, const struct term_event *event)
{
	struct edit *e = state;
	enum form_result result = form_event(&e->form, event);

	if (result == FORM_CANCELS)
		return console_leave_form(c, &e->form);
	if (result == FORM_SUBMITS)
		send_form(e);
	return (struct wish){.kind = WISH_STAY};
}

static enum place place(const void *state)
{
	(void)state;
	return PLACE_FORM;
}

static void *open_edit(struct console *c, const char *arg)
{
	struct edit *e = calloc(1, sizeof *e);

	if (e == NULL)
		return NULL;
	e->console = c;
	snprintf(e->id, sizeof e->id, "%s", arg);
	change_request_id(e->request_id);
	key_form_open(&e->form, KEY_FIELD_CHANGED, "Save");
	key_form_fill(&e->form, model_key(c->model));
	e->before = e->form;
	return e;
}

static void close_edit(struct console *c, void *state)
{
	model_forget(c->model, state);
	free(state);
}

const struct screen edit_screen = {
	.title = "Edit",
	.least = ROLE_OPERATOR,
	.open = open_edit,
	.close = close_edit,
	.place = place,
	.draw = draw,
	.act = act,
	.typing = typing,
	.type = type,
	.done = done,
};
