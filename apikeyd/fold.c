/* fold.c - brings what is counted in the mapped files into the store's minute, hour and day rows, each thing once. */
#include "apikeyd/fold.h"

#include <stdlib.h>

#include "apikeyd/config.h"
#include "apikeyd/fold_state.h"
#include "apikeyd/store/writer.h"

#define BITE_LEAVERS 64 /* likewise */
#define BITE_PRUNE 200  /* rows */
#define DAY 86400

struct fold *fold_new(const struct fold_options *options)
{
	struct fold *f = calloc(1, sizeof *f);

	if (f == NULL)
		abort();
	f->o = *options;
	f->marks = marks_new(options->counters);
	f->resources = fold_resources_new();
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
	marks_free(f->marks);
	fold_resources_free(f->resources);
	pool_free(&f->bite.pool);
	free(f);
}

void fold_claim(struct fold *f, uint32_t slot, const struct usage_owner *owner)
{
	marks_claim(f->marks, slot, owner);
}

void fold_unclaim(struct fold *f, uint32_t slot)
{
	marks_unclaim(f->marks, slot);
}

/* ---- leavers --------------------------------------------------------------------------------------------------- */

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

static struct usage_leaver as_stored(const struct fold *f, const struct leaver *l, bool folded)
{
	const struct usage_slot *slots = slot_file_slots(f->o.counters->usage);

	return (struct usage_leaver){
		l->slot, l->owner, usage_slot_read(&slots[l->slot]).last_used_at, folded};
}

enum apikey_error fold_leave(
	struct fold *f, uint32_t slot, const struct usage_owner *owner, struct failure *why)
{
	struct usage_leaver leaver = as_stored(f, leaver_add(f, slot, owner), false);

	return f->o.ops->usage_leaver_put(f->o.store, &leaver, why);
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

/* ---- at start -------------------------------------------------------------------------------------------------- */

struct loading {
	struct fold *f;
	struct failure *why;
};

static void load_leaver(const struct usage_leaver *leaver, void *arg)
{
	struct loading *l = arg;

	if (l->why->code != APIKEY_OK ||
		counters_claim_secret(l->f->o.counters, leaver->slot, l->why) != APIKEY_OK)
		return;
	fold_claim(l->f, leaver->slot, &leaver->owner);
	leaver_add(l->f, leaver->slot, &leaver->owner)->gone = true;
}

static void load_marks(const struct usage_place *place, struct text pack, void *arg)
{
	struct loading *l = arg;

	marks_unpack(l->f->marks, place->page, pack);
}

enum apikey_error fold_load(struct fold *f, struct failure *why)
{
	struct loading l = {f, why};
	const struct text any = {0};

	why->code = APIKEY_OK;
	if (f->o.ops->usage_leaver_list(f->o.store, any, load_leaver, &l, why) != APIKEY_OK ||
		why->code != APIKEY_OK)
		return why->code;
	if (f->o.ops->usage_mark_load(f->o.store, USAGE_MARKS, load_marks, &l, why) != APIKEY_OK)
		return why->code;
	return fold_resources_load(f, why);
}

/* ---- a fold: page after page, those left for good, then what is too old ---------------------------------------- */

static enum apikey_error fold_pages(struct fold *f, struct failure *why)
{
	struct bite *b = &f->bite;

	for (; f->next < marks_pages(f->marks) && b->page_count < BITE_PAGES; f->next++)
		if (slot_file_fold_take(f->o.counters->usage, f->next)) {
			b->pages[b->page_count++] = f->next;
			if (fold_page(f, f->next, why) != APIKEY_OK)
				return why->code;
		}
	f->more = f->next < marks_pages(f->marks);
	return APIKEY_OK;
}

/* The last of a slot; from then on it is nobody's. */
static enum apikey_error fold_leaver(struct fold *f, const struct leaver *l, struct failure *why)
{
	struct usage_leaver stored = as_stored(f, l, true);
	uint32_t page = l->slot / USAGE_SLOTS_A_PAGE;

	if (fold_page(f, page, why) != APIKEY_OK ||
		fold_resources_leave(f, l->slot, why) != APIKEY_OK ||
		f->o.ops->usage_leaver_put(f->o.store, &stored, why) != APIKEY_OK)
		return why->code;
	fold_keep_mark(f, l->slot);
	marks_unclaim(f->marks, l->slot);
	return fold_store_marks(f, page, why);
}

static enum apikey_error fold_leavers(struct fold *f, struct failure *why)
{
	unsigned count = 0;

	f->more = false;
	for (struct leaver *l = f->leavers; l != NULL && !f->more; l = l->next) {
		if (!l->gone)
			continue;
		if (fold_leaver(f, l, why) != APIKEY_OK)
			return why->code;
		l->folded = true;
		f->more = ++count == BITE_LEAVERS;
	}
	return APIKEY_OK;
}

static enum apikey_error prune(struct fold *f, struct failure *why)
{
	enum usage_step step = f->stage - 3;
	unsigned gone = 0;
	enum apikey_error error = f->o.ops->usage_prune(
		f->o.store, step, f->now - f->keep[step], BITE_PRUNE, &gone, why);

