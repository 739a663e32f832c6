/* fold_marks.c - how much of every secret's counters is in the store's packs already. */
#include "apikeyd/fold_marks.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

struct page_marks {
	struct slot_mark slots[USAGE_SLOTS_A_PAGE];
	struct denial_slot *denials; /* as many; NULL while nothing of the page was denied */
};

struct tenant {
	struct text name;
	uint32_t number;
};

struct marks {
	struct counters counters;
	struct page_marks **pages; /* NULL: nobody's */
	uint32_t count, size;      /* of pages */
	void *tree;                /* tenants by name */
	struct tenant **tenants;   /* by number - 1 */
	uint32_t tenant_count;
	struct pool pool; /* tenants; there are few, and they stay */
};

_Static_assert(USAGE_VALUES - USAGE_DENIED <= DENIAL_CODES, "every code has its counter");

struct marks *marks_new(const struct counters *counters)
{
	struct marks *m = calloc(1, sizeof *m);

	if (m == NULL)
		abort();
	m->counters = *counters;
	return m;
}

static void keep_tenant(void *tenant)
{
	(void)tenant; /* the pool's */
}

void marks_free(struct marks *m)
{
	if (m == NULL)
		return;
	for (uint32_t i = 0; i < m->count; i++) {
		if (m->pages[i] != NULL)
			free(m->pages[i]->denials);
		free(m->pages[i]);
	}
	free(m->pages);
	tdestroy(m->tree, keep_tenant);
	free(m->tenants);
	pool_free(&m->pool);
	free(m);
}

/* ---- tenants --------------------------------------------------------------------------------------------------- */

static int by_name(const void *a, const void *b)
{
	return text_compare(((const struct tenant *)a)->name, ((const struct tenant *)b)->name);
}

static uint32_t add_tenant(struct marks *m, struct text name)
{
	struct tenant *t = pool_alloc(&m->pool, sizeof *t);
	struct tenant **more = reallocarray(m->tenants, m->tenant_count + 1, sizeof *m->tenants);

	if (more == NULL)
		abort();
	m->tenants = more;
	m->tenants[m->tenant_count] = t;
	*t = (struct tenant){pool_text(&m->pool, name), ++m->tenant_count};
	if (tsearch(t, &m->tree, by_name) == NULL)
		abort();
	return t->number;
}

uint32_t marks_tenant_number(const struct marks *m, struct text name)
{
	const struct tenant wanted = {.name = name};
	struct tenant *const *found = tfind(&wanted, &m->tree, by_name);

	return found != NULL ? (*found)->number : 0;
}

struct text marks_tenant(const struct marks *m, uint32_t number)
{
	return m->tenants[number - 1]->name;
}

/* ---- slots ------------------------------------------------------------------------------------------------------- */

uint32_t marks_pages(const struct marks *m)
{
	return m->count;
}

static struct page_marks *page_at(struct marks *m, uint32_t page)
{
	if (page >= m->size) {
		uint32_t size = (page + 1) * 2;
		struct page_marks **bigger = reallocarray(m->pages, size, sizeof(void *));

		if (bigger == NULL)
			abort();
		memset(bigger + m->size, 0, (size - m->size) * sizeof(void *));
		m->pages = bigger;
		m->size = size;
	}
	if (m->pages[page] == NULL && (m->pages[page] = calloc(1, sizeof **m->pages)) == NULL)
		abort();
	if (page >= m->count)
		m->count = page + 1;
	return m->pages[page];
}

static struct slot_mark *mark_at(const struct marks *m, uint32_t slot)
{
	struct page_marks *page = m->pages[slot / USAGE_SLOTS_A_PAGE];

	return &page->slots[slot % USAGE_SLOTS_A_PAGE];
}

/* A page's slots have their denials once one of them has. */
static struct denial_slot *denials_at(struct marks *m, uint32_t slot)
{
	struct page_marks *page = m->pages[slot / USAGE_SLOTS_A_PAGE];

	if (page->denials == NULL &&
		(page->denials = calloc(USAGE_SLOTS_A_PAGE, sizeof *page->denials)) == NULL)
		abort();
	return &page->denials[slot % USAGE_SLOTS_A_PAGE];
}

static void forget(struct marks *m, uint32_t slot, struct slot_mark mark)
{
	struct page_marks *page = page_at(m, slot / USAGE_SLOTS_A_PAGE);

	*mark_at(m, slot) = mark;
	if (page->denials != NULL)
		page->denials[slot % USAGE_SLOTS_A_PAGE] = (struct denial_slot){0};
}

void marks_claim(struct marks *m, uint32_t slot, const struct usage_owner *owner)
{
	uint32_t number = marks_tenant_number(m, owner->tenant);

	if (number == 0)
		number = add_tenant(m, owner->tenant);
	forget(m, slot, (struct slot_mark){.tag = usage_tag(owner->secret), .tenant = number});
}

