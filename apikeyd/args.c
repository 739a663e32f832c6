/* args.c - a request's named parameters, checked against the method's row before any handler runs. */
#include "apikeyd/args.h"

#include <string.h>

#include "protocol/reader.h"

/* Which parameter has that name, or param_count. */
static unsigned param_find(const struct method *method, struct text name)
{
	unsigned i = 0;

	while (i < method->param_count && !text_equal(name, text_of(method->params[i].name)))
		i++;
	return i;
}

/* Where the parameter of that name goes, and what it must be; NULL: there is none. */
static struct arg *place_of(struct args *args, struct text name, const struct param **param)
{
	static const struct param request_id = {
		.name = "request_id", .type = PARAM_LABEL, .min = 1, .max = REQUEST_ID_MAX};
	unsigned i = param_find(args->method, name);

	if (i < args->method->param_count) {
		*param = &args->method->params[i];
		return &args->values[i];
	}
	*param = &request_id;
	return args->method->changes && text_equal(name, text_of(request_id.name))
		       ? &args->request_id
		       : NULL;
}

static enum apikey_error parse_unknown(struct text name, struct failure *why)
{
	char shown[100];

	text_escape(name, shown, sizeof shown);
	return fail(why, APIKEY_INVALID_ARGUMENT, "%s: no such parameter", shown);
}

static enum apikey_error parse_one(
	struct reader *r, struct text name, struct args *out, struct failure *why)
{
	const struct param *param;
	struct arg *arg = place_of(out, name, &param);

	if (arg == NULL)
		return parse_unknown(name, why);
	if (arg->state != ARG_ABSENT || arg->count == UINT32_MAX)
		return arg_wrong(why, param, "is there twice");
	if (read_nil(r)) {
		arg->state = param->flags & PARAM_CLEARS ? ARG_NIL : ARG_ABSENT;
		arg->count = UINT32_MAX; /* seen, though absent */
		return APIKEY_OK;
	}
	arg->state = ARG_SET;
	return arg_parse(r, param, arg, why);
}

/* Steps into params: an array of one map, or an empty array. */
static bool open_params(struct reader *r, uint32_t *pairs)
{
	uint32_t count;

	*pairs = 0;
	return read_array(r, &count) && (count == 0 || (count == 1 && read_map(r, pairs)));
}

enum apikey_error args_parse(
	const struct method *method, struct text params, struct args *out, struct failure *why)
{
	struct reader r = reader_of((const uint8_t *)params.data, params.len);
	struct text name;
	uint32_t pairs;

	memset(out->values, 0, sizeof out->values[0] * method->param_count);
	out->method = method;
	out->request_id = (struct arg){0};
	if (!open_params(&r, &pairs))
		return fail(why, APIKEY_INVALID_ARGUMENT,
			"params: must be an array of one map of named parameters");
	for (uint32_t i = 0; i < pairs; i++) {
		if (!read_str(&r, &name))
			return fail(why, APIKEY_INVALID_ARGUMENT, "params: names must be strings");
		if (parse_one(&r, name, out, why) != APIKEY_OK)
			return why->code;
	}
	for (unsigned i = 0; i < method->param_count; i++)
		if (method->params[i].flags & PARAM_REQUIRED && out->values[i].state != ARG_SET)
			return arg_wrong(why, &method->params[i], "is missing");
	return APIKEY_OK;
}

const struct arg *arg_of(const struct args *args, const char *name)
{
	static const struct arg absent;
	unsigned i = param_find(args->method, text_of(name));

	return i < args->method->param_count ? &args->values[i] : &absent;
}

const struct arg *arg_set(const struct args *args, const char *name)
{
	const struct arg *arg = arg_of(args, name);

	return arg->state == ARG_SET ? arg : NULL;
}

struct text arg_text(const struct args *args, const char *name)
{
	const struct arg *arg = arg_set(args, name);

	return arg != NULL ? arg->text : (struct text){0};
}

int64_t arg_number(const struct args *args, const char *name, int64_t otherwise)
{
	const struct arg *arg = arg_set(args, name);

	return arg != NULL ? arg->number : otherwise;
}

size_t arg_join(const struct arg *arg, char *out, size_t size)
{
	struct reader r = reader_of((const uint8_t *)arg->text.data, arg->text.len);
	struct text item;
	uint32_t count = 0;
	size_t len = 0;

	out[0] = '\0';
	if (!read_array(&r, &count))
		return 0;
	for (uint32_t i = 0; i < count && read_str(&r, &item) && len + item.len + 2 <= size; i++) {
		if (i > 0)
			out[len++] = ' ';
		memcpy(out + len, item.data, item.len);
		len += item.len;
		out[len] = '\0';
	}
	return len;
}
