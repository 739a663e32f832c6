/* create.c - a new key: a form, then the key itself. */
#include <stdlib.h>

#include "apikey-tui/change.h"
#include "apikey-tui/format.h"
#include "apikey-tui/key_form.h"
#include "apikey-tui/once.h"
#include "apikey-tui/screens/screens.h"

struct create {
	struct console *console;
	struct form form;
	char request_id[33]; /* stays the same until its outcome is known */
	struct once once;
};

static struct wish stay(void)
{
	return (struct wish){.kind = WISH_STAY};
}

static void back_to_form(struct create *s, enum apikey_error error, const char *why)
{
	if (error == APIKEY_UNREACHABLE || error == APIKEY_OUTCOME_UNKNOWN) {
		console_say(s->console, PAINT_BAD,
			"Not known whether it was created. Create asks for the same once more.");
		return;
	}
	change_request_id(s->request_id);
	if (error != APIKEY_INVALID_ARGUMENT || !key_form_fault(&s->form, why))
		console_say(s->console, PAINT_BAD, "Not created: %s", why);
}

static void done(
	void *arg, enum apikey_error error, const struct apikey_value *result, const char *why)
{
	struct create *s = arg;

	(void)result;
	s->form.waits = false;
	if (error == APIKEY_OK)
		once_take(&s->once, s->console, "is created");
	else
		back_to_form(s, error, why);
}

static void send_form(struct create *s)
{
	struct apikey_params *params = apikey_params_new();

	key_form_put(&s->form, NULL, params);
	apikey_put_string(params, "request_id", s->request_id);
	s->form.waits = true;
	model_change(s->console->model, "key.create", params, done, s);
}

static void draw(struct console *c, void *state, struct area area)
{
	struct create *s = state;
	struct area heading = area_top(&area, area.h > 10 ? 2 : 0);
	struct pen p = pen_at(c->term, heading, 0);

	if (s->once.result != NULL) {
		once_draw(&s->once, c, area);
		return;
	}
	pen_put(&p, PAINT_DIM, s->form.waits ? "Creating." : "Only the name is needed.");
	form_draw(&s->form, c->term, area);
}

static struct wish act(struct console *c, void *state, const struct action_row *row, int key)
{
	struct create *s = state;

	(void)key;
	if (row->action == ACTION_COPY)
		once_copy(&s->once, c);
	if (row->action == ACTION_EXAMPLES)
		return (struct wish){WISH_OPEN, &examples_screen, NULL};
	if (row->action == ACTION_BACK)
		return (struct wish){.kind = WISH_BACK};
	return stay();
}

static bool typing(const void *state)
{
	return ((const struct create *)state)->once.result == NULL;
}

static struct wish type(struct console *c, void *state, const struct term_event *event)
{
	struct create *s = state;

	switch (form_event(&s->form, event)) {
	case FORM_SUBMITS:
		send_form(s);
		return stay();
	case FORM_CANCELS:
		return console_leave_form(c, &s->form);
	default:
		return stay();
	}
}

static enum place place(const void *state)
{
	return typing(state) ? PLACE_FORM : PLACE_SECRET;
}

static void *open_create(struct console *c, const char *arg)
{
	struct create *s = calloc(1, sizeof *s);

	if (s == NULL)
		return NULL;
	s->console = c;
	key_form_open(&s->form, KEY_FIELD_COUNT, "Create");
	change_request_id(s->request_id);
	line_set(&s->form.lines[KEY_FIELD_NAME], arg != NULL ? arg : "");
	line_set(&s->form.lines[KEY_FIELD_OWNER], member(model_hello(c->model), "user"));
	line_set(&s->form.lines[KEY_FIELD_EXPIRES], "never");
	return s;
}

static void close_create(struct console *c, void *state)
{
	struct create *s = state;

	model_forget(c->model, s);
	once_close(&s->once, c);
	free(s);
}

const struct screen create_screen = {
	.name = "new",
	.title = "New key",
	.changes = true,
	.open = open_create,
	.close = close_create,
	.place = place,
	.draw = draw,
	.act = act,
	.typing = typing,
	.type = type,
};
