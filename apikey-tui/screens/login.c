/* login.c - who the operator is, where the daemon cannot tell by itself. */
#include <stdlib.h>
#include <string.h>

#include "apikey-tui/fields.h"
#include "apikey-tui/kit/form.h"
#include "apikey-tui/screens/screens.h"

#define PASSWORD_MAX 1023 /* bytes; the daemon takes 1024 */

enum field {
	FIELD_USER,
	FIELD_PASSWORD,
	FIELD_COUNT,
};

static const char *check_user(const char *text)
{
	return *text == '\0' ? "who are you?" : field_check_word(text);
}

static const char *check_password(const char *text)
{
	return *text == '\0' ? "a login needs a password" : NULL;
}

static const struct form_field fields[FIELD_COUNT] = {
	[FIELD_USER] = {"User", "your name to the daemon", check_user, 64},
	[FIELD_PASSWORD] = {"Password", "not shown; apikeyctl recover sets a new one",
		check_password, PASSWORD_MAX},
};

struct login {
	struct console *console;
	struct form form;
	bool sent;
};

static void done(
	void *arg, enum apikey_error error, const struct apikey_value *result, const char *why)
{
	struct login *l = arg;
	struct line *password = &l->form.lines[FIELD_PASSWORD];

	(void)result;
	l->sent = false;
	explicit_bzero(password->text, sizeof password->text);
	line_set(password, "");
	if (error != APIKEY_OK)
		form_fault(&l->form, FIELD_PASSWORD, why);
}

static void draw(struct console *c, void *state, struct area area)
{
	struct login *l = state;
	struct pen p = pen_at(c->term, area_top(&area, area.h > 6 ? 2 : 0), 0);

	pen_put(&p, PAINT_DIM, l->sent ? "Logging in." : "Log in to see and change anything.");
	form_draw(&l->form, c->term, area);
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

static struct wish type(struct console *c, void *state, const struct term_event *event)
{
	struct login *l = state;

	if (l->sent)
		return (struct wish){.kind = WISH_STAY};
	if (event->type == TERM_PASTE) {
		form_paste(&l->form, event->text);
		return (struct wish){.kind = WISH_STAY};
	}
	switch (form_key(&l->form, event)) {
	case FORM_SUBMITS:
		l->sent = true;
		model_login(c->model, l->form.lines[FIELD_USER].text,
			l->form.lines[FIELD_PASSWORD].text, done, l);
		return (struct wish){.kind = WISH_STAY};
	case FORM_CANCELS:
		return (struct wish){.kind = WISH_QUIT};
	default:
		return (struct wish){.kind = WISH_STAY};
	}
}

static enum place place(const void *state)
{
	(void)state;
	return PLACE_FORM;
}

/* The daemon knows who this is: now, or of another connection. */
static bool is_done(const void *state)
{
	return model_link(((const struct login *)state)->console->model) == LINK_UP;
}

static void *open_login(struct console *c, const char *arg)
{
	struct login *l = calloc(1, sizeof *l);

	(void)arg;
	if (l == NULL)
		return NULL;
	l->console = c;
	l->form = (struct form){.fields = fields, .count = FIELD_COUNT, .button = "Log in"};
	form_open(&l->form);
	l->form.lines[FIELD_PASSWORD].secret = true;
	return l;
}

static void close_login(struct console *c, void *state)
{
	model_forget(c->model, state);
	explicit_bzero(state, sizeof(struct login));
	free(state);
}

const struct screen login_screen = {
	.title = "Log in",
	.open = open_login,
	.close = close_login,
	.place = place,
	.draw = draw,
	.act = act,
	.typing = typing,
	.type = type,
	.done = is_done,
};
