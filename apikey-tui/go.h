/* go.h - `:`, with which one goes to a view by its name. */
#ifndef TUI_GO_H
#define TUI_GO_H

#include "apikey-tui/console.h"

/* Zero-initialise but for the console. */
struct go {
	struct console *console;
	struct line line;
	bool open;
	size_t stem,
		completions; /* bytes of it that were typed, and how often Tab has completed them */
};

void go_open(struct go *g);
/* A key or paste while it is open; says where it leads. */
struct wish go_event(struct go *g, const struct term_event *event);
/* What is typed, and what Tab would make of it. */
void go_draw(const struct go *g, struct pen p);

#endif
