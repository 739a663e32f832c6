/* views.c - the screens that can be gone to by name: with `:`, by a digit, or from the help. */
#include "apikey-tui/views.h"

#include <string.h>

#include "apikey-tui/screens/screens.h"

/* The first is where the console begins. */
static const struct screen *const views[] = {&overview_screen, &keys_screen, &plans_screen,
	&audit_screen, &events_screen, &alerts_screen, &health_screen, &tenants_screen,
	&users_screen, &sessions_screen, &key_screen, &create_screen, &help_screen};

#define VIEWS (sizeof views / sizeof views[0])

const struct screen *view_first(void)
{
	return views[0];
}

const struct screen *view_any(const char *name)
{
	for (size_t i = 0; i < VIEWS; i++)
		if (strcmp(views[i]->name, name) == 0)
			return views[i];
	return NULL;
}

static bool allowed(const struct console *c, const struct screen *view)
{
	return console_role(c) >= view->least && (!view->changes || console_may_change(c));
}

const struct screen *view_matching(const struct console *c, const char *begin, size_t len, size_t n)
{
	for (size_t i = 0; i < VIEWS; i++)
		if (strncmp(views[i]->name, begin, len) == 0 && allowed(c, views[i]) && n-- == 0)
			return views[i];
	return NULL;
}

const struct screen *view_named(const struct console *c, const char *name, size_t len)
{
	const struct screen *view;

	for (size_t n = 0; (view = view_matching(c, name, len, n)) != NULL; n++)
		if (strlen(view->name) == len)
			return view;
	return view_matching(c, name, len, 1) == NULL ? view_matching(c, name, len, 0) : NULL;
}
