/* arg_value.c - the value of one parameter, read and checked as its type says. */
#include "apikeyd/arg_value.h"

#include <inttypes.h>
#include <stdio.h>

#include "apikeyd/engine/address.h"
#include "apikeyd/engine/scope.h"
#include "apikeyd/limits.h"

#define ARRAY_MAX 64 /* elements of any array parameter */

enum apikey_error arg_wrong(struct failure *why, const struct param *param, const char *reason)
{
	return fail(why, APIKEY_INVALID_ARGUMENT, "%s: %s", param->name, reason);
}

static enum apikey_error wrong_at(
	struct failure *why, const struct param *param, uint32_t index, const char *reason)
{
	return fail(
		why, APIKEY_INVALID_ARGUMENT, "%s[%" PRIu32 "]: %s", param->name, index, reason);
}

static enum apikey_error read_bounded(
	struct reader *r, const struct param *param, struct arg *out, struct failure *why)
{
	if (!read_str(r, &out->text))
		return arg_wrong(why, param, "must be a string");
	if ((int64_t)out->text.len < param->min || (int64_t)out->text.len > param->max)
		return fail(why, APIKEY_INVALID_ARGUMENT,
			"%s: must be %" PRId64 " to %" PRId64 " bytes", param->name, param->min,
			param->max);
	return APIKEY_OK;
}

static enum apikey_error parse_opaque(
	struct reader *r, const struct param *param, struct arg *out, struct failure *why)
{
	if (read_bounded(r, param, out, why) != APIKEY_OK)
		return why->code;
	return text_is_utf8(out->text) ? APIKEY_OK : arg_wrong(why, param, "must be UTF-8");
}

static enum apikey_error parse_secret(
	struct reader *r, const struct param *param, struct arg *out, struct failure *why)
{
	return read_bytes(r, &out->text) ? APIKEY_OK : arg_wrong(why, param, "must be a string");
}

static enum apikey_error parse_text(
	struct reader *r, const struct param *param, struct arg *out, struct failure *why)
{
	const char *reason;

	if (!read_str(r, &out->text))
		return arg_wrong(why, param, "must be a string");
	reason = text_check(
		out->text, (size_t)param->min, (size_t)param->max, param->type == PARAM_LINES);
	return reason == NULL ? APIKEY_OK : arg_wrong(why, param, reason);
}

static enum apikey_error parse_label(
	struct reader *r, const struct param *param, struct arg *out, struct failure *why)
{
	const size_t min = (size_t)param->min, max = (size_t)param->max;
	const char *reason;

	if (!read_str(r, &out->text))
		return arg_wrong(why, param, "must be a string");
	reason = text_check(out->text, min, max * UTF8_MAX_BYTES, false);
	if (reason == NULL && text_characters(out->text) > max)
		reason = "is too long";
	return reason == NULL ? APIKEY_OK : arg_wrong(why, param, reason);
}

static enum apikey_error parse_word(
	struct reader *r, const struct param *param, struct arg *out, struct failure *why)
{
	const char *reason;

	if (!read_str(r, &out->text))
		return arg_wrong(why, param, "must be a string");
	reason = word_check(out->text);
	return reason == NULL ? APIKEY_OK : arg_wrong(why, param, reason);
}

static enum apikey_error parse_ref(
	struct reader *r, const struct param *param, struct arg *out, struct failure *why)
{
	if (read_bounded(r, param, out, why) != APIKEY_OK)
		return why->code;
	for (size_t i = 0; i < out->text.len; i++)
		if (out->text.data[i] <= ' ' || out->text.data[i] > '~')
			return arg_wrong(why, param, "must be a key's id or prefix");
	return APIKEY_OK;
}

/* Which of the choices t is, or -1. */
static int64_t choice_of(const struct param *param, struct text t)
{
	for (int64_t i = 0; param->choices[i] != NULL; i++)
		if (text_equal(t, text_of(param->choices[i])))
			return i;
	return -1;
}

static enum apikey_error no_choice(struct failure *why, const struct param *param)
{
	char list[FAILURE_TEXT_MAX] = "";
	size_t len = 0;

	for (size_t i = 0; param->choices[i] != NULL && len < sizeof list; i++)
		len += (size_t)snprintf(list + len, sizeof list - len, "%s%s", i == 0 ? "" : ", ",
			param->choices[i]);
	return fail(why, APIKEY_INVALID_ARGUMENT, "%s: must be one of: %s", param->name, list);
}

static enum apikey_error parse_choice(
	struct reader *r, const struct param *param, struct arg *out, struct failure *why)
{
	if (!read_str(r, &out->text))
		return arg_wrong(why, param, "must be a string");
	out->number = choice_of(param, out->text);
	return out->number >= 0 ? APIKEY_OK : no_choice(why, param);
}

