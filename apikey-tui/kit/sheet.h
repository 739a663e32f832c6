/* sheet.h - a page of labelled lines, wrapped to the width there is and scrolled. */
#ifndef KIT_SHEET_H
#define KIT_SHEET_H

#include "apikey-tui/kit/table.h"

/* Zero-initialise; keep it from picture to picture. */
struct sheet {
	int top; /* the first line seen */
	int height; /* lines of all, and seen, when last drawn (also into an area of height 0, to measure) */
	int seen;
	int chosen, chosen_end; /* the lines put while selected was set */
	/* ---- while drawing */
	bool selected; /* what is put now is shown as the selected row, with the cursor on it */
	struct term *term;
	struct area area;
	int label_width, line;
};

/* Lines are put between these two, from the top. */
void sheet_begin(struct sheet *s, struct term *t, struct area area, int label_width);
/* The label may be empty. Text is wrapped, at newlines too. */
void sheet_put(struct sheet *s, const char *label, enum paint paint, const char *text);
/* A line over what follows, from the left edge. */
void sheet_heading(struct sheet *s, enum paint paint, const char *text);
/* The next line, for whoever asks to draw on; where it is not seen the pen draws nothing. */
struct pen sheet_line(struct sheet *s, const char *label);
void sheet_end(struct sheet *s);
void sheet_move(struct sheet *s, enum motion motion);
/* Scrolls no further than needed to see the selected row, as it was last drawn. */
void sheet_follow(struct sheet *s);

#endif
