/* sheet.c - a page of labelled lines, wrapped to the width there is and scrolled. */
#include "apikey-tui/kit/sheet.h"

#include <stdio.h>

#include "apikey-tui/kit/cells.h"

void sheet_begin(struct sheet *s, struct term *t, struct area area, int label_width)
{
	s->term = t;
	s->area = area;
	s->label_width = label_width;
	s->line = 0;
	s->seen = area.h;
	s->selected = false;
	s->chosen = s->chosen_end = 0;
	term_cursor(t, area.y, area.x);
}

struct pen sheet_line(struct sheet *s, const char *label)
{
	struct pen p = pen_at(s->term, s->area, s->line - s->top), q;

	p.selected = s->selected;
	if (s->selected && s->chosen_end == 0) {
		s->chosen = s->line;
		term_cursor(s->term, p.y, p.x);
	}
	s->line++;
	s->chosen_end = s->selected ? s->line : s->chosen_end;
	q = p;
	q.x += s->label_width;
	p.end = q.x < p.end ? q.x - 1 : p.end;
	pen_put(&p, PAINT_DIM, label);
	return q;
}

void sheet_put(struct sheet *s, const char *label, enum paint paint, const char *text)
{
	struct text rest = text_of(text);
	int width = s->area.w - s->label_width;

	do {
		struct pen p = sheet_line(s, label);

		pen_text(&p, paint, cells_wrap(&rest, width, term_ascii(s->term)));
		if (s->selected)
			pen_fill(&p, paint);
		label = "";
	} while (rest.len > 0);
}

void sheet_heading(struct sheet *s, enum paint paint, const char *text)
{
	int label_width = s->label_width;

	s->label_width = 0;
	sheet_put(s, "", paint, text);
	s->label_width = label_width;
}

static void clamp(struct sheet *s)
{
	if (s->top > s->height - s->seen)
		s->top = s->height - s->seen;
	if (s->top < 0)
		s->top = 0;
}

/* What did not fit is announced at the end of the last line. */
void sheet_end(struct sheet *s)
{
	int below = s->line - s->top - s->seen;
	struct pen p = pen_at(s->term, s->area, s->area.h - 1);
	char text[24];
	int width = snprintf(text, sizeof text, " %d more ", below);

	s->height = s->line;
	if (below <= 0 || s->area.h == 0 || s->area.w <= width)
		return;
	p.x = p.end - width - 1;
	pen_put(&p, PAINT_ACCENT, text);
	pen_symbol(&p, PAINT_ACCENT, SYMBOL_DOWN);
}

void sheet_move(struct sheet *s, enum motion motion)
{
	int page = s->seen > 1 ? s->seen - 1 : 1;
	const int steps[] = {
		[MOTION_NONE] = 0,
		[MOTION_UP] = -1,
		[MOTION_DOWN] = 1,
		[MOTION_PAGE_UP] = -page,
		[MOTION_PAGE_DOWN] = page,
		[MOTION_HOME] = -s->height,
		[MOTION_END] = s->height,
	};

	s->top += steps[motion];
	clamp(s);
}

void sheet_follow(struct sheet *s)
{
	if (s->top + s->seen < s->chosen_end)
		s->top = s->chosen_end - s->seen;
	if (s->top > s->chosen)
		s->top = s->chosen;
	clamp(s);
}