static enum apikey_error parse_number(
	struct reader *r, const struct param *param, struct arg *out, struct failure *why)
{
	if (!read_int(r, &out->number))
		return arg_wrong(why, param, "must be an integer");
	if (out->number < param->min)
		return fail(why, APIKEY_INVALID_ARGUMENT, "%s: must be at least %" PRId64,
			param->name, param->min);
	if (out->number > param->max)
		return fail(why, APIKEY_INVALID_ARGUMENT, "%s: must be at most %" PRId64,
			param->name, param->max);
	return APIKEY_OK;
}

static enum apikey_error parse_bool(
	struct reader *r, const struct param *param, struct arg *out, struct failure *why)
{
	bool value;

	if (!read_bool(r, &value))
		return arg_wrong(why, param, "must be true or false");
	out->number = value;
	return APIKEY_OK;
}

static const char *granted_check(struct text t)
{
	return scope_check(t, true);
}

static const char *need_check(struct text t)
{
	return scope_check(t, false);
}

static const char *network_check(struct text t)
{
	struct cidr ignored;

	return cidr_parse(t, &ignored);
}

/* An array of distinct strings, each of which passes check. */
static enum apikey_error parse_strings(struct reader *r, const struct param *param, struct arg *out,
	const char *(*check)(struct text t), struct failure *why)
{
	struct text seen[ARRAY_MAX], raw;
	struct reader items;
	const char *reason;

	items = *r;
	if (!read_array(&items, &out->count) || !read_raw(r, &raw))
		return arg_wrong(why, param, "must be an array of strings");
	if (out->count > (uint32_t)param->max || out->count > ARRAY_MAX)
		return fail(why, APIKEY_INVALID_ARGUMENT, "%s: must hold at most %" PRId64,
			param->name, param->max);
	for (uint32_t i = 0; i < out->count; i++) {
		if (!read_str(&items, &seen[i]))
			return wrong_at(why, param, i, "must be a string");
		if ((reason = check(seen[i])) != NULL)
			return wrong_at(why, param, i, reason);
		for (uint32_t k = 0; k < i; k++)
			if (text_equal(seen[k], seen[i]))
				return wrong_at(why, param, i, "is there twice");
	}
	out->text = raw;
	return APIKEY_OK;
}

static enum apikey_error parse_scopes(
	struct reader *r, const struct param *param, struct arg *out, struct failure *why)
{
	return parse_strings(r, param, out, granted_check, why);
}

static enum apikey_error parse_needs(
	struct reader *r, const struct param *param, struct arg *out, struct failure *why)
{
	return parse_strings(r, param, out, need_check, why);
}

static enum apikey_error parse_cidrs(
	struct reader *r, const struct param *param, struct arg *out, struct failure *why)
{
	return parse_strings(r, param, out, network_check, why);
}

static enum apikey_error parse_choices(
	struct reader *r, const struct param *param, struct arg *out, struct failure *why)
{
	struct reader items = *r;
	struct text item;
	int64_t choice;

	if (!read_array(&items, &out->count) || !read_raw(r, &out->text))
		return arg_wrong(why, param, "must be an array of strings");
	if (out->count < (uint32_t)param->min || out->count > (uint32_t)param->max)
		return arg_wrong(why, param, "has too few or too many elements");
	for (uint32_t i = 0; i < out->count; i++) {
		if (!read_str(&items, &item) || (choice = choice_of(param, item)) < 0)
			return no_choice(why, param);
		out->number |= (int64_t)1 << choice;
	}
	return APIKEY_OK;
}

static enum apikey_error parse_address(
	struct reader *r, const struct param *param, struct arg *out, struct failure *why)
{
	struct address ignored;

	if (!read_str(r, &out->text) || !address_parse(out->text, &ignored))
		return arg_wrong(why, param, "must be an IPv4 or IPv6 address");
	return APIKEY_OK;
}

/* Whether the float at r is a number: all bits of the exponent (IEEE 754) say that it is none, which JSON does not know. */
static bool is_number(const struct reader *r)
{
	uint64_t exponent = *r->p == 0xca ? 0x7f800000 : 0x7ff0000000000000;

	return (value_count(r->p) & exponent) != exponent;
}

/* Whether the name is that of one of the first count entries at r, which have been checked. */
static bool is_named(struct reader r, uint32_t count, struct text name)
{
	struct text other = {0};

	for (uint32_t i = 0; i < count; i++) {
		if (read_str(&r, &other) && text_equal(other, name))
			return true;
		(void)read_raw(&r, NULL);
	}
	return false;
}

