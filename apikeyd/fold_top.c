/* fold_top.c - which secrets of many did most in a span, and what they did; a page at a time, so that it takes little room.
 *
 * First every page is looked at for who did most; then the pages of those again for what that was. */
#include <stdlib.h>
#include <string.h>

#include "apikeyd/fold_survey.h"
#include "apikeyd/store/model.h"

/* What is looked at in one go: some three milliseconds. */
#define BITE_PACKS 256
#define BITE_PENDING 1024 /* pages */

static bool is_wanted(const struct fold_survey *s, uint32_t slot)
{
	return !s->nobody && marks_is_of(s->fold->marks, slot, s->number);
}

static bool has_page(const struct fold_survey *s, uint32_t page)
{
	uint32_t slot = page * USAGE_SLOTS_A_PAGE, end = slot + USAGE_SLOTS_A_PAGE;

	while (slot < end && !is_wanted(s, slot))
		slot++;
	return slot < end;
}

/* The next entry of a secret that is there and wanted; the slot may have been another's. */
static bool take_wanted(
	const struct fold_survey *s, uint32_t page, struct text *pack, struct usage_entry *out)
{
	uint32_t tag;

	while (usage_pack_take(pack, out)) {
		uint32_t slot = page * USAGE_SLOTS_A_PAGE + out->place;
		if (out->place < USAGE_SLOTS_A_PAGE && is_wanted(s, slot) &&
			marks_tag(s->fold->marks, slot, &tag) && tag == out->tag)
			return true;
	}
	return false;
}

/* Reads as many of a page's packs as *left allows, from s->at on. False: there are more, or it failed. */
static bool read_packs(
	struct fold_survey *s, uint32_t page, int64_t *left, usage_pack_fn *fn, struct failure *why)
{
	const struct store_ops *ops = s->fold->o.ops;
	int64_t step = usage_step_seconds[s->o.span.step];
	struct usage_span part = {s->o.span.step, s->at, s->at + (*left - 1) * step};

	if (part.to > s->o.span.to)
		part.to = s->o.span.to;
	*left -= (part.to - part.from) / step + 1;
	if (ops->usage_pack_query(s->fold->o.store, &part, page, fn, s, why) != APIKEY_OK)
		return false;
	s->at = part.to < s->o.span.to ? part.to + step : s->o.span.from;
	return part.to == s->o.span.to;
}

/* ---- who they are ------------------------------------------------------------------------------------------------ */

static enum apikey_error check_work(struct fold_survey *s, bool *over, struct failure *why)
{
	const struct usage_span *span = &s->o.span;
	int64_t steps = (span->to - span->from) / usage_step_seconds[span->step] + 1, pages = 0;

	for (uint32_t page = 0; page < marks_pages(s->fold->marks); page++)
		pages += has_page(s, page);
	if (steps * pages > FOLD_TOP_PACKS)
		return fail(why, APIKEY_INVALID_ARGUMENT,
			"step: too many for so many secrets; take a longer one, or less time");
	*over = true;
	return APIKEY_OK;
}

static int64_t verifies_in(const struct usage_vector *v)
{
	struct usage_counts sum = usage_vector_sum(v);

	return sum.allowed + sum.denied;
}

static void count_pack(const struct usage_place *place, struct text pack, void *arg)
{
	struct fold_survey *s = arg;
	struct usage_entry entry;

	while (take_wanted(s, place->page, &pack, &entry))
		s->top.verifies[entry.place] += verifies_in(&entry.values);
}

static bool is_in_span(const struct usage_span *span, int64_t at)
{
	int64_t begin = usage_step_begin(span->step, at);

	return begin >= span->from && begin <= span->to;
}

static void count_pending(struct fold_survey *s, uint32_t page)
{
	struct difference d;

	for (uint32_t i = 0; i < USAGE_SLOTS_A_PAGE; i++) {
		uint32_t slot = page * USAGE_SLOTS_A_PAGE + i;

		if (is_wanted(s, slot) && marks_difference(s->fold->marks, slot, &d) &&
			is_in_span(&s->o.span, d.at))
			s->top.verifies[i] += verifies_in(&d.more.values);
	}
}

/* Of those that did as much the first stay. */
static void enter(struct top *t, uint32_t slot, int64_t verifies)
{
	unsigned at = t->count;

	while (at > 0 && t->leaders[at - 1].verifies < verifies)
		at--;
	if (at == FOLD_TOP_MAX)
		return;
	t->count += t->count < FOLD_TOP_MAX;
	memmove(&t->leaders[at + 1], &t->leaders[at], (t->count - 1 - at) * sizeof *t->leaders);
	t->leaders[at] = (struct leader){verifies, slot};
}

/* All packs of the page have been counted. */
static void rank_page(struct fold_survey *s, uint32_t page)
{
	struct top *t = &s->top;

	if (slot_file_fold_due(s->fold->o.counters->usage, page))
		count_pending(s, page);
	for (uint32_t i = 0; i < USAGE_SLOTS_A_PAGE; i++)
		if (t->verifies[i] > 0)
			enter(t, page * USAGE_SLOTS_A_PAGE + i, t->verifies[i]);
	memset(t->verifies, 0, sizeof t->verifies);
}

