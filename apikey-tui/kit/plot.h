/* plot.h - numbers as a picture made of characters, for a terminal or a pipe: bars over time, and gauges.
 *
 * Pure: text comes out, nothing is drawn. Bars stand side by side, one in each cell (two in braille), each at least a
 * step high where there is anything at all. */
#ifndef KIT_PLOT_H
#define KIT_PLOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What graphs are drawn with. */
enum plot_symbols {
	SYMBOLS_AUTO, /* blocks, or ASCII where the locale is not UTF-8; never in a plot */
	SYMBOLS_BRAILLE,
	SYMBOLS_BLOCK,
	SYMBOLS_ASCII,
};

#define PLOT_CELL 4    /* bytes of a character, terminated */
#define PLOT_NUMBER 12 /* bytes of a number that was made short, terminated */

struct plot {
	const uint64_t *values; /* the latest is the last */
	size_t count;
	bool fit; /* all values over the whole width; else the latest, at the right */
	enum plot_symbols symbols;
	int columns, rows;
	uint64_t highest; /* what reaches the top; 0: plot_highest() */
};

/* The highest value that is seen. */
uint64_t plot_highest(const struct plot *p);
/* The character at this row, from the top, and column. */
void plot_cell(const struct plot *p, int row, int column, char out[PLOT_CELL]);
/* All of a row; out has room for PLOT_CELL bytes a column. */
void plot_row(const struct plot *p, int row, char *out);
/* The columns over which a value stands, the last not among them; both 0 where it is not seen. */
void plot_columns(const struct plot *p, size_t place, int *first, int *end);

/* How much of a limit is used up, over so many cells; out has room for PLOT_CELL bytes a cell. */
void plot_gauge(uint64_t used, uint64_t limit, enum plot_symbols symbols, int cells, char *out);
/* "283", "1.2k", "45k", "3.1M": cut, never rounded up; at most four characters. */
void plot_number(uint64_t n, char out[PLOT_NUMBER]);

#endif
