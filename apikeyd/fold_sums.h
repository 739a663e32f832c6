/* fold_sums.h - what one bite of a fold adds to the rows of tenants and of all, gathered first: many secrets, few rows. */
#ifndef APIKEYD_FOLD_SUMS_H
#define APIKEYD_FOLD_SUMS_H

#include "apikeyd/fold_marks.h"

#define SUMS_MAX 256 /* tenants times minutes; more are written in between */

struct sums {
	const struct store_ops *ops;
	struct store *store;
	const struct marks *marks;
	unsigned count;
	struct sum {
		uint32_t tenant; /* a number of marks_tenant(); 0: all */
		int64_t minute;
		struct usage_vector values;
	} of[SUMS_MAX];
};

enum apikey_error sums_add(struct sums *s, const struct difference *d, struct failure *why);
/* Adds what was gathered to the store's rows of every step. */
enum apikey_error sums_write(struct sums *s, struct failure *why);

#endif
