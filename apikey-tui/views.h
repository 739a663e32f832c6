/* views.h - the screens that can be gone to by name: with `:`, by a digit, or from the help. */
#ifndef TUI_VIEWS_H
#define TUI_VIEWS_H

#include "apikey-tui/console.h"

/* Where the console begins, and what one comes back to in the end. */
const struct screen *view_first(void);
/* The view of this name, whoever may see it; NULL: there is none. */
const struct screen *view_any(const char *name);
/* The view of this name (len bytes), or the only one whose name begins so; NULL: there is none for this operator. */
const struct screen *view_named(const struct console *c, const char *name, size_t len);
/* The n-th view whose name begins so (len bytes), from 0, of those that this operator may see; NULL: there are no more. */
const struct screen *view_matching(
	const struct console *c, const char *begin, size_t len, size_t n);

#endif
