/* record.h - a form about a thing of the daemon: filled from what it has, and put as parameters. */
#ifndef TUI_RECORD_H
#define TUI_RECORD_H

#include "apikey-tui/kit/form.h"
#include "include/apikey.h"

enum record_kind {
	RECORD_TEXT,
	RECORD_NUMBER,
	RECORD_LIST,   /* of words */
	RECORD_LIMITS, /* rates or quotas */
	RECORD_EXPIRY, /* a member *_at; put as that, or as seconds from now in expires_in */
};

/* What a field is to the daemon; an array of them goes with the form's fields. */
struct record_param {
	const char *name;
	enum record_kind kind;
};

/* Puts in what the thing has. */
void record_fill(
	struct form *f, const struct record_param *params, const struct apikey_value *thing);
/* Puts what is filled in as parameters; with before, what differs from it, nil where it was emptied. Returns how many. */
unsigned record_put(const struct form *f, const struct form *before,
	const struct record_param *params, struct apikey_params *out);
/* Says the daemon's complaint at the field that it is about; false: at none. */
bool record_fault(struct form *f, const struct record_param *params, const char *why);

#endif
