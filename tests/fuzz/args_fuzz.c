/* args_fuzz.c - whatever the parameters are, the gate refuses them with a reason or gives a handler what its row says. */
#include "apikeyd/args.h"
#include "apikeyd/limits.h"
#include "protocol/frame.h"
#include "protocol/reader.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

/* What holds for a parameter that was let through. */
static void check_set(const struct param *param, const struct arg *arg)
{
	struct limit limits[LIMITS_MAX];
	char *joined;

	switch (param->type) {
	case PARAM_INT:
	case PARAM_TIME:
		CHECK(arg->number >= param->min && arg->number <= param->max);
		break;
	case PARAM_TEXT:
	case PARAM_LINES:
		CHECK(text_check(arg->text, (size_t)param->min, (size_t)param->max,
			      param->type == PARAM_LINES) == NULL);
		break;
	case PARAM_WORD:
		CHECK(word_check(arg->text) == NULL);
		break;
	case PARAM_SCOPES:
	case PARAM_NEEDS:
	case PARAM_CIDRS:
		joined = malloc(arg->text.len + 1);
		CHECK(joined != NULL && arg->count <= param->max);
		CHECK(arg_join(arg, joined, arg->text.len + 1) <= arg->text.len);
		free(joined);
		break;
	case PARAM_RATES:
		CHECK(limits_of(arg->text, (struct text){0}, limits) == arg->count);
		break;
	case PARAM_QUOTAS:
		CHECK(limits_of((struct text){0}, arg->text, limits) == arg->count);
		break;
	default:
		break;
	}
}

static void check_args(const struct args *args)
{
	for (unsigned i = 0; i < args->method->param_count; i++) {
		const struct param *param = &args->method->params[i];
		const struct arg *arg = &args->values[i];

		CHECK(arg->state != ARG_NIL || (param->flags & PARAM_CLEARS) != 0);
		CHECK(arg->state == ARG_SET || (param->flags & PARAM_REQUIRED) == 0);
		if (arg->state == ARG_SET)
			check_set(param, arg);
	}
}

/* The first byte chooses the method, the rest are the parameters, as far as a scanner would let them through. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reader r;
	struct text params;
	struct args args;
	struct failure why;

	if (size < 2)
		return 0;
	r = reader_of(data + 1, size - 1);
	if (!read_raw(&r, &params))
		return 0;
	if (args_parse(&method_table[data[0] % METHOD_COUNT], params, &args, &why) == APIKEY_OK)
		check_args(&args);
	else
		CHECK(why.code == APIKEY_INVALID_ARGUMENT && strlen(why.text) > 0);
	return 0;
}
