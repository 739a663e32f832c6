/* graph.c - two bands of bars over the same time, one above the other: what goes well, and under it what does not. */
#include "apikey-tui/kit/graph.h"

#include "apikey-tui/kit/cells.h"

#define GUTTER 8       /* cells for names and highest values */
#define LOWER_SHARE 4  /* of the rows, the lower band has one in so many */
#define GAUGE_WARNS 80 /* percent of a limit */

static struct plot plot_of(const struct term *t, const struct graph *g, const struct graph_band *b)
{
	return (struct plot){
		.values = b->values, .count = g->count, .fit = g->fit, .symbols = term_symbols(t)};
}

/* The bars of one row, the value that is pointed at reversed. */
static void draw_row(
	struct pen *p, enum paint paint, const struct plot *plot, int row, size_t cursor)
{
	char text[CELLS_MAX * PLOT_CELL + 1], cell[PLOT_CELL];
	int first, end, left = p->x;

	plot_row(plot, row, text);
	pen_put(p, paint, text);
	if (cursor == GRAPH_NONE)
		return;
	plot_columns(plot, cursor, &first, &end);
	p->selected = true;
	for (int column = first; column < end; column++) {
		p->x = left + column;
		plot_cell(plot, row, column, cell);
		pen_put(p, paint, cell);
	}
	p->selected = false;
	if (first < end)
		term_cursor(p->term, p->y, left + first);
}

/* At the left of a band: its name, and under that what its top stands for. */
static void draw_gutter(struct pen *p, const struct graph_band *b, int row, uint64_t highest)
{
	char number[PLOT_NUMBER];
	int left = p->x;

	plot_number(highest, number);
	if (row == 0)
		pen_put(p, b->paint, b->name);
	else if (row == 1)
		pen_format(p, PAINT_DIM, "%*s", GUTTER - 1, number);
	pen_skip(p, left + GUTTER - p->x);
}

static void draw_band(
	struct term *t, struct area area, const struct graph *g, const struct graph_band *b)
{
	struct plot plot = plot_of(t, g, b);

	plot.columns = area.w - GUTTER < CELLS_MAX ? area.w - GUTTER : CELLS_MAX;
	plot.rows = area.h;
	plot.highest = plot_highest(&plot);
	for (int row = 0; row < area.h; row++) {
		struct pen p = pen_at(t, area, row);

		draw_gutter(&p, b, row, plot.highest);
		draw_row(&p, b->paint, &plot, row, g->cursor);
	}
}

/* In words, for screen readers. */
static void say_band(
	struct term *t, struct area area, const struct graph *g, const struct graph_band *b)
{
	struct plot plot = plot_of(t, g, b);
	struct pen p = pen_at(t, area, 0);

	plot.columns = (int)g->count;
	pen_format(&p, PAINT_PLAIN, "%s: highest %llu", b->name,
		(unsigned long long)plot_highest(&plot));
	if (g->cursor < g->count)
		pen_format(&p, PAINT_PLAIN, ", at the cursor %llu",
			(unsigned long long)b->values[g->cursor]);
	else if (g->count > 0)
		pen_format(&p, PAINT_PLAIN, ", latest %llu",
			(unsigned long long)b->values[g->count - 1]);
}

void graph_draw(struct term *t, struct area area, const struct graph *g)
{
	int share = area.h / LOWER_SHARE > 0 ? area.h / LOWER_SHARE : area.h > 1;
	struct area lower;

	if (term_accessible(t)) {
		say_band(t, area_top(&area, 1), g, &g->upper);
		say_band(t, area, g, &g->lower);
		return;
	}
	lower = area_bottom(&area, share);
	draw_band(t, area, g, &g->upper);
	draw_band(t, lower, g, &g->lower);
}

void graph_line(struct pen *p, enum paint paint, const uint64_t *values, size_t count)
{
	struct plot plot = {.values = values,
		.count = count,
		.symbols = term_symbols(p->term),
		.columns = pen_room(p) < CELLS_MAX ? pen_room(p) : CELLS_MAX,
		.rows = 1};

	if (!term_accessible(p->term))
		draw_row(p, paint, &plot, 0, GRAPH_NONE);
}

void graph_gauge(struct pen *p, uint64_t used, uint64_t limit, int cells)
{
	enum paint paint = used >= limit                                       ? PAINT_BAD
			   : (double)used * 100 / (double)limit >= GAUGE_WARNS ? PAINT_WARN
									       : PAINT_GOOD;
	char text[CELLS_MAX * PLOT_CELL + 1];

	if (term_accessible(p->term) || cells <= 0 || cells > CELLS_MAX)
		return;
	plot_gauge(used, limit, term_symbols(p->term), cells, text);
	pen_put(p, paint, text);
}
