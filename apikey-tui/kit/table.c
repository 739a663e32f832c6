/* table.c - a table of any length: it asks its source for the rows that are seen, and for no others. */
#include "apikey-tui/kit/table.h"

#include "apikey-tui/kit/cells.h"

#define COLUMNS_MAX 16
#define GAP 2   /* cells between columns */
#define ARROW 2 /* cells that the order takes in a heading */

/* Widths of the columns as they fit; 0: not shown. */
struct layout {
	unsigned count;
	int width[COLUMNS_MAX];
};

void table_move(struct table *t, enum motion motion)
{
	size_t last = t->rows > 0 ? t->rows - 1 : 0;
	size_t page = t->height > 1 ? t->height - 1 : 1;

	switch (motion) {
	case MOTION_NONE:
		break;
	case MOTION_UP:
		t->selected -= t->selected > 0;
		break;
	case MOTION_DOWN:
		t->selected++;
		break;
	case MOTION_PAGE_UP:
		t->selected -= t->selected < page ? t->selected : page;
		break;
	case MOTION_PAGE_DOWN:
		t->selected += page;
		break;
	case MOTION_HOME:
		t->selected = 0;
		break;
	case MOTION_END:
		t->selected = last;
		break;
	}
	if (t->selected > last)
		t->selected = last;
}

bool table_point(struct table *t, int y)
{
	size_t line = y >= t->y ? (size_t)(y - t->y) : t->height;

	if (line >= t->height || t->top + line >= t->rows)
		return false;
	t->selected = t->top + line;
	return true;
}

/* The selected row is always seen, and no more of the end than is needed. */
static void scroll(struct table *t)
{
	table_move(t, MOTION_NONE);
	if (t->top + t->height > t->rows)
		t->top = t->rows > t->height ? t->rows - t->height : 0;
	if (t->selected < t->top)
		t->top = t->selected;
	if (t->height > 0 && t->selected >= t->top + t->height)
		t->top = t->selected - t->height + 1;
}

static int needed(const struct layout *l)
{
	int sum = 0;

	for (unsigned i = 0; i < l->count; i++)
		sum += l->width[i] > 0 ? l->width[i] + GAP : 0;
	return sum - GAP;
}

static void drop_one(const struct table *t, struct layout *l)
{
	int worst = -1;

	for (unsigned i = 0; i < l->count; i++)
		if (l->width[i] > 0 && !(t->keeps_sorted && (int)i == t->sorted) &&
			(worst < 0 || t->columns[i].rank >= t->columns[worst].rank))
			worst = (int)i;
	if (worst >= 0)
		l->width[worst] = 0;
}

static int shown(const struct layout *l)
{
	int count = 0;

	for (unsigned i = 0; i < l->count; i++)
		count += l->width[i] > 0;
	return count;
}

static struct layout lay_out(const struct table *t, int width)
{
	struct layout l = {0};
	int grow = 0, spare;

	for (; l.count < COLUMNS_MAX && t->columns[l.count].width > 0; l.count++)
		l.width[l.count] = t->columns[l.count].width;
	while (needed(&l) > width && shown(&l) > 1)
		drop_one(t, &l);
	spare = width - needed(&l);
	for (unsigned i = 0; i < l.count; i++)
		grow += l.width[i] > 0 ? t->columns[i].grow : 0;
	for (unsigned i = 0; i < l.count && grow > 0 && spare > 0; i++)
		if (l.width[i] > 0 && t->columns[i].grow > 0) {
			int share = spare * t->columns[i].grow / grow,
			    most = t->columns[i].most - l.width[i];

			if (t->columns[i].most > 0 && share > most)
				share = most;
			l.width[i] += share;
			spare -= share;
			grow -= t->columns[i].grow;
		}
	return l;
}

/* A pen for one column, after which the line's pen stands at the next. */
static struct pen column_pen(struct pen *line, int width)
{
	struct pen p = *line;

	if (p.x + width < p.end)
		p.end = p.x + width;
	line->x += width;
	return p;
}

static void put_cell(
	const struct table_column *column, struct pen *p, enum paint paint, const char *text)
{
	if (column->number)
		pen_skip(p, pen_room(p) - cells_width(text_of(text), term_ascii(p->term)));
	pen_put(p, paint, text);
}

static void draw_heading(const struct table *t, const struct layout *l, struct pen line)
{
	for (unsigned i = 0; i < l->count; i++) {
		bool sorted = (int)i == t->sorted;
		struct pen p, title;

		if (l->width[i] == 0)
			continue;
		p = title = column_pen(&line, l->width[i]);
		title.end -= sorted ? ARROW : 0;
		put_cell(&t->columns[i], &title, PAINT_TITLE, t->columns[i].title);
		p.x = title.x;
		if (sorted) {
			pen_skip(&p, 1);
			pen_symbol(&p, PAINT_ACCENT, t->descending ? SYMBOL_DOWN : SYMBOL_UP);
		}
		pen_fill(&p, PAINT_PLAIN);
		pen_skip(&line, GAP);
	}
}

static void draw_row(const struct table *t, const struct layout *l, struct pen line, size_t index)
{
	bool there = t->row(t->arg, index) == TABLE_THERE;

	for (unsigned i = 0; i < l->count; i++) {
		struct table_cell cell = {.text = "", .paint = PAINT_PLAIN};
		struct pen p;

		if (l->width[i] == 0)
			continue;
		p = column_pen(&line, l->width[i]);
		if (there)
			t->cell(t->arg, index, i, &cell);
		put_cell(&t->columns[i], &p, cell.paint, cell.text);
		pen_fill(&p, PAINT_PLAIN);
		pen_skip(&line, GAP);
	}
	pen_fill(&line, PAINT_PLAIN);
}

void table_draw(struct table *t, struct term *term, struct area area)
{
	struct area heading = area_top(&area, 1);
	struct layout l = lay_out(t, area.w);

	t->height = area.h > 0 ? (size_t)area.h : 0;
	t->y = area.y;
	scroll(t);
	draw_heading(t, &l, pen_at(term, heading, 0));
	for (size_t i = 0; i < t->height && t->top + i < t->rows; i++) {
		struct pen p = pen_at(term, area, (int)i);

		p.selected = t->top + i == t->selected;
		if (p.selected)
			term_cursor(term, p.y, p.x);
		draw_row(t, &l, p, t->top + i);
	}
}
