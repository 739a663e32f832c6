/* feed.h - the rows of a listing of no known length, fetched a page at a time as far as they are looked at.
 *
 * When something has happened all that is held is fetched anew, and what was held is given until it has come. */
#ifndef TUI_FEED_H
#define TUI_FEED_H

#include "apikey-tui/model.h"

#define FEED_ROWS_MAX                                                                              \
	20000 /* rows gone through; past it the operator has to say more of what is looked for */

/* Where rows come from. */
struct feed_source {
	const char *method;
	const char *rows; /* the member of the answer that they are in */
	bool whole;       /* the answer has all of them: no limit, no cursor */
	/* Adds what is asked for. May be NULL. */
	void (*ask)(void *arg, struct apikey_params *params);
	/* Whether a row is wanted; asked once a row. NULL: all are. */
	bool (*wanted)(void *arg, const struct apikey_value *row);
};

/* Rows in the order in which they came; they live in the answers. */
struct feed_rows {
	struct apikey_value **pages;
	const struct apikey_value **rows;
	size_t page_count, count, room;
	size_t seen;   /* wanted or not */
	char *next;    /* cursor of the page after these; NULL: the first, or none */
	bool complete; /* there are no more, or no more are gone through */
};

struct feed {
	struct model *model;
	const struct feed_source *source;
	void *arg; /* for the source's functions */
	struct feed_rows shown, coming;
	unsigned version; /* of the model, when what is shown was first asked for */
	unsigned renewed; /* how often what is shown has been exchanged */
	bool known;       /* what is shown belongs to what is asked for now */
	bool renewing;    /* what comes takes the place of what is shown */
	bool asked;
	size_t want;
	int64_t now, retry_at;
	int64_t begun_at, rest_until; /* of a renewal: a long one has a longer rest after it */
	char trouble[256];            /* why the daemon refuses; empty: it does not */
};

/* The feed stays where it is until it is closed; all it is given lives as long. Now in milliseconds. */
void feed_open(
	struct feed *f, struct model *m, const struct feed_source *source, void *arg, int64_t now);
void feed_close(struct feed *f);
/* Something else is asked for: what is held is given until its first rows have come. */
void feed_reset(struct feed *f);
/* Before each picture, at a time in milliseconds: so many rows are looked at. */
void feed_update(struct feed *f, size_t want, int64_t now);
/* A row; lives until the next feed_update() or until the model's next turn. NULL past the end. */
const struct apikey_value *feed_row(const struct feed *f, size_t index);
#endif
