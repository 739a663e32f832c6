/* frame.h - what surrounds every screen: the bar above, messages and the footer below. */
#ifndef TUI_FRAME_H
#define TUI_FRAME_H

#include "apikey-tui/console.h"

/* The least there is room for. */
#define FRAME_ROWS 10
#define FRAME_COLS 40

/* Draws it and returns what is left for the screen; an empty area where the terminal is too small, which is said. */
struct area frame_draw(struct console *c, const char *title, enum place place);
/* The line for messages, where `:` is typed as well. */
struct area frame_message(const struct console *c);

#endif
