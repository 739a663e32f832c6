/* usage_pack.h - what the secrets of one page of counter slots did in one step, as bytes.
 *
 * A pack has an entry for each secret of the page that did something: its place in the page, a tag of its prefix, since
 * a slot can have been another's earlier in the same step, and those values that are not zero. So a fold of a million
 * busy keys writes some sixteen thousand rows a step, not a million. */
#ifndef STORE_USAGE_PACK_H
#define STORE_USAGE_PACK_H

#include <stdbool.h>

#include "apikeyd/pool.h"
#include "apikeyd/store/store.h"
#include "include/apikey.h"

/* What is counted: allowed verifies, their units, and denied ones by code. */
enum { USAGE_ALLOWED, USAGE_UNITS, USAGE_DENIED, USAGE_VALUES = USAGE_DENIED + APIKEY_CODE_OK };

struct usage_vector {
	int64_t n[USAGE_VALUES];
};
void usage_vector_add(struct usage_vector *to, const struct usage_vector *more);
struct usage_counts usage_vector_sum(const struct usage_vector *v);

/* In seconds. */
extern const int64_t usage_step_seconds[USAGE_STEPS];
/* Where the step begins in which a time is. */
int64_t usage_step_begin(enum usage_step step, int64_t at);

struct usage_entry {
	uint8_t place;
	uint32_t tag;
	struct usage_vector values;
};

/* What stands for a secret in an entry, beside its place. */
uint32_t usage_tag(struct text prefix);

/* Takes the first entry off; false when there is none, or what is there is no pack. */
bool usage_pack_take(struct text *pack, struct usage_entry *out);
/* The pack with more entries in it, those of the same secret added up. They come in order of place, a secret once; an
 * empty text is an empty pack. The result is the pool's. */
struct text usage_pack_add(
	struct pool *pool, struct text pack, const struct usage_entry *more, size_t count);

#endif
