/* arg_value.h - the value of one parameter, read and checked as its type says. */
#ifndef APIKEYD_ARG_VALUE_H
#define APIKEYD_ARG_VALUE_H

#include "protocol/error.h"
#include "protocol/method.h"
#include "protocol/reader.h"

#define META_MAX_DEPTH 4 /* maps and arrays in each other within meta */

enum arg_state {
	ARG_ABSENT,
	ARG_NIL, /* given as nil where nil empties the field */
	ARG_SET,
};

/* One parameter. text is borrowed from the request: the string, or the encoded bytes of an array or a map with
 * count elements. number holds an integer, a time, a bool (0 or 1), or which of the choices. */
struct arg {
	enum arg_state state;
	struct text text;
	int64_t number;
	uint32_t count;
};

/* Fills in the value but for its state. invalid_argument names the parameter, and where it is an array the element. */
enum apikey_error arg_parse(
	struct reader *r, const struct param *param, struct arg *out, struct failure *why);
/* invalid_argument: "param: reason". */
enum apikey_error arg_wrong(struct failure *why, const struct param *param, const char *reason);

#endif
