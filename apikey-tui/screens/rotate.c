/* rotate.c - a new secret for a key: how long the old one is to verify yet, a question, then the new key. */
#include <stdlib.h>
#include <string.h>

#include "apikey-tui/change.h"
#include "apikey-tui/fields.h"
#include "apikey-tui/format.h"
#include "apikey-tui/kit/form.h"
#include "apikey-tui/once.h"
#include "apikey-tui/screens/screens.h"
#include "protocol/keytext.h"

#define GRACE "24h" /* what is proposed */

static const struct form_field fields[] = {
	{"Grace", "how long the old secret verifies yet: 0, 30m, 24h, 7d", field_check_span, 12},
};

struct rotate {
	struct console *console;
	char id[KEY_ID_SIZE], name[160];
	char request_id[33]; /* stays the same until its outcome is known */
	struct form form;
	struct dialog ask;
	struct once once;
};

static void answered(
	void *arg, enum apikey_error error, const struct apikey_value *result, const char *why)
{
	struct rotate *r = arg;

	(void)result;
	r->form.waits = false;
	if (error == APIKEY_OK) {
		once_take(&r->once, r->console, "has a new secret");
	} else if (error == APIKEY_UNREACHABLE || error == APIKEY_OUTCOME_UNKNOWN) {
		console_say(r->console, PAINT_BAD,
			"Not known whether it was rotated. Rotate asks for the same once more.");
	} else {
		change_request_id(r->request_id);
		console_say(r->console, PAINT_BAD, "Not rotated: %s", why);
	}
}

static void send_rotation(struct rotate *r)
{
	struct apikey_params *params = apikey_params_new();
	int64_t grace = 0;

	field_span(r->form.lines[0].text, &grace);
	apikey_put_string(params, "id", r->id);
	apikey_put_int(params, "grace", grace);
	apikey_put_string(params, "request_id", r->request_id);
	r->form.waits = true;
	model_change(r->console->model, "key.rotate", params, answered, r);
}

static void ask(struct rotate *r)
{
	const char *grace = r->form.lines[0].text;

	memset(&r->ask, 0, sizeof r->ask);
	r->ask.verb = "rotate it";
	snprintf(r->ask.title, sizeof r->ask.title, "Rotate %s?", r->name);
	snprintf(r->ask.text, sizeof r->ask.text, "A new secret is made. The old one %s%.12s.",
		strcmp(grace, "0") == 0 ? "is denied from the next request on"
					: "verifies for another ",
		strcmp(grace, "0") == 0 ? "" : grace);
	dialog_open(&r->ask);
}

static void draw(struct console *c, void *state, struct area area)
{
	struct rotate *r = state;
	struct area below = {0}, heading;
	struct pen p;

	if (r->once.result != NULL) {
		once_draw(&r->once, c, area);
		return;
	}
	if (r->ask.open)
		below = area_bottom(&area, dialog_height(&r->ask, c->term, area.w));
	heading = area_top(&area, 2);
	p = pen_at(c->term, heading, 0);
	pen_format(&p, PAINT_TITLE, "A new secret for %s", r->name);
	form_draw(&r->form, c->term, area);
	if (r->ask.open)
		dialog_draw(&r->ask, c->term, below);
}

static struct wish act(struct console *c, void *state, const struct action_row *row, int key)
{
	struct rotate *r = state;

	(void)key;
	if (row->action == ACTION_COPY)
		once_copy(&r->once, c);
	if (row->action == ACTION_EXAMPLES)
		return (struct wish){WISH_OPEN, &examples_screen, NULL};
	return (struct wish){.kind = row->action == ACTION_BACK ? WISH_BACK : WISH_STAY};
}

static bool typing(const void *state)
{
	return ((const struct rotate *)state)->once.result == NULL;
}

static struct wish type(struct console *c, void *state, const struct term_event *event)
{
	struct rotate *r = state;
	enum form_result result = FORM_STAYS;

	if (!r->ask.open)
		result = form_event(&r->form, event);
	else if (event->type == TERM_KEY && dialog_key(&r->ask, event) == DIALOG_YES)
		send_rotation(r);
	if (result == FORM_CANCELS)
		return console_leave_form(c, &r->form);
	if (result == FORM_SUBMITS)
		ask(r);
	return (struct wish){.kind = WISH_STAY};
}

static enum place place(const void *state)
{
	if (((const struct rotate *)state)->ask.open)
		return PLACE_QUESTION;
	return typing(state) ? PLACE_FORM : PLACE_SECRET;
}

static void *open_rotate(struct console *c, const char *arg)
{
	struct rotate *r = calloc(1, sizeof *r);

	if (r == NULL)
		return NULL;
	r->console = c;
	snprintf(r->id, sizeof r->id, "%s", arg);
	snprintf(r->name, sizeof r->name, "%s", member(model_key(c->model), "name"));
	change_request_id(r->request_id);
	r->form = (struct form){.fields = fields, .count = 1, .button = "Rotate"};
	form_open(&r->form);
	line_set(&r->form.lines[0], GRACE);
	return r;
}

static void close_rotate(struct console *c, void *state)
{
	struct rotate *r = state;

	model_forget(c->model, r);
	once_close(&r->once, c);
	free(r);
}

const struct screen rotate_screen = {
	.title = "Rotate",
	.least = ROLE_OPERATOR,
	.open = open_rotate,
	.close = close_rotate,
	.place = place,
	.draw = draw,
	.act = act,
	.typing = typing,
	.type = type,
};
