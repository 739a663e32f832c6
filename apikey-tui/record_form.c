/* record_form.c - what the forms of tenants, users and plans have in common. */
#include "apikey-tui/record_form.h"

#include <stdlib.h>
#include <string.h>

#include "apikey-tui/change.h"
#include "protocol/text.h"

struct record_form {
	struct console *console;
	const struct record_view *view;
	const struct record_param *params; /* of the fields that are shown */
	char name[WORD_MAX_BYTES + 1];     /* empty: a new one */
	char request_id[33];               /* stays the same until its outcome is known */
	struct form form, before;
	bool known; /* what is there to change */
	bool done;
};

static bool is_new(const struct record_form *r)
{
	return r->name[0] == '\0';
}

static void call(
	struct record_form *r, const char *verb, struct apikey_params *params, model_done *answered)
{
	char method[32];

	snprintf(method, sizeof method, "%s.%s", r->view->noun, verb);
	if (!is_new(r))
		apikey_put_string(params, r->view->params[0].name, r->name);
	if (strcmp(verb, "get") == 0)
		model_read(r->console->model, method, params, answered, r);
	else
		model_change(r->console->model, method, params, answered, r);
}

static void got(
	void *arg, enum apikey_error error, const struct apikey_value *result, const char *why)
{
	struct record_form *r = arg;

	if (error != APIKEY_OK) {
		console_say(r->console, PAINT_BAD, "%s cannot be changed now: %s", r->name, why);
		r->done = true;
		return;
	}
	record_fill(&r->form, r->params, result);
	r->before = r->form;
	r->known = true;
}

static void say_done(const struct record_form *r)
{
	const char *name = is_new(r) ? r->form.lines[0].text : r->name;
	const char *then = is_new(r) && r->view->then != NULL ? r->view->then : "";

	console_say(r->console, PAINT_GOOD, "%.64s is %s.%s", name,
		is_new(r) ? "created" : "changed", then);
}

static void answered(
	void *arg, enum apikey_error error, const struct apikey_value *result, const char *why)
{
	struct record_form *r = arg;

	(void)result;
	r->form.waits = false;
	r->done = error == APIKEY_OK;
	if (error == APIKEY_OK) {
		say_done(r);
		return;
	}
	if (error == APIKEY_UNREACHABLE || error == APIKEY_OUTCOME_UNKNOWN) {
		console_say(r->console, PAINT_BAD,
			"Not known whether it was done. %s asks for the same once more.",
			r->form.button);
		return;
	}
	change_request_id(r->request_id);
	if (error != APIKEY_INVALID_ARGUMENT || !record_fault(&r->form, r->params, why))
		console_say(r->console, PAINT_BAD, "Not done: %s", why);
}

static void send_form(struct record_form *r)
{
	struct apikey_params *params = apikey_params_new();
	unsigned count = record_put(&r->form, is_new(r) ? NULL : &r->before, r->params, params);

	if (count == 0) {
		apikey_params_free(params);
		console_say(r->console, PAINT_WARN, "Nothing differs from what there is.");
		return;
	}
	apikey_put_string(params, "request_id", r->request_id);
	r->form.waits = true;
	call(r, is_new(r) ? "create" : "update", params, answered);
}

void record_form_draw(struct console *c, void *state, struct area area)
{
	struct record_form *r = state;
	struct area heading = area_top(&area, area.h > 8 ? 2 : 0);
	struct pen p = pen_at(c->term, heading, 0);

	if (is_new(r))
		pen_put(&p, PAINT_DIM, r->view->about);
	else
		pen_format(&p, PAINT_DIM, "%s, as it is. An empty field takes away what was there.",
			r->name);
	if (r->known)
		form_draw(&r->form, c->term, area);
}

struct wish record_form_act(struct console *c, void *state, const struct action_row *row, int key)
{
	(void)c;
	(void)state;
	(void)row;
	(void)key;
	return (struct wish){.kind = WISH_STAY};
}

bool record_form_typing(const void *state)
{
	(void)state;
	return true;
}

bool record_form_done(const void *state)
{
	return ((const struct record_form *)state)->done;
}

struct wish record_form_type(struct console *c, void *state, const struct term_event *event)
{
	struct record_form *r = state;
	bool leaves = event->type == TERM_KEY && event->key == TERM_ESC;
	enum form_result result = FORM_STAYS;

	if (r->known)
		result = form_event(&r->form, event);
	else if (leaves)
		result = FORM_CANCELS;
	if (result == FORM_CANCELS)
		return console_leave_form(c, &r->form);
	if (result == FORM_SUBMITS)
		send_form(r);
	return (struct wish){.kind = WISH_STAY};
}

enum place record_form_place(const void *state)
{
	(void)state;
	return PLACE_FORM;
}

void *record_form_new(struct console *c, const struct record_view *view, const char *name)
{
	struct record_form *r = calloc(1, sizeof *r);
	unsigned first = name != NULL ? 1 : 0;

	if (r == NULL)
		return NULL;
	r->console = c;
	r->view = view;
	r->params = view->params + first;
	r->known = name == NULL;
	change_request_id(r->request_id);
	r->form = (struct form){.fields = view->fields + first,
		.count = view->count - first,
		.button = name != NULL ? "Save" : "Create"};
	form_open(&r->form);
	if (name != NULL) {
		snprintf(r->name, sizeof r->name, "%s", name);
		call(r, "get", apikey_params_new(), got);
	}
	return r;
}

void record_form_close(struct console *c, void *state)
{
	model_forget(c->model, state);
	free(state);
}
