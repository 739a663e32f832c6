/* fold_sums.c - what one bite of a fold adds to the rows of tenants and of all. */
#include "apikeyd/fold_sums.h"

static enum apikey_error add_row(
	struct sums *s, const struct sum *sum, struct usage_row *row, struct failure *why)
{
	enum apikey_error error = APIKEY_OK;

	for (enum usage_step step = 0; step < USAGE_STEPS && error == APIKEY_OK; step++) {
		row->at = usage_step_begin(step, sum->minute);
		error = s->ops->usage_add(s->store, step, row, why);
	}
	return error;
}

/* Whose rows, of every verify or by resource; the pool's. */
static struct text who_of(const struct sums *s, const struct sum *sum, struct pool *pool)
{
	const char *by = sum->resource.data != NULL ? "#" : "";
	struct text name;

	if (sum->tenant == 0)
		return text_of(pool_printf(pool, "%s*", by));
	name = marks_tenant(s->marks, sum->tenant);
	return text_of(pool_printf(pool, "%s@%.*s", by, (int)name.len, name.data));
}

static enum apikey_error add_codes(
	struct sums *s, const struct sum *sum, struct usage_row *row, struct failure *why)
{
	enum apikey_error error = APIKEY_OK;

	for (unsigned i = USAGE_DENIED; i < USAGE_VALUES && error == APIKEY_OK; i++) {
		if (sum->values.n[i] == 0)
			continue;
		row->name = text_of(apikey_code_name((enum apikey_code)(i - USAGE_DENIED)));
		row->counts = (struct usage_counts){.denied = sum->values.n[i]};
		error = add_row(s, sum, row, why);
	}
	return error;
}

/* One row for all together, one for each code that there was; or one for a resource. */
static enum apikey_error write_sum(struct sums *s, const struct sum *sum, struct failure *why)
{
	struct pool pool = {0};
	struct usage_row row = {.who = who_of(s, sum, &pool),
		.name = sum->resource.data != NULL ? sum->resource : text_of(""),
		.counts = usage_vector_sum(&sum->values)};
	enum apikey_error error = add_row(s, sum, &row, why);

	if (error == APIKEY_OK && sum->resource.data == NULL)
		error = add_codes(s, sum, &row, why);
	pool_free(&pool);
	return error;
}

enum apikey_error sums_write(struct sums *s, struct failure *why)
{
	enum apikey_error error = APIKEY_OK;

	for (unsigned i = 0; i < s->count && error == APIKEY_OK; i++)
		error = write_sum(s, &s->of[i], why);
	s->count = 0;
	return error;
}

static bool is_same(const struct sum *a, const struct sum *b)
{
	return a->tenant == b->tenant && a->minute == b->minute &&
	       (a->resource.data == NULL) == (b->resource.data == NULL) &&
	       text_equal(a->resource, b->resource);
}

/* Newest first: neighbours are mostly of one tenant and one minute. */
static struct sum *find(struct sums *s, const struct sum *like)
{
	for (unsigned i = s->count; i-- > 0;)
		if (is_same(&s->of[i], like))
			return &s->of[i];
	if (s->count == SUMS_MAX)
		return NULL;
	s->of[s->count] = *like;
	s->of[s->count].values = (struct usage_vector){0};
	return &s->of[s->count++];
}

static enum apikey_error add(struct sums *s, const struct sum *more, struct failure *why)
{
	struct sum *sum = find(s, more);

	if (sum == NULL && sums_write(s, why) != APIKEY_OK)
		return why->code;
	if (sum == NULL)
		sum = find(s, more);
	usage_vector_add(&sum->values, &more->values);
	return APIKEY_OK;
}

enum apikey_error sums_add(struct sums *s, const struct sum *more, struct failure *why)
{
	struct sum of_all = *more;

	of_all.tenant = 0;
	if (add(s, &of_all, why) != APIKEY_OK)
		return why->code;
	return add(s, more, why);
}
