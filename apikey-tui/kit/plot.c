/* plot.c - numbers as a picture made of characters, for a terminal or a pipe: bars over time, and gauges. */
#include "apikey-tui/kit/plot.h"

#include <stdio.h>
#include <string.h>

/* Bars side by side in a cell, and how many heights one has in it. */
static const struct {
	unsigned bars, steps;
} grids[] = {
	[SYMBOLS_AUTO] = {1, 8},
	[SYMBOLS_BRAILLE] = {2, 4},
	[SYMBOLS_BLOCK] = {1, 8},
	[SYMBOLS_ASCII] = {1, 7},
};

/* From nothing to a full cell. */
static const char *const blocks[] = {
	" ", "\u2581", "\u2582", "\u2583", "\u2584", "\u2585", "\u2586", "\u2587", "\u2588"};
static const char *const ascii[] = {" ", ".", ":", "-", "=", "+", "*", "#"};
/* Dots of a column of a cell, from the bottom: left and right (Unicode 15, U+2800 to U+28FF). */
static const unsigned char dots[2][5] = {{0, 0x40, 0x44, 0x46, 0x47}, {0, 0x80, 0xa0, 0xb0, 0xb8}};

/* ---- which values a bar stands for ---- */

static size_t bars_of(const struct plot *p)
{
	return p->columns > 0 ? (size_t)p->columns * grids[p->symbols].bars : 0;
}

/* Of how many bars a value that is shown alone is wide: whole ones, so that all are of one width. */
static size_t bars_each(const struct plot *p)
{
	size_t bars = bars_of(p);

	return p->fit && p->count > 0 && p->count <= bars ? bars / p->count : 1;
}

/* The values from *first to before *end; none where both are the same. */
static void values_of(const struct plot *p, size_t bar, size_t *first, size_t *end)
{
	size_t bars = bars_of(p), each = bars_each(p);

	if (p->fit && p->count > bars) {
		*first = bar * p->count / bars;
		*end = (bar + 1) * p->count / bars;
	} else if (p->fit) {
		*first = bar / each < p->count ? bar / each : p->count;
		*end = *first < p->count ? *first + 1 : *first;
	} else {
		*end = bar + 1 + p->count > bars ? bar + 1 + p->count - bars : 0;
		*first = *end > 0 ? *end - 1 : 0;
	}
}

/* A bar that stands for many values is as high as the highest. */
static uint64_t value_of(const struct plot *p, size_t bar)
{
	uint64_t value = 0;
	size_t first, end;

	values_of(p, bar, &first, &end);
	for (size_t i = first; i < end; i++)
		value = p->values[i] > value ? p->values[i] : value;
	return value;
}

uint64_t plot_highest(const struct plot *p)
{
	uint64_t highest = 0;

	for (size_t bar = 0; bar < bars_of(p); bar++) {
		uint64_t value = value_of(p, bar);

		highest = value > highest ? value : highest;
	}
	return highest;
}

void plot_columns(const struct plot *p, size_t place, int *first, int *end)
{
	size_t in_cell = grids[p->symbols].bars, low, high;

	*first = *end = 0;
	for (size_t bar = 0; bar < bars_of(p); bar++) {
		values_of(p, bar, &low, &high);
		if (place < low || place >= high)
			continue;
		if (*end == 0)
			*first = (int)(bar / in_cell);
		*end = (int)(bar / in_cell) + 1;
	}
}

/* ---- what a cell looks like ---- */

/* How much of a bar is within this row, in steps. */
static unsigned level(const struct plot *p, size_t bar, int row)
{
	unsigned steps = grids[p->symbols].steps, all = steps * (unsigned)p->rows, reached;
	unsigned below = steps * (unsigned)(p->rows - 1 - row);
	uint64_t highest = p->highest > 0 ? p->highest : plot_highest(p), value = value_of(p, bar);

	if (value == 0)
		return 0;
	if (value > highest)
		value = highest;
	reached = (unsigned)((double)value * all / (double)highest + 0.5);
	reached = reached > 0 ? reached : 1;
	if (reached <= below)
		return 0;
	return reached - below < steps ? reached - below : steps;
}

static void put_braille(unsigned bits, char out[PLOT_CELL])
{
	if (bits == 0)
		snprintf(out, PLOT_CELL, " ");
	else
		snprintf(out, PLOT_CELL, "\xe2%c%c", (int)(0xa0 | bits >> 6),
			(int)(0x80 | (bits & 63)));
}

void plot_cell(const struct plot *p, int row, int column, char out[PLOT_CELL])
{
	size_t bar = (size_t)column * grids[p->symbols].bars;

	if (p->symbols == SYMBOLS_BRAILLE)
		put_braille(dots[0][level(p, bar, row)] | dots[1][level(p, bar + 1, row)], out);
	else
		snprintf(out, PLOT_CELL, "%s",
			(p->symbols == SYMBOLS_ASCII ? ascii : blocks)[level(p, bar, row)]);
}

void plot_row(const struct plot *p, int row, char *out)
{
	struct plot scaled = *p;

	if (scaled.highest == 0)
		scaled.highest = plot_highest(p);
	*out = '\0';
	for (int column = 0; column < p->columns; column++) {
		plot_cell(&scaled, row, column, out);
		out += strlen(out);
	}
}

/* ---- gauges and numbers ---- */

/* In halves of a cell; something used is seen, and so is something left. */
static int filled(uint64_t used, uint64_t limit, int halves)
{
	int of;

	if (limit == 0 || used >= limit)
		return halves;
	of = (int)((double)used * halves / (double)limit + 0.5);
	if (of == 0 && used > 0)
		return 1;
	return of >= halves ? halves - 1 : of;
}

void plot_gauge(uint64_t used, uint64_t limit, enum plot_symbols symbols, int cells, char *out)
{
	/* a whole cell, a half one, an empty one */
	static const char *const signs[][3] = {
		[SYMBOLS_AUTO] = {"\u2588", "\u258c", "\u2591"},
		[SYMBOLS_BRAILLE] = {"\u28ff", "\u2847", "\u2880"},
		[SYMBOLS_BLOCK] = {"\u2588", "\u258c", "\u2591"},
		[SYMBOLS_ASCII] = {"#", "=", "-"},
	};
	int halves = filled(used, limit, 2 * cells);

	*out = '\0';
	for (int cell = 0; cell < cells; cell++) {
		int here = halves - 2 * cell;

		out = stpcpy(out, signs[symbols][here >= 2 ? 0 : here == 1 ? 1 : 2]);
	}
}

void plot_number(uint64_t n, char out[PLOT_NUMBER])
{
	static const char units[] = " kMGTPE";
	const char *unit = units;
	uint64_t tenths = 0;

	while (n >= 1000 && unit[1] != '\0') {
		tenths = n % 1000 / 100;
		n /= 1000;
		unit++;
	}
	if (unit == units)
		snprintf(out, PLOT_NUMBER, "%u", (unsigned)n);
	else if (n < 10)
		snprintf(out, PLOT_NUMBER, "%u.%u%c", (unsigned)n, (unsigned)tenths, *unit);
	else
		snprintf(out, PLOT_NUMBER, "%u%c", (unsigned)n, *unit);
}
