/* print.h - values as text for people and for programs. */
#ifndef APIKEYCTL_PRINT_H
#define APIKEYCTL_PRINT_H

#include <stddef.h>
#include <stdint.h>

#include "apikeyctl/ctl.h"

enum kind {
	KIND_TEXT,
	KIND_STATUS, /* text that has a colour */
	KIND_NUMBER,
	KIND_BOOL,
	KIND_LIMITS, /* a rate or quota, or an array of them */
	KIND_WORDS,  /* array, or map of text */
	KIND_TIME,
	KIND_EXPIRY, /* a time; none is "never" */
	KIND_AGO,
	KIND_SPAN,
	KIND_BYTES,
	KIND_NANOS,
};

/* Colours by what they mean; none is lost where there is no colour, for the word says it too. */
enum paint {
	PAINT_PLAIN,
	PAINT_TITLE,
	PAINT_GOOD,
	PAINT_WARNING,
	PAINT_BAD,
	PAINT_COUNT,
};

/* The value as escaped text, without colour; for programs if the format says so. The caller frees;
 * never NULL (no memory ends the program). */
char *print_value(const struct ctl *ctl, const struct apikey_value *value, enum kind kind);
/* The escaped text of anything; the caller frees. */
char *print_escaped(const char *text);
enum paint print_paint_of(const char *status);
/* Escape sequences that begin and end a role; empty without colour. */
const char *print_begin(const struct ctl *ctl, enum paint role);
const char *print_end(const struct ctl *ctl, enum paint role);
/* Cells that the text takes on a terminal. */
size_t print_cells(const char *text);

#endif
