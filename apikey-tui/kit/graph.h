/* graph.h - two bands of bars over the same time, one above the other: what goes well, and under it what does not. */
#ifndef KIT_GRAPH_H
#define KIT_GRAPH_H

#include <stdint.h>

#include "apikey-tui/kit/pen.h"

#define GRAPH_NONE SIZE_MAX /* no value is pointed at */

/* Each band is as high as its own highest value, which stands at its left under its name. */
struct graph_band {
	const char *name; /* at most 7 cells */
	enum paint paint;
	const uint64_t *values; /* the latest is the last */
};

struct graph {
	struct graph_band upper, lower;
	size_t count;
	bool fit;      /* all values over the whole width; else the latest, at the right */
	size_t cursor; /* the place of a value that is pointed at, or GRAPH_NONE */
};

/* Fills the area, of which the lower band takes a quarter. For screen readers it is one line for each band. */
void graph_draw(struct term *t, struct area area, const struct graph *g);
/* The latest values as bars over the pen's room, in one line. */
void graph_line(struct pen *p, enum paint paint, const uint64_t *values, size_t count);
/* How much of a limit is used up: so many cells, green to red; nothing for screen readers. */
void graph_gauge(struct pen *p, uint64_t used, uint64_t limit, int cells);

#endif
