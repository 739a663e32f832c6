/* dialog.h - a question before something that cannot be taken back: only `y` proceeds, Enter alone does nothing. */
#ifndef KIT_DIALOG_H
#define KIT_DIALOG_H

#include "apikey-tui/kit/line.h"

#define DIALOG_TEXT 512

enum dialog_answer {
	DIALOG_WAITS,
	DIALOG_YES,
	DIALOG_NO,
};

/* Fill in title, text and verb, and word where it has to be typed. Closed when zero. */
struct dialog {
	bool open;
	char title[DIALOG_TEXT];
	char text[DIALOG_TEXT]; /* what will happen; wrapped */
	const char *verb;       /* "revoke it"; static */
	char word[DIALOG_TEXT]; /* has to be typed; empty: `y` is enough */
	struct line typed;
};

void dialog_open(struct dialog *d);
/* Closes itself with the answer. */
enum dialog_answer dialog_key(struct dialog *d, const struct term_event *event);
void dialog_paste(struct dialog *d, const char *text);
/* Lines it wants at this width. */
int dialog_height(const struct dialog *d, const struct term *t, int width);
void dialog_draw(const struct dialog *d, struct term *t, struct area area);

#endif
