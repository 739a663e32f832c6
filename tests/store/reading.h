/* reading.h - a plain reading of what a listing of keys is, to hold stores against. */
#ifndef TESTS_STORE_READING_H
#define TESTS_STORE_READING_H

#include "apikeyd/store/store.h"

/* What is counted in a slot: few values, so that many keys share one. */
struct past_usage reading_used(uint32_t slot, void *arg);
/* The keys that a listing must give on all its pages, in its order, by sorting all there are: many of them, NULL where one
 * is gone, in the order of creation, in which their ids rise. Returns how many; out has room for all. */
unsigned reading_list(const struct key_query *q, struct key_record *const *all, unsigned many,
	const struct key_record **out);

#endif
