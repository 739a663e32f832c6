/* table.h - a table of any length: it asks its source for the rows that are seen, and for no others. */
#ifndef KIT_TABLE_H
#define KIT_TABLE_H

#include <stdint.h>

#include "apikey-tui/kit/pen.h"

struct table_column {
	const char *title;
	int width;   /* cells it needs; 0 ends the columns */
	int grow;    /* its share of what is left over */
	int rank;    /* those of the highest rank go first where the table is narrow */
	int most;    /* cells up to which it grows; 0: any number */
	bool number; /* ends on the right, so that digits stand under digits */
};

struct table_cell {
	char text[160];
	enum paint paint;
};

enum table_row {
	TABLE_THERE,
	TABLE_LOADING, /* drawn as an empty row; the owner draws anew when it has come */
};

enum motion {
	MOTION_NONE,
	MOTION_UP,
	MOTION_DOWN,
	MOTION_PAGE_UP,
	MOTION_PAGE_DOWN,
	MOTION_HOME,
	MOTION_END,
};

/* The owner fills in what is above the line and sets rows before it draws or moves. */
struct table {
	const struct table_column *columns;             /* ends with one of width 0 */
	enum table_row (*row)(void *arg, size_t index); /* asked before the cells of a row */
	void (*cell)(void *arg, size_t index, unsigned column,
		struct table_cell *out); /* out is empty and plain */
	void *arg;
	size_t rows;
	int sorted;        /* the column with the arrow; -1: none */
	bool keeps_sorted; /* that column stays however narrow the table is */
	bool descending;
	/* ---- */
	size_t selected, top;
	size_t height; /* rows seen when last drawn, from this line on */
	int y;
};

void table_move(struct table *t, enum motion motion);
/* Selects the row that was last drawn in this line of the screen; false: there is none. */
bool table_point(struct table *t, int y);
/* Heading and rows; the terminal's cursor goes to the selected row. */
void table_draw(struct table *t, struct term *term, struct area area);

#endif
