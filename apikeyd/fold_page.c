/* fold_page.c - what the slots of one page have beyond their marks, brought into the store. */
#include "apikeyd/fold_state.h"

/* The differences of one page's slots, each at its time. */
struct page_differences {
	struct difference of[USAGE_SLOTS_A_PAGE];
	unsigned count;
};

static void collect(struct fold *f, uint32_t page, struct page_differences *out)
{
	out->count = 0;
	for (uint32_t i = 0; i < USAGE_SLOTS_A_PAGE; i++) {
		struct difference *d = &out->of[out->count];

		if (!marks_difference(f->marks, page * USAGE_SLOTS_A_PAGE + i, d))
			continue;
		if (d->at > f->latest)
			d->at = f->latest;
		out->count++;
	}
}

/* Adds those to one pack whose time is in its step; the first that is not yet added says which step. */
static enum apikey_error add_to_pack(struct fold *f, const struct usage_place *place,
	const struct page_differences *all, struct failure *why)
{
	struct usage_entry entries[USAGE_SLOTS_A_PAGE];
	struct pool pool = {0};
	struct text pack;
	size_t count = 0;

	for (unsigned i = 0; i < all->count; i++)
		if (usage_step_begin(place->step, all->of[i].at) == place->at)
			entries[count++] = all->of[i].more;
	if (f->o.ops->usage_pack_get(f->o.store, &pool, place, &pack, why) == APIKEY_OK)
		f->o.ops->usage_pack_put(
			f->o.store, place, usage_pack_add(&pool, pack, entries, count), why);
	pool_free(&pool);
	return why->code;
}

static bool is_first_of_step(const struct page_differences *all, unsigned i, enum usage_step step)
{
	int64_t begin = usage_step_begin(step, all->of[i].at);
	unsigned first = 0;

	while (usage_step_begin(step, all->of[first].at) != begin)
		first++;
	return first == i;
}

static enum apikey_error add_to_packs(struct fold *f, uint32_t page,
	const struct page_differences *all, enum usage_step step, struct failure *why)
{
	for (unsigned i = 0; i < all->count; i++) {
		struct usage_place place = {step, usage_step_begin(step, all->of[i].at), page};

		if (is_first_of_step(all, i, step) && add_to_pack(f, &place, all, why) != APIKEY_OK)
			return why->code;
	}
	return APIKEY_OK;
}

void fold_keep_mark(struct fold *f, uint32_t slot)
{
	struct marks_undo *undo = pool_alloc(&f->bite.pool, sizeof *undo);

	marks_keep(f->marks, slot, undo);
	undo->next = f->bite.undo;
	f->bite.undo = undo;
}

enum apikey_error fold_store_marks(struct fold *f, uint32_t page, struct failure *why)
{
	const struct usage_place place = {USAGE_MARKS, 0, page};
	struct pool pool = {0};

	f->o.ops->usage_pack_put(f->o.store, &place, marks_pack(f->marks, &pool, page), why);
	pool_free(&pool);
	return why->code;
}

static enum apikey_error move_marks(
	struct fold *f, uint32_t page, const struct page_differences *all, struct failure *why)
{
	for (unsigned i = 0; i < all->count; i++) {
		uint32_t slot = page * USAGE_SLOTS_A_PAGE + all->of[i].more.place;

		fold_keep_mark(f, slot);
		marks_move(f->marks, slot, &all->of[i]);
	}
	return fold_store_marks(f, page, why);
}

static enum apikey_error add_to_sums(
	struct fold *f, const struct page_differences *all, struct failure *why)
{
	for (unsigned i = 0; i < all->count; i++) {
		const struct difference *d = &all->of[i];
		const struct sum more = {.tenant = d->tenant,
			.minute = usage_step_begin(USAGE_MINUTE, d->at),
			.values = d->more.values};

		if (sums_add(&f->bite.sums, &more, why) != APIKEY_OK)
			return why->code;
	}
	return APIKEY_OK;
}

enum apikey_error fold_page(struct fold *f, uint32_t page, struct failure *why)
{
	struct page_differences all;

	collect(f, page, &all);
	if (all.count == 0)
		return APIKEY_OK;
	for (enum usage_step step = 0; step < USAGE_STEPS; step++)
		if (add_to_packs(f, page, &all, step, why) != APIKEY_OK)
			return why->code;
	if (add_to_sums(f, &all, why) != APIKEY_OK)
		return why->code;
	return move_marks(f, page, &all, why);
}
