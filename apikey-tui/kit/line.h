/* line.h - a line of text that is being typed. */
#ifndef KIT_LINE_H
#define KIT_LINE_H

#include "apikey-tui/kit/pen.h"

#define LINE_SIZE 4608 /* the longest there is: 64 scopes of 64 bytes, or the notes of a key */

/* Zero-initialise with a max of at most LINE_SIZE - 1 bytes. Terminated, and never ends within a character. */
struct line {
	char text[LINE_SIZE];
	size_t len, at, max; /* at: bytes before the cursor */
	bool secret;         /* drawn as stars */
};

/* As it is, newlines too: they are drawn escaped, and stay where nobody takes them away. */
void line_set(struct line *l, const char *text);
/* Puts in a paste, newlines and other controls as spaces but for those at its end, with which whole lines are copied; what
 * does not fit is left out. */
void line_paste(struct line *l, const char *text);
/* Takes a key that edits; false: it is none. */
bool line_key(struct line *l, const struct term_event *event);
/* Draws it scrolled so that the cursor is seen, and puts the terminal's cursor there where focused. */
void line_draw(const struct line *l, struct pen *p, bool focused);

#endif
