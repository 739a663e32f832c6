/* arena.h - memory for many small records, named by 32-bit handles: no header a record, on huge pages.
 *
 * One thread changes it; any thread may read a record that it got hold of properly. What is freed is used again for
 * records of the same size (in steps of ARENA_UNIT), and never goes back to the system before the end. */
#ifndef ENGINE_ARENA_H
#define ENGINE_ARENA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ARENA_UNIT 16          /* bytes a handle counts, and the alignment of every record */
#define ARENA_RECORD_MAX 65536 /* bytes of the largest record */
/* Bytes of all records: what handles can name (64 GiB), less where addresses are scarce. */
#define ARENA_MAX ((size_t)1 << 36)
#define ARENA_MIN ((size_t)1 << 26)

struct arena {
	char *base;
	size_t reserved, opened, used; /* bytes from base on */
	size_t freed;                  /* bytes of them waiting to be used again */
	uint32_t free_lists[ARENA_RECORD_MAX / ARENA_UNIT + 1];
};

bool arena_open(struct arena *a);
void arena_close(struct arena *a);
/* A zeroed record; 0 when memory ends or the size is over ARENA_RECORD_MAX. */
uint32_t arena_alloc(struct arena *a, size_t size);
/* The size is that of the allocation. The record is overwritten. */
void arena_free(struct arena *a, uint32_t handle, size_t size);
static inline void *arena_at(const struct arena *a, uint32_t handle)
{
	return a->base + (size_t)handle * ARENA_UNIT;
}
/* Bytes in use. */
size_t arena_bytes(const struct arena *a);

#endif
