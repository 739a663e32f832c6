/* panes.h - pieces of a page, each under a title: as many side by side and below each other as there is room for, the one
 * with the focus always among them. */
#ifndef KIT_PANES_H
#define KIT_PANES_H

#include "apikey-tui/kit/pen.h"

#define PANES_MAX 8
#define PANES_COLUMN 38 /* cells that a column has at least */

/* In the order of their weight. */
struct pane {
	const char *title;
	int least;  /* lines under the title with which it is worth showing */
	int wanted; /* that it would fill; what is left over goes to panes that would have more */
};

/* Fill in panes and count. */
struct panes {
	struct pane panes[PANES_MAX];
	unsigned count, focus;
	/* ---- */
	struct area areas[PANES_MAX]; /* without the title; of height 0: not seen */
};

/* The width that a column would have. */
int panes_width(struct area area);
/* Gives each pane its place in the area. */
void panes_lay(struct panes *p, struct area area);
/* The titles of those that are seen, the focus marked. Where only one is, all titles, as a guide to what there is. */
void panes_titles(const struct panes *p, struct term *t);
/* The focus goes so many panes on or, below 0, back. */
void panes_turn(struct panes *p, int by);

#endif
