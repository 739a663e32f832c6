/* cells.c - text as cells of a terminal: nothing that could move the cursor, and the width right. */
#include "apikey-tui/kit/cells.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define GLYPH_MAX 16 /* four bytes as \xNN */
#define ELLIPSIS 0x2026

/* One character as it is shown. */
struct glyph {
	wchar_t text[GLYPH_MAX];
	int count, width;
};

size_t cells_next(struct text text)
{
	static const uint8_t lengths[16] = {[0] = 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 3, 4};
	size_t len;

	if (text.len == 0)
		return 0;
	len = lengths[(unsigned char)text.data[0] >> 4];
	if (len > text.len)
		return 1;
	for (size_t i = 1; i < len; i++)
		if (((unsigned char)text.data[i] & 0xc0) != 0x80)
			return 1;
	return len;
}

/* The code point of a character that cells_next() found whole. */
static uint32_t decode(struct text c)
{
	static const uint8_t first[5] = {0, 0x7f, 0x1f, 0x0f, 0x07};
	uint32_t point = (unsigned char)c.data[0] & first[c.len];

	for (size_t i = 1; i < c.len; i++)
		point = point << 6 | ((unsigned char)c.data[i] & 0x3f);
	return point;
}

static void glyph_ascii(struct glyph *g, const char *text)
{
	g->count = 0;
	for (; *text != '\0' && g->count < GLYPH_MAX; text++)
		g->text[g->count++] = (unsigned char)*text;
	g->width = g->count;
}

/* A character that is not ASCII and that text_escape() leaves alone. */
static void glyph_wide(struct glyph *g, uint32_t point, bool ascii, bool first)
{
	char code[GLYPH_MAX + 1];
	int width = wcwidth((wchar_t)point);

	g->count = g->width = 0;
	if (point >= 0xfe00 && point <= 0xfe0f)
		return; /* variation selectors: terminals do not agree on their width */
	if (ascii && point == ELLIPSIS) {
		glyph_ascii(g, "...");
	} else if (ascii || width < 0 || (width == 0 && first)) {
		snprintf(code, sizeof code, "\\u{%04x}", (unsigned)point);
		glyph_ascii(g, code);
	} else {
		g->text[0] = (wchar_t)point;
		g->count = 1;
		g->width = width;
	}
}

/* Takes the next character off *rest; first: nothing stands before it that it could combine with. */
static bool glyph_next(struct text *rest, bool ascii, bool first, struct glyph *g)
{
	struct text c = {rest->data, cells_next(*rest)};
	char escaped[4 * GLYPH_MAX];

	if (c.len == 0)
		return false;
	rest->data += c.len;
	rest->len -= c.len;
	if (c.data[0] >= 0x20 && c.data[0] < 0x7f) {
		g->text[0] = c.data[0];
		g->count = g->width = 1;
	} else if (text_escape(c, escaped, sizeof escaped) == c.len &&
		   memcmp(escaped, c.data, c.len) == 0) {
		glyph_wide(g, decode(c), ascii, first);
	} else {
		glyph_ascii(g, escaped);
	}
	return true;
}

static void append(struct cells *out, const wchar_t *text, int count, int width)
{
	wmemcpy(out->text + out->count, text, (size_t)count);
	out->count += count;
	out->width += width;
}

/* A sign that takes one cell, for what was cut. */
static void append_cut(struct cells *out, bool ascii)
{
	const wchar_t sign = ascii ? L'~' : (wchar_t)ELLIPSIS;

	append(out, &sign, 1, 1);
	out->cut = true;
}

void cells_fit(struct text text, int width, bool ascii, struct cells *out)
{
	int keep_count = 0, keep_width = 0; /* up to where there is room for the sign */
	struct glyph g;

	out->count = out->width = 0;
	out->cut = false;
	while (glyph_next(&text, ascii, out->count == 0, &g)) {
		if (out->width + g.width > width || out->count + g.count >= CELLS_MAX) {
			out->count = keep_count;
			out->width = keep_width;
			if (width > 0)
				append_cut(out, ascii);
			break;
		}
		append(out, g.text, g.count, g.width);
		if (out->width < width) {
			keep_count = out->count;
			keep_width = out->width;
		}
	}
	out->text[out->count] = L'\0';
}

int cells_width(struct text text, bool ascii)
{
	struct glyph g;
	int width = 0;

	while (glyph_next(&text, ascii, width == 0, &g))
		width += g.width;
	return width;
}

struct text cells_wrap(struct text *rest, int width, bool ascii)
{
	struct text left = *rest, line = {rest->data, 0};
	size_t space = 0;
	struct glyph g;
	int used = 0;

	while (left.len > 0 && *left.data != '\n') {
		struct text here = left;

		glyph_next(&left, ascii, used == 0, &g);
		if (used + g.width > width && used > 0) {
			left = here;
			break;
		}
		used += g.width;
		if (*here.data == ' ')
			space = (size_t)(here.data - line.data);
	}
	line.len = (size_t)(left.data - line.data);
	if (left.len > 0 && *left.data != '\n' && *left.data != ' ' && space > 0)
		line.len = space;
	rest->data += line.len;
	rest->len -= line.len;
	if (rest->len > 0 && (*rest->data == '\n' || *rest->data == ' ')) {
		rest->data++;
		rest->len--;
	}
	return line;
}
