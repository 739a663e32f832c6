/* usage.c - what keys were used for over time: what is in the store's rows, and what is counted and not yet there. */
#include "apikeyd/fold.h"
#include "apikeyd/methods/common.h"
#include "apikeyd/methods/methods.h"
#include "apikeyd/methods/usage_series.h"
#include "protocol/writer.h"

#define POINTS_MAX 10000 /* steps of one question */
#define SPAN_DEFAULT 86400
#define LATE_MAX 10  /* seconds until a question is looked at: by then its last step may be over */
#define NAMED_MAX 64 /* resources of a key's answer that have groups of their own */

enum grouping {
	BY_NOTHING,
	BY_CODE,
	BY_RESOURCE,
	BY_SECRET,
};

struct inquiry {
	struct series_set set;
	const struct key_record *key; /* NULL: of a tenant or all */
	struct text tenant;           /* data NULL: any */
	enum grouping by;
	struct fold_survey *survey;
};

/* What was allowed goes under the code "ok". */
static void add_allowed(struct inquiry *q, int64_t at, int64_t allowed, int64_t units)
{
	struct usage_counts counts = {.allowed = allowed, .units = units};

	series_add(&q->set, text_of(apikey_code_name(APIKEY_CODE_OK)), at, &counts);
}

static void add_by_code(struct inquiry *q, int64_t at, const struct usage_vector *more)
{
	add_allowed(q, at, more->n[USAGE_ALLOWED], more->n[USAGE_UNITS]);
	for (unsigned i = USAGE_DENIED; i < USAGE_VALUES; i++) {
		enum apikey_code code = (enum apikey_code)(i - USAGE_DENIED);
		struct usage_counts counts = {.denied = more->n[i]};

		series_add(&q->set, text_of(apikey_code_name(code)), at, &counts);
	}
}

/* What is of none by itself goes under "other". */
static void add_named(struct text name, int64_t at, const struct usage_counts *counts, void *arg)
{
	struct inquiry *q = arg;

	series_add(&q->set, name.len > 0 ? name : text_of(SERIES_OTHER), at, counts);
}

static void add_vector(struct text secret, int64_t at, const struct usage_vector *more, void *arg)
{
	struct inquiry *q = arg;
	struct usage_counts sum = usage_vector_sum(more);

	if (q->by == BY_CODE)
		add_by_code(q, at, more);
	else if (q->by == BY_SECRET)
		add_named(secret, at, &sum, q);
	else
		series_add(&q->set, text_of(q->by == BY_RESOURCE ? SERIES_OTHER : ""), at, &sum);
}

/* Each secret has names of its own; the oldest come first. What has one is not of the rest. */
static void add_resource(struct text name, int64_t at, const struct usage_counts *more, void *arg)
{
	struct inquiry *q = arg;
	const struct usage_counts less = {-more->allowed, -more->denied, -more->units};

	if (name.len == 0 || (q->set.names == NAMED_MAX && !series_has(&q->set, name)))
		return;
	series_add(&q->set, name, at, more);
	series_add(&q->set, text_of(SERIES_OTHER), at, &less);
}

/* A row without a name is the sum of all. */
static void add_row(const struct usage_row *row, void *arg)
{
	struct inquiry *q = arg;

	if (q->by == BY_CODE && row->name.len == 0)
		add_allowed(q, row->at, row->counts.allowed, row->counts.units);
	else if (q->by == BY_CODE)
		series_add(&q->set, row->name, row->at, &row->counts);
	else if (row->name.len == 0)
		series_add(&q->set, q->by == BY_NOTHING ? row->name : text_of(SERIES_OTHER),
			row->at, &row->counts);
}

/* Only steps count that begin after it. */
static enum apikey_error skip_past_life(struct call *call, struct inquiry *q, struct failure *why)
{
	struct past_life past;

	if (call_past_life(call, &past, why) != APIKEY_OK)
		return why->code;
	if (q->set.span.from <= past.at)
		q->set.span.from = usage_step_begin(q->set.span.step, past.at) +
				   usage_step_seconds[q->set.span.step];
	return APIKEY_OK;
}

static enum apikey_error choose_subject(struct call *call, struct inquiry *q, struct failure *why)
{
	struct text ref = arg_text(&call->args, "key"), tenant = arg_text(&call->args, "tenant");
	struct text own = text_of(call->caller.tenant);
	struct key_record *key;

	if (ref.data != NULL && tenant.data != NULL)
		return fail(why, APIKEY_INVALID_ARGUMENT, "tenant: not together with key");
	if (ref.data == NULL) {
		/* one tenant's caller names none but its own: the gate sees to that */
		q->tenant = own.len > 0 ? pool_text(q->set.pool, own) : tenant;
		return skip_past_life(call, q, why);
	}
	if (call_find_key(call, ref, &key, why) != APIKEY_OK)
		return why->code;
	q->key = key;
	return APIKEY_OK;
}

static enum apikey_error choose_time(struct call *call, struct inquiry *q, struct failure *why)
{
	int64_t to = arg_number(&call->args, "to", call->now);
	int64_t from = arg_number(&call->args, "from", to > SPAN_DEFAULT ? to - SPAN_DEFAULT : 0);

