/* console.c - what every screen has at hand. */
#include "apikey-tui/console.h"

#include <stdarg.h>
#include <string.h>

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

/* A role that is not known yet may not. */
bool console_may_change(const struct console *c)
{
	const char *role = apikey_string(apikey_get(model_hello(c->model), "role"));

	return !c->read_only && role != NULL && strcmp(role, "viewer") != 0 &&
	       strcmp(role, "none") != 0;
}
