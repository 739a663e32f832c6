/* fold_top.c - which secrets of many did most in a span, and what they did; a page at a time, so that it takes little room.
 *
 * First every page is looked at for who did most; then the pages of those again for what that was. */
#include <stdlib.h>
#include <string.h>

#include "apikeyd/fold_state.h"
#include "apikeyd/store/model.h"

struct leader {
	int64_t verifies;
	uint32_t slot;
};

struct top {
	struct fold *fold;
	const struct usage_span *span;
	uint32_t tenant; /* a number of marks_tenant(); 0: all */
	fold_secret_fn *fn;
	void *arg;
	int64_t verifies[USAGE_SLOTS_A_PAGE]; /* of the page that is looked at */
	struct leader leaders[FOLD_TOP_MAX];  /* the most first */
	unsigned count;
	struct slot_owner owners[FOLD_TOP_MAX]; /* the leaders once all are known, by slot */
};

static bool is_wanted(const struct top *t, uint32_t slot)
{
	return marks_is_of(t->fold->marks, slot, t->tenant);
}

static bool has_page(const struct top *t, uint32_t page)
{
	uint32_t slot = page * USAGE_SLOTS_A_PAGE, end = slot + USAGE_SLOTS_A_PAGE;

	while (slot < end && !is_wanted(t, slot))
		slot++;
	return slot < end;
}

/* The next entry of a secret that is there and wanted; the slot may have been another's. */
static bool take_wanted(
	const struct top *t, uint32_t page, struct text *pack, struct usage_entry *out)
{
	uint32_t tag;

	while (usage_pack_take(pack, out)) {
		uint32_t slot = page * USAGE_SLOTS_A_PAGE + out->place;
		if (out->place < USAGE_SLOTS_A_PAGE && is_wanted(t, slot) &&
			marks_tag(t->fold->marks, slot, &tag) && tag == out->tag)
			return true;
	}
	return false;
}

/* ---- who they are ------------------------------------------------------------------------------------------------ */

static int64_t verifies_in(const struct usage_vector *v)
{
	struct usage_counts sum = usage_vector_sum(v);

	return sum.allowed + sum.denied;
}

static void count_pack(const struct usage_place *place, struct text pack, void *arg)
{
	struct top *t = arg;
	struct usage_entry entry;

	while (take_wanted(t, place->page, &pack, &entry))
		t->verifies[entry.place] += verifies_in(&entry.values);
}

static bool is_in_span(const struct usage_span *span, int64_t at)
{
	int64_t begin = usage_step_begin(span->step, at);

	return begin >= span->from && begin <= span->to;
}

