/* memory.h - what the console remembers from one time to the next: view, order and filter, never a secret. */
#ifndef TUI_MEMORY_H
#define TUI_MEMORY_H

#include <stdbool.h>

#define MEMORY_TEXT 129

struct memory {
	char view[MEMORY_TEXT];
	char sort[MEMORY_TEXT]; /* of the keys */
	char filter[MEMORY_TEXT];
	bool descending;
	bool used; /* something was done in the console at some time, or nobody could tell the next time */
};

/* From $XDG_STATE_HOME/apikey-tui, or ~/.local/state/apikey-tui. What is not there or not readable is empty. */
void memory_load(struct memory *m);
/* Nothing is said where it cannot be written: it is a convenience. */
void memory_save(const struct memory *m);

#endif
