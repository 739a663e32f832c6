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

/* A secret that a key has or had. */
struct secret {
	struct secret *next;
	uint32_t slot;
	struct text prefix;
	bool folded; /* the slot may be another's by now */
};

/* Those of a key that may have done something in a span. */
struct secrets {
	struct pool pool;
	int64_t from; /* where it begins */
	struct secret *first;
	int64_t count;
};

static void note_secret(struct secrets *all, uint32_t slot, struct text prefix, bool folded)
{
	struct secret *s = pool_alloc(&all->pool, sizeof *s);

	*s = (struct secret){all->first, slot, pool_text(&all->pool, prefix), folded};
	all->first = s;
	all->count++;
}

/* One that went before has nothing in the span, once the last of it is in the store. */
static void note_leaver(const struct usage_leaver *leaver, void *arg)
{
	struct secrets *all = arg;

	if (!leaver->folded || leaver->at >= all->from)
		note_secret(all, leaver->slot, leaver->owner.secret, leaver->folded);
}

/* The oldest come first. Noted before: a statement that is being stepped through is not the time to start others. */
static enum apikey_error secrets_of(struct fold *f, const struct key_record *key,
	const struct usage_span *span, struct secrets *out, struct failure *why)
{
	int64_t steps = (span->to - span->from) / usage_step_seconds[span->step] + 1;

	why->code = APIKEY_OK;
	out->from = span->from;
	for (unsigned i = key->secret_count; i-- > 0;)
		note_secret(out, key->secrets[i].slot, key->secrets[i].prefix, false);
	if (f->o.ops->usage_leaver_list(f->o.store, text_of(key->id), note_leaver, out, why) !=
		APIKEY_OK)
		return why->code;
	if (steps * out->count > FOLD_KEY_PACKS)
		return fail(why, APIKEY_INVALID_ARGUMENT,
			"step: too many for so many secrets; take a longer one, or less time");
	return APIKEY_OK;
}

enum apikey_error fold_query_key(struct fold *f, const struct key_record *key,
	const struct usage_span *span, fold_secret_fn *fn, void *arg, struct failure *why)
{
	struct secrets secrets = {0};
	struct difference d;

	secrets_of(f, key, span, &secrets, why);
	for (const struct secret *s = secrets.first; s != NULL && why->code == APIKEY_OK;
		s = s->next) {
		struct asking asking = {s->prefix, (uint8_t)(s->slot % USAGE_SLOTS_A_PAGE),
			usage_tag(s->prefix), fn, arg};

		f->o.ops->usage_pack_query(
			f->o.store, span, s->slot / USAGE_SLOTS_A_PAGE, tell_pack, &asking, why);
		if (!s->folded && marks_difference(f->marks, s->slot, &d))
			fn(s->prefix, d.at, &d.more.values, arg);
	}
	pool_free(&secrets.pool);
	return why->code;
}

struct asking_resources {
	fold_count_fn *fn;
	void *arg;
};

static void tell_row(const struct usage_row *row, void *arg)
{
	const struct asking_resources *a = arg;

	a->fn(row->name, row->at, &row->counts, a->arg);
}

enum apikey_error fold_query_resources(struct fold *f, const struct key_record *key,
	const struct usage_span *span, fold_count_fn *fn, void *arg, struct failure *why)
{
	struct asking_resources asking = {fn, arg};
	struct secrets secrets = {0};

	secrets_of(f, key, span, &secrets, why);
	for (const struct secret *s = secrets.first; s != NULL && why->code == APIKEY_OK;
		s = s->next) {
		struct text who = fold_resources_who(&secrets.pool, s->slot, usage_tag(s->prefix));

		f->o.ops->usage_query(f->o.store, span, who, tell_row, &asking, why);
		if (!s->folded)
			fold_resources_pending(f, s->slot, fn, arg);
	}
	pool_free(&secrets.pool);
	return why->code;
}

struct telling {
	fold_secret_fn *fn;
	void *arg;
};

static void tell_sum(struct marks_sum *sum)
{
	const struct telling *t = sum->arg;

	t->fn(text_of(""), sum->minute, &sum->more, t->arg);
}

void fold_pending(struct fold *f, struct text tenant, fold_secret_fn *fn, void *arg)
{
	struct telling telling = {fn, arg};
	struct marks_sum sum = {.full = tell_sum, .arg = &telling};

	if (tenant.data != NULL && (sum.tenant = marks_tenant_number(f->marks, tenant)) == 0)
		return;
	for (uint32_t page = 0; page < marks_pages(f->marks); page++)
		if (slot_file_fold_due(f->o.counters->usage, page))
			marks_add_up(f->marks, page, &sum);
	tell_sum(&sum);
}
