/* intern.h - one counted copy of each run of bytes.
 *
 * Used by the changing thread alone; what has been settled does not move or change until its last reference is dropped,
 * so other threads may read it as long as they know that somebody keeps it. */
#ifndef ENGINE_INTERN_H
#define ENGINE_INTERN_H

#include "apikeyd/engine/arena.h"
#include "apikeyd/engine/digest.h"
#include "apikeyd/engine/table.h"

struct intern {
	struct arena *arena;
	struct table table;
	uint8_t key[HASH_KEY_BYTES];
};

#define INTERN_MAX (ARENA_RECORD_MAX - 16) /* bytes of one run */

/* In an arena that outlives it. False: no memory. */
bool intern_open(struct intern *set, struct arena *arena);
void intern_close(struct intern *set);

/* Room for size bytes, zeroed, to be filled in through intern_bytes() and then settled; 0 when memory ends or size is
 * over INTERN_MAX. */
uint32_t intern_new(struct intern *set, size_t size);
/* Gives a reference to the one copy of the bytes: the run itself, or an equal one in its place. 0 when memory ends;
 * the run is gone then. */
uint32_t intern_settle(struct intern *set, uint32_t run);
/* One reference more. */
void intern_keep(struct intern *set, uint32_t run);
/* True when that was the last reference; the run stays readable until intern_free(), which must follow. */
bool intern_drop(struct intern *set, uint32_t run);
void intern_free(struct intern *set, uint32_t run);

/* Aligned for uint32_t. */
void *intern_bytes(const struct intern *set, uint32_t run);
size_t intern_size(const struct intern *set, uint32_t run);
/* One bit beside the bytes, false at first, that does not tell runs apart. Any thread may read it. */
bool intern_marked(const struct intern *set, uint32_t run);
void intern_mark(struct intern *set, uint32_t run, bool mark);

#endif
