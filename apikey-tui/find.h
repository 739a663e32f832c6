/* find.h - the way from a key, a prefix or a piece of anything to the record of its key, from anywhere. */
#ifndef TUI_FIND_H
#define TUI_FIND_H

#include "apikey-tui/console.h"
#include "apikey-tui/filter.h"

/* Zero-initialise but for the console. */
struct find {
	struct console *console;
	struct line line;
	bool open, asked;
	struct wish wish; /* where it leads; taken by the loop */
	char arg[FILTER_MAX + 1];
};

void find_open(struct find *f);
/* A key or paste while it is open. */
void find_event(struct find *f, const struct term_event *event);
void find_draw(const struct find *f, struct pen p);
/* Where it has led since this was last called. */
struct wish find_wish(struct find *f);
void find_close(struct find *f);

#endif
