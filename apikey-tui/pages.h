/* pages.h - the rows of a listing that may be too long to hold: a few pages, fetched by cursor from either end.
 *
 * A cursor only leads to the next page, so pages form two chains: one from the first row on, one from the last row
 * back. What is near neither end is reached by following the nearer chain. Knows no socket: it says what is to be
 * fetched and is given what came. */
#ifndef TUI_PAGES_H
#define TUI_PAGES_H

#include <stdbool.h>
#include <stddef.h>

#include "include/apikey.h"

#define PAGES_ROWS 100 /* rows of a page */
#define PAGES_HELD 12  /* pages in memory */

/* A page to be fetched. */
struct pages_fetch {
	unsigned generation;
	unsigned epoch;
	bool from_end; /* in the reverse order */
	size_t number;
	const char *cursor; /* NULL: the first. Lives until the next call on the pages */
};

struct pages;

struct pages *pages_new(void); /* NULL: no memory */
void pages_free(struct pages *p);
/* Another listing: what is held is still given, until its first page comes. */
void pages_reset(struct pages *p);
/* The same listing has changed: what is held is still given, and fetched anew when it is asked for. */
void pages_stale(struct pages *p);
/* Rows in all; 0 before the first page has come. */
size_t pages_total(const struct pages *p);
/* Whether the first page has come since pages_reset(). */
bool pages_known(const struct pages *p);
/* The row at this place, or NULL where it is not held; either way it is noted what would have to be fetched. */
const struct apikey_value *pages_row(struct pages *p, size_t index);
/* The place of the row with this id; false where it is not among the rows held and up to date. */
bool pages_find(struct pages *p, const char *id, size_t *index);
/* What rows asked for since the last fetch are lacking; false: nothing. */
bool pages_next(struct pages *p, struct pages_fetch *out);
/* What came, as key.list answers: {keys, next, total}. Takes the value over. */
void pages_put(struct pages *p, const struct pages_fetch *fetch, struct apikey_value *value);

#endif
