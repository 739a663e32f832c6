/* limits.c - limits between the wire and the engine. */
#include "apikeyd/limits.h"

#include <inttypes.h>
#include <stdio.h>

static const char *const period_names[PERIOD_COUNT] = {"day", "month"};
static const char *const of_names[] = {"requests", "units"};

const char *limit_period_name(uint32_t what)
{
	return period_names[limit_period(what)];
}

const char *limit_of_name(uint32_t what)
{
	return of_names[limit_is_quota(what) ? limit_of(what) : OF_REQUESTS];
}

/* A member of one element: a number within bounds, or one of the words. */
struct member {
	const char *name;
	int64_t max; /* of a number, from 1 on; 0: a word */
	const char *const *words;
	int word_count;
};

#define MEMBERS_MAX 3

static const struct member rate_members[] = {
	{"limit", LIMIT_MOST_MAX, NULL, 0},
	{"window", LIMIT_WINDOW_MAX, NULL, 0},
};
static const struct member quota_members[] = {
	{"limit", LIMIT_MOST_MAX, NULL, 0},
	{"period", 0, period_names, PERIOD_COUNT},
	{"of", 0, of_names, 2},
};

/* An array of such elements. */
struct shape {
	const struct member *members;
	unsigned member_count, most;
	uint32_t (*what)(
		const int64_t *values); /* of an element, its members in the order of the table */
	const char *again;
};

static uint32_t rate_what(const int64_t *values)
{
	return (uint32_t)values[1];
}

static uint32_t quota_what(const int64_t *values)
{
	return limit_quota((enum period)values[1], (enum limit_of)values[2]);
}

static const struct shape rates = {
	rate_members, 2, LIMIT_RATES_MAX, rate_what, "has the same window as another"};
static const struct shape quotas = {quota_members, 3, LIMIT_QUOTAS_MAX, quota_what,
	"has the same period, of the same, as another"};

/* Where reading is, for what is said of a fault. */
struct place {
	const char *name;
	unsigned index;
	struct failure *why;
};

static enum apikey_error wrong(const struct place *at, const char *reason)
{
	return fail(at->why, APIKEY_INVALID_ARGUMENT, "%s[%u]: %s", at->name, at->index, reason);
}

static enum apikey_error wrong_member(
	const struct place *at, const struct member *m, const char *reason)
{
	return fail(at->why, APIKEY_INVALID_ARGUMENT, "%s[%u].%s: %s", at->name, at->index, m->name,
		reason);
}

static enum apikey_error read_number(
	struct reader *r, const struct member *m, int64_t *out, const struct place *at)
{
	char reason[48];

	if (!read_int(r, out))
		return wrong_member(at, m, "must be an integer");
	if (*out < 1)
		return wrong_member(at, m, "must be at least 1");
	snprintf(reason, sizeof reason, "must be at most %" PRId64, m->max);
	return *out > m->max ? wrong_member(at, m, reason) : APIKEY_OK;
}

static enum apikey_error read_word(
	struct reader *r, const struct member *m, int64_t *out, const struct place *at)
{
	char reason[64];
	struct text t;

	if (!read_str(r, &t))
		return wrong_member(at, m, "must be a string");
	for (int i = 0; i < m->word_count; i++)
		if (text_equal(t, text_of(m->words[i]))) {
			*out = i;
			return APIKEY_OK;
		}
	snprintf(reason, sizeof reason, "must be one of: %s, %s", m->words[0], m->words[1]);
	return wrong_member(at, m, reason);
}

/* The member whose name comes next; NULL where it is none of them. */
static const struct member *read_name(struct reader *r, const struct shape *shape)
{
	struct text name;

	if (!read_str(r, &name))
		return NULL;
	for (unsigned i = 0; i < shape->member_count; i++)
		if (text_equal(name, text_of(shape->members[i].name)))
			return &shape->members[i];
	return NULL;
}

/* Every member is there, once: as many pairs as members, none of them twice. */
static enum apikey_error read_element(
	struct reader *r, const struct shape *shape, struct limit *out, const struct place *at)
{
	int64_t values[MEMBERS_MAX];
	unsigned seen = 0;
	uint32_t pairs;

	if (!read_map(r, &pairs))
		return wrong(at, "must be a map");
	for (uint32_t i = 0; i < pairs; i++) {
		const struct member *m = read_name(r, shape);
		unsigned n = m != NULL ? (unsigned)(m - shape->members) : 0;

		if (m == NULL)
			return wrong(at, "has a member that does not belong to it");
		if (seen & 1U << n)
			return wrong_member(at, m, "is there twice");
		seen |= 1U << n;
		if ((m->max > 0 ? read_number : read_word)(r, m, &values[n], at) != APIKEY_OK)
			return at->why->code;
	}
	for (unsigned n = 0; n < shape->member_count; n++)
		if (!(seen & 1U << n))
			return wrong_member(at, &shape->members[n], "is missing");
	*out = (struct limit){shape->what(values), (uint32_t)values[0]};
	return APIKEY_OK;
}

static enum apikey_error read_all(struct reader *r, const struct shape *shape, const char *name,
	struct limit *out, unsigned *count, struct failure *why)
{
	uint32_t elements;

	if (!read_array(r, &elements))
		return fail(why, APIKEY_INVALID_ARGUMENT, "%s: must be an array of maps", name);
	if (elements > shape->most)
		return fail(why, APIKEY_INVALID_ARGUMENT, "%s: must hold at most %u", name,
			shape->most);
	for (*count = 0; *count < elements; ++*count) {
		const struct place at = {name, *count, why};

		if (read_element(r, shape, &out[*count], &at) != APIKEY_OK)
			return why->code;
		for (unsigned k = 0; k < *count; k++)
			if (out[k].what == out[*count].what)
				return wrong(&at, shape->again);
	}
	return APIKEY_OK;
}

enum apikey_error limits_read_rates(
	struct reader *r, const char *name, struct limit *out, unsigned *count, struct failure *why)
{
	return read_all(r, &rates, name, out, count, why);
}

enum apikey_error limits_read_quotas(
	struct reader *r, const char *name, struct limit *out, unsigned *count, struct failure *why)
{
	return read_all(r, &quotas, name, out, count, why);
}

unsigned limits_of(struct text rate, struct text quota, struct limit out[LIMITS_MAX])
{
	struct reader in_rate = reader_of((const uint8_t *)rate.data, rate.len);
	struct reader in_quota = reader_of((const uint8_t *)quota.data, quota.len);
	unsigned rate_count = 0, quota_count = 0;
	struct failure why;

	if (rate.data != NULL && limits_read_rates(&in_rate, "rate", out, &rate_count, &why) != 0)
		rate_count = 0;
	if (quota.data != NULL &&
		limits_read_quotas(&in_quota, "quota", out + rate_count, &quota_count, &why) != 0)
		quota_count = 0;
	return rate_count + quota_count;
}
