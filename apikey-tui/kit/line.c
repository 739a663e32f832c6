/* line.c - a line of text that is being typed. */
#include "apikey-tui/kit/line.h"

#include <string.h>

#include "apikey-tui/kit/cells.h"

static void insert(struct line *l, const char *text, size_t len)
{
	if (len > l->max - l->len)
		return;
	memmove(l->text + l->at + len, l->text + l->at, l->len - l->at);
	memcpy(l->text + l->at, text, len);
	l->len += len;
	l->at += len;
	l->text[l->len] = '\0';
}

/* Character by character, so that none is cut; controls as they are, or as spaces. */
static void insert_all(struct line *l, struct text rest, bool controls)
{
	while (rest.len > 0) {
		size_t n = cells_next(rest);
		bool control = (unsigned char)*rest.data < 0x20 || *rest.data == 0x7f;

		insert(l, control && !controls ? " " : rest.data, n);
		rest.data += n;
		rest.len -= n;
	}
}

void line_set(struct line *l, const char *text)
{
	l->len = l->at = 0;
	l->text[0] = '\0';
	insert_all(l, text_of(text), true);
}

void line_paste(struct line *l, const char *text)
{
	struct text rest = text_of(text);

	while (rest.len > 0 && strchr("\r\n", rest.data[rest.len - 1]) != NULL)
		rest.len--;
	insert_all(l, rest, false);
}

static size_t before(const struct line *l)
{
	size_t at = l->at;

	while (at > 0 && ((unsigned char)l->text[--at] & 0xc0) == 0x80)
		;
	return at;
}

static size_t after(const struct line *l)
{
	return l->at + cells_next((struct text){l->text + l->at, l->len - l->at});
}

static void cut(struct line *l, size_t from, size_t to)
{
	memmove(l->text + from, l->text + to, l->len - to + 1);
	l->len -= to - from;
	l->at = from;
}

static size_t word_start(const struct line *l)
{
	size_t at = l->at;

	while (at > 0 && l->text[at - 1] == ' ')
		at--;
	while (at > 0 && l->text[at - 1] != ' ')
		at--;
	return at;
}

bool line_key(struct line *l, const struct term_event *event)
{
	if (*event->text != '\0') {
		insert(l, event->text, strlen(event->text));
		return true;
	}
	switch (event->key) {
	case TERM_BACKSPACE:
		cut(l, before(l), l->at);
		return true;
	case TERM_DELETE:
		cut(l, l->at, after(l));
		return true;
	case TERM_CTRL('u'):
		cut(l, 0, l->at);
		return true;
	case TERM_CTRL('w'):
		cut(l, word_start(l), l->at);
		return true;
	case TERM_LEFT:
		l->at = before(l);
		return true;
	case TERM_RIGHT:
		l->at = after(l);
		return true;
	case TERM_HOME:
	case TERM_CTRL('a'):
		l->at = 0;
		return true;
	case TERM_END:
	case TERM_CTRL('e'):
		l->at = l->len;
		return true;
	default:
		return false;
	}
}

/* A star for each character; at stays where it is among them. */
static void hide(const struct line *l, struct line *out)
{
	struct text rest = {l->text, l->len};

	out->len = out->at = 0;
	while (rest.len > 0) {
		size_t n = cells_next(rest);

		out->at += rest.data < l->text + l->at;
		out->text[out->len++] = '*';
		rest.data += n;
		rest.len -= n;
	}
	out->text[out->len] = '\0';
}

void line_draw(const struct line *l, struct pen *p, bool focused)
{
	bool ascii = term_ascii(p->term);
	struct line stars;
	struct text left, shown;
	int width;

	if (l->secret) {
		hide(l, &stars);
		l = &stars;
	}
	left = (struct text){l->text, focused ? l->at : 0};
	shown = (struct text){l->text, l->len};

	/* the cursor itself needs a cell */
	width = cells_width(left, ascii);
	while (left.len > 0 &&
		(width >= pen_room(p) || (width = cells_width(left, ascii)) >= pen_room(p))) {
		size_t n = cells_next(left);

		width -= cells_width((struct text){left.data, n}, ascii);
		left.data += n;
		left.len -= n;
		shown.data += n;
		shown.len -= n;
	}
	if (focused)
		term_cursor(p->term, p->y, p->x + width);
	pen_text(p, PAINT_FIELD, shown);
	pen_fill(p, PAINT_FIELD);
}
