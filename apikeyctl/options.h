/* options.h - options as rows of a table, and what was given of them. */
#ifndef APIKEYCTL_OPTIONS_H
#define APIKEYCTL_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "protocol/error.h"

enum option_type {
	OPTION_FLAG, /* takes no value */
	OPTION_TEXT,
	OPTION_INT,
	OPTION_SPAN,   /* becomes a number of seconds */
	OPTION_EXPIRY, /* becomes expires_in or expires_at */
	OPTION_LIST,   /* may be repeated, becomes an array */
	OPTION_RATE,   /* N/SPAN, may be repeated, becomes an array of maps */
	OPTION_QUOTA,  /* N/PERIOD[:OF], likewise */
	OPTION_PAIRS,  /* NAME=VALUE, may be repeated, becomes a map */
};

/* Tables end with a row without a name. */
struct option {
	const char *name, *value, *help; /* --name VALUE; value NULL for a flag */
	enum option_type type;
	const char *param; /* the parameter it becomes; NULL: the command looks at it itself */
	bool required;
	bool clears; /* an empty value sends nil */
};

struct given {
	const struct option *option;
	const char *value;
};

/* What followed the command. Strings are borrowed from argv; the arrays are owned. */
struct arguments {
	const struct option *options;
	struct given *given;
	size_t given_count;
	const char **words;
	size_t word_count;
};

/* The value given last (a flag's is its name), or NULL. */
const char *arguments_get(const struct arguments *args, const char *name);
/* Whether any option was given that becomes a parameter. */
bool arguments_any_param(const struct arguments *args);
/* Puts every option that is a parameter. APIKEY_INVALID_ARGUMENT: a value cannot be what it must. */
enum apikey_error arguments_put(
	const struct arguments *args, struct apikey_params *params, struct failure *why);
/* Checks that no option is doubled or missing. */
enum apikey_error arguments_check(const struct arguments *args, struct failure *why);
/* Whether an option may be given again to add another value. */
bool option_repeats(const struct option *option);
/* The row of an option by its name (name_len bytes), or NULL. */
const struct option *option_find(const struct option *table, const char *name, size_t name_len);

#endif
