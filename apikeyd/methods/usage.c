/* usage.c - what keys were used for over time: what is in the store's rows, and what is counted and not yet there. */
#include <inttypes.h>

#include "apikeyd/fold.h"
#include "apikeyd/methods/common.h"
#include "apikeyd/methods/methods.h"
#include "protocol/writer.h"

#define POINTS_MAX 10000 /* steps of one answer */
#define SPAN_DEFAULT 86400
#define NAMED_MAX 64  /* resources of an answer that have groups of their own */
#define OTHER "other" /* the rest of them */

/* All of one name over the time that was asked for, a place for each step. */
struct series {
	struct series *next;
	struct text name; /* empty: of all together */
	struct usage_counts *counts;
};

enum grouping {
	BY_NOTHING,
	BY_CODE,
	BY_RESOURCE,
	BY_SECRET,
};

struct inquiry {
	struct pool *pool;
	struct usage_span span;
	const struct key_record *key; /* NULL: of a tenant or all */
	struct text tenant;           /* data NULL: any */
	enum grouping by;
	struct series *series, **last;
	struct series *other; /* NULL: there is none */
	unsigned names;       /* of resources that have a series of their own */
	struct fold_survey *survey;
};

static int64_t step_of(const struct inquiry *q)
{
	return usage_step_seconds[q->span.step];
}

static size_t steps_in(const struct inquiry *q)
{
	if (q->span.from > q->span.to)
		return 0;
	return (size_t)((q->span.to - q->span.from) / step_of(q)) + 1;
}

static struct series *find_series(const struct inquiry *q, struct text name)
{
	struct series *s = q->series;

	if (text_equal(name, text_of(OTHER)))
		return q->other;
	while (s != NULL && !text_equal(s->name, name))
		s = s->next;
	return s;
}

static struct series *series_of(struct inquiry *q, struct text name)
{
	struct series *s = find_series(q, name);

	if (s != NULL)
		return s;
	s = pool_alloc(q->pool, sizeof *s);
	s->name = pool_text(q->pool, name);
	s->counts = pool_alloc(q->pool, steps_in(q) * sizeof *s->counts);
	if (text_equal(name, text_of(OTHER)))
		return q->other = s;
	q->names++;
	*q->last = s;
	q->last = &s->next;
	return s;
}

static bool is_zero(const struct usage_counts *c)
{
	return c->allowed == 0 && c->denied == 0 && c->units == 0;
}

static void add(struct inquiry *q, struct text name, int64_t at, const struct usage_counts *counts)
{
	int64_t begin = usage_step_begin(q->span.step, at);
	struct usage_counts *to;

	if (begin < q->span.from || begin > q->span.to || is_zero(counts))
		return;
	to = &series_of(q, name)->counts[(begin - q->span.from) / step_of(q)];
	to->allowed += counts->allowed;
	to->denied += counts->denied;
	to->units += counts->units;
}

/* What was allowed goes under the code "ok". */
static void add_allowed(struct inquiry *q, int64_t at, int64_t allowed, int64_t units)
{
	struct usage_counts counts = {.allowed = allowed, .units = units};

	add(q, text_of(apikey_code_name(APIKEY_CODE_OK)), at, &counts);
}

static void add_by_code(struct inquiry *q, int64_t at, const struct usage_vector *more)
{
	add_allowed(q, at, more->n[USAGE_ALLOWED], more->n[USAGE_UNITS]);
	for (unsigned i = USAGE_DENIED; i < USAGE_VALUES; i++) {
		enum apikey_code code = (enum apikey_code)(i - USAGE_DENIED);
		struct usage_counts counts = {.denied = more->n[i]};

		add(q, text_of(apikey_code_name(code)), at, &counts);
	}
}

/* What is of none by itself goes under "other". */
static void add_named(struct text name, int64_t at, const struct usage_counts *counts, void *arg)
{
	add(arg, name.len > 0 ? name : text_of(OTHER), at, counts);
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
		add(q, text_of(""), at, &sum);
}

/* Each secret has names of its own; the oldest come first. */
static void add_resource(struct text name, int64_t at, const struct usage_counts *more, void *arg)
{
	struct inquiry *q = arg;
	bool own = name.len > 0 && (q->names < NAMED_MAX || find_series(q, name) != NULL);

	add(q, own ? name : text_of(OTHER), at, more);
}

/* A row without a name is the sum of all. */
static void add_row(const struct usage_row *row, void *arg)
{
	struct inquiry *q = arg;

	if (q->by == BY_CODE && row->name.len == 0)
		add_allowed(q, row->at, row->counts.allowed, row->counts.units);
	else if (q->by == BY_CODE)
		add(q, row->name, row->at, &row->counts);
	else if (row->name.len == 0)
		add(q, q->by == BY_NOTHING ? row->name : text_of(OTHER), row->at, &row->counts);
}

/* Groups that were taken from sums which are being pruned go with them. */
static void forget_pruned(struct inquiry *q)
{
	for (size_t i = 0; q->other != NULL && i < steps_in(q); i++) {
		struct usage_counts *rest = &q->other->counts[i];

		if (rest->allowed >= 0 && rest->denied >= 0 && rest->units >= 0)
			continue;
		*rest = (struct usage_counts){0};
		for (struct series *s = q->series; s != NULL; s = s->next)
			s->counts[i] = (struct usage_counts){0};
	}
}

static int64_t *count_of(struct series *s, size_t step, unsigned which)
{
	struct usage_counts *c = &s->counts[step];
	int64_t *const all[] = {&c->allowed, &c->denied, &c->units};

	return all[which];
}

