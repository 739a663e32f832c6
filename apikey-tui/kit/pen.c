/* pen.c - drawing: a pen moves to the right over one line and never leaves its piece of it. */
#include "apikey-tui/kit/pen.h"

#include <stdarg.h>
#include <stdio.h>

#include "apikey-tui/kit/cells.h"
#include "apikey-tui/kit/private.h"

/* What does not belong to us: in UTF-8, and in ASCII. One cell each. */
static const char *const symbols[SYMBOL_COUNT][2] = {
	[SYMBOL_UP] = {"\u25b2", "^"},
	[SYMBOL_DOWN] = {"\u25bc", "v"},
	[SYMBOL_CUT] = {"\u2026", "~"},
	[SYMBOL_DOT] = {"\u00b7", "-"},
	[SYMBOL_RULE] = {"\u2500", "-"},
	[SYMBOL_HERE] = {"\u25b8", ">"},
};

struct pen pen_at(struct term *t, struct area area, int line)
{
	struct pen p = {.term = t, .y = area.y + line, .x = area.x, .end = area.x + area.w};

	if (line < 0 || line >= area.h)
		p.end = p.x;
	return p;
}

int pen_room(const struct pen *p)
{
	return p->end > p->x ? p->end - p->x : 0;
}

void pen_text(struct pen *p, enum paint paint, struct text text)
{
	const struct term *t = p->term;
	struct cells cells;

	if (pen_room(p) == 0)
		return;
	cells_fit(text, pen_room(p), t->ascii, &cells);
	attr_set(t->attributes[paint] | (p->selected ? A_REVERSE : 0), t->pairs[paint], NULL);
	mvaddnwstr(p->y, p->x, cells.text, cells.count);
	p->x += cells.width;
}

void pen_put(struct pen *p, enum paint paint, const char *text)
{
	pen_text(p, paint, text_of(text));
}

void pen_format(struct pen *p, enum paint paint, const char *format, ...)
{
	char text[1024];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	pen_put(p, paint, text);
}

void pen_symbol(struct pen *p, enum paint paint, enum symbol symbol)
{
	pen_put(p, paint, symbols[symbol][p->term->ascii]);
}

static void spaces(struct pen *p, enum paint paint, int cells)
{
	int count = cells < pen_room(p) ? cells : pen_room(p);

	if (count <= 0)
		return;
	attr_set(p->term->attributes[paint] | (p->selected ? A_REVERSE : 0), p->term->pairs[paint],
		NULL);
	mvprintw(p->y, p->x, "%*s", count, "");
	p->x += count;
}

void pen_skip(struct pen *p, int cells)
{
	spaces(p, PAINT_PLAIN, cells);
}

void pen_fill(struct pen *p, enum paint paint)
{
	spaces(p, paint, pen_room(p));
}

void pen_rule(struct term *t, struct area area, int line)
{
	struct pen p = pen_at(t, area, line);

	while (!t->options.accessible && pen_room(&p) > 0)
		pen_symbol(&p, PAINT_DIM, SYMBOL_RULE);
}

struct area area_top(struct area *area, int h)
{
	struct area top = *area;

	top.h = h < area->h ? h : area->h;
	area->y += top.h;
	area->h -= top.h;
	return top;
}

struct area area_bottom(struct area *area, int h)
{
	struct area bottom = *area;

	bottom.h = h < area->h ? h : area->h;
	area->h -= bottom.h;
	bottom.y = area->y + area->h;
	return bottom;
}
