/* fold_resources.c - what verifies were for, brought into the store's rows, each thing once. */
#include <stdlib.h>
#include <string.h>

#include "apikeyd/fold_state.h"

/* How much of a slot is in the rows. */
struct resource_mark {
	uint64_t allowed, denied, units;
};

struct fold_resources {
	struct resource_mark *marks; /* by slot */
	uint32_t size;
};

struct resource_undo {
	struct resource_undo *next;
	uint32_t slot;
	struct resource_mark mark;
};

struct fold_resources *fold_resources_new(void)
{
	struct fold_resources *r = calloc(1, sizeof *r);

	if (r == NULL)
		abort();
	return r;
}

void fold_resources_free(struct fold_resources *r)
{
	free(r->marks);
	free(r);
}

static struct resource_mark *mark_of(struct fold *f, uint32_t slot)
{
	struct fold_resources *r = f->resources;

	if (slot >= r->size) {
		uint32_t most = slot_file_most(f->o.counters->resources),
			 size = slot < most / 2 ? (slot + 1) * 2 : most;
		struct resource_mark *bigger = reallocarray(r->marks, size, sizeof *bigger);

		if (bigger == NULL)
			abort();
		memset(bigger + r->size, 0, (size - r->size) * sizeof *bigger);
		r->marks = bigger;
		r->size = size;
	}
	return &r->marks[slot];
}

static struct resource_slot *slot_at(const struct fold *f, uint32_t slot)
{
	return (struct resource_slot *)slot_file_slots(f->o.counters->resources) + slot;
}

static struct usage_slot *usage_at(const struct fold *f, uint32_t slot)
{
	return (struct usage_slot *)slot_file_slots(f->o.counters->usage) + slot;
}

/* Whose it is: a usage slot, and the secret that it is of since before this was made. */
static bool owner_of(const struct fold *f, const struct resource_slot *s, uint32_t *owner)
{
	uint32_t tag;

	*owner = __atomic_load_n(&s->owner, __ATOMIC_ACQUIRE);
	return (*owner)-- != 0 && marks_tag(f->marks, *owner, &tag) &&
	       (s->tag == 0 || s->tag == tag);
}

/* ---- at start -------------------------------------------------------------------------------------------------- */

static void raise_to(uint64_t *word, uint64_t least)
{
	if (*word < least)
		*word = least;
}

static void load_marks(const struct usage_place *place, struct text pack, void *arg)
{
	struct fold *f = arg;
	struct usage_entry entry;

	while (usage_pack_take(&pack, &entry)) {
		uint32_t slot = place->page * RESOURCE_SLOTS_A_PAGE + entry.place, owner, tag;
		struct resource_mark *mark;

		if (slot >= slot_file_written(f->o.counters->resources) ||
			!owner_of(f, slot_at(f, slot), &owner) ||
			!marks_tag(f->marks, owner, &tag) || tag != entry.tag)
			continue;
		mark = mark_of(f, slot);
		mark->allowed = (uint64_t)entry.values.n[USAGE_ALLOWED];
		mark->units = (uint64_t)entry.values.n[USAGE_UNITS];
		mark->denied = (uint64_t)entry.values.n[USAGE_DENIED];
		raise_to(&slot_at(f, slot)->allowed, mark->allowed);
		raise_to(&slot_at(f, slot)->units, mark->units);
		raise_to(&slot_at(f, slot)->denied, mark->denied);
	}
}

/* Chains are made anew, since after a power cut they may lead anywhere. */
static void cut_chains(struct fold *f)
{
	uint32_t slots = marks_pages(f->marks) * USAGE_SLOTS_A_PAGE, tag;

	for (uint32_t slot = 0; slot < slots; slot++)
		if (marks_tag(f->marks, slot, &tag) && usage_at(f, slot)->first_resource != 0) {
			usage_at(f, slot)->first_resource = 0;
			usage_at(f, slot)->resource_count = 0;
		}
}

static struct resources as_engine(const struct fold *f)
{
	return (struct resources){.slots = slot_at(f, 0)};
}

enum apikey_error fold_resources_load(struct fold *f, struct failure *why)
{
	struct resources r = as_engine(f);
	uint32_t owner;

	cut_chains(f);
	for (uint32_t slot = 0; slot < slot_file_written(f->o.counters->resources); slot++) {
		if (!owner_of(f, slot_at(f, slot), &owner))
			continue;
		if (slot_file_claim(f->o.counters->resources, slot, why) != APIKEY_OK)
			return why->code;
		*mark_of(f, slot) = (struct resource_mark){0};
		resource_link(&r, usage_at(f, owner), slot);
	}
	if (f->o.ops->usage_mark_load(f->o.store, USAGE_RESOURCE_MARKS, load_marks, f, why) !=
		APIKEY_OK)
		return why->code;
	return APIKEY_OK;
}