/* The name of the n-th entry of the map whose entries begin at first: readers take the first or the last of two. */
static const char *name_check(struct reader *r, struct reader first, uint32_t n)
{
	struct text name;
	const char *reason;

	if (!read_str(r, &name))
		return "must have strings as names";
	if ((reason = text_check(name, 1, NAME_MAX_BYTES, false)) != NULL)
		return reason;
	return is_named(first, n, name) ? "must not hold a name twice" : NULL;
}

/* Whether the value at r is made of the plain types, with distinct text_check()ed keys, at most depth deep. */
static const char *meta_check(struct reader *r, unsigned depth)
{
	enum value_type type = read_type(r);
	struct reader first;
	struct text t;
	uint32_t count;
	const char *reason;

	if (type != VALUE_MAP && type != VALUE_ARRAY) {
		if (type == VALUE_STR)
			return read_str(r, &t) ? (t.len == 0 ? NULL : text_check(t, 1, 4096, true))
					       : "is cut";
		if (type == VALUE_INT)
			return read_int(r, &(int64_t){0}) ? NULL
							  : "must not hold integers from 2^63";
		if (type == VALUE_FLOAT && !is_number(r))
			return "must not hold what is no number";
		return type == VALUE_BIN || !read_raw(r, NULL) ? "must not hold binary values"
							       : NULL;
	}
	if (depth == 0)
		return "must not be nested deeper than 4";
	if (type == VALUE_MAP ? !read_map(r, &count) : !read_array(r, &count))
		return "is cut";
	first = *r;
	for (uint32_t i = 0; i < count; i++)
		if ((type == VALUE_MAP && (reason = name_check(r, first, i)) != NULL) ||
			(reason = meta_check(r, depth - 1)) != NULL)
			return reason;
	return NULL;
}

static enum apikey_error parse_meta(
	struct reader *r, const struct param *param, struct arg *out, struct failure *why)
{
	struct reader inside = *r;
	const char *reason;

	if (read_type(r) != VALUE_MAP || !read_raw(r, &out->text))
		return arg_wrong(why, param, "must be a map");
	if (out->text.len > (size_t)param->max)
		return fail(why, APIKEY_INVALID_ARGUMENT,
			"%s: must be at most %" PRId64 " bytes encoded", param->name, param->max);
	reason = meta_check(&inside, META_MAX_DEPTH);
	return reason == NULL ? APIKEY_OK : arg_wrong(why, param, reason);
}

typedef enum apikey_error limits_read_fn(struct reader *r, const char *name, struct limit *out,
	unsigned *count, struct failure *why);

static enum apikey_error parse_limits(struct reader *r, const struct param *param, struct arg *out,
	limits_read_fn *read, struct failure *why)
{
	struct limit limits[LIMITS_MAX];
	struct reader items = *r;

	if (read(&items, param->name, limits, &out->count, why) != APIKEY_OK)
		return why->code;
	return read_raw(r, &out->text) ? APIKEY_OK : arg_wrong(why, param, "is cut");
}

static enum apikey_error parse_rates(
	struct reader *r, const struct param *param, struct arg *out, struct failure *why)
{
	return parse_limits(r, param, out, limits_read_rates, why);
}

static enum apikey_error parse_quotas(
	struct reader *r, const struct param *param, struct arg *out, struct failure *why)
{
	return parse_limits(r, param, out, limits_read_quotas, why);
}

typedef enum apikey_error parse_fn(
	struct reader *r, const struct param *param, struct arg *out, struct failure *why);

static parse_fn *const parsers[] = {
	[PARAM_SECRET] = parse_secret,
	[PARAM_OPAQUE] = parse_opaque,
	[PARAM_TEXT] = parse_text,
	[PARAM_LINES] = parse_text,
	[PARAM_LABEL] = parse_label,
	[PARAM_WORD] = parse_word,
	[PARAM_REF] = parse_ref,
	[PARAM_CHOICE] = parse_choice,
	[PARAM_CHOICES] = parse_choices,
	[PARAM_INT] = parse_number,
	[PARAM_TIME] = parse_number,
	[PARAM_BOOL] = parse_bool,
	[PARAM_SCOPES] = parse_scopes,
	[PARAM_NEEDS] = parse_needs,
	[PARAM_CIDRS] = parse_cidrs,
	[PARAM_ADDRESS] = parse_address,
	[PARAM_META] = parse_meta,
	[PARAM_CURSOR] = parse_ref,
	[PARAM_RATES] = parse_rates,
	[PARAM_QUOTAS] = parse_quotas,
};

enum apikey_error arg_parse(
	struct reader *r, const struct param *param, struct arg *out, struct failure *why)
{
	return parsers[param->type](r, param, out, why);
}