	f->more = gone >= BITE_PRUNE;
	return error;
}

static enum apikey_error (*const stages[])(struct fold *f, struct failure *why) = {
	fold_pages,
	fold_resources_bite,
	fold_leavers,
	prune,
	prune,
	prune,
};
#define STAGES (sizeof stages / sizeof stages[0])

static void bite_begin(struct fold *f)
{
	pool_free(&f->bite.pool);
	f->bite.undo = NULL;
	f->bite.page_count = 0;
	f->bite.resource_undo = NULL;
	f->bite.resource_page_count = 0;
	f->bite.sums.ops = f->o.ops;
	f->bite.sums.store = f->o.store;
	f->bite.sums.marks = f->marks;
	f->bite.sums.count = 0;
}

/* Takes the marks back to what is in the store. */
static void bite_undo(struct fold *f)
{
	for (const struct marks_undo *u = f->bite.undo; u != NULL; u = u->next)
		marks_undo(f->marks, u);
	for (unsigned i = 0; i < f->bite.page_count; i++)
		slot_file_fold_again(f->o.counters->usage, f->bite.pages[i]);
	fold_resources_undo(f);
	for (struct leaver *l = f->leavers; l != NULL; l = l->next)
		l->folded = false;
	bite_begin(f);
}

static enum apikey_error on_run(struct writer_job *job, struct store *store, struct failure *why)
{
	struct fold *f = (struct fold *)job;

	(void)store;
	bite_begin(f);
	why->code = APIKEY_OK;
	f->more = f->survey !=
		  NULL; /* then this bite waits, and is tried again behind the survey's */
	if (f->more)
		return APIKEY_OK;
	if (stages[f->stage](f, why) != APIKEY_OK || sums_write(&f->bite.sums, why) != APIKEY_OK)
		bite_undo(f);
	return why->code;
}

static void forget_folded(struct fold *f)
{
	for (struct leaver **at = &f->leavers; *at != NULL;) {
		if (!(*at)->folded) {
			at = &(*at)->next;
			continue;
		}
		fold_resources_drop(f, (*at)->slot);
		slot_file_give_back(f->o.counters->usage, (*at)->slot);
		leaver_remove(at);
	}
}

/* Where there is no room the next tick begins again. */
static void submit(struct fold *f)
{
	atomic_store(&f->cut, false);
	if (writer_submit(f->writer, &f->job) == APIKEY_OK)
		return;
	atomic_store(&f->cut, true);
	atomic_store(&f->running, false);
}

/* Goes on with the next bite, behind whatever waits. */
static void on_done(struct writer_job *job, enum apikey_error outcome, const struct failure *why)
{
	struct fold *f = (struct fold *)job;

	(void)why; /* what is not folded now is folded later */
	if (outcome == APIKEY_OK)
		forget_folded(f);
	else
		bite_undo(f);
	bite_begin(f);
	if (!f->more) {
		f->stage++;
		f->next = 0;
	}
	if (outcome == APIKEY_OK && f->stage < STAGES)
		submit(f);
	else
		atomic_store(&f->running, false);
}

void fold_ready(struct fold *f)
{
	fold_resources_refill(f);
}

/* Slots for resources are prepared with every fold, or when half of them are gone. */
static bool wants_resources(const struct fold *f)
{
	return f->o.engine != NULL &&
	       resource_wanted(engine_resources(f->o.engine)) > RESOURCE_SPARES / 2;
}

/* At the turn of a minute all that is there belongs to those before; at the start, to what was before it. Then one that was
 * cut has the same to do. */
static bool is_due(struct fold *f, const struct config *config, int64_t now)
{
	int64_t minute = usage_step_begin(USAGE_MINUTE, now), last = f->minute;
	bool cut;

	if (atomic_load(&f->running))
		return false;
	cut = atomic_load(&f->cut);
	f->minute = minute;
	if (last != 0 && minute > last)
		f->latest = minute - 1;
	else if (!cut)
		f->latest = INT64_MAX;
	return last == 0 || cut || f->latest != INT64_MAX || f->seconds >= config->usage_fold ||
	       wants_resources(f);
}

/* By the day it is kept at least as long as by any shorter step: who has left goes with the days, and what it did is told
 * apart by that. */
static void set_keep(struct fold *f, const struct config *config)
{
	f->keep[USAGE_MINUTE] = config->usage_minutes * DAY;
	f->keep[USAGE_HOUR] = config->usage_hours * DAY;
	f->keep[USAGE_DAY] = config->usage_days * DAY;
	for (enum usage_step step = 0; step < USAGE_DAY; step++)
		if (f->keep[USAGE_DAY] < f->keep[step])
			f->keep[USAGE_DAY] = f->keep[step];
}

void fold_tick(struct fold *f, struct writer *writer, const struct config *config, int64_t now)
{
	f->seconds++;
	if (!is_due(f, config, now))
		return;
	f->seconds = 0;
	f->writer = writer;
	f->now = now;
	set_keep(f, config);
	f->stage = 0;
	f->next = 0;
	f->job.run = on_run;
	f->job.done = on_done;
	atomic_store(&f->running, true);
	submit(f);
}
