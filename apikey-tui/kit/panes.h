/* panes.h - pieces of a page, each under a title: as many side by side and below each other as there is room for, the one
 * with the focus always among them. */
#ifndef KIT_PANES_H
#define KIT_PANES_H

#include "apikey-tui/kit/sheet.h"

#define PANES_MAX 8
#define PANES_COLUMN 38 /* cells that a column has at least */

/* One of the two draws it; arg is the owner's. */
struct pane {
	const char *title;
	int least;       /* lines under the title with which it is worth showing */
	int label_width; /* of the sheet */
	void (*put)(void *arg, struct sheet *s); /* the lines; perhaps only to be measured */
	void (*fill)(void *arg, struct
		area area); /* all of an area, which is a quarter of what all have, or seven lines */
};

/* Fill in what is above the line. */
struct panes {
	const struct pane *panes; /* in the order of their weight */
	unsigned count;           /* at most PANES_MAX */
	void *arg;
	/* ---- */
	unsigned focus;
	int wanted[PANES_MAX];        /* lines that each would fill */
	struct area areas[PANES_MAX]; /* without the title; of height 0: not seen */
	struct sheet sheets[PANES_MAX];
};

/* Draws as many as there is room for, under their titles, the focus marked. Where only one is seen its title is followed
 * by those of the others, as a guide to what there is. */
void panes_draw(struct panes *p, struct term *t, struct area area);
/* The focus goes so many panes on or, below 0, back. */
void panes_turn(struct panes *p, int by);
/* Scrolls the pane with the focus. */
void panes_move(struct panes *p, enum motion motion);
/* Gives each pane its place in the area, as far as it can have the lines it wants. */
void panes_lay(struct panes *p, struct area area);

#endif
