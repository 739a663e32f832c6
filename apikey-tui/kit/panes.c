/* panes.c - pieces of a page, each under a title, as many as there is room for. */
#include "apikey-tui/kit/panes.h"

#include <string.h>

#define COLUMNS_MAX 3
#define GAP 2 /* cells between columns */
#define FILL_LEAST 7
#define FILL_SHARE 4

/* What is still free, and who stands at the bottom of each column. */
struct grid {
	struct area free[COLUMNS_MAX];
	int last[COLUMNS_MAX]; /* a pane; -1: none */
	int columns;
};

static int columns_of(struct area area)
{
	int columns = (area.w + GAP) / (PANES_COLUMN + GAP);

	return columns < 1 ? 1 : columns > COLUMNS_MAX ? COLUMNS_MAX : columns;
}

/* The width of a column. */
static int width_of(struct area area)
{
	int columns = columns_of(area);

	return (area.w - (columns - 1) * GAP) / columns;
}

static struct grid empty_grid(struct area area)
{
	struct grid grid = {.columns = columns_of(area)};
	int width = width_of(area);

	for (int i = 0; i < grid.columns; i++) {
		grid.free[i] = (struct area){area.y, area.x + i * (width + GAP), area.h, width};
		grid.last[i] = -1;
	}
	return grid;
}

/* The column with the most lines left, the first of several. */
static int roomiest(const struct grid *grid)
{
	int best = 0;

	for (int i = 1; i < grid->columns; i++)
		if (grid->free[i].h > grid->free[best].h)
			best = i;
	return best;
}

/* A title, and as many of the lines wanted as there are; a line stays free below. */
static void place(struct panes *p, unsigned pane, struct grid *grid)
{
	int column = roomiest(grid);
	struct area *free = &grid->free[column];

	if (p->areas[pane].h > 0 || free->h < 1 + p->panes[pane].least)
		return;
	area_top(free, 1);
	p->areas[pane] = area_top(free, p->wanted[pane]);
	area_top(free, 1);
	grid->last[column] = (int)pane;
}

/* What is left of a column is its last pane's. */
static void stretch(struct panes *p, const struct grid *grid)
{
	for (int i = 0; i < grid->columns; i++) {
		struct area *area = grid->last[i] >= 0 ? &p->areas[grid->last[i]] : NULL;

		if (area != NULL)
			area->h = grid->free[i].y + grid->free[i].h - area->y;
	}
}

void panes_lay(struct panes *p, struct area area)
{
	struct grid grid = empty_grid(area);

	memset(p->areas, 0, sizeof p->areas);
	for (unsigned i = 0; i < p->count; i++)
		place(p, i, &grid);
	if (p->areas[p->focus].h == 0) {
		memset(p->areas, 0, sizeof p->areas);
		grid = empty_grid(area);
		place(p, p->focus, &grid);
		for (unsigned i = 0; i < p->count; i++)
			place(p, i, &grid);
	}
	stretch(p, &grid);
}

static void draw_title(const struct panes *p, unsigned pane, struct pen *pen)
{
	if (pane == p->focus)
		pen_symbol(pen, PAINT_ACCENT, SYMBOL_HERE);
	pen_put(pen, pane == p->focus ? PAINT_ACCENT : PAINT_TITLE, p->panes[pane].title);
}

static unsigned seen(const struct panes *p)
{
	unsigned count = 0;

	for (unsigned i = 0; i < p->count; i++)
		count += p->areas[i].h > 0;
	return count;
}

static void draw_titles(const struct panes *p, struct term *t)
{
	bool alone = seen(p) == 1;

	for (unsigned i = 0; i < p->count; i++) {
		struct area line = p->areas[i];
		struct pen pen;

		if (line.h == 0)
			continue;
		line.y--;
		pen = pen_at(t, line, 0);
		draw_title(p, i, &pen);
		for (unsigned other = (i + 1) % p->count; alone && other != i;
			other = (other + 1) % p->count) {
			pen_skip(&pen, 2);
			pen_put(&pen, PAINT_DIM, p->panes[other].title);
		}
	}
}

/* ---- what is in them ---- */

static int measure(const struct panes *p, unsigned pane, struct term *t, struct area area)
{
	struct sheet sheet = {0};

	if (p->panes[pane].put == NULL)
		return area.h / FILL_SHARE > FILL_LEAST ? area.h / FILL_SHARE : FILL_LEAST;
	area.h = 0;
	area.w = width_of(area);
	sheet_begin(&sheet, t, area, p->panes[pane].label_width);
	p->panes[pane].put(p->arg, &sheet);
	sheet_end(&sheet);
	return sheet.height;
}

static void draw_pane(struct panes *p, unsigned pane, struct term *t)
{
	const struct pane *what = &p->panes[pane];

	if (p->areas[pane].h == 0)
		return;
	if (what->put == NULL) {
		what->fill(p->arg, p->areas[pane]);
		return;
	}
	sheet_begin(&p->sheets[pane], t, p->areas[pane], what->label_width);
	what->put(p->arg, &p->sheets[pane]);
	sheet_end(&p->sheets[pane]);
}

/* The focus last, so that the cursor stays there. */
void panes_draw(struct panes *p, struct term *t, struct area area)
{
	for (unsigned i = 0; i < p->count; i++)
		p->wanted[i] = measure(p, i, t, area);
	panes_lay(p, area);
	draw_titles(p, t);
	for (unsigned i = 1; i <= p->count; i++)
		draw_pane(p, (p->focus + i) % p->count, t);
}

void panes_move(struct panes *p, enum motion motion)
{
	sheet_move(&p->sheets[p->focus], motion);
}

void panes_turn(struct panes *p, int by)
{
	p->focus = (unsigned)((int)p->focus + by + (int)p->count) % p->count;
}
