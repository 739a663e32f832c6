/* cells.h - text as cells of a terminal: nothing that could move the cursor, and the width right.
 *
 * Names are hostile text. What text_escape() would change, what has no width, and, where the locale is not UTF-8, all
 * that is not ASCII, is shown as \xNN or \u{NNNN}. */
#ifndef KIT_CELLS_H
#define KIT_CELLS_H

#include <stdbool.h>
#include <wchar.h>

#include "protocol/text.h"

#define CELLS_MAX 1024

/* Ready for the terminal; text is terminated. */
struct cells {
	wchar_t text[CELLS_MAX + 1];
	int count; /* characters */
	int width; /* cells */
	bool cut;
};

/* As much of the text as fits in so many cells; what is cut ends with a sign that stands for the rest. */
void cells_fit(struct text text, int width, bool ascii, struct cells *out);
/* How many cells the whole text takes. */
int cells_width(struct text text, bool ascii);
/* Takes the next line off *rest: to a newline, else to the last space that fits, else what fits. At least a character,
 * so that it comes to an end. */
struct text cells_wrap(struct text *rest, int width, bool ascii);
/* Bytes of the character at the start of text (1 where it is broken), 0 at the end. */
size_t cells_next(struct text text);

#endif
