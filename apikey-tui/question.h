/* question.h - an answer of the daemon that a screen keeps up to date: asked again when something has happened, when
 * the key that is looked at was used, and at intervals. */
#ifndef TUI_QUESTION_H
#define TUI_QUESTION_H

#include "apikey-tui/model.h"

/* Fill in what is above the line, and leave it where it is until question_drop(). */
struct question {
	const char *method;
	/* Puts the parameters; time in seconds since 1970. NULL: there are none. */
	void (*put)(struct apikey_params *params, const void *arg, int64_t time);
	const void *arg;
	bool of_use;   /* changes with each use of the key that is looked at */
	int64_t every; /* milliseconds, where time changes it; 0: it does not */
	/* ---- */
	struct apikey_value *answer; /* NULL: none yet, or there is none any more */
	char trouble[256];           /* why there is no answer; empty where there is */
	struct model *model;
	bool asked, old;
	unsigned version, uses; /* of the model, when it was asked */
	int64_t asked_at;
};

/* Asks where it is due; for draw(). now in milliseconds of the monotonic clock. */
void question_keep(struct question *q, struct model *m, int64_t now, int64_t time);
/* Forgets answer and trouble; question_keep() then begins anew, perhaps with other parameters. */
void question_drop(struct question *q);

#endif
