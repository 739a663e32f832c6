/* fold_query.c - what keys did, from the store and from what is not there yet. */
#include "apikeyd/fold_state.h"

struct asking {
	struct text secret;
	uint8_t place;
	uint32_t tag;
	fold_secret_fn *fn;
	void *arg;
};

static void tell_pack(const struct usage_place *place, struct text pack, void *arg)
{
	const struct asking *a = arg;
	struct usage_entry entry;

	while (usage_pack_take(&pack, &entry) && entry.place <= a->place)
		if (entry.place == a->place && entry.tag == a->tag)
			a->fn(a->secret, place->at, &entry.values, a->arg);
}

struct key_query_of {
	struct fold *f;
	const struct usage_span *span;
	fold_secret_fn *fn;
	void *arg;
	struct failure *why;
};

static void query_secret(
	const struct key_query_of *q, uint32_t slot, struct text secret, bool folded)
{
	struct asking asking = {
		secret, (uint8_t)(slot % USAGE_SLOTS_A_PAGE), usage_tag(secret), q->fn, q->arg};
	struct difference d;

	if (q->why->code == APIKEY_OK)
		q->f->o.ops->usage_pack_query(q->f->o.store, q->span, slot / USAGE_SLOTS_A_PAGE,
			tell_pack, &asking, q->why);
	if (!folded && marks_difference(q->f->marks, slot, &d))
		q->fn(secret, d.at, &d.more.values, q->arg);
}

struct former {
	struct former *next;
	uint32_t slot;
	struct text secret;
	bool folded;
};

struct formers {
	struct pool pool;
	struct former *first;
};

/* Only noted: a statement that is being stepped through is not the time to start others. */
static void note_former(const struct usage_leaver *leaver, void *arg)
{
	struct formers *all = arg;
	struct former *f = pool_alloc(&all->pool, sizeof *f);

	*f = (struct former){all->first, leaver->slot, pool_text(&all->pool, leaver->owner.secret),
		leaver->folded};
	all->first = f;
}

enum apikey_error fold_query_key(struct fold *f, const struct key_record *key,
	const struct usage_span *span, fold_secret_fn *fn, void *arg, struct failure *why)
{
	const struct key_query_of q = {f, span, fn, arg, why};
	struct formers formers = {0};

	why->code = APIKEY_OK;
	for (unsigned i = 0; i < key->secret_count; i++)
		query_secret(&q, key->secrets[i].slot, key->secrets[i].prefix, false);
	if (why->code == APIKEY_OK)
		f->o.ops->usage_leaver_list(
			f->o.store, text_of(key->id), note_former, &formers, why);
	for (const struct former *s = formers.first; s != NULL; s = s->next)
		query_secret(&q, s->slot, s->secret, s->folded);
	pool_free(&formers.pool);
	return why->code;
}

void fold_pending(struct fold *f, struct text tenant, fold_secret_fn *fn, void *arg)
{
	const uint8_t *changed = slot_file_changed(f->o.counters->usage);
	uint32_t number = tenant.data != NULL ? marks_tenant_number(f->marks, tenant) : 0;
	struct difference d;

	for (uint32_t page = 0; page < marks_pages(f->marks); page++) {
		if (!(__atomic_load_n(&changed[page], __ATOMIC_ACQUIRE) & CHANGED_FOLD))
			continue;
		for (uint32_t i = 0; i < USAGE_SLOTS_A_PAGE; i++)
			if (marks_difference(f->marks, page * USAGE_SLOTS_A_PAGE + i, &d) &&
				(number == 0 || d.tenant == number))
				fn(text_of(""), d.at, &d.more.values, arg);
	}
}
