/* term.h - the terminal: opened, read, resized, suspended, and put back as it was. */
#ifndef KIT_TERM_H
#define KIT_TERM_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>

#include "apikey-tui/kit/plot.h"

enum term_color {
	COLOR_AUTO, /* where the terminal has colours and NO_COLOR is not set */
	COLOR_ALWAYS,
	COLOR_NEVER,
};

struct term_options {
	enum term_color color;
	enum plot_symbols symbols;
	bool accessible; /* no lines or graphs that say nothing to a reader */
};

/* A character is its Unicode code point, Ctrl with a letter is TERM_CTRL(); all other keys come after Unicode. */
#define TERM_CTRL(letter) ((letter)&0x1f)
enum term_code {
	TERM_ENTER = '\r',
	TERM_TAB = '\t',
	TERM_ESC = 0x1b,
	TERM_BACKSPACE = 0x7f,
	TERM_UP = 0x110000,
	TERM_DOWN,
	TERM_LEFT,
	TERM_RIGHT,
	TERM_PAGE_UP,
	TERM_PAGE_DOWN,
	TERM_HOME,
	TERM_END,
	TERM_DELETE,
	TERM_BACKTAB,
	TERM_F1,
	TERM_F5,
	TERM_F10,
};

enum term_event_type {
	TERM_KEY,
	TERM_PASTE,
	TERM_CLICK, /* of the first button, in the line y */
	TERM_WHEEL, /* key: TERM_UP or TERM_DOWN */
};

/* A key, with its UTF-8 where it is a character; or all of a paste. Text lives until the next term_next(). */
struct term_event {
	enum term_event_type type;
	int key;
	const char *text;
	int y;
};

struct term;

/* Takes over the terminal on standard input and output. What matters to a terminal's user (SIGWINCH, SIGTSTP, SIGTERM,
 * …) is blocked from now on and read by term_signals(). NULL, with a sentence in why, where that is not possible. */
struct term *term_open(const struct term_options *options, char *why, size_t size);
/* Puts everything back as it was and frees. NULL is allowed. */
void term_close(struct term *t);

/* The descriptors to poll: keys, then signals. */
void term_poll(const struct term *t, struct pollfd fds[2]);
/* Deals with what poll() said of them. False: the terminal is gone, or somebody wants the program to end. */
bool term_signals(struct term *t, const struct pollfd fds[2]);
/* The next key or paste that is there; false: none. */
bool term_next(struct term *t, struct term_event *out);

/* Asks the terminal to say what is done with its mouse, or no longer. Whether it does now. */
bool term_mouse(struct term *t, bool on);

/* Cells, as of the latest change of size; and what was asked for at the start, or found then. */
int term_rows(const struct term *t);
int term_cols(const struct term *t);
bool term_ascii(const struct term *t);
bool term_accessible(const struct term *t);
enum plot_symbols term_symbols(const struct term *t);

/* A picture is drawn between these two with pens; only what differs from the last one is sent. */
void term_begin(struct term *t);
void term_show(struct term *t);
/* Where the cursor is to be when the picture is shown: on what is selected, for screen readers. */
void term_cursor(struct term *t, int y, int x);
/* Sends everything anew with the next term_show(), so that nothing of an earlier picture stays in a buffer. */
void term_forget(struct term *t);
/* Offers text to the terminal's clipboard (OSC 52); whether it was taken nobody says. */
void term_clipboard(struct term *t, const char *text);

#endif
