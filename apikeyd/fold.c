/* fold.c - brings what is counted in the mapped file into the store's minute, hour and day rows, each thing once. */
#include "apikeyd/fold.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "apikeyd/config.h"
#include "apikeyd/store/writer.h"

#define BITE_LOOK 65536 /* slots looked at in one job */
#define BITE_WRITE 64   /* slots written in one job: about 2 ms */
#define BITE_PRUNE 200  /* rows */
#define DAY 86400

struct mark {
	struct usage_counts counts;
	bool used;
};

/* A slot whose secret is gone, or about to be. */
struct leaver {
	struct leaver *next;
	uint32_t slot;
	struct usage_owner owner;
	struct pool pool;
	bool gone;   /* nothing counts there any more */
	bool folded; /* the last of it, in a transaction that is not committed yet */
};

struct undo {
	uint32_t slot;
	struct usage_counts counts;
};

struct fold {
	struct writer_job job; /* first: the writer hands it back */
	struct fold_options o;
	struct mark *marks; /* by slot */
	uint32_t count;     /* slots from here on are unused */
	size_t size;
	struct leaver *leavers;
	/* of the fold under way */
	struct writer *writer;
	atomic_bool running;
	int64_t now, keep[USAGE_STEPS]; /* seconds */
	unsigned stage;
	uint32_t next; /* slot to look at */
	struct undo undo[BITE_WRITE];
	unsigned undo_count;
	bool more;
	int64_t seconds; /* since the last one; the ticking thread's own */
};

struct fold *fold_new(const struct fold_options *options)
{
	struct fold *f = calloc(1, sizeof *f);

	if (f == NULL)
		abort();
	f->o = *options;
	return f;
}

static void leaver_remove(struct leaver **at)
{
	struct leaver *l = *at;

	*at = l->next;
	pool_free(&l->pool);
	free(l);
}

void fold_free(struct fold *f)
{
	if (f == NULL)
		return;
	while (f->leavers != NULL)
		leaver_remove(&f->leavers);
	free(f->marks);
	free(f);
}

void fold_claim(struct fold *f, uint32_t slot)
{
	if (slot >= f->size) {
		size_t size = ((size_t)slot + 1) * 2;
		struct mark *bigger = reallocarray(f->marks, size, sizeof *bigger);

		if (bigger == NULL)
			abort();
		memset(bigger + f->size, 0, (size - f->size) * sizeof *bigger);
		f->marks = bigger;
		f->size = size;
	}
	f->marks[slot] = (struct mark){.used = true};
	if (slot >= f->count)
		f->count = slot + 1;
}

void fold_unclaim(struct fold *f, uint32_t slot)
{
	f->marks[slot] = (struct mark){0};
}

static struct leaver **leaver_find(struct fold *f, uint32_t slot)
{
	struct leaver **at = &f->leavers;

	while (*at != NULL && (*at)->slot != slot)
		at = &(*at)->next;
	return at;
}

static struct leaver *leaver_add(struct fold *f, uint32_t slot, const struct usage_owner *owner)
{
	struct leaver *l = calloc(1, sizeof *l);

	if (l == NULL)
		abort();
	l->slot = slot;
	l->owner = (struct usage_owner){pool_text(&l->pool, owner->key),
		pool_text(&l->pool, owner->tenant), pool_text(&l->pool, owner->secret)};
	l->next = f->leavers;
	return f->leavers = l;
}

enum apikey_error fold_leave(
	struct fold *f, uint32_t slot, const struct usage_owner *owner, struct failure *why)
{
	struct usage_mark mark = {slot, f->marks[slot].counts, *owner};

	leaver_add(f, slot, owner);
	return f->o.ops->usage_mark_put(f->o.store, &mark, why);
}

void fold_gone(struct fold *f, uint32_t slot)
{
	(*leaver_find(f, slot))->gone = true;
}

void fold_stay(struct fold *f, uint32_t slot)
{
	struct leaver **at = leaver_find(f, slot);

	if (*at != NULL)
		leaver_remove(at);
}

/* ---- at start ---------------------------------------------------------------------------------------------------- */

struct loading {
	struct fold *f;
	struct failure *why;
};

static void raise_to(uint64_t *word, int64_t least)
{
	if (*word < (uint64_t)least)
		*word = (uint64_t)least;
}