/* Where the disk is full there are none: resources that are new are not counted by themselves then. */
void fold_resources_refill(struct fold *f)
{
	struct failure why;
	uint32_t slot;

	if (f->o.engine == NULL)
		return;
	for (unsigned n = resource_wanted(engine_resources(f->o.engine)); n > 0; n--) {
		if (slot_file_take(f->o.counters->resources, &slot, &why) != APIKEY_OK)
			return;
		*mark_of(f, slot) = (struct resource_mark){0};
		resource_give(engine_resources(f->o.engine), slot);
	}
}

/* ---- a fold ------------------------------------------------------------------------------------------------------ */

static struct usage_counts difference(
	struct fold *f, uint32_t slot, struct resource_mark *now, int64_t *at)
{
	const struct resource_slot *s = slot_at(f, slot);
	const struct resource_mark *was = mark_of(f, slot);

	now->allowed = __atomic_load_n(&s->allowed, __ATOMIC_RELAXED);
	now->denied = __atomic_load_n(&s->denied, __ATOMIC_RELAXED);
	now->units = __atomic_load_n(&s->units, __ATOMIC_RELAXED);
	*at = __atomic_load_n(&s->last_used_at, __ATOMIC_RELAXED);
	return (struct usage_counts){(int64_t)(now->allowed - was->allowed),
		(int64_t)(now->denied - was->denied), (int64_t)(now->units - was->units)};
}

static bool is_zero(const struct usage_counts *c)
{
	return c->allowed == 0 && c->denied == 0 && c->units == 0;
}

struct text fold_resources_who(struct pool *pool, uint32_t slot, uint32_t tag)
{
	return text_of(pool_printf(pool, "#%u.%08x", slot, tag));
}

/* One that a flipped bit has made no name is among those without one. */
static struct text name_of(const struct resource_slot *s)
{
	const struct text name = {s->name, s->len};

	return s->len <= RESOURCE_NAME_MAX && text_is_utf8(name) ? name : text_of("");
}

static enum apikey_error add_rows(struct fold *f, uint32_t slot, uint32_t owner,
	const struct usage_counts *more, int64_t at, struct failure *why)
{
	const struct resource_slot *s = slot_at(f, slot);
	struct pool pool = {0};
	struct usage_row row = {.who = fold_resources_who(&pool, owner, s->tag),
		.name = name_of(s),
		.counts = *more};
	enum apikey_error error = APIKEY_OK;

	for (enum usage_step step = 0; step < USAGE_STEPS && error == APIKEY_OK; step++) {
		row.at = usage_step_begin(step, at);
		error = f->o.ops->usage_add(f->o.store, step, &row, why);
	}
	pool_free(&pool);
	return error;
}

/* Of its tenant, and of all. */
static enum apikey_error add_to_sums(struct fold *f, uint32_t slot, uint32_t owner,
	const struct usage_counts *more, int64_t at, struct failure *why)
{
	const struct sum sum = {.tenant = marks_owner(f->marks, owner),
		.minute = usage_step_begin(USAGE_MINUTE, at),
		.resource = name_of(slot_at(f, slot)),
		.values.n = {[USAGE_ALLOWED] = more->allowed,
			[USAGE_UNITS] = more->units,
			[USAGE_DENIED] = more->denied}};

	return sums_add(&f->bite.sums, &sum, why);
}

/* Kept like what is counted: without it the slot would, after a power cut, be of whichever secret counts in the owner's. */
static void set_tag(struct fold *f, uint32_t slot, uint32_t tag)
{
	uint8_t *changed = slot_file_changed(f->o.counters->resources);

	__atomic_store_n(&slot_at(f, slot)->tag, tag, __ATOMIC_RELAXED);
	__atomic_fetch_or(&changed[slot], CHANGED_KEEP, __ATOMIC_RELEASE);
}

static enum apikey_error fold_slot(struct fold *f, uint32_t slot, struct failure *why)
{
	struct resource_mark now;
	struct resource_undo *undo;
	struct usage_counts more;
	uint32_t owner, tag;
	int64_t at;

	if (!owner_of(f, slot_at(f, slot), &owner))
		return APIKEY_OK;
	more = difference(f, slot, &now, &at);
	if (is_zero(&more))
		return APIKEY_OK;
	if (slot_at(f, slot)->tag == 0 && marks_tag(f->marks, owner, &tag))
		set_tag(f, slot, tag);
	at = at > f->latest ? f->latest : at;
	if (add_rows(f, slot, owner, &more, at, why) != APIKEY_OK ||
		add_to_sums(f, slot, owner, &more, at, why) != APIKEY_OK)
		return why->code;
	undo = pool_alloc(&f->bite.pool, sizeof *undo);
	*undo = (struct resource_undo){f->bite.resource_undo, slot, *mark_of(f, slot)};
	f->bite.resource_undo = undo;
	*mark_of(f, slot) = now;
	return APIKEY_OK;
}

/* Those of a page that are still someone's, but not of a secret that is leaving. */
static enum apikey_error store_marks(
	struct fold *f, uint32_t page, uint32_t leaving, struct failure *why)
{
	const struct usage_place place = {USAGE_RESOURCE_MARKS, 0, page};
	struct usage_entry entries[RESOURCE_SLOTS_A_PAGE] = {0};
	struct pool pool = {0};
	size_t count = 0;
	uint32_t owner;