void marks_unclaim(struct marks *m, uint32_t slot)
{
	forget(m, slot, (struct slot_mark){0});
}

bool marks_tag(const struct marks *m, uint32_t slot, uint32_t *tag)
{
	uint32_t page = slot / USAGE_SLOTS_A_PAGE;

	if (page >= m->count || m->pages[page] == NULL || mark_at(m, slot)->tenant == 0)
		return false;
	*tag = mark_at(m, slot)->tag;
	return true;
}

uint32_t marks_owner(const struct marks *m, uint32_t slot)
{
	const struct page_marks *page = m->pages[slot / USAGE_SLOTS_A_PAGE];

	return page != NULL ? page->slots[slot % USAGE_SLOTS_A_PAGE].tenant : 0;
}

bool marks_is_of(const struct marks *m, uint32_t slot, uint32_t tenant)
{
	uint32_t whose = marks_owner(m, slot);

	return whose != 0 && (tenant == 0 || whose == tenant);
}

/* Those of a slot as they stand in memory; nothing where there is no page. */
static struct denial_slot denials_before(const struct marks *m, uint32_t slot)
{
	const struct page_marks *page = m->pages[slot / USAGE_SLOTS_A_PAGE];

	return page->denials != NULL ? page->denials[slot % USAGE_SLOTS_A_PAGE]
				     : (struct denial_slot){0};
}

/* *now is what they are, *more has what they are more than before added to it. */
static void add_denials(
	const struct marks *m, uint32_t slot, struct denial_slot *now, struct usage_vector *more)
{
	const struct denial_slot *counted =
		(const struct denial_slot *)slot_file_slots(m->counters.denials) + slot;
	const struct denial_slot before = denials_before(m, slot);

	for (unsigned i = 0; i < USAGE_VALUES - USAGE_DENIED; i++) {
		now->by_code[i] = __atomic_load_n(&counted->by_code[i], __ATOMIC_RELAXED);
		more->n[USAGE_DENIED + i] += (uint32_t)(now->by_code[i] - before.by_code[i]);
	}
}

bool marks_difference(const struct marks *m, uint32_t slot, struct difference *out)
{
	const struct usage_slot *slots = slot_file_slots(m->counters.usage);
	uint32_t page = slot / USAGE_SLOTS_A_PAGE;
	const struct slot_mark *was;
	struct usage_slot now;

	if (page >= m->count || m->pages[page] == NULL)
		return false;
	was = mark_at(m, slot);
	if (was->tenant == 0)
		return false;
	now = usage_slot_read(&slots[slot]);
	if (now.allowed == was->allowed && now.units == was->units && now.denied == was->denied)
		return false;
	*out = (struct difference){
		.more = {.place = (uint8_t)(slot % USAGE_SLOTS_A_PAGE), .tag = was->tag},
		.tenant = was->tenant,
		.at = now.last_used_at,
		.mark = {now.allowed, now.units, now.denied, was->tag, was->tenant},
	};
	out->more.values.n[USAGE_ALLOWED] = (int64_t)(now.allowed - was->allowed);
	out->more.values.n[USAGE_UNITS] = (int64_t)(now.units - was->units);
	out->denied = now.denied != was->denied;
	if (out->denied)
		add_denials(m, slot, &out->denials, &out->more.values);
	return true;
}

static void to_minute_of(struct marks_sum *sum, int64_t at)
{
	int64_t into = at - sum->minute;

	if (into >= 0 && into < usage_step_seconds[USAGE_MINUTE])
		return;
	sum->full(sum);
	sum->minute = usage_step_begin(USAGE_MINUTE, at);
	sum->more = (struct usage_vector){0};
}

static void add_slot(
	const struct marks *m, uint32_t slot, const struct slot_mark *was, struct marks_sum *sum)
{
	const struct usage_slot *now =
		(struct usage_slot *)slot_file_slots(m->counters.usage) + slot;
	uint64_t denied = __atomic_load_n(&now->denied, __ATOMIC_ACQUIRE);
	uint64_t allowed = __atomic_load_n(&now->allowed, __ATOMIC_RELAXED);
	uint64_t units = __atomic_load_n(&now->units, __ATOMIC_RELAXED);
	struct denial_slot denials;

	if (allowed == was->allowed && units == was->units && denied == was->denied)
		return;
	to_minute_of(sum, __atomic_load_n(&now->last_used_at, __ATOMIC_RELAXED));
	sum->more.n[USAGE_ALLOWED] += (int64_t)(allowed - was->allowed);
	sum->more.n[USAGE_UNITS] =
		usage_plus(sum->more.n[USAGE_UNITS], (int64_t)(units - was->units));
	if (denied != was->denied)
		add_denials(m, slot, &denials, &sum->more);
}

