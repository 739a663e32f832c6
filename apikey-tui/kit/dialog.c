/* dialog.c - a question before something that cannot be taken back: only `y` proceeds, Enter alone does nothing. */
#include "apikey-tui/kit/dialog.h"

#include <string.h>

#include "apikey-tui/kit/cells.h"

void dialog_open(struct dialog *d)
{
	d->open = true;
	d->typed.max = sizeof d->word - 1;
	line_set(&d->typed, "");
}

static enum dialog_answer answer(struct dialog *d, enum dialog_answer said)
{
	d->open = false;
	return said;
}

enum dialog_answer dialog_key(struct dialog *d, const struct term_event *event)
{
	if (event->key == TERM_ESC)
		return answer(d, DIALOG_NO);
	if (d->word[0] != '\0') {
		if (event->key == TERM_ENTER && strcmp(d->typed.text, d->word) == 0)
			return answer(d, DIALOG_YES);
		line_key(&d->typed, event);
		return DIALOG_WAITS;
	}
	if (event->key == 'y')
		return answer(d, DIALOG_YES);
	if (event->key == 'n' || event->key == 'q' || event->key == TERM_LEFT)
		return answer(d, DIALOG_NO);
	return DIALOG_WAITS;
}

void dialog_paste(struct dialog *d, const char *text)
{
	if (d->word[0] != '\0')
		line_paste(&d->typed, text);
}

int dialog_height(const struct dialog *d, struct term *t, int width)
{
	struct text rest = text_of(d->text);
	int lines = 0;

	while (rest.len > 0) {
		cells_wrap(&rest, width, term_ascii(t));
		lines++;
	}
	return lines + 3;
}

static void draw_keys(const struct dialog *d, struct pen *p)
{
	if (d->word[0] != '\0') {
		pen_format(p, PAINT_PLAIN, "Type \"%s\" and Enter to %s, Esc for no: ", d->word,
			d->verb);
		line_draw(&d->typed, p, true);
		return;
	}
	term_cursor(p->term, p->y, p->x);
	pen_put(p, PAINT_ACCENT, "y");
	pen_format(p, PAINT_PLAIN, " %s    ", d->verb);
	pen_put(p, PAINT_ACCENT, "n");
	pen_put(p, PAINT_PLAIN, " or ");
	pen_put(p, PAINT_ACCENT, "Esc");
	pen_put(p, PAINT_PLAIN, " leave it");
}

void dialog_draw(const struct dialog *d, struct term *t, struct area area)
{
	struct area keys = area_bottom(&area, 1);
	struct text rest = text_of(d->text);
	struct pen p = pen_at(t, area, 0);

	pen_rule(t, area, 0);
	if (term_accessible(t) || area.h < 3)
		p = pen_at(t, area, 0);
	else
		p = pen_at(t, area, 1);
	pen_put(&p, PAINT_BAD, d->title);
	for (int line = p.y - area.y + 1; line < area.h && rest.len > 0; line++) {
		struct pen q = pen_at(t, area, line);

		pen_text(&q, PAINT_PLAIN, cells_wrap(&rest, area.w, term_ascii(t)));
	}
	p = pen_at(t, keys, 0);
	draw_keys(d, &p);
}
