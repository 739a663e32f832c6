/* create.c - a new key: a form, then the key itself, shown once and wiped when it is closed. */
#include <stdlib.h>
#include <string.h>

#include "apikey-tui/change.h"
#include "apikey-tui/fields.h"
#include "apikey-tui/format.h"
#include "apikey-tui/kit/form.h"
#include "apikey-tui/kit/sheet.h"
#include "apikey-tui/screens/screens.h"

enum field {
	FIELD_NAME,
	FIELD_OWNER,
	FIELD_ENV,
	FIELD_SCOPES,
	FIELD_ADDRESSES,
	FIELD_EXPIRES,
	FIELD_NOTES,
	FIELD_COUNT,
};

static const struct form_field fields[FIELD_COUNT] = {
	[FIELD_NAME] = {"Name", "what the key is for, or who uses it", field_check_name, 128},
	[FIELD_OWNER] = {"Owner", "who answers for it", field_check_word, 64},
	[FIELD_ENV] = {"Environment", "such as live or test; empty: the daemon's first",
		field_check_word, 16},
	[FIELD_SCOPES] = {"Scopes", "such as invoices:read users:*; what it may be used for",
		field_check_scopes, LINE_SIZE - 1},
	[FIELD_ADDRESSES] = {"Addresses", "such as 192.0.2.0/24; empty: from anywhere",
		field_check_addresses, LINE_SIZE - 1},
	[FIELD_EXPIRES] = {"Expires", "never, 12h, 90d, 1y, or a date such as 2027-01-31",
		field_check_expiry, 32},
	[FIELD_NOTES] = {"Notes", "for other operators", field_check_notes, LINE_SIZE - 1},
};

/* The daemon's names, for its complaints. */
static const char *const parameters[FIELD_COUNT] = {
	[FIELD_NAME] = "name",
	[FIELD_OWNER] = "owner",
	[FIELD_ENV] = "env",
	[FIELD_SCOPES] = "scopes",
	[FIELD_ADDRESSES] = "ip_allow",
	[FIELD_EXPIRES] = "expires",
	[FIELD_NOTES] = "notes",
};

enum stage {
	STAGE_FORM,
	STAGE_SENT,
	STAGE_SHOWN,
};

struct create {
	struct console *console;
	enum stage stage;
	struct form form;
	char request_id[33];         /* stays the same until its outcome is known */
	struct apikey_value *result; /* holds the new key; freeing it wipes it */
	struct sheet sheet;
};

static struct wish stay(void)
{
	return (struct wish){.kind = WISH_STAY};
}

static void back_to_form(struct create *s, enum apikey_error error, const char *why)
{
	s->stage = STAGE_FORM;
	if (error == APIKEY_UNREACHABLE || error == APIKEY_OUTCOME_UNKNOWN) {
		console_say(s->console, PAINT_BAD,
			"Not known whether it was created. Create asks for the same once more.");
		return;
	}
	change_request_id(s->request_id);
	for (unsigned i = 0; i < FIELD_COUNT && error == APIKEY_INVALID_ARGUMENT; i++)
		if (strncmp(why, parameters[i], strlen(parameters[i])) == 0) {
			form_fault(&s->form, i, why);
			return;
		}
	console_say(s->console, PAINT_BAD, "Not created: %s", why);
}

static void done(
	void *arg, enum apikey_error error, const struct apikey_value *result, const char *why)
{
	struct create *s = arg;

	(void)result;
	if (error != APIKEY_OK) {
		back_to_form(s, error, why);
		return;
	}
	s->stage = STAGE_SHOWN;
	s->result = model_take(s->console->model);
}

static void put_items(struct apikey_params *params, const char *name, const char *text)
{
	const char *items[FIELDS_ITEMS_MAX];
	char *copy = strdup(text);
	size_t count = copy != NULL ? field_split(copy, items, FIELDS_ITEMS_MAX) : 0;

	if (count > 0)
		apikey_put_strings(params, name, items, count);
	free(copy);
}

static void put_filled(struct apikey_params *params, const struct create *s, enum field field)
{
	const char *text = s->form.lines[field].text;

	apikey_put_string(params, parameters[field], *text != '\0' ? text : NULL);
}