static enum apikey_error rank(struct fold_survey *s, bool *over, struct failure *why)
{
	int64_t left = BITE_PACKS;

	for (; s->page < marks_pages(s->fold->marks) && left > 0; s->page++) {
		if (!has_page(s, s->page))
			continue;
		if (!read_packs(s, s->page, &left, count_pack, why))
			return why->code;
		rank_page(s, s->page);
	}
	*over = s->page >= marks_pages(s->fold->marks);
	return APIKEY_OK;
}

static int by_slot(const void *a, const void *b)
{
	uint32_t x = ((const struct leader *)a)->slot, y = ((const struct leader *)b)->slot;

	return (x > y) - (x < y);
}

/* Leaders by slot, and their names in the pool. */
static enum apikey_error name_leaders(struct fold_survey *s, bool *over, struct failure *why)
{
	const struct fold *f = s->fold;
	struct top *t = &s->top;

	*over = t->count == 0;
	if (*over)
		return APIKEY_OK;
	qsort(t->leaders, t->count, sizeof *t->leaders, by_slot);
	for (unsigned i = 0; i < t->count; i++)
		t->owners[i].slot = t->leaders[i].slot;
	return f->o.ops->slot_owners(f->o.store, &s->pool, t->owners, t->count, over, why);
}

/* ---- what they did ----------------------------------------------------------------------------------------------- */

/* Empty: it is none of them. */
static struct text name_of(struct fold_survey *s, uint32_t slot)
{
	const struct slot_owner *owner = slot_owner_find(s->top.owners, s->top.count, slot);

	return owner != NULL && owner->secret.data != NULL ? owner->secret : text_of("");
}

static void tell(
	const struct fold_survey *s, struct text name, int64_t at, const struct usage_vector *v)
{
	const struct usage_counts counts = usage_vector_sum(v);

	s->o.fn(name, at, &counts, s->o.arg);
}

/* What stands in the sums too is taken from what is nobody's there. */
static void tell_pack(const struct usage_place *place, struct text pack, void *arg)
{
	struct fold_survey *s = arg;
	struct usage_entry entry;

	while (take_wanted(s, place->page, &pack, &entry)) {
		struct text name = name_of(s, place->page * USAGE_SLOTS_A_PAGE + entry.place);

		if (name.len > 0)
			survey_tell_stored(s, name, place->at, usage_vector_sum(&entry.values));
	}
}

/* s->page counts the leaders here. */
static enum apikey_error tell_stored(struct fold_survey *s, bool *over, struct failure *why)
{
	const struct top *t = &s->top;
	int64_t left = BITE_PACKS;

	for (; s->page < t->count && left > 0; s->page++) {
		uint32_t page = t->owners[s->page].slot / USAGE_SLOTS_A_PAGE;

		if (s->page > 0 && t->owners[s->page - 1].slot / USAGE_SLOTS_A_PAGE == page)
			continue;
		if (!read_packs(s, page, &left, tell_pack, why))
			return why->code;
	}
	*over = s->page >= t->count;
	return APIKEY_OK;
}

static void tell_slots(struct fold_survey *s, uint32_t page)
{
	struct difference d;

	for (uint32_t i = 0; i < USAGE_SLOTS_A_PAGE; i++) {
		uint32_t slot = page * USAGE_SLOTS_A_PAGE + i;

		if (is_wanted(s, slot) && marks_difference(s->fold->marks, slot, &d))
			tell(s, name_of(s, slot), d.at, &d.more.values);
	}
}

static void tell_sum(struct marks_sum *sum)
{
	tell(sum->arg, text_of(""), sum->minute, &sum->more);
}

static bool has_leader(const struct top *t, uint32_t page)
{
	unsigned i = 0;

	while (i < t->count && t->owners[i].slot / USAGE_SLOTS_A_PAGE != page)
		i++;
	return i < t->count;
}

/* Each slot is read once: what is counted meanwhile is in the next answer. Most pages have no leader. */
enum apikey_error survey_tell_pending(struct fold_survey *s, bool *over, struct failure *why)
{
	const struct fold *f = s->fold;
	struct marks_sum rest = {.tenant = s->number, .full = tell_sum, .arg = s};
	unsigned left = BITE_PENDING;

	(void)why;
	for (; !s->nobody && s->page < marks_pages(f->marks) && left > 0; s->page++) {
		if (!slot_file_fold_due(f->o.counters->usage, s->page))
			continue;
		if (has_leader(&s->top, s->page))
			tell_slots(s, s->page);
		else
			marks_add_up(f->marks, s->page, &rest);
		left--;
	}
	tell_sum(&rest);
	*over = s->nobody || s->page >= marks_pages(f->marks);
	return APIKEY_OK;
}

const struct survey_stage survey_secrets[] = {
	{check_work},
	{rank},
	{name_leaders},
	{tell_stored},
	{survey_tell_pending},
	{NULL},
};