/* What of the rest is less than nothing goes to another step. */
static void carry(struct series *rest, size_t from, size_t to)
{
	for (unsigned i = 0; i < 3; i++) {
		int64_t *less = count_of(rest, from, i);

		if (*less >= 0)
			continue;
		*count_of(rest, to, i) += *less;
		*less = 0;
	}
}

/* A verify may stand in one step by its resource and in the next by its secret, as the two are brought into the store one
 * after the other: then the rest lacks it in one and has it in the other. */
static void even_out(struct inquiry *q)
{
	size_t steps = steps_in(q);

	for (size_t i = 0; q->other != NULL && i + 1 < steps; i++)
		carry(q->other, i, i + 1);
	for (size_t i = steps; q->other != NULL && i-- > 1;)
		carry(q->other, i, i - 1);
	for (unsigned i = 0; q->other != NULL && i < 3; i++)
		if (*count_of(q->other, 0, i) < 0)
			*count_of(q->other, 0, i) = 0;
}

/* Times in which nothing was counted are left out. */
static void write_points(struct buffer *b, const struct inquiry *q, const struct series *s)
{
	size_t at = write_array_begin(b);
	uint16_t points = 0;

	for (size_t i = 0; s != NULL && i < steps_in(q); i++) {
		const struct usage_counts *c = &s->counts[i];

		if (is_zero(c))
			continue;
		write_array(b, 4);
		write_int(b, q->span.from + (int64_t)i * step_of(q));
		write_int(b, c->allowed);
		write_int(b, c->denied);
		write_int(b, c->units);
		points++;
	}
	write_array_end(b, at, points);
}

/* False: nothing was counted, or it is all in others. */
static bool write_group(struct buffer *b, const struct inquiry *q, const struct series *s)
{
	size_t i = 0;

	while (i < steps_in(q) && is_zero(&s->counts[i]))
		i++;
	if (i == steps_in(q))
		return false;
	write_text(b, s->name);
	write_points(b, q, s);
	return true;
}

static void write_groups(struct buffer *b, const struct inquiry *q)
{
	size_t at = write_map_begin(b);
	uint16_t groups = 0;

	for (const struct series *s = q->series; s != NULL; s = s->next)
		groups += write_group(b, q, s);
	groups += q->other != NULL && write_group(b, q, q->other);
	write_map_end(b, at, groups);
}

/* Only steps count that begin after it. */
static enum apikey_error skip_past_life(struct call *call, struct inquiry *q, struct failure *why)
{
	struct past_life past;

	if (call_past_life(call, &past, why) != APIKEY_OK)
		return why->code;
	if (q->span.from <= past.at)
		q->span.from = usage_step_begin(q->span.step, past.at) + step_of(q);
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
		q->tenant = own.len > 0 ? own : tenant;
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

	q->span.step = (enum usage_step)arg_number(&call->args, "step", USAGE_HOUR);
	q->span.from = usage_step_begin(q->span.step, from);
	q->span.to = usage_step_begin(q->span.step, to);
	if (from > to)
		return fail(why, APIKEY_INVALID_ARGUMENT, "from: after to");
	if (steps_in(q) > POINTS_MAX)
		return fail(why, APIKEY_INVALID_ARGUMENT,
			"step: that would be over %d of them; take a longer one", POINTS_MAX);
	return APIKEY_OK;
}

/* What is in the rows of sums of a tenant or of all. */
static enum apikey_error gather_rows(struct call *call, struct inquiry *q, struct failure *why)
{
	struct text who = text_of("*");

	if (q->tenant.data != NULL)
		who = text_of(pool_printf(q->pool, "@%.*s", (int)q->tenant.len, q->tenant.data));
	return call_ops(call)->usage_query(call_store(call), &q->span, who, add_row, q, why);
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
		.span = q->span,
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
		forget_pruned(q);
	else
		even_out(q);
	return APIKEY_OK;
}

/* What is in the store, and what is counted and not yet there. */
static enum apikey_error gather(struct call *call, struct inquiry *q, struct failure *why)
{
	struct fold *fold = registry_fold(call->daemon->registry);

	if (steps_in(q) == 0)
		return APIKEY_OK;
	if (q->key != NULL && q->by == BY_RESOURCE)
		return fold_query_resources(fold, q->key, &q->span, add_resource, q, why);
	if (q->key != NULL)
		return fold_query_key(fold, q->key, &q->span, add_vector, q, why);
	if (q->by == BY_SECRET || q->by == BY_RESOURCE)
		return gather_named(call, q, why);
	if (gather_rows(call, q, why) != APIKEY_OK)
		return why->code;
	fold_pending(fold, q->tenant, add_vector, q);
	return APIKEY_OK;
}

static enum apikey_error begin(struct call *call, struct inquiry *q, struct failure *why)
{
	q->pool = &call->pool;
	q->last = &q->series;
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
	write_str(b, steps[q->span.step]);
	write_str(b, q->by != BY_NOTHING ? "groups" : "points");
	if (q->by != BY_NOTHING)
		write_groups(b, q);
	else
		write_points(b, q, q->series);
}

enum apikey_error usage_query(struct call *call, struct failure *why)
{
	struct inquiry *q = call->progress;

	if (q == NULL) {
		call->progress = q = pool_alloc(&call->pool, sizeof *q);
		if (begin(call, q, why) != APIKEY_OK)
			return why->code;
	}
	if (gather(call, q, why) != APIKEY_OK)
		return why->code;
	if (!call->again)
		write_answer(&call->result, q);
	return APIKEY_OK;
}
