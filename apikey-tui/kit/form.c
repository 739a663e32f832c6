/* form.c - fields to fill in, each checked where it stands. */
#include "apikey-tui/kit/form.h"

#include <stdio.h>
#include <string.h>

#define LABEL_WIDTH 13

void form_open(struct form *f)
{
	for (unsigned i = 0; i < f->count; i++)
		f->lines[i].max = f->fields[i].max;
	f->focus = 0;
}

static bool check(struct form *f, unsigned i)
{
	const char *reason =
		f->fields[i].check != NULL ? f->fields[i].check(f->lines[i].text) : NULL;

	snprintf(f->faults[i], sizeof f->faults[i], "%s", reason != NULL ? reason : "");
	return reason == NULL;
}

void form_fault(struct form *f, unsigned field, const char *reason)
{
	f->focus = field;
	snprintf(f->faults[field], sizeof f->faults[field], "%s", reason);
}

/* A field is checked when it is left. */
static void leave(struct form *f, unsigned step)
{
	if (f->focus < f->count)
		check(f, f->focus);
	f->focus = (f->focus + step) % (f->count + 1);
}

static enum form_result submit(struct form *f)
{
	unsigned first = f->count;

	for (unsigned i = f->count; i-- > 0;)
		if (!check(f, i))
			first = i;
	f->focus = first;
	return first == f->count ? FORM_SUBMITS : FORM_STAYS;
}

enum form_result form_key(struct form *f, const struct term_event *event)
{
	switch (event->key) {
	case TERM_ESC:
		return FORM_CANCELS;
	case TERM_ENTER:
		if (f->focus == f->count)
			return submit(f);
		leave(f, 1);
		return FORM_STAYS;
	case TERM_CTRL('s'):
		return submit(f);
	case TERM_TAB:
	case TERM_DOWN:
		leave(f, 1);
		return FORM_STAYS;
	case TERM_BACKTAB:
	case TERM_UP:
		leave(f, f->count);
		return FORM_STAYS;
	default:
		break;
	}
	if (f->focus < f->count && line_key(&f->lines[f->focus], event) &&
		f->faults[f->focus][0] != '\0')
		check(f, f->focus);
	return FORM_STAYS;
}

void form_paste(struct form *f, const char *text)
{
	if (f->focus < f->count)
		line_paste(&f->lines[f->focus], text);
}

enum form_result form_event(struct form *f, const struct term_event *event)
{
	if (f->waits)
		return event->type == TERM_KEY && event->key == TERM_ESC ? FORM_CANCELS
									 : FORM_STAYS;
	if (event->type == TERM_KEY)
		return form_key(f, event);
	form_paste(f, event->text);
	return FORM_STAYS;
}

static void draw_field(const struct form *f, unsigned i, struct pen *p)
{
	pen_put(p, i == f->focus ? PAINT_TITLE : PAINT_DIM, f->fields[i].label);
	pen_skip(p, LABEL_WIDTH - (int)strlen(f->fields[i].label));
	line_draw(&f->lines[i], p, i == f->focus);
}

/* Under a field: what is wrong with it, or, where it has the focus, what it takes. */
static void draw_note(const struct form *f, unsigned i, struct pen *p)
{
	pen_skip(p, LABEL_WIDTH);
	if (f->faults[i][0] != '\0')
		pen_put(p, PAINT_BAD, f->faults[i]);
	else if (i == f->focus)
		pen_put(p, PAINT_DIM, f->fields[i].hint);
}

static void draw_button(const struct form *f, struct pen *p)
{
	bool focused = f->focus == f->count;

	pen_skip(p, LABEL_WIDTH);
	if (focused)
		term_cursor(p->term, p->y, p->x);
	p->selected = focused;
	pen_format(p, PAINT_TITLE, "[ %s ]", f->button);
}

/* Two lines a field, one without notes where it is low; scrolled so that the focus is seen. */
void form_draw(const struct form *f, struct term *t, struct area area)
{
	int each = area.h >= 2 * (int)f->count + 1 ? 2 : 1;
	int notes = each == 2 ? 0 : 1; /* then one line for the focus, at the bottom */
	struct area note = area_bottom(&area, notes);
	int top = (int)f->focus * each + each - area.h;

	for (int i = 0; i <= (int)f->count; i++) {
		struct pen p = pen_at(t, area, i * each - (top > 0 ? top : 0));
		struct pen q = pen_at(t, area, i * each + 1 - (top > 0 ? top : 0));

		if (i == (int)f->count) {
			draw_button(f, &p);
			continue;
		}
		if (pen_room(&p) > 0)
			draw_field(f, (unsigned)i, &p);
		if (each == 2)
			draw_note(f, (unsigned)i, &q);
	}
	if (notes > 0 && f->focus < f->count) {
		struct pen p = pen_at(t, note, 0);

		draw_note(f, f->focus, &p);
	}
}