	q->set.span.step = (enum usage_step)arg_number(&call->args, "step", USAGE_HOUR);
	q->set.span.from = usage_step_begin(q->set.span.step, from);
	q->set.span.to = usage_step_begin(q->set.span.step, to);
	if (from > to)
		return fail(why, APIKEY_INVALID_ARGUMENT, "from: after to");
	if (series_steps(&q->set) > POINTS_MAX)
		return fail(why, APIKEY_INVALID_ARGUMENT,
			"step: that would be over %d of them; take a longer one", POINTS_MAX);
	if (arg_set(&call->args, "to") == NULL)
		q->set.span.to = usage_step_begin(q->set.span.step, to + LATE_MAX);
	return APIKEY_OK;
}

/* What is in the rows of sums of a tenant or of all. */
static enum apikey_error gather_rows(struct call *call, struct inquiry *q, struct failure *why)
{
	struct text who = text_of("*");

	if (q->tenant.data != NULL)
		who = text_of(
			pool_printf(q->set.pool, "@%.*s", (int)q->tenant.len, q->tenant.data));
	return call_ops(call)->usage_query(call_store(call), &q->set.span, who, add_row, q, why);
}

static void end_survey(struct call *call)
{
	fold_survey_end(((struct inquiry *)call->progress)->survey);
}

/* False: another is under way. */
static bool begin_survey(struct call *call, struct inquiry *q)
{
	const struct fold_survey_options options = {
		.by = q->by == BY_SECRET ? FOLD_BY_SECRET : FOLD_BY_RESOURCE,
		.tenant = q->tenant,
		.span = q->set.span,
		.fn = add_named,
		.arg = q};

	q->survey = fold_survey_begin(registry_fold(call->daemon->registry), &options);
	call->end = end_survey;
	return q->survey != NULL;
}

/* Of many by name, those with the most verifies: in bites. Taken from the sums, so that nothing is missing. */
static enum apikey_error gather_named(struct call *call, struct inquiry *q, struct failure *why)
{
	bool done = false;

	if ((q->survey != NULL || begin_survey(call, q)) &&
		fold_survey_bite(q->survey, &done, why) != APIKEY_OK)
		return why->code;
	call->again = !done;
	if (!done)
		return APIKEY_OK;
	if (gather_rows(call, q, why) != APIKEY_OK)
		return why->code;
	if (q->by == BY_SECRET)
		series_forget_pruned(&q->set);
	else
		series_even_out(&q->set);
	return APIKEY_OK;
}

/* By resource, the rest is what all of its secrets did less what is of names. */
static enum apikey_error gather_key(struct fold *fold, struct inquiry *q, struct failure *why)
{
	if (q->by == BY_RESOURCE &&
		fold_query_resources(fold, q->key, &q->set.span, add_resource, q, why) != APIKEY_OK)
		return why->code;
	if (fold_query_key(fold, q->key, &q->set.span, add_vector, q, why) != APIKEY_OK)
		return why->code;
	if (q->by == BY_RESOURCE)
		series_even_out(&q->set);
	return APIKEY_OK;
}

/* What is in the store, and what is counted and not yet there. */
static enum apikey_error gather(struct call *call, struct inquiry *q, struct failure *why)
{
	struct fold *fold = registry_fold(call->daemon->registry);

	if (series_steps(&q->set) == 0)
		return APIKEY_OK;
	if (q->key != NULL)
		return gather_key(fold, q, why);
	if (q->by == BY_SECRET || q->by == BY_RESOURCE)
		return gather_named(call, q, why);
	if (gather_rows(call, q, why) != APIKEY_OK)
		return why->code;
	fold_pending(fold, q->tenant, add_vector, q);
	return APIKEY_OK;
}

static enum apikey_error begin(struct call *call, struct inquiry *q, struct failure *why)
{
	q->set.pool = &call->pool;
	q->set.last = &q->set.first;
	if (arg_set(&call->args, "by") != NULL)
		q->by = BY_CODE + (enum grouping)arg_number(&call->args, "by", 0);
	if (choose_time(call, q, why) != APIKEY_OK)
		return why->code;
	return choose_subject(call, q, why);
}

static void write_answer(struct buffer *b, const struct inquiry *q)
{
	static const char *const steps[USAGE_STEPS] = {"minute", "hour", "day"};

	write_map(b, 2);
	write_str(b, "step");
	write_str(b, steps[q->set.span.step]);
	write_str(b, q->by != BY_NOTHING ? "groups" : "points");
	if (q->by != BY_NOTHING)
		series_write_groups(b, &q->set);
	else
		series_write_points(b, &q->set);
}

/* Between two bites a caller may have come to belong elsewhere. */
static enum apikey_error check_caller(
	const struct call *call, const struct inquiry *q, struct failure *why)
{
	struct text own = text_of(call->caller.tenant);

	if (own.len == 0 || text_equal(own, q->key != NULL ? q->key->tenant : q->tenant))
		return APIKEY_OK;
	return fail(why, APIKEY_FORBIDDEN, "you are of another tenant by now; ask again");
}

enum apikey_error usage_query(struct call *call, struct failure *why)
{
	struct inquiry *q = call->progress;

	if (q == NULL) {
		call->progress = q = pool_alloc(&call->pool, sizeof *q);
		if (begin(call, q, why) != APIKEY_OK)
			return why->code;
	}
	if (check_caller(call, q, why) != APIKEY_OK || gather(call, q, why) != APIKEY_OK)
		return why->code;
	if (!call->again)
		write_answer(&call->result, q);
	return APIKEY_OK;
}
