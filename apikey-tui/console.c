/* console.c - what every screen has at hand. */
#include "apikey-tui/console.h"

#include <stdarg.h>
#include <string.h>

#include "apikey-tui/format.h"
#include "apikey-tui/screens/screens.h"

void console_say(struct console *c, enum paint paint, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(c->notice, sizeof c->notice, format, arguments);
	va_end(arguments);
	c->notice_paint = paint;
}

void console_ask(struct console *c, console_answer *answer, const char *subject)
{
	snprintf(c->subject, sizeof c->subject, "%s", subject);
	c->answer = answer;
	dialog_open(&c->dialog);
}

enum role console_role(const struct console *c)
{
	const char *name = apikey_string(apikey_get(model_hello(c->model), "role"));
	enum model_link link = model_link(c->model);

	if (link == LINK_OPENING || link == LINK_REFUSED)
		return ROLE_NONE; /* what was said on another connection, or in a session that ended */
	for (enum role role = ROLE_ADMIN; name != NULL && role > ROLE_NONE; role--)
		if (strcmp(name, role_name(role)) == 0)
			return role;
	return ROLE_NONE;
}

enum role console_rights(const struct console *c)
{
	enum role role = console_role(c);

	return c->read_only && role > ROLE_VIEWER ? ROLE_VIEWER : role;
}

bool console_may_change(const struct console *c)
{
	return console_rights(c) >= ROLE_OPERATOR;
}

struct wish console_keys_of(struct console *c, const char *name, const char *text)
{
	snprintf(c->subject, sizeof c->subject, "%s:%s", name, text);
	return (struct wish){.kind = WISH_KEYS, .arg = c->subject};
}

struct wish console_leave_form(struct console *c, const struct form *form)
{
	if (form->waits)
		console_say(c, PAINT_WARN, "Left before an answer: not known whether it was done.");
	return (struct wish){.kind = WISH_BACK};
}

struct wish console_key_of(const struct apikey_value *row)
{
	const char *id = member(row, apikey_get(row, "key") != NULL ? "key" : "object");

	if (strncmp(id, "k_", 2) != 0)
		return (struct wish){.kind = WISH_STAY};
	return (struct wish){WISH_OPEN, &key_screen, id};
}
