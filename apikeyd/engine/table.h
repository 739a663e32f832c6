/* table.h - from 32 bits of a hash to a handle: open addressing, 8 bytes a slot, one cache line a look-up.
 *
 * A slot keeps the hash beside the handle, so that a probe, a growth and a removal touch nothing but the table.
 * Linear probing from the hash's top bits; a removal shifts back what followed (Knuth, The Art of Computer Programming
 * 3, 6.4, algorithm R), so there are no tombstones. One thread changes the table. Others may look up under the
 * lock that the changing calls are given: only the single change is done under it, never the copying of a growth. A
 * glance needs no lock, only that what was outgrown is not freed meanwhile. */
#ifndef ENGINE_TABLE_H
#define ENGINE_TABLE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct table_slot {
	uint32_t hash, handle; /* handle 0: empty */
};

struct table {
	_Atomic(struct table_slot *) slots;
	atomic_uint bits; /* 2^bits slots */
	uint32_t used;
};

/* Room for `expected` entries at first. False when memory ends. */
bool table_open(struct table *t, size_t expected);
void table_close(struct table *t);
size_t table_bytes(const struct table *t);

/* Fetches the slots of a hash into the cache. Needs no lock. */
void table_prefetch(const struct table *t, uint32_t hash);
/* The handles put under a hash, one after the other, 0 after the last; *step begins at 0. Equal hashes are rare, but
 * the caller must compare what the handle stands for. */
uint32_t table_next(const struct table *t, uint32_t hash, uint32_t *step);

/* What a hash most likely leads to, or 0; not to be relied on, since the table may change meanwhile. The caller is a
 * reader of the guard's `glances`. */
uint32_t table_glance(const struct table *t, uint32_t hash);

/* What look-ups and glances hold. */
struct table_guard {
	pthread_mutex_t *lock;
	pthread_rwlock_t *glances;
};
/* Makes room for `more` entries. guard: NULL where nobody looks meanwhile. False when memory ends, with nothing
 * changed. */
bool table_reserve(struct table *t, size_t more, const struct table_guard *guard);
/* Gives memory back when the table has become far too large. */
void table_trim(struct table *t, const struct table_guard *guard);
/* The caller holds the lock, has reserved the room, and knows that old is there. */
void table_insert(struct table *t, uint32_t hash, uint32_t handle);
void table_replace(struct table *t, uint32_t hash, uint32_t old, uint32_t handle);
void table_remove(struct table *t, uint32_t hash, uint32_t old);

#endif
