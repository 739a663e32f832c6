/* once.h - the text of a new key, shown this once, and wiped when it is closed. */
#ifndef TUI_ONCE_H
#define TUI_ONCE_H

#include "apikey-tui/console.h"
#include "apikey-tui/kit/sheet.h"

/* Zero-initialise. */
struct once {
	struct apikey_value *result; /* of key.create or key.rotate; NULL: nothing is shown yet */
	const char *done;            /* "is created"; static */
	struct sheet sheet;
};

/* Within a model_done: takes over the result. */
void once_take(struct once *o, struct console *c, const char *done);
void once_draw(struct once *o, struct console *c, struct area area);
/* Sends the key to the terminal's clipboard. */
void once_copy(const struct once *o, struct console *c);
/* Nothing of the key stays: not in the value, and not in what curses keeps of the screen. */
void once_close(struct once *o, struct console *c);

#endif