static void count_pending(struct top *t, uint32_t page)
{
	struct difference d;

	for (uint32_t i = 0; i < USAGE_SLOTS_A_PAGE; i++) {
		uint32_t slot = page * USAGE_SLOTS_A_PAGE + i;

		if (is_wanted(t, slot) && marks_difference(t->fold->marks, slot, &d) &&
			is_in_span(t->span, d.at))
			t->verifies[i] += verifies_in(&d.more.values);
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

static enum apikey_error rank_page(struct top *t, uint32_t page, struct failure *why)
{
	struct fold *f = t->fold;

	memset(t->verifies, 0, sizeof t->verifies);
	if (f->o.ops->usage_pack_query(f->o.store, t->span, page, count_pack, t, why) != APIKEY_OK)
		return why->code;
	if (slot_file_fold_due(f->o.counters->usage, page))
		count_pending(t, page);
	for (uint32_t i = 0; i < USAGE_SLOTS_A_PAGE; i++)
		if (t->verifies[i] > 0)
			enter(t, page * USAGE_SLOTS_A_PAGE + i, t->verifies[i]);
	return APIKEY_OK;
}

static enum apikey_error check_work(const struct top *t, struct failure *why)
{
	int64_t steps = (t->span->to - t->span->from) / usage_step_seconds[t->span->step] + 1;
	int64_t pages = 0;

	for (uint32_t page = 0; page < marks_pages(t->fold->marks); page++)
		pages += has_page(t, page);
	if (steps * pages > FOLD_TOP_PACKS)
		return fail(why, APIKEY_INVALID_ARGUMENT,
			"step: too many for so many secrets; take a longer one, or less time");
	return APIKEY_OK;
}

static int by_slot(const void *a, const void *b)
{
	uint32_t x = ((const struct leader *)a)->slot, y = ((const struct leader *)b)->slot;

	return (x > y) - (x < y);
}

/* Leaders by slot, and their names in the pool. */
static enum apikey_error find_leaders(struct top *t, struct pool *pool, struct failure *why)
{
	const struct fold *f = t->fold;

	if (check_work(t, why) != APIKEY_OK)
		return why->code;
	for (uint32_t page = 0; page < marks_pages(f->marks); page++)
		if (has_page(t, page) && rank_page(t, page, why) != APIKEY_OK)
			return why->code;
	if (t->count == 0)
		return APIKEY_OK;
	qsort(t->leaders, t->count, sizeof *t->leaders, by_slot);
	for (unsigned i = 0; i < t->count; i++)
		t->owners[i].slot = t->leaders[i].slot;
	return f->o.ops->slot_owners(f->o.store, pool, t->owners, t->count, why);
}

/* ---- what they did ----------------------------------------------------------------------------------------------- */

/* Empty: it is none of them. */
static struct text name_of(struct top *t, uint32_t slot)
{
	const struct slot_owner *owner = slot_owner_find(t->owners, t->count, slot);

	return owner != NULL && owner->secret.data != NULL ? owner->secret : text_of("");
}

static struct usage_vector negative(const struct usage_vector *v)
{
	struct usage_vector less;

	for (unsigned i = 0; i < USAGE_VALUES; i++)
		less.n[i] = -v->n[i];
	return less;
}

static void tell_pack(const struct usage_place *place, struct text pack, void *arg)
{
	struct top *t = arg;
	struct usage_entry entry;

	while (take_wanted(t, place->page, &pack, &entry)) {
		struct text name = name_of(t, place->page * USAGE_SLOTS_A_PAGE + entry.place);
		struct usage_vector less = negative(&entry.values);

		if (name.len == 0)
			continue;
		t->fn(name, place->at, &entry.values, t->arg);
		t->fn(text_of(""), place->at, &less, t->arg);
	}
}

static enum apikey_error tell_stored(struct top *t, struct failure *why)
{
	const struct fold *f = t->fold;

	for (unsigned i = 0; i < t->count; i++) {
		uint32_t page = t->owners[i].slot / USAGE_SLOTS_A_PAGE;

		if (i > 0 && t->owners[i - 1].slot / USAGE_SLOTS_A_PAGE == page)
			continue;
		if (f->o.ops->usage_pack_query(f->o.store, t->span, page, tell_pack, t, why) !=
			APIKEY_OK)
			return why->code;
	}
	return APIKEY_OK;
}

static void tell_slots(struct top *t, uint32_t page)
{
	struct difference d;

	for (uint32_t i = 0; i < USAGE_SLOTS_A_PAGE; i++) {
		uint32_t slot = page * USAGE_SLOTS_A_PAGE + i;

		if (is_wanted(t, slot) && marks_difference(t->fold->marks, slot, &d))
			t->fn(name_of(t, slot), d.at, &d.more.values, t->arg);
	}
}

static void tell_sum(struct marks_sum *sum)
{
	const struct top *t = sum->arg;

	t->fn(text_of(""), sum->minute, &sum->more, t->arg);
}

/* Each slot is read once: what is counted meanwhile is in the next answer. Most pages have no leader. */
static void tell_pending(struct top *t)
{
	const struct fold *f = t->fold;
	struct marks_sum rest = {.tenant = t->tenant, .full = tell_sum, .arg = t};
	unsigned next = 0; /* of the leaders */

	for (uint32_t page = 0; page < marks_pages(f->marks); page++) {
		while (next < t->count && t->owners[next].slot / USAGE_SLOTS_A_PAGE < page)
			next++;
		if (!slot_file_fold_due(f->o.counters->usage, page))
			continue;
		if (next < t->count && t->owners[next].slot / USAGE_SLOTS_A_PAGE == page)
			tell_slots(t, page);
		else
			marks_add_up(f->marks, page, &rest);
	}
	tell_sum(&rest);
}

enum apikey_error fold_query_top(struct fold *f, struct text tenant, const struct usage_span *span,
	fold_secret_fn *fn, void *arg, struct failure *why)
{
	struct top t = {.fold = f, .span = span, .fn = fn, .arg = arg};
	struct pool pool = {0};

	why->code = APIKEY_OK;
	if (tenant.data != NULL && (t.tenant = marks_tenant_number(f->marks, tenant)) == 0)
		return APIKEY_OK;
	if (find_leaders(&t, &pool, why) == APIKEY_OK && tell_stored(&t, why) == APIKEY_OK)
		tell_pending(&t);
	pool_free(&pool);
	return why->code;
}
