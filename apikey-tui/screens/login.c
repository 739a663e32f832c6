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
	LOGIN_FIELDS,
	FIELD_CODE = LOGIN_FIELDS, /* with one the password is the new one */
	FIELD_AGAIN,
	RECOVERY_FIELDS,
};

static const char *check_user(const char *text)
{
	return *text == '\0' ? "who are you?" : field_check_word(text);
}

static const char *check_new_password(const char *text)
{
	return *text == '\0' ? "a login needs a password" : NULL;
}

static const char *check_code(const char *text)
{
	return *text == '\0' ? "one of yours, or of an administrator" : NULL;
}

static const struct form_field login_fields[LOGIN_FIELDS] = {
	[FIELD_USER] = {"User", "your name to the daemon", check_user, 64},
	[FIELD_PASSWORD] = {"Password", "not shown; lost: leave it empty, and use a one-time code",
		NULL, PASSWORD_MAX},
};

static const struct form_field recovery_fields[RECOVERY_FIELDS] = {
	[FIELD_USER] = {"User", "your name to the daemon", check_user, 64},
	[FIELD_PASSWORD] = {"New password", "not shown", check_new_password, PASSWORD_MAX},
	[FIELD_CODE] = {"Code", "a one-time code; it is used up", check_code, 64},
	[FIELD_AGAIN] = {"Again", "the new password once more", NULL, PASSWORD_MAX},
};

struct login {
	struct console *console;
	struct form form;
};

static bool recovers(const struct login *l)
{
	return l->form.fields == recovery_fields;
}

static void wipe(struct line *line)
{
	explicit_bzero(line->text, sizeof line->text);
	line_set(line, "");
}

static void wipe_all(struct login *l)
{
	wipe(&l->form.lines[FIELD_PASSWORD]);
	wipe(&l->form.lines[FIELD_CODE]);
	wipe(&l->form.lines[FIELD_AGAIN]);
}

/* The name stays as it was typed. */
static void show_form(struct login *l, bool recovery)
{
	wipe_all(l);
	memset(l->form.faults, 0, sizeof l->form.faults);
	l->form.fields = recovery ? recovery_fields : login_fields;
	l->form.count = recovery ? RECOVERY_FIELDS : LOGIN_FIELDS;
	l->form.waits = false;
	l->form.button = recovery ? "Set it and log in" : "Log in";
	form_open(&l->form);
	l->form.focus = recovery ? FIELD_PASSWORD : FIELD_USER;
}

static void logged_in(
	void *arg, enum apikey_error error, const struct apikey_value *result, const char *why)
{
	struct login *l = arg;

	(void)result;
	show_form(l, false);
	if (error != APIKEY_OK)
		form_fault(&l->form, FIELD_PASSWORD, why);
}

static void log_in(struct login *l)
{
	l->form.waits = true;
	model_login(l->console->model, l->form.lines[FIELD_USER].text,
		l->form.lines[FIELD_PASSWORD].text, logged_in, l);
}

/* What was typed stays where the daemon does not take it, but for what it did take. */
static void recovered(
	void *arg, enum apikey_error error, const struct apikey_value *result, const char *why)
{
	struct login *l = arg;

	(void)result;
	l->form.waits = false;
	if (error == APIKEY_OK)
		log_in(l);
	else
		form_fault(&l->form, error == APIKEY_INVALID_ARGUMENT ? FIELD_PASSWORD : FIELD_CODE,
			why);
}

static void recover(struct login *l)
{
	struct line *lines = l->form.lines;
	struct apikey_params *params;

	if (strcmp(lines[FIELD_PASSWORD].text, lines[FIELD_AGAIN].text) != 0) {
		form_fault(&l->form, FIELD_AGAIN, "this is another one than above");
		return;
	}
	params = apikey_params_new();
	apikey_put_string(params, "username", lines[FIELD_USER].text);
	apikey_put_string(params, "code", lines[FIELD_CODE].text);
	apikey_put_string(params, "new_password", lines[FIELD_PASSWORD].text);
	l->form.waits = true;
	model_change(l->console->model, "auth.recover", params, recovered, l);
}

static void submit(struct login *l)
{
	if (recovers(l))
		recover(l);
	else if (l->form.lines[FIELD_PASSWORD].len == 0)
		show_form(l, true);
	else
		log_in(l);
}

static void draw(struct console *c, void *state, struct area area)
{
	struct login *l = state;
	struct pen p = pen_at(c->term, area_top(&area, area.h > 7 ? 2 : 0), 0);

	pen_put(&p, PAINT_DIM,
		l->form.waits ? "Logging in."
		: recovers(l) ? "A one-time code, and the password from now on."
			      : "Log in to see and change anything.");
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

/* Of the recovery: back to the login. */
static struct wish cancel(struct login *l)
{
	if (!recovers(l))
		return (struct wish){.kind = WISH_QUIT};
	(void)console_leave_form(l->console, &l->form);
	model_forget(l->console->model, l);
	show_form(l, false);
	return (struct wish){.kind = WISH_STAY};
}

static struct wish type(struct console *c, void *state, const struct term_event *event)
{
	struct login *l = state;
	enum form_result result = form_event(&l->form, event);

	(void)c;
	if (result == FORM_CANCELS)
		return cancel(l);
	if (result == FORM_SUBMITS)
		submit(l);
	return (struct wish){.kind = WISH_STAY};
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
	l->form.lines[FIELD_PASSWORD].secret = true;
	l->form.lines[FIELD_AGAIN].secret = true;
	show_form(l, false);
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