void marks_add_up(const struct marks *m, uint32_t page, struct marks_sum *sum)
{
	for (uint32_t i = 0; m->pages[page] != NULL && i < USAGE_SLOTS_A_PAGE; i++) {
		const struct slot_mark *was = &m->pages[page]->slots[i];

		if (was->tenant != 0 && (sum->tenant == 0 || was->tenant == sum->tenant))
			add_slot(m, page * USAGE_SLOTS_A_PAGE + i, was, sum);
	}
}

void marks_move(struct marks *m, uint32_t slot, const struct difference *d)
{
	*mark_at(m, slot) = d->mark;
	if (d->denied)
		*denials_at(m, slot) = d->denials;
}

void marks_keep(const struct marks *m, uint32_t slot, struct marks_undo *out)
{
	out->slot = slot;
	out->mark = *mark_at(m, slot);
	out->denials = denials_before(m, slot);
}

void marks_undo(struct marks *m, const struct marks_undo *before)
{
	forget(m, before->slot, before->mark);
	if (m->pages[before->slot / USAGE_SLOTS_A_PAGE]->denials != NULL)
		*denials_at(m, before->slot) = before->denials;
}

/* ---- as they are stored ------------------------------------------------------------------------------------------ */

struct text marks_pack(const struct marks *m, struct pool *pool, uint32_t page)
{
	struct usage_entry entries[USAGE_SLOTS_A_PAGE] = {0};
	size_t count = 0;

	for (uint8_t place = 0; place < USAGE_SLOTS_A_PAGE; place++) {
		const struct slot_mark *mark = &m->pages[page]->slots[place];
		struct denial_slot denials = denials_before(m, page * USAGE_SLOTS_A_PAGE + place);
		struct usage_entry *entry = &entries[count];

		if (mark->tenant == 0)
			continue;
		count++;
		entry->place = place;
		entry->tag = mark->tag;
		entry->values.n[USAGE_ALLOWED] = (int64_t)mark->allowed;
		entry->values.n[USAGE_UNITS] = (int64_t)mark->units;
		for (unsigned i = 0; i < USAGE_VALUES - USAGE_DENIED; i++)
			entry->values.n[USAGE_DENIED + i] = denials.by_code[i];
	}
	return usage_pack_add(pool, text_of(""), entries, count);
}

static void raise_to(uint64_t *word, uint64_t least)
{
	if (*word < least)
		*word = least;
}

/* One by one, as unsigned numbers go: a counter behind its mark by little was ahead of it. */
static void raise_denials(struct denial_slot *now, const struct denial_slot *least)
{
	for (unsigned i = 0; i < DENIAL_CODES; i++)
		if ((int32_t)(now->by_code[i] - least->by_code[i]) < 0)
			now->by_code[i] = least->by_code[i];
}

static void set_mark(struct marks *m, uint32_t slot, const struct usage_entry *entry)
{
	struct usage_slot *now = (struct usage_slot *)slot_file_slots(m->counters.usage) + slot;
	struct slot_mark *mark = mark_at(m, slot);
	struct denial_slot denials = {0};
	bool denied = false;

	mark->allowed = (uint64_t)entry->values.n[USAGE_ALLOWED];
	mark->units = (uint64_t)entry->values.n[USAGE_UNITS];
	if (now->allowed < mark->allowed || now->units < mark->units)
		slot_file_changed(m->counters.usage)[slot] = CHANGED;
	raise_to(&now->allowed, mark->allowed);
	raise_to(&now->units, mark->units);
	for (unsigned i = 0; i < USAGE_VALUES - USAGE_DENIED; i++) {
		denials.by_code[i] = (uint32_t)entry->values.n[USAGE_DENIED + i];
		denied = denied || denials.by_code[i] != 0;
	}
	if (!denied)
		return;
	*denials_at(m, slot) = denials;
	raise_denials((struct denial_slot *)slot_file_slots(m->counters.denials) + slot, &denials);
	slot_file_changed(m->counters.denials)[slot] = CHANGED;
}

void marks_unpack(struct marks *m, uint32_t page, struct text pack)
{
	struct usage_entry entry;

	while (page < m->count && m->pages[page] != NULL && usage_pack_take(&pack, &entry)) {
		uint32_t slot = page * USAGE_SLOTS_A_PAGE + entry.place;

		if (entry.place < USAGE_SLOTS_A_PAGE && mark_at(m, slot)->tenant != 0 &&
			mark_at(m, slot)->tag == entry.tag)
			set_mark(m, slot, &entry);
	}
}