static bool load_mark(const struct usage_mark *mark, void *arg)
{
	struct loading *l = arg;
	struct fold *f = l->f;
	struct usage_slot *slot;

	if (mark->owner.key.data != NULL) {
		if (slot_file_claim(f->o.usage, mark->slot, l->why) != APIKEY_OK)
			return false;
		fold_claim(f, mark->slot);
		leaver_add(f, mark->slot, &mark->owner)->gone = true;
	}
	if (mark->slot >= f->count || !f->marks[mark->slot].used) {
		fail(l->why, APIKEY_INTERNAL, "the store has a mark for a counter of nobody: %u",
			mark->slot);
		return false;
	}
	f->marks[mark->slot].counts = mark->counts;
	slot = (struct usage_slot *)slot_file_slots(f->o.usage) + mark->slot;
	raise_to(&slot->allowed, mark->counts.allowed);
	raise_to(&slot->denied, mark->counts.denied);
	raise_to(&slot->units, mark->counts.units);
	slot_file_changed(f->o.usage)[mark->slot * sizeof *slot / SLOT_PAGE_BYTES] = 1;
	return true;
}

enum apikey_error fold_load(struct fold *f, struct failure *why)
{
	struct loading l = {f, why};
	enum apikey_error error;

	why->code = APIKEY_OK;
	error = f->o.ops->usage_mark_load(f->o.store, load_mark, &l, why);
	return error != APIKEY_OK ? error : why->code;
}

/* ---- differences ------------------------------------------------------------------------------------------------- */

/* What a slot has beyond its mark. */
struct difference {
	struct usage_counts more, all;
	int64_t at;
};

static bool difference(const struct fold *f, uint32_t slot, struct difference *out)
{
	const struct usage_slot *slots = slot_file_slots(f->o.usage);
	struct usage_slot now = usage_slot_read(&slots[slot]);
	const struct usage_counts *was = &f->marks[slot].counts;

	out->all = (struct usage_counts){
		(int64_t)now.allowed, (int64_t)now.denied, (int64_t)now.units};
	out->more = (struct usage_counts){out->all.allowed - was->allowed,
		out->all.denied - was->denied, out->all.units - was->units};
	out->at = now.last_used_at;
	return out->more.allowed != 0 || out->more.denied != 0 || out->more.units != 0;
}

static enum apikey_error owner_of(struct fold *f, struct pool *pool, uint32_t slot,
	struct usage_owner *out, bool *found, struct failure *why)
{
	const struct leaver *leaver = *leaver_find(f, slot);

	*found = leaver != NULL;
	if (leaver == NULL)
		return f->o.ops->usage_owner(f->o.store, pool, slot, out, found, why);
	*out = leaver->owner;
	return APIKEY_OK;
}

static void pending_of_key(
	struct fold *f, const struct key_record *key, fold_pending_fn *fn, void *arg)
{
	struct difference d;

	for (unsigned i = 0; i < key->secret_count; i++)
		if (difference(f, key->secrets[i].slot, &d))
			fn(key->secrets[i].prefix, d.at, &d.more, arg);
	for (const struct leaver *l = f->leavers; l != NULL; l = l->next)
		if (text_equal(l->owner.key, text_of(key->id)) && difference(f, l->slot, &d))
			fn(l->owner.secret, d.at, &d.more, arg);
}

enum apikey_error fold_pending(struct fold *f, const struct fold_scope *scope, fold_pending_fn *fn,
	void *arg, struct failure *why)
{
	enum apikey_error error = APIKEY_OK;
	struct usage_owner owner;
	struct pool pool = {0};
	struct difference d;
	bool found = true;

	if (scope->key != NULL) {
		pending_of_key(f, scope->key, fn, arg);
		return APIKEY_OK;
	}
	for (uint32_t slot = 0; slot < f->count && error == APIKEY_OK; slot++) {
		if (!f->marks[slot].used || !difference(f, slot, &d))
			continue;
		if (scope->tenant.data != NULL) {
			error = owner_of(f, &pool, slot, &owner, &found, why);
			if (error != APIKEY_OK || !found ||
				!text_equal(owner.tenant, scope->tenant))
				continue;
		}
		fn(text_of(""), d.at, &d.more, arg);
	}
	pool_free(&pool);
	return error;
}

/* ---- a fold: slot after slot, those left for good, then what is too old ------------------------------------------- */

/* Takes the marks back to what is in the store. */
static void undo(struct fold *f)
{
	while (f->undo_count > 0) {
		const struct undo *u = &f->undo[--f->undo_count];

		f->marks[u->slot].counts = u->counts;
	}
	for (struct leaver *l = f->leavers; l != NULL; l = l->next)
		l->folded = false;
}

static enum apikey_error fold_slot(struct fold *f, uint32_t slot, struct failure *why)
{
	const struct leaver *leaver = *leaver_find(f, slot);
	struct usage_mark mark = {.slot = slot};
	struct usage_owner owner;
	struct pool pool = {0};
	struct difference d;
	bool found = false;

