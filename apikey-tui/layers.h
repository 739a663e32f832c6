/* layers.h - the screens that are open, one upon the other. */
#ifndef TUI_LAYERS_H
#define TUI_LAYERS_H

#include "apikey-tui/console.h"

#define LAYERS_MAX 8

struct layer {
	const struct screen *screen;
	void *state;
};

/* Zero-initialise but for the console. */
struct layers {
	struct console *console;
	struct layer open[LAYERS_MAX]; /* the topmost is seen */
	size_t depth;
	/* The view that the way back led out of last, NULL if something was opened since: who leaves by it was there. */
	const struct screen *passed;
	bool ended; /* the operator wants no more */
};

/* The one that is seen; there is one unless depth is 0. */
struct layer *layers_top(struct layers *l);
/* Opens a screen upon the others. Says why where it cannot. */
void layers_open(struct layers *l, const struct screen *screen, const char *arg);
void layers_close(struct layers *l);
/* Whether a screen is open, seen or below another. */
bool layers_hold(const struct layers *l, const struct screen *screen);
/* Back to the first screen, and from there to another; one that is open there already stays as it is, unless it is given
 * something. */
void layers_go(struct layers *l, const struct screen *screen, const char *arg);
/* The first view, and upon it the one that is remembered. */
void layers_begin(struct layers *l);
/* Closes all, and remembers which view it was. */
void layers_end(struct layers *l);
/* Does what a screen wants. */
void layers_grant(struct layers *l, struct wish wish);

#endif
