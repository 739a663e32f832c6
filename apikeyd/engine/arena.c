/* arena.c - a bump allocator with a free list for each size, in one reserved run of addresses. */
#include "apikeyd/engine/arena.h"

#include <string.h>

#include "apikeyd/engine/pages.h"

#define OPEN_STEP (8 * HUGE_PAGE)
#define FIRST 64 /* bytes never handed out, so that handle 0 can mean none */

_Static_assert(ARENA_MAX / ARENA_UNIT - 1 <= UINT32_MAX, "every record has a handle");

static size_t units(size_t size)
{
	return (size + ARENA_UNIT - 1) / ARENA_UNIT;
}

bool arena_open(struct arena *a)
{
	size_t size = ARENA_MAX;

	memset(a, 0, sizeof *a);
	while (size >= ARENA_MIN && (a->base = pages_reserve(size)) == NULL)
		size /= 2;
	a->reserved = size;
	a->used = FIRST;
	return a->base != NULL;
}

void arena_close(struct arena *a)
{
	if (a->base != NULL)
		pages_free(a->base, a->reserved);
	memset(a, 0, sizeof *a);
}

static bool arena_extend(struct arena *a)
{
	if (a->reserved - a->opened < OPEN_STEP || !pages_open(a->base + a->opened, OPEN_STEP))
		return false;
	a->opened += OPEN_STEP;
	return true;
}

uint32_t arena_alloc(struct arena *a, size_t size)
{
	size_t bytes = units(size) * ARENA_UNIT;
	uint32_t *list, *record, handle;

	if (size == 0 || size > ARENA_RECORD_MAX)
		return 0;
	list = &a->free_lists[units(size)];
	if (*list != 0) {
		handle = *list;
		record = arena_at(a, handle);
		*list = *record;
		*record = 0;
		a->freed -= bytes;
		return handle;
	}
	if (a->used + bytes > a->opened && !arena_extend(a))
		return 0;
	handle = (uint32_t)(a->used / ARENA_UNIT);
	a->used += bytes;
	return handle;
}

void arena_free(struct arena *a, uint32_t handle, size_t size)
{
	size_t bytes = units(size) * ARENA_UNIT;
	uint32_t *list = &a->free_lists[units(size)], *record = arena_at(a, handle);

	memset(record, 0, bytes);
	*record = *list;
	*list = handle;
	a->freed += bytes;
}

size_t arena_bytes(const struct arena *a)
{
	return a->used - a->freed - FIRST;
}
