/* args.h - a request's named parameters, checked against the method's row before any handler runs. */
#ifndef APIKEYD_ARGS_H
#define APIKEYD_ARGS_H

#include "protocol/error.h"
#include "protocol/method.h"

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

struct args {
	const struct method *method;
	struct arg values[METHOD_PARAMS_MAX];
	struct text request_id; /* data NULL: none */
};

/* Reads and checks params (one encoded value). invalid_argument names the parameter at fault. */
enum apikey_error args_parse(
	const struct method *method, struct text params, struct args *out, struct failure *why);

/* The parameter of that name if it was set; NULL if absent or nil. It must be in the method's row. */
const struct arg *arg_set(const struct args *args, const char *name);
/* Likewise with its state. */
const struct arg *arg_of(const struct args *args, const char *name);
/* Shorthands with a value for absent ones. */
struct text arg_text(const struct args *args, const char *name);
int64_t arg_number(const struct args *args, const char *name, int64_t otherwise);

/* Joins the strings of an array parameter with single spaces into out (size bytes, terminated); the array has been
 * checked. Returns the length; the caller gives room for text.len + 1 bytes, which always suffices. */
size_t arg_join(const struct arg *arg, char *out, size_t size);

#endif
