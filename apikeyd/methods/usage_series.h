/* usage_series.h - what was counted by name and step: what an answer about usage is put together from. */
#ifndef METHODS_USAGE_SERIES_H
#define METHODS_USAGE_SERIES_H

#include "apikeyd/pool.h"
#include "apikeyd/store/usage_record.h"
#include "protocol/buffer.h"

#define SERIES_OTHER "other" /* of what has no name of its own; told last */

struct series;

/* Zero-initialise with pool, which has all of it, and span; last points to first. */
struct series_set {
	struct pool *pool;
	struct usage_span span;
	struct series *first, **last;
	struct series *other; /* NULL: there is none */
	unsigned names;       /* that have a series, without that */
};

/* Where a step of the span is over before it begins there are none. */
size_t series_steps(const struct series_set *set);
/* Whether the name has a series. */
bool series_has(const struct series_set *set, struct text name);
/* Adds to the step that a time is in, if that is in the span. */
void series_add(
	struct series_set *set, struct text name, int64_t at, const struct usage_counts *counts);
/* Where the rest has been taken from sums that are not there any more, the step goes: they are being pruned. */
void series_forget_pruned(struct series_set *set);
/* A verify may stand in one step by its resource and in the next by its secret, as the two are brought into the store one
 * after the other: then the rest lacks it in one and has it in the other. This puts that right. */
void series_even_out(struct series_set *set);
/* The points of the only series, or none; a map of all. */
void series_write_points(struct buffer *b, const struct series_set *set);
void series_write_groups(struct buffer *b, const struct series_set *set);

#endif
