/* options.c - what was given on the command line becomes parameters of a method. */
#include "apikeyctl/options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "apikeyctl/limits.h"
#include "apikeyctl/when.h"

const struct option *option_find(const struct option *table, const char *name, size_t name_len)
{
	for (; table && table->name; table++)
		if (strlen(table->name) == name_len && memcmp(table->name, name, name_len) == 0)
			return table;
	return NULL;
}

const char *arguments_get(const struct arguments *args, const char *name)
{
	for (size_t i = args->given_count; i > 0; i--)
		if (strcmp(args->given[i - 1].option->name, name) == 0)
			return args->given[i - 1].value;
	return NULL;
}

bool option_repeats(const struct option *option)
{
	return option->type == OPTION_LIST || option->type == OPTION_PAIRS ||
	       option->type == OPTION_RATE || option->type == OPTION_QUOTA;
}

static size_t count_of(const struct arguments *args, const struct option *option)
{
	size_t count = 0;

	for (size_t i = 0; i < args->given_count; i++)
		count += args->given[i].option == option;
	return count;
}

bool arguments_any_param(const struct arguments *args)
{
	for (size_t i = 0; i < args->given_count; i++)
		if (args->given[i].option->param)
			return true;
	return false;
}

enum apikey_error arguments_check(const struct arguments *args, struct failure *why)
{
	for (const struct option *o = args->options; o && o->name; o++) {
		size_t count = count_of(args, o);

		if (count > 1 && !option_repeats(o) && o->type != OPTION_FLAG)
			return fail(why, APIKEY_INVALID_ARGUMENT, "--%s is given twice", o->name);
		if (count == 0 && o->required)
			return fail(why, APIKEY_INVALID_ARGUMENT, "--%s %s is needed", o->name,
				o->value);
	}
	return APIKEY_OK;
}

static enum apikey_error put_int(
	const struct given *given, struct apikey_params *params, struct failure *why)
{
	char *end;
	long long number;

	errno = 0;
	number = strtoll(given->value, &end, 10);
	if (errno != 0 || end == given->value || *end != '\0')
		return fail(why, APIKEY_INVALID_ARGUMENT, "--%s takes a whole number, not \"%s\"",
			given->option->name, given->value);
	apikey_put_int(params, given->option->param, number);
	return APIKEY_OK;
}

static enum apikey_error put_span(
	const struct given *given, struct apikey_params *params, struct failure *why)
{
	struct when when = {.type = WHEN_IN};

	if (strcmp(given->value, "0") != 0 &&
		(!when_parse(given->value, &when) || when.type != WHEN_IN))
		return fail(why, APIKEY_INVALID_ARGUMENT,
			"--%s takes a time such as 7d, 12h or 0, not \"%s\"", given->option->name,
			given->value);
	apikey_put_int(params, given->option->param, when.seconds);
	return APIKEY_OK;
}

static enum apikey_error put_expiry(
	const struct given *given, struct apikey_params *params, struct failure *why)
{
	struct when when;

	if (!when_parse(given->value, &when))
		return fail(why, APIKEY_INVALID_ARGUMENT,
			"--%s takes a time such as 90d, 12h, 2027-01-31, "
			"2027-01-31T12:00:00Z or never, not \"%s\"",
			given->option->name, given->value);
	if (when.type == WHEN_IN)
		apikey_put_int(params, "expires_in", when.seconds);
	else if (when.type == WHEN_AT)
		apikey_put_int(params, "expires_at", when.seconds);
	else if (given->option->clears)
		apikey_put_nil(params, "expires_at");
	return APIKEY_OK;
}

static void put_list(
	const struct arguments *args, const struct option *option, struct apikey_params *params)
{
	apikey_put_array(params, option->param);
	for (size_t i = 0; i < args->given_count; i++)
		if (args->given[i].option == option)
			apikey_put_string(params, NULL, args->given[i].value);
	apikey_put_end(params);
}

static enum apikey_error put_limits(const struct arguments *args, const struct option *option,
	struct apikey_params *params, struct failure *why)
{
	bool rate = option->type == OPTION_RATE;

	apikey_put_array(params, option->param);
	for (size_t i = 0; i < args->given_count; i++) {
		const char *text = args->given[i].value;

		if (args->given[i].option == option &&
			!(rate ? limits_put_rate : limits_put_quota)(params, text))
			return fail(why, APIKEY_INVALID_ARGUMENT,
				"--%s takes a limit such as %s, not \"%s\"", option->name,
				rate ? "100/60s" : "1000/day or 500/month:units", text);
	}
	apikey_put_end(params);
	return APIKEY_OK;
}

static enum apikey_error put_pairs(const struct arguments *args, const struct option *option,
	struct apikey_params *params, struct failure *why)
{
	apikey_put_map(params, option->param);
	for (size_t i = 0; i < args->given_count; i++) {
		const char *pair = args->given[i].value;
		const char *equals = strchr(pair, '=');
		char *name;

		if (args->given[i].option != option)
			continue;
		if (!equals || equals == pair)
			return fail(why, APIKEY_INVALID_ARGUMENT, "--%s takes %s, not \"%s\"",
				option->name, option->value, pair);
		name = strndup(pair, (size_t)(equals - pair));
		if (!name)
			return fail(why, APIKEY_NO_MEMORY, "no memory");
		apikey_put_string(params, name, equals + 1);
		free(name);
	}
	apikey_put_end(params);
	return APIKEY_OK;
}

static enum apikey_error put_one(const struct arguments *args, const struct given *given,
	struct apikey_params *params, struct failure *why)
{
	const struct option *option = given->option;

	if (option->clears && given->value[0] == '\0') {
		apikey_put_nil(params, option->param);
		return APIKEY_OK;
	}
	switch (option->type) {
	case OPTION_FLAG:
		apikey_put_bool(params, option->param, true);
		break;
	case OPTION_TEXT:
		apikey_put_string(params, option->param, given->value);
		break;
	case OPTION_INT:
		return put_int(given, params, why);
	case OPTION_SPAN:
		return put_span(given, params, why);
	case OPTION_EXPIRY:
		return put_expiry(given, params, why);
	case OPTION_LIST:
		put_list(args, option, params);
		break;
	case OPTION_RATE:
	case OPTION_QUOTA:
		return put_limits(args, option, params, why);
	case OPTION_PAIRS:
		return put_pairs(args, option, params, why);
	}
	return APIKEY_OK;
}

/* Whether the same option stands earlier: lists are put whole, where they begin. */
static bool is_repeated(const struct arguments *args, size_t place)
{
	for (size_t i = 0; i < place; i++)
		if (args->given[i].option == args->given[place].option)
			return true;
	return false;
}

enum apikey_error arguments_put(
	const struct arguments *args, struct apikey_params *params, struct failure *why)
{
	enum apikey_error r = APIKEY_OK;

	for (size_t i = 0; i < args->given_count && r == APIKEY_OK; i++)
		if (args->given[i].option->param && !is_repeated(args, i))
			r = put_one(args, &args->given[i], params, why);
	return r;
}
