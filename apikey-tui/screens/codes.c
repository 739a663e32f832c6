/* codes.c - one-time codes with which a user sets a password: made on the button, shown this once, and wiped. */
#include <stdlib.h>
#include <string.h>

#include "apikey-tui/format.h"
#include "apikey-tui/kit/form.h"
#include "apikey-tui/kit/sheet.h"
#include "apikey-tui/screens/screens.h"
#include "protocol/text.h"

#define CODES_SIZE 512 /* of ten codes with newlines */

struct codes {
	struct console *console;
	char username[WORD_MAX_BYTES + 1];
	struct form form;            /* of a button alone */
	struct apikey_value *result; /* NULL: nothing is shown yet */
	struct sheet sheet;
};

static void done(
	void *arg, enum apikey_error error, const struct apikey_value *result, const char *why)
{
	struct codes *s = arg;

	(void)result;
	s->form.waits = false;
	if (error == APIKEY_OK)
		s->result = model_take(s->console->model);
	else
		console_say(s->console, PAINT_BAD, "No codes were made known: %s", why);
}

static void send_form(struct codes *s)
{
	struct apikey_params *params = apikey_params_new();

	apikey_put_string(params, "username", s->username);
	s->form.waits = true;
	model_change(s->console->model, "user.recovery_codes", params, done, s);
}

/* All of them with this between; the caller wipes it. */
static void join(const struct codes *s, char between, char out[CODES_SIZE])
{
	const struct apikey_value *codes = apikey_get(s->result, "codes");
	size_t at = 0;

	out[0] = '\0';
	for (size_t i = 0; i < apikey_count(codes) && at < CODES_SIZE; i++)
		at += (size_t)snprintf(out + at, CODES_SIZE - at, "%s%c",
			apikey_string(apikey_at(codes, i)), between);
}

static void draw_codes(struct codes *s, struct console *c, struct area area)
{
	char text[CODES_SIZE];
	int line;

	sheet_begin(&s->sheet, c->term, area, 0);
	snprintf(text, sizeof text, "Each sets a password of %s once:", s->username);
	sheet_put(&s->sheet, "", PAINT_GOOD, text);
	line = s->sheet.line;
	join(s, ' ', text);
	sheet_put(&s->sheet, "", PAINT_TITLE, text);
	explicit_bzero(text, sizeof text);
	term_cursor(c->term, area.y + line - s->sheet.top, area.x);
	sheet_put(&s->sheet, "", PAINT_WARN,
		"They will not be shown again. An empty password at the login asks for one.");
	sheet_end(&s->sheet);
}

/* The daemon makes ten of one's own, and one for somebody else to begin with. */
static bool is_own(const struct codes *s)
{
	return strcmp(member(model_hello(s->console->model), "user"), s->username) == 0;
}

static void draw(struct console *c, void *state, struct area area)
{
	struct codes *s = state;
	struct area heading;
	struct pen p;

	if (s->result != NULL) {
		draw_codes(s, c, area);
		return;
	}
	heading = area_top(&area, 2);
	p = pen_at(c->term, heading, 0);
	pen_format(&p, PAINT_DIM,
		is_own(s) ? "Ten codes of %s, in place of those there were."
			  : "A code for %s, good for a day.",
		s->username);
	form_draw(&s->form, c->term, area);
}

static void copy(struct codes *s, struct console *c)
{
	char text[CODES_SIZE];

	join(s, '\n', text);
	term_clipboard(c->term, text);
	explicit_bzero(text, sizeof text);
	console_say(
		c, PAINT_PLAIN, "Sent to the terminal. Whether it took it, only a paste can tell.");
}

static struct wish act(struct console *c, void *state, const struct action_row *row, int key)
{
	struct codes *s = state;

	(void)key;
	if (row->action == ACTION_MOVE)
		sheet_move(&s->sheet, row->motion);
	if (row->action == ACTION_COPY)
		copy(s, c);
	return (struct wish){.kind = row->action == ACTION_BACK ? WISH_BACK : WISH_STAY};
}

static bool typing(const void *state)
{
	return ((const struct codes *)state)->result == NULL;
}

static struct wish type(struct console *c, void *state, const struct term_event *event)
{
	struct codes *s = state;
	enum form_result result = form_event(&s->form, event);

	if (result == FORM_CANCELS)
		return console_leave_form(c, &s->form);
	if (result == FORM_SUBMITS)
		send_form(s);
	return (struct wish){.kind = WISH_STAY};
}

static enum place place(const void *state)
{
	return typing(state) ? PLACE_FORM : PLACE_CODES;
}

static void *open_codes(struct console *c, const char *arg)
{
	struct codes *s = calloc(1, sizeof *s);

	if (s == NULL)
		return NULL;
	s->console = c;
	snprintf(s->username, sizeof s->username, "%s", arg);
	s->form.button = "Make codes";
	form_open(&s->form);
	return s;
}

static void close_codes(struct console *c, void *state)
{
	struct codes *s = state;

	model_forget(c->model, s);
	if (s->result != NULL)
		term_forget(c->term);
	apikey_value_free(s->result);
	free(s);
}

const struct screen codes_screen = {
	.title = "Codes",
	.least = ROLE_OPERATOR,
	.changes = true,
	.open = open_codes,
	.close = close_codes,
	.place = place,
	.draw = draw,
	.act = act,
	.typing = typing,
	.type = type,
};
