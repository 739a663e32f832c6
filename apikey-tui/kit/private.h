/* private.h - what the files of the kit that speak to curses share. */
#ifndef KIT_PRIVATE_H
#define KIT_PRIVATE_H

#define NCURSES_WIDECHAR 1
#include <curses.h>
#include <signal.h>
#include <stdint.h>
#include <termios.h>
#include <wchar.h>

#include "apikey-tui/kit/pen.h"
#include "apikey-tui/kit/term.h"

#define TERM_REPORT_MAX 16  /* bytes of a report of the mouse: "0;80;24M" */
#define TERM_PASTE_MAX 8192 /* bytes of a paste; the rest is dropped */

struct term {
	struct term_options options;
	SCREEN *screen;
	sigset_t signals_before;
	struct sigaction stop_before; /* of SIGTSTP */
	struct termios modes_before;
	int signals; /* signalfd */
	bool ascii;
	int cursor_y, cursor_x;
	attr_t attributes[PAINT_COUNT];
	short pairs[PAINT_COUNT];
	bool mouse; /* the terminal was asked to report it */
	/* input */
	bool pointing; /* within a report of the mouse */
	char report[TERM_REPORT_MAX + 1];
	size_t report_len;
	bool unknown; /* within a sequence that is no known key's */
	int held;     /* what was read too far; 0: nothing */
	bool pasting;
	char character[5]; /* UTF-8 of the latest character, or its first bytes */
	size_t character_len;
	char paste[TERM_PASTE_MAX + 1];
	size_t paste_len;
	size_t ending; /* bytes of what ends a paste, come one by one */
};

/* Teaches curses the two ends of a bracketed paste. */
void input_prepare(struct term *t);

#endif
