/* dialog.c - a question before something that cannot be taken back: only `y` proceeds, Enter alone does nothing. */
#include "apikey-tui/kit/dialog.h"

#include <stdio.h>
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

static int lines_of(const char *text, const struct term *t, int width)
{
	struct text rest = text_of(text);
	int lines = 0;

	for (; rest.len > 0; lines++)
		cells_wrap(&rest, width, term_ascii(t));
	return lines;
}

/* What has to be done to proceed, where that is more than a key. */
static void put_prompt(const struct dialog *d, char out[2 * DIALOG_TEXT])
{
	snprintf(
		out, 2 * DIALOG_TEXT, "Type \"%s\" and Enter to %s, Esc for no:", d->word, d->verb);
}

/* What is typed stands behind the prompt where there is room for all of it, else in a line of its own. */
static bool is_beside(const struct dialog *d, const struct term *t, int width)
{
	char prompt[2 * DIALOG_TEXT];

	put_prompt(d, prompt);
	return cells_width(text_of(prompt), term_ascii(t)) +
		       cells_width(text_of(d->word), term_ascii(t)) + 2 <=
	       width;
}

static int keys_height(const struct dialog *d, const struct term *t, int width)
{
	char prompt[2 * DIALOG_TEXT];

	if (d->word[0] == '\0' || is_beside(d, t, width))
		return 1;
	put_prompt(d, prompt);
	return lines_of(prompt, t, width) + 1;
}

int dialog_height(const struct dialog *d, const struct term *t, int width)
{
	return 2 + lines_of(d->text, t, width) + keys_height(d, t, width);
}

static void draw_text(struct term *t, struct area area, const char *text)
{
	struct text rest = text_of(text);

	for (int line = 0; line < area.h && rest.len > 0; line++) {
		struct pen p = pen_at(t, area, line);

		pen_text(&p, PAINT_PLAIN, cells_wrap(&rest, area.w, term_ascii(t)));
	}
}

static void draw_typed(const struct dialog *d, struct term *t, struct area area)
{
	struct pen p = pen_at(t, area, area.h - 1);
	char prompt[2 * DIALOG_TEXT];

	put_prompt(d, prompt);
	if (is_beside(d, t, area.w))
		pen_format(&p, PAINT_PLAIN, "%s ", prompt);
	else
		draw_text(t, area_top(&area, area.h - 1), prompt);
	line_draw(&d->typed, &p, true);
}

static void draw_keys(const struct dialog *d, struct pen p)
{
	term_cursor(p.term, p.y, p.x);
	pen_put(&p, PAINT_ACCENT, "y");
	pen_format(&p, PAINT_PLAIN, " %s    ", d->verb);
	pen_put(&p, PAINT_ACCENT, "n");
	pen_put(&p, PAINT_PLAIN, " or ");
	pen_put(&p, PAINT_ACCENT, "Esc");
	pen_put(&p, PAINT_PLAIN, " leave it");
}

/* Where room is short the rule goes first, then the end of the text. */
void dialog_draw(const struct dialog *d, struct term *t, struct area area)
{
	bool scarce = area.h < dialog_height(d, t, area.w);
	struct area keys = area_bottom(&area, keys_height(d, t, area.w));
	struct pen title;

	if (!scarce && !term_accessible(t))
		pen_rule(t, area_top(&area, 1), 0);
	title = pen_at(t, area_top(&area, 1), 0);
	pen_put(&title, PAINT_BAD, d->title);
	draw_text(t, area, d->text);
	if (d->word[0] != '\0')
		draw_typed(d, t, keys);
	else
		draw_keys(d, pen_at(t, keys, 0));
}