static void send_form(struct create *s)
{
	struct apikey_params *params = apikey_params_new();
	struct expiry expiry;

	put_filled(params, s, FIELD_NAME);
	put_filled(params, s, FIELD_OWNER);
	put_filled(params, s, FIELD_ENV);
	put_filled(params, s, FIELD_NOTES);
	put_items(params, "scopes", s->form.lines[FIELD_SCOPES].text);
	put_items(params, "ip_allow", s->form.lines[FIELD_ADDRESSES].text);
	field_expiry(s->form.lines[FIELD_EXPIRES].text, &expiry);
	if (expiry.in != 0)
		apikey_put_int(params, "expires_in", expiry.in);
	if (expiry.at != 0)
		apikey_put_int(params, "expires_at", expiry.at);
	apikey_put_string(params, "request_id", s->request_id);
	s->stage = STAGE_SENT;
	model_change(s->console->model, "key.create", params, done, s);
}

/* ---- the new key ---- */

static void draw_new(struct create *s, struct area area)
{
	struct term *t = s->console->term;
	const char *key = member(s->result, "key");
	char text[256];
	int line;

	sheet_begin(&s->sheet, t, area, 0);
	snprintf(text, sizeof text, "%.128s is created (%s).", member(s->result, "name"),
		member(s->result, "id"));
	sheet_put(&s->sheet, "", PAINT_GOOD, text);
	sheet_put(&s->sheet, "", PAINT_PLAIN, "");
	line = s->sheet.line;
	if (*key == '\0')
		sheet_put(&s->sheet, "", PAINT_WARN,
			"The first try had created it, and its text was lost on the way. Revoke it "
			"and create another.");
	else
		sheet_put(&s->sheet, "", PAINT_TITLE, key);
	term_cursor(t, area.y + line - s->sheet.top, area.x);
	if (*key != '\0') {
		sheet_put(&s->sheet, "", PAINT_PLAIN, "");
		sheet_put(&s->sheet, "", PAINT_WARN,
			"It will not be shown again: the daemon keeps no copy.");
		sheet_put(&s->sheet, "", PAINT_PLAIN,
			"Select it here, or press y to send it to your terminal's clipboard. Esc "
			"closes it.");
	}
	sheet_end(&s->sheet);
}

static void draw(struct console *c, void *state, struct area area)
{
	struct create *s = state;
	struct area heading = area_top(&area, area.h > 10 ? 2 : 0);
	struct pen p = pen_at(c->term, heading, 0);

	if (s->stage == STAGE_SHOWN) {
		draw_new(s, area);
		return;
	}
	pen_put(&p, PAINT_DIM, s->stage == STAGE_SENT ? "Creating." : "Only the name is needed.");
	form_draw(&s->form, c->term, area);
}

static struct wish act(struct console *c, void *state, const struct action_row *row, int key)
{
	struct create *s = state;

	if (row->action == ACTION_COPY && *member(s->result, "key") != '\0') {
		term_clipboard(c->term, member(s->result, "key"));
		console_say(c, PAINT_PLAIN,
			"Sent to the terminal. Whether it took it, only a paste can tell.");
	}
	if (row->action == ACTION_BACK)
		return (struct wish){.kind = WISH_BACK};
	(void)key;
	return stay();
}

static bool typing(const void *state)
{
	return ((const struct create *)state)->stage != STAGE_SHOWN;
}

static struct wish type(struct console *c, void *state, const struct term_event *event)
{
	struct create *s = state;

	(void)c;
	if (s->stage == STAGE_SENT)
		return stay();
	if (event->type == TERM_PASTE) {
		form_paste(&s->form, event->text);
		return stay();
	}
	switch (form_key(&s->form, event)) {
	case FORM_SUBMITS:
		send_form(s);
		return stay();
	case FORM_CANCELS:
		return (struct wish){.kind = WISH_BACK};
	default:
		return stay();
	}
}

static enum place place(const void *state)
{
	return ((const struct create *)state)->stage == STAGE_SHOWN ? PLACE_SECRET : PLACE_FORM;
}

static void *open_create(struct console *c, const char *arg)
{
	struct create *s = calloc(1, sizeof *s);

	if (s == NULL)
		return NULL;
	s->console = c;
	s->form = (struct form){.fields = fields, .count = FIELD_COUNT, .button = "Create"};
	form_open(&s->form);
	change_request_id(s->request_id);
	line_set(&s->form.lines[FIELD_NAME], arg != NULL ? arg : "");
	line_set(&s->form.lines[FIELD_OWNER], member(model_hello(c->model), "user"));
	line_set(&s->form.lines[FIELD_EXPIRES], "never");
	return s;
}

/* Nothing of the key stays: not in the value, and not in what curses keeps of the screen. */
static void close_create(struct console *c, void *state)
{
	struct create *s = state;

	model_forget(c->model, s);
	if (s->result != NULL)
		term_forget(c->term);
	apikey_value_free(s->result);
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
