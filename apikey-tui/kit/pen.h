/* pen.h - drawing: a pen moves to the right over one line and never leaves its piece of it. */
#ifndef KIT_PEN_H
#define KIT_PEN_H

#include "apikey-tui/kit/term.h"
#include "protocol/text.h"

/* Colours by what they mean. */
enum paint {
	PAINT_PLAIN,
	PAINT_DIM,    /* labels, what matters less */
	PAINT_TITLE,  /* names of things, headings */
	PAINT_ACCENT, /* keys to press, what is live */
	PAINT_GOOD,
	PAINT_WARN,
	PAINT_BAD,
	PAINT_FIELD,  /* where text can be typed */
	PAINT_BANNER, /* what must not be overlooked */
	PAINT_COUNT,
};

enum symbol {
	SYMBOL_UP,
	SYMBOL_DOWN,
	SYMBOL_CUT, /* text goes on */
	SYMBOL_DOT, /* between things in a line */
	SYMBOL_RULE,
	SYMBOL_HERE, /* before what has the focus */
	SYMBOL_COUNT,
};

/* A piece of the screen, in cells. */
struct area {
	int y, x, h, w;
};

struct pen {
	struct term *term;
	int y, x, end;
	bool selected; /* shown reversed */
};

/* A pen for a line of an area; one that draws nothing where the area has no such line. */
struct pen pen_at(struct term *t, struct area area, int line);
/* Draws text, escaped, cut with a sign where it does not fit. */
void pen_text(struct pen *p, enum paint paint, struct text text);
void pen_put(struct pen *p, enum paint paint, const char *text);
void pen_format(struct pen *p, enum paint paint, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void pen_symbol(struct pen *p, enum paint paint, enum symbol symbol);
/* Spaces: so many, or up to the pen's end. */
void pen_skip(struct pen *p, int cells);
void pen_fill(struct pen *p, enum paint paint);
/* What is left of the line. */
int pen_room(const struct pen *p);
/* A line across the area; nothing for screen readers. */
void pen_rule(struct term *t, struct area area, int line);
/* The first h lines of an area; what is left is in *area. Likewise from the bottom. */
struct area area_top(struct area *area, int h);
struct area area_bottom(struct area *area, int h);

#endif
