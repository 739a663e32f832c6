/* usage.c - what keys were used for over time: what is in the store's rows, and what is counted and not yet there. */
#include <inttypes.h>

#include "apikeyd/fold.h"
#include "apikeyd/methods/common.h"
#include "apikeyd/methods/methods.h"
#include "protocol/writer.h"

#define POINTS_MAX 10000 /* steps of one answer */
#define SPAN_DEFAULT 86400

/* All of one name over the time that was asked for, a place for each step. */
struct series {
	struct series *next;
	struct text name; /* empty: of all together */
	struct usage_counts *counts;
};

struct inquiry {
	struct pool *pool;
	struct usage_query query;
	struct fold_scope scope;
	bool by_secret;
	struct series *series, **last;
};

static int64_t step_of(const struct inquiry *q)
{
	return usage_step_seconds[q->query.step];
}

static int64_t floor_to(int64_t at, int64_t step)
{
	return at - at % step;
}

static size_t steps_in(const struct inquiry *q)
{
	return (size_t)((q->query.to - q->query.from) / step_of(q)) + 1;
}

static struct series *series_of(struct inquiry *q, struct text secret)
{
	struct text name = q->by_secret ? secret : text_of("");
	struct series *s = q->series;

	while (s != NULL && !text_equal(s->name, name))
		s = s->next;
	if (s != NULL)
		return s;
	s = pool_alloc(q->pool, sizeof *s);
	s->name = pool_text(q->pool, name);
	s->counts = pool_alloc(q->pool, steps_in(q) * sizeof *s->counts);
	*q->last = s;
	q->last = &s->next;
	return s;
}

static void add(struct text secret, int64_t at, const struct usage_counts *counts, void *arg)
{
	struct inquiry *q = arg;
	int64_t begin = floor_to(at, step_of(q));
	struct usage_counts *to;

	if (begin < q->query.from || begin > q->query.to)
		return;
	to = &series_of(q, secret)->counts[(begin - q->query.from) / step_of(q)];
	to->allowed += counts->allowed;
	to->denied += counts->denied;
	to->units += counts->units;
}

static void add_row(const struct usage_row *row, void *arg)
{
	add(row->secret, row->at, &row->counts, arg);
}

/* Times in which nothing was counted are left out. */
static void write_points(struct buffer *b, const struct inquiry *q, const struct series *s)
{
	size_t at = write_array_begin(b);
	uint16_t points = 0;

	for (size_t i = 0; s != NULL && i < steps_in(q); i++) {
		const struct usage_counts *c = &s->counts[i];

		if (c->allowed == 0 && c->denied == 0 && c->units == 0)
			continue;
		write_array(b, 4);
		write_int(b, q->query.from + (int64_t)i * step_of(q));
		write_int(b, c->allowed);
		write_int(b, c->denied);
		write_int(b, c->units);
		points++;
	}
	write_array_end(b, at, points);
}

static void write_groups(struct buffer *b, const struct inquiry *q)
{
	size_t at = write_map_begin(b);
	uint16_t groups = 0;

	for (const struct series *s = q->series; s != NULL; s = s->next, groups++) {
		write_text(b, s->name);
		write_points(b, q, s);
	}
	write_map_end(b, at, groups);
}

/* One tenant's caller sees that tenant alone, and learns nothing of others. */
static enum apikey_error choose_tenant(
	struct call *call, struct inquiry *q, struct text tenant, struct failure *why)
{
	struct text own = text_of(call->caller.tenant);

	if (own.len > 0 && tenant.data != NULL && !text_equal(own, tenant))
		return fail(why, APIKEY_FORBIDDEN, "only the tenant %s", call->caller.tenant);
	q->scope.tenant = own.len > 0 ? own : tenant;
	q->query.who = text_of("*");
	if (q->scope.tenant.data != NULL)
		q->query.who = text_of(pool_printf(
			&call->pool, "@%.*s", (int)q->scope.tenant.len, q->scope.tenant.data));
	return APIKEY_OK;
}

static enum apikey_error choose_subject(struct call *call, struct inquiry *q, struct failure *why)
{
	struct text ref = arg_text(&call->args, "key"), tenant = arg_text(&call->args, "tenant");
	struct key_record *key;

	if (ref.data != NULL && tenant.data != NULL)
		return fail(why, APIKEY_INVALID_ARGUMENT, "tenant: not together with key");
	if (ref.data == NULL && q->by_secret)
		return fail(why, APIKEY_INVALID_ARGUMENT, "by: only of a key");
	if (ref.data == NULL)
		return choose_tenant(call, q, tenant, why);
	if (call_find_key(call, ref, &key, why) != APIKEY_OK)
		return why->code;
	q->scope.key = key;
	q->query.who = text_of(key->id);
	return APIKEY_OK;
}

static enum apikey_error choose_time(struct call *call, struct inquiry *q, struct failure *why)
{
	int64_t to = arg_number(&call->args, "to", call->now);
	int64_t from = arg_number(&call->args, "from", to > SPAN_DEFAULT ? to - SPAN_DEFAULT : 0);

	q->query.step = (enum usage_step)arg_number(&call->args, "step", USAGE_HOUR);
	q->query.from = floor_to(from, step_of(q));
	q->query.to = floor_to(to, step_of(q));
	if (from > to)
		return fail(why, APIKEY_INVALID_ARGUMENT, "from: after to");
	if (steps_in(q) > POINTS_MAX)
		return fail(why, APIKEY_INVALID_ARGUMENT,
			"step: that would be over %d of them; take a longer one", POINTS_MAX);
	return APIKEY_OK;
}

enum apikey_error usage_query(struct call *call, struct failure *why)
{
	static const char *const steps[USAGE_STEPS] = {"minute", "hour", "day"};
	struct inquiry q = {.pool = &call->pool};

	q.last = &q.series;
	q.by_secret = arg_set(&call->args, "by") != NULL;
	if (choose_time(call, &q, why) != APIKEY_OK || choose_subject(call, &q, why) != APIKEY_OK ||
		call_ops(call)->usage_query(call_store(call), &q.query, add_row, &q, why) !=
			APIKEY_OK ||
		fold_pending(registry_fold(call->daemon->registry), &q.scope, add, &q, why) !=
			APIKEY_OK)
		return why->code;
	write_map(&call->result, 2);
	write_str(&call->result, "step");
	write_str(&call->result, steps[q.query.step]);
	write_str(&call->result, q.by_secret ? "groups" : "points");
	if (q.by_secret)
		write_groups(&call->result, &q);
	else
		write_points(&call->result, &q, q.series);
	return APIKEY_OK;
}
