/* fold.h - brings what is counted in the mapped files into the store's minute, hour and day rows, each thing once.
 *
 * A verify only counts in its secret's slot and marks the page. For each slot a mark says how much of it is in the store;
 * marks and what was added are written in one transaction, so after any crash the difference is exactly what is missing.
 * A fold looks at the pages that have changed, in bites between which changes go ahead. What was counted since the last
 * fold is given the time of the secret's last use; there is a fold at the start and at the turn of every minute, so that it
 * is the right minute but for what comes while that fold runs.
 *
 * All but fold_tick() belongs to the store thread, or to the start. */
#ifndef APIKEYD_FOLD_H
#define APIKEYD_FOLD_H

#include "apikeyd/engine/engine.h"
#include "apikeyd/store/counters.h"
#include "apikeyd/store/store.h"
#include "apikeyd/store/usage_pack.h"

struct config;
struct fold;
struct writer;

struct fold_options {
	const struct store_ops *ops;
	struct store *store;
	struct counters *counters;
	struct engine *engine; /* NULL: sealed */
};

/* Never NULL. */
struct fold *fold_new(const struct fold_options *options);
void fold_free(struct fold *f);

/* A secret counts in this slot from now on; it is of the counters', and zeroed where the secret is new. */
void fold_claim(struct fold *f, uint32_t slot, const struct usage_owner *owner);
/* No secret came to count in it after all. */
void fold_unclaim(struct fold *f, uint32_t slot);
/* At start, after all secrets have claimed theirs and before counters_loaded(): what was in the store already. Where a
 * power cut took counts that had been folded, the slot gets them back. */
enum apikey_error fold_load(struct fold *f, struct failure *why);

/* After that, and before the first verify. */
void fold_ready(struct fold *f);

/* Within a transaction that removes a secret: remembers whose the slot was. Then either it has gone, and nothing counts
 * in the slot any more: the next fold takes the rest and gives the slot back; or it stays after all. */
enum apikey_error fold_leave(
	struct fold *f, uint32_t slot, const struct usage_owner *owner, struct failure *why);
void fold_gone(struct fold *f, uint32_t slot);
void fold_stay(struct fold *f, uint32_t slot);

/* What a secret did that a key has or had. secret lives for the call. */
typedef void fold_secret_fn(
	struct text secret, int64_t at, const struct usage_vector *more, void *arg);
/* All of a key, by secret: what is in the store, and what is not yet there, each at its time. invalid_argument, naming
 * "step", where more than FOLD_KEY_PACKS would be looked at, here and by resource: that keeps the store's thread for some
 * two hundred milliseconds. */
#define FOLD_KEY_PACKS 262144 /* secrets, those that went before the span left out, times steps */
enum apikey_error fold_query_key(struct fold *f, const struct key_record *key,
	const struct usage_span *span, fold_secret_fn *fn, void *arg, struct failure *why);
/* What was done by, or for, one of a name, which lives for the call. */
typedef void fold_count_fn(
	struct text name, int64_t at, const struct usage_counts *more, void *arg);
/* All of a key by resource; the name is empty for those that are not counted by themselves. */
enum apikey_error fold_query_resources(struct fold *f, const struct key_record *key,
	const struct usage_span *span, fold_count_fn *fn, void *arg, struct failure *why);
/* A survey says who did most of many, and what: in bites of a few milliseconds, between which other jobs go ahead, but
 * no fold does, so that nothing is told twice. There is one at a time. */
#define FOLD_TOP_MAX 100
#define FOLD_NAMES_MAX 64
#define FOLD_NAMES_KEPT 4096
#define FOLD_TOP_PACKS 65536 /* pages of slots times steps */
enum fold_grouping {
	/* The secrets with the most verifies in the span, at most FOLD_TOP_MAX; those that have gone have no name.
	 * invalid_argument, naming "step", where more than FOLD_TOP_PACKS would be looked at. */
	FOLD_BY_SECRET,
	/* The same of resources, at most FOLD_NAMES_MAX, whoever they were asked for by. Of more than twice
	 * FOLD_NAMES_KEPT it is not sure who did most, but that whichever did more than one in FOLD_NAMES_KEPT of all is
	 * counted, and what is told of each is exact (Misra and Gries, Finding repeated elements, 1982; Agarwal et al.,
	 * Mergeable summaries, 2012). */
	FOLD_BY_RESOURCE,
};
struct fold_survey_options {
	enum fold_grouping by;
	struct text tenant; /* whose; data NULL: all; borrowed for as long as the survey */
	struct usage_span span;
	/* Called for what there is by name, and without one for what of the rest is not in the rows yet; what is told
	 * by name and is in the rows of sums too is told once more without a name, negative. */
	fold_count_fn *fn;
	void *arg;
};
struct fold_survey;
/* NULL: another is under way. */
struct fold_survey *fold_survey_begin(struct fold *f, const struct fold_survey_options *options);
/* *done: that was the last. */
enum apikey_error fold_survey_bite(struct fold_survey *s, bool *done, struct failure *why);
/* Also of one that is not done; NULL is none. */
void fold_survey_end(struct fold_survey *s);
/* What is not in the rows yet of a tenant, or where its data is NULL of all. */
void fold_pending(struct fold *f, struct text tenant, fold_secret_fn *fn, void *arg);

/* Once a second, one thread: begins a fold when it is time. now: seconds since 1970. */
void fold_tick(struct fold *f, struct writer *writer, const struct config *config, int64_t now);

#endif
