/* usage_record.h - what was used, by minute, hour and day, as it is stored. */
#ifndef STORE_USAGE_RECORD_H
#define STORE_USAGE_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "protocol/text.h"

enum usage_step {
	USAGE_MINUTE,
	USAGE_HOUR,
	USAGE_DAY,
	USAGE_STEPS,
};

struct usage_counts {
	int64_t allowed, denied, units;
};

/* The sum of two counts, which stays at the last number that there is: units may be any that verifies name. */
static inline int64_t usage_plus(int64_t a, int64_t b)
{
	int64_t sum;

	if (!__builtin_add_overflow(a, b, &sum))
		return sum;
	return b > 0 ? INT64_MAX : INT64_MIN;
}

/* A row of sums: of a tenant ('@' and its name) or all ("*"); by resource with '#' before that, and of a secret ("#", its
 * slot, a dot and its tag). Those sort before the others, so that they are pruned first. */
struct usage_row {
	int64_t at;            /* where the step begins */
	struct text who, name; /* name: empty for all together, or what of it (usage_pack.h) */
	struct usage_counts counts;
};
/* Some rows of one step, by name. */
struct usage_list {
	enum usage_step step;
	int64_t at; /* where it begins */
	struct text who, after;
	unsigned limit;
};
/* The row lives for the call; who is not given back. */
typedef void usage_row_fn(const struct usage_row *row, void *arg);

/* Which steps: from and to are included, and whole. */
struct usage_span {
	enum usage_step step;
	int64_t from, to;
};

/* What is kept packed (usage_pack.h): what the secrets of one page of counter slots did in one step. How much of the
 * page's counters is in such packs already stands at the step USAGE_MARKS and time 0: packs and marks are written in
 * one transaction, so that everything is there once. */
#define USAGE_MARKS USAGE_STEPS
#define USAGE_RESOURCE_MARKS (USAGE_STEPS + 1) /* likewise of the slots of resources */
struct usage_place {
	enum usage_step step;
	int64_t at;
	uint32_t page;
};
/* The pack lives for the call. */
typedef void usage_pack_fn(const struct usage_place *place, struct text pack, void *arg);

/* Whose a counter slot is. Text is borrowed, or the pool's. */
struct usage_owner {
	struct text key, tenant, secret; /* id, name, prefix */
};
/* A secret that has gone: whose what it counted is. */
struct usage_leaver {
	uint32_t slot;
	struct usage_owner owner;
	int64_t at;  /* when it went */
	bool folded; /* nothing is left in the slot, which may be another's by now */
};
/* Which secret counts in a slot, by its prefix. */
struct slot_owner {
	uint32_t slot;
	struct text secret; /* data NULL: none that there is */
};
/* The leaver lives for the call. */
typedef void usage_leaver_fn(const struct usage_leaver *leaver, void *arg);

#endif