	/* One that is about to go may stay yet, and a mark with an owner is for good. */
	if ((leaver != NULL && !leaver->gone) || !difference(f, slot, &d))
		return APIKEY_OK;
	if (leaver != NULL)
		mark.owner = leaver->owner;
	mark.counts = d.all;
	why->code = APIKEY_OK;
	if (owner_of(f, &pool, slot, &owner, &found, why) == APIKEY_OK && found &&
		f->o.ops->usage_add(f->o.store, &owner, d.at, &d.more, why) == APIKEY_OK &&
		f->o.ops->usage_mark_put(f->o.store, &mark, why) == APIKEY_OK) {
		f->undo[f->undo_count++] = (struct undo){slot, f->marks[slot].counts};
		f->marks[slot].counts = d.all;
	}
	pool_free(&pool);
	return why->code;
}

static enum apikey_error fold_slots(struct fold *f, struct failure *why)
{
	uint32_t end = f->count - f->next > BITE_LOOK ? f->next + BITE_LOOK : f->count;

	for (; f->next < end && f->undo_count < BITE_WRITE; f->next++)
		if (f->marks[f->next].used && fold_slot(f, f->next, why) != APIKEY_OK)
			return why->code;
	f->more = f->next < f->count;
	return APIKEY_OK;
}

static enum apikey_error fold_leavers(struct fold *f, struct failure *why)
{
	f->more = false;
	for (struct leaver *l = f->leavers; l != NULL; l = l->next) {
		if (!l->gone)
			continue;
		if (f->undo_count == BITE_WRITE) {
			f->more = true;
			break;
		}
		if (fold_slot(f, l->slot, why) != APIKEY_OK ||
			f->o.ops->usage_mark_delete(f->o.store, l->slot, why) != APIKEY_OK)
			return why->code;
		l->folded = true;
	}
	return APIKEY_OK;
}

static enum apikey_error prune(struct fold *f, struct failure *why)
{
	enum usage_step step = f->stage - 2;
	unsigned gone = 0;
	enum apikey_error error = f->o.ops->usage_prune(
		f->o.store, step, f->now - f->keep[step], BITE_PRUNE, &gone, why);

	f->more = gone == BITE_PRUNE;
	return error;
}

static enum apikey_error (*const stages[])(struct fold *f, struct failure *why) = {
	fold_slots,
	fold_leavers,
	prune,
	prune,
	prune,
};
#define STAGES (sizeof stages / sizeof stages[0])

static enum apikey_error on_run(struct writer_job *job, struct store *store, struct failure *why)
{
	struct fold *f = (struct fold *)job;
	enum apikey_error error;

	(void)store;
	f->undo_count = 0;
	error = stages[f->stage](f, why);
	if (error != APIKEY_OK)
		undo(f);
	return error;
}

static void forget_folded(struct fold *f)
{
	for (struct leaver **at = &f->leavers; *at != NULL;) {
		if (!(*at)->folded) {
			at = &(*at)->next;
			continue;
		}
		fold_unclaim(f, (*at)->slot);
		slot_file_give_back(f->o.usage, (*at)->slot);
		leaver_remove(at);
	}
}

/* Goes on with the next bite, behind whatever waits. */
static void on_done(struct writer_job *job, enum apikey_error outcome, const struct failure *why)
{
	struct fold *f = (struct fold *)job;

	(void)why; /* what is not folded now is folded later */
	if (outcome == APIKEY_OK)
		forget_folded(f);
	else
		undo(f);
	f->undo_count = 0;
	if (!f->more)
		f->stage++;
	if (outcome != APIKEY_OK || f->stage == STAGES ||
		writer_submit(f->writer, job) != APIKEY_OK)
		atomic_store(&f->running, false);
}

void fold_tick(struct fold *f, struct writer *writer, const struct config *config, int64_t now)
{
	if (++f->seconds < config->usage_fold || atomic_load(&f->running))
		return;
	f->seconds = 0;
	f->writer = writer;
	f->now = now;
	f->keep[USAGE_MINUTE] = config->usage_minutes * DAY;
	f->keep[USAGE_HOUR] = config->usage_hours * DAY;
	f->keep[USAGE_DAY] = config->usage_days * DAY;
	f->stage = 0;
	f->next = 0;
	f->job.run = on_run;
	f->job.done = on_done;
	atomic_store(&f->running, true);
	if (writer_submit(writer, &f->job) != APIKEY_OK)
		atomic_store(&f->running, false);
}
