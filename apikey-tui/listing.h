/* listing.h - what every view of rows has in common: a table that is filled as it is looked at, filtered as is typed,
 * stays on its row while others come and go, and opens a row.
 *
 * A view's screen is a listing with a const table: its state begins with the listing, and the functions below stand in
 * the screen's table, alone or called by its own. */
#ifndef TUI_LISTING_H
#define TUI_LISTING_H

#include "apikey-tui/console.h"
#include "apikey-tui/feed.h"
#include "apikey-tui/kit/sheet.h"

#define LISTING_ARG 128

struct listing;

struct listing_view {
	const char *method; /* NULL: rows come from what the console has at hand */
	const char *rows;   /* the member of the method's answer that they are in */
	bool whole;         /* the answer has all rows */
	const char *word;   /* what the rows are, in the plural */
	/* The member that names a row; NULL for a log, whose rows stay as they are and come at the top. */
	const char *id;
	/* What the daemon itself looks for, typed as "actor:ada" in the filter; ends with NULL. NULL: nothing. */
	const char *const *asks;
	/* Adds more to what is asked for. May be NULL. */
	void (*ask)(const struct listing *l, struct apikey_params *params);
	const char *noun; /* what the methods that change a row begin with; NULL: none does */
	const struct screen *form; /* makes and changes a row; arg: its name, NULL: of a new one */
	const struct table_column *columns;
	const char *const *members; /* of a row, one for each column; or else: */
	void (*cell)(const struct listing *l, const struct apikey_value *row, unsigned column,
		struct table_cell *out);
	/* Where there is no method: how many rows there are now that the filter lets through, and one of them. */
	size_t (*count)(struct listing *l);
	const struct apikey_value *(*row)(const struct listing *l, size_t index);
	/* What follows in the line over the table. May be NULL. */
	void (*caption)(const struct listing *l, struct pen *p);
	const char *nothing; /* said where there is no row at all: what this is, and what to do */
	enum place place;
};

struct listing {
	struct console *console;
	const struct listing_view *view;
	char arg[LISTING_ARG]; /* what it was opened with */
	struct feed_source source;
	struct feed feed;
	struct table table;
	struct line filter;
	bool typing;
	bool opened; /* the selected row is shown alone */
	struct sheet sheet;
	uint64_t selected; /* what the selected row is known by; 0: whatever is there */
	unsigned renewed;  /* of the feed, when that was last looked for */
};

/* In zeroed memory. */
void listing_open(
	struct listing *l, struct console *c, const struct listing_view *view, const char *arg);
/* One that is all of a screen's state; NULL: no memory. listing_close() frees it, and whatever begins with one. */
void *listing_new(struct console *c, const struct listing_view *view, const char *arg);
/* The selected row; NULL: none, or one of what was asked for before. Lives until the model's next turn. */
const struct apikey_value *listing_row(const struct listing *l);
/* Whether a row holds what is typed. */
bool listing_wants(const struct listing *l, const struct apikey_value *row);
/* A member of a row as a cell: times as dates, "-" where there is nothing. */
void listing_put(const struct apikey_value *row, const char *name, struct table_cell *out);

/* Functions of a screen, whose state begins with a listing. */
void listing_close(struct console *c, void *state);
enum place listing_place(const void *state);
void listing_draw(struct console *c, void *state, struct area area);
struct wish listing_act(struct console *c, void *state, const struct action_row *row, int key);
bool listing_typing(const void *state);
bool listing_point(void *state, int y);
struct wish listing_type(struct console *c, void *state, const struct term_event *event);

/* In a screen's table: those that are the same in every view; what opens and closes it and acts in it may be its own. */
#define LISTING_FUNCTIONS                                                                          \
	.draw = listing_draw, .point = listing_point, .typing = listing_typing, .type = listing_type

#endif
