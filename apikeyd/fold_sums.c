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

/* One row for all together, one for each code that there was. */
static enum apikey_error write_sum(struct sums *s, const struct sum *sum, struct failure *why)
{
	struct pool pool = {0};
	struct usage_row row = {
		.who = text_of("*"), .name = text_of(""), .counts = usage_vector_sum(&sum->values)};
	enum apikey_error error;

	if (sum->tenant != 0) {
		struct text name = marks_tenant(s->marks, sum->tenant);

		row.who = text_of(pool_printf(&pool, "@%.*s", (int)name.len, name.data));
	}
	error = add_row(s, sum, &row, why);
	for (unsigned i = USAGE_DENIED; i < USAGE_VALUES && error == APIKEY_OK; i++) {
		if (sum->values.n[i] == 0)
			continue;
		row.name = text_of(apikey_code_name((enum apikey_code)(i - USAGE_DENIED)));
		row.counts = (struct usage_counts){.denied = sum->values.n[i]};
		error = add_row(s, sum, &row, why);
	}
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

/* Newest first: neighbours are mostly of one tenant and one minute. */
static struct sum *find(struct sums *s, uint32_t tenant, int64_t minute)
{
	for (unsigned i = s->count; i-- > 0;)
		if (s->of[i].tenant == tenant && s->of[i].minute == minute)
			return &s->of[i];
	if (s->count == SUMS_MAX)
		return NULL;
	s->of[s->count] = (struct sum){.tenant = tenant, .minute = minute};
	return &s->of[s->count++];
}

enum apikey_error sums_add(struct sums *s, const struct difference *d, struct failure *why)
{
	const uint32_t whose[] = {0, d->tenant};
	int64_t minute = usage_step_begin(USAGE_MINUTE, d->at);

	for (size_t i = 0; i < sizeof whose / sizeof *whose; i++) {
		struct sum *sum = find(s, whose[i], minute);

		if (sum == NULL && sums_write(s, why) != APIKEY_OK)
			return why->code;
		if (sum == NULL)
			sum = find(s, whose[i], minute);
		usage_vector_add(&sum->values, &d->more.values);
	}
	return APIKEY_OK;
}