	for (uint8_t i = 0; i < RESOURCE_SLOTS_A_PAGE; i++) {
		uint32_t slot = page * RESOURCE_SLOTS_A_PAGE + i;
		const struct resource_mark *mark = mark_of(f, slot);

		if (!owner_of(f, slot_at(f, slot), &owner) || owner == leaving)
			continue;
		entries[count].place = i;
		entries[count].tag = slot_at(f, slot)->tag;
		entries[count].values.n[USAGE_ALLOWED] = (int64_t)mark->allowed;
		entries[count].values.n[USAGE_UNITS] = (int64_t)mark->units;
		entries[count].values.n[USAGE_DENIED] = (int64_t)mark->denied;
		count++;
	}
	f->o.ops->usage_pack_put(
		f->o.store, &place, usage_pack_add(&pool, text_of(""), entries, count), why);
	pool_free(&pool);
	return why->code;
}

static enum apikey_error fold_slots_of(struct fold *f, uint32_t page, struct failure *why)
{
	for (uint32_t i = 0; i < RESOURCE_SLOTS_A_PAGE; i++)
		if (fold_slot(f, page * RESOURCE_SLOTS_A_PAGE + i, why) != APIKEY_OK)
			return why->code;
	return store_marks(f, page, UINT32_MAX, why);
}

uint32_t fold_resources_pages(const struct fold *f)
{
	return (f->resources->size + RESOURCE_SLOTS_A_PAGE - 1) / RESOURCE_SLOTS_A_PAGE;
}

enum apikey_error fold_resources_bite(struct fold *f, struct failure *why)
{
	uint32_t pages = fold_resources_pages(f);
	struct bite *b = &f->bite;

	fold_resources_refill(f);
	for (; f->next < pages && b->resource_page_count < BITE_PAGES; f->next++) {
		if (!slot_file_fold_take(f->o.counters->resources, f->next))
			continue;
		b->resource_pages[b->resource_page_count++] = f->next;
		if (fold_slots_of(f, f->next, why) != APIKEY_OK)
			return why->code;
	}
	f->more = f->next < pages;
	return APIKEY_OK;
}

void fold_resources_undo(struct fold *f)
{
	for (const struct resource_undo *u = f->bite.resource_undo; u != NULL; u = u->next)
		*mark_of(f, u->slot) = u->mark;
	for (unsigned i = 0; i < f->bite.resource_page_count; i++)
		slot_file_fold_again(f->o.counters->resources, f->bite.resource_pages[i]);
}

enum apikey_error fold_resources_leave(struct fold *f, uint32_t slot, struct failure *why)
{
	for (uint32_t at = usage_at(f, slot)->first_resource; at != 0;
		at = slot_at(f, at - 1)->next)
		if (fold_slot(f, at - 1, why) != APIKEY_OK ||
			store_marks(f, (at - 1) / RESOURCE_SLOTS_A_PAGE, slot, why) != APIKEY_OK)
			return why->code;
	return APIKEY_OK;
}

void fold_resources_drop(struct fold *f, uint32_t slot)
{
	uint32_t at = usage_at(f, slot)->first_resource, next;

	for (; at != 0; at = next) {
		next = slot_at(f, at - 1)->next;
		__atomic_store_n(&slot_at(f, at - 1)->owner, 0, __ATOMIC_RELEASE);
		slot_file_give_back(f->o.counters->resources, at - 1);
	}
	__atomic_store_n(&usage_at(f, slot)->first_resource, 0, __ATOMIC_RELAXED);
}

static void tell_pending(struct fold *f, uint32_t slot, fold_count_fn *fn, void *arg)
{
	struct resource_mark now;
	int64_t at;
	struct usage_counts more = difference(f, slot, &now, &at);

	if (!is_zero(&more))
		fn(name_of(slot_at(f, slot)), at, &more, arg);
}

void fold_resources_pending(struct fold *f, uint32_t slot, fold_count_fn *fn, void *arg)
{
	uint32_t at = __atomic_load_n(&usage_at(f, slot)->first_resource, __ATOMIC_ACQUIRE);

	for (; at != 0; at = slot_at(f, at - 1)->next)
		tell_pending(f, at - 1, fn, arg);
}

bool fold_resources_pending_in(
	struct fold *f, uint32_t page, uint32_t tenant, fold_count_fn *fn, void *arg)
{
	uint32_t slot = page * RESOURCE_SLOTS_A_PAGE, end = slot + RESOURCE_SLOTS_A_PAGE, owner;

	if (!slot_file_fold_due(f->o.counters->resources, page))
		return false;
	for (; slot < end; slot++)
		if (owner_of(f, slot_at(f, slot), &owner) && marks_is_of(f->marks, owner, tenant))
			tell_pending(f, slot, fn, arg);
	return true;
}
