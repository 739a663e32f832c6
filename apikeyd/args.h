/* args.h - a request's named parameters, checked against the method's row before any handler runs. */
#ifndef APIKEYD_ARGS_H
#define APIKEYD_ARGS_H

#include "apikeyd/arg_value.h"
#include "protocol/error.h"
#include "protocol/method.h"

struct args {
	const struct method *method;
	struct arg values[METHOD_PARAMS_MAX];
	struct arg request_id;
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
