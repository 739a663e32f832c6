/* fold_sums.h - what one bite of a fold adds to the rows of tenants and of all, gathered first: many secrets, few rows. */
#ifndef APIKEYD_FOLD_SUMS_H
#define APIKEYD_FOLD_SUMS_H

#include "apikeyd/fold_marks.h"

#define SUMS_MAX 256 /* tenants times minutes, or resources of them; more are written in between */

struct sum {
	uint32_t tenant; /* a number of marks_tenant(); 0: all */
	int64_t minute;  /* where it begins */
	struct text
		resource; /* data NULL: of every verify, by code; empty: for those not counted by name */
	struct usage_vector values;
};

struct sums {
	const struct store_ops *ops;
	struct store *store;
	const struct marks *marks;
	unsigned count;
	struct sum of[SUMS_MAX];
};

/* Adds to those of its tenant, and of all. The resource must live until they are written. */
enum apikey_error sums_add(struct sums *s, const struct sum *more, struct failure *why);
/* Adds what was gathered to the store's rows of every step. */
enum apikey_error sums_write(struct sums *s, struct failure *why);

#endif
