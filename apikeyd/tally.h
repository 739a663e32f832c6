/* tally.h - what a worker's verifies come to within a second, for those who watch: all, a tenant's, or a key's.
 *
 * Filled in only while somebody watches; else a turn pays for one comparison. Counts are exact. Of the keys used most
 * each watch keeps a bounded number by Space-Saving (Metwally, Agrawal and El Abbadi 2005, "Efficient computation of
 * frequent and top-k elements in data streams"), in small sets chosen by the key, so that one is found in a few steps:
 * a key that finds its set full takes the place of the least one there, and what that one had is noted as doubtful. */
#ifndef APIKEYD_TALLY_H
#define APIKEYD_TALLY_H

#include <pthread.h>
#include <stdatomic.h>

#include "apikeyd/engine/engine.h"
#include "protocol/keytext.h"

#define TALLY_WATCHES 1024 /* told apart at once */
#define TALLY_SETS 16
#define TALLY_WAYS 4
#define TALLY_KEYS (TALLY_SETS * TALLY_WAYS)

/* What is watched; an empty word stands for any. */
struct tally_scope {
	char tenant[WORD_MAX_BYTES + 1];
	char key[KEY_ID_SIZE];
};

struct tally_key {
	uint64_t hash;
	char id[KEY_ID_SIZE];         /* empty: none */
	uint8_t digest[DIGEST_BYTES]; /* of the secret used last */
	uint64_t count, doubtful; /* it was used count - doubtful times at least, count at most */
};

struct tally_counts {
	uint64_t codes[APIKEY_CODE_COUNT];
	struct tally_key keys[TALLY_KEYS];
};

struct tally;

/* Never NULL. */
struct tally *tally_new(void);
void tally_free(struct tally *t);

/* Any thread: counts for that scope under that number, which is free and below TALLY_WATCHES; ends that. */
void tally_watch(struct tally *t, unsigned number, const struct tally_scope *scope);
void tally_unwatch(struct tally *t, unsigned number);
/* Any thread: what was counted since the last time, if the number still means that scope. */
bool tally_take(struct tally *t, unsigned number, const struct tally_scope *scope,
	struct tally_counts *out);

/* The worker's: whether somebody watches; if so the tally is locked until tally_end(). */
bool tally_begin(struct tally *t);
/* Between the two, and before the verdict's release. */
void tally_note(
	struct tally *t, const struct verify_request *request, const struct verdict *verdict);
void tally_end(struct tally *t);

#endif
