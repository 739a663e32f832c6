/* usage_series.c - what was counted by name and step: what an answer about usage is put together from. */
#include "apikeyd/methods/usage_series.h"

#include "apikeyd/store/usage_pack.h"
#include "protocol/writer.h"

/* All of one name over the time that was asked for, a place for each step. */
struct series {
	struct series *next;
	struct text name; /* empty: of all together */
	struct usage_counts *counts;
};

static int64_t step_of(const struct series_set *set)
{
	return usage_step_seconds[set->span.step];
}

size_t series_steps(const struct series_set *set)
{
	if (set->span.from > set->span.to)
		return 0;
	return (size_t)((set->span.to - set->span.from) / step_of(set)) + 1;
}

static struct series *find(const struct series_set *set, struct text name)
{
	struct series *s = set->first;

	if (text_equal(name, text_of(SERIES_OTHER)))
		return set->other;
	while (s != NULL && !text_equal(s->name, name))
		s = s->next;
	return s;
}

bool series_has(const struct series_set *set, struct text name)
{
	return find(set, name) != NULL;
}

static struct series *series_of(struct series_set *set, struct text name)
{
	struct series *s = find(set, name);

	if (s != NULL)
		return s;
	s = pool_alloc(set->pool, sizeof *s);
	s->name = pool_text(set->pool, name);
	s->counts = pool_alloc(set->pool, series_steps(set) * sizeof *s->counts);
	if (text_equal(name, text_of(SERIES_OTHER)))
		return set->other = s;
	set->names++;
	*set->last = s;
	set->last = &s->next;
	return s;
}

static bool is_zero(const struct usage_counts *c)
{
	return c->allowed == 0 && c->denied == 0 && c->units == 0;
}

void series_add(
	struct series_set *set, struct text name, int64_t at, const struct usage_counts *counts)
{
	int64_t begin = usage_step_begin(set->span.step, at);
	struct usage_counts *to;

	if (begin < set->span.from || begin > set->span.to || is_zero(counts))
		return;
	to = &series_of(set, name)->counts[(begin - set->span.from) / step_of(set)];
	to->allowed = usage_plus(to->allowed, counts->allowed);
	to->denied = usage_plus(to->denied, counts->denied);
	to->units = usage_plus(to->units, counts->units);
}

void series_forget_pruned(struct series_set *set)
{
	for (size_t i = 0; set->other != NULL && i < series_steps(set); i++) {
		struct usage_counts *rest = &set->other->counts[i];

		if (rest->allowed >= 0 && rest->denied >= 0 && rest->units >= 0)
			continue;
		*rest = (struct usage_counts){0};
		for (struct series *s = set->first; s != NULL; s = s->next)
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
		int64_t *less = count_of(rest, from, i), *other = count_of(rest, to, i);

		if (*less >= 0)
			continue;
		*other = usage_plus(*other, *less);
		*less = 0;
	}
}

void series_even_out(struct series_set *set)
{
	size_t steps = series_steps(set);

	for (size_t i = 0; set->other != NULL && i + 1 < steps; i++)
		carry(set->other, i, i + 1);
	for (size_t i = steps; set->other != NULL && i-- > 1;)
		carry(set->other, i, i - 1);
	for (unsigned i = 0; set->other != NULL && i < 3; i++)
		if (*count_of(set->other, 0, i) < 0)
			*count_of(set->other, 0, i) = 0;
}

/* Times in which nothing was counted are left out. */
static void write_points(struct buffer *b, const struct series_set *set, const struct series *s)
{
	size_t at = write_array_begin(b);
	uint16_t points = 0;

	for (size_t i = 0; s != NULL && i < series_steps(set); i++) {
		const struct usage_counts *c = &s->counts[i];

		if (is_zero(c))
			continue;
		write_array(b, 4);
		write_int(b, set->span.from + (int64_t)i * step_of(set));
		write_int(b, c->allowed);
		write_int(b, c->denied);
		write_int(b, c->units);
		points++;
	}
	write_array_end(b, at, points);
}

/* False: nothing was counted, or it is all in others. */
static bool write_group(struct buffer *b, const struct series_set *set, const struct series *s)
{
	size_t i = 0;

	while (i < series_steps(set) && is_zero(&s->counts[i]))
		i++;
	if (i == series_steps(set))
		return false;
	write_text(b, s->name);
	write_points(b, set, s);
	return true;
}

void series_write_points(struct buffer *b, const struct series_set *set)
{
	write_points(b, set, set->first);
}

void series_write_groups(struct buffer *b, const struct series_set *set)
{
	size_t at = write_map_begin(b);
	uint16_t groups = 0;

	for (const struct series *s = set->first; s != NULL; s = s->next)
		groups += write_group(b, set, s);
	groups += set->other != NULL && write_group(b, set, set->other);
	write_map_end(b, at, groups);
}
