/* fold.h - brings what is counted in the mapped file into the store's minute, hour and day rows, each thing once.
 *
 * A verify only counts in its secret's slot. For each slot a mark says how much of it is in the rows; marks and rows are
 * written in one transaction, so after any crash the difference is exactly what is missing. What was counted since the
 * last fold is given the time of the secret's last use. A fold looks at every slot rather than have each verify note
 * what it touched: that is some 10 ns a slot each few seconds, in bites between which changes go ahead.
 *
 * All but fold_tick() belongs to the store thread, or to the start. */
#ifndef APIKEYD_FOLD_H
#define APIKEYD_FOLD_H

#include "apikeyd/engine/usage.h"
#include "apikeyd/store/slot_file.h"
#include "apikeyd/store/store.h"

struct config;
struct fold;
struct writer;

struct fold_options {
	const struct store_ops *ops;
	struct store *store;
	struct slot_file *usage;
};

/* Never NULL. */
struct fold *fold_new(const struct fold_options *options);
void fold_free(struct fold *f);

/* A secret counts in this slot from now on; it is of the slot file's, and zeroed where the secret is new. */
void fold_claim(struct fold *f, uint32_t slot);
/* No secret came to count in it after all. */
void fold_unclaim(struct fold *f, uint32_t slot);
/* At start, after all secrets have claimed theirs and before slot_file_loaded(): what was in the rows already. Where a
 * power cut took counts that had been folded, the slot gets them back. */
enum apikey_error fold_load(struct fold *f, struct failure *why);

/* Within a transaction that removes a secret: remembers whose the slot was. Then either it has gone, and nothing counts
 * in the slot any more: the next fold takes the rest and gives the slot back; or it stays after all. */
enum apikey_error fold_leave(
	struct fold *f, uint32_t slot, const struct usage_owner *owner, struct failure *why);
void fold_gone(struct fold *f, uint32_t slot);
void fold_stay(struct fold *f, uint32_t slot);

/* What is not in the rows yet: of a key, of a tenant, or with both empty of all. secret lives for the call; it is
 * empty but for a key. */
struct fold_scope {
	const struct key_record *key;
	struct text tenant; /* data NULL: any */
};
typedef void fold_pending_fn(
	struct text secret, int64_t at, const struct usage_counts *counts, void *arg);
enum apikey_error fold_pending(struct fold *f, const struct fold_scope *scope, fold_pending_fn *fn,
	void *arg, struct failure *why);

/* Once a second, one thread: begins a fold when it is time. now: seconds since 1970. */
void fold_tick(struct fold *f, struct writer *writer, const struct config *config, int64_t now);

#endif
