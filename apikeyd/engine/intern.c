/* intern.c - runs of bytes in an arena, found again by their hash. */
#include "apikeyd/engine/intern.h"

#include <string.h>

struct run {
	uint32_t refs, size;
	atomic_bool marked;
	_Alignas(uint32_t) unsigned char bytes[];
};

_Static_assert(
	INTERN_MAX + sizeof(struct run) <= ARENA_RECORD_MAX, "the largest run fits a record");

static struct run *run_at(const struct intern *set, uint32_t run)
{
	return arena_at(set->arena, run);
}

static uint32_t run_hash(const struct intern *set, const struct run *r)
{
	return hash_bytes(set->key, r->bytes, r->size);
}

static void run_release(struct intern *set, uint32_t run)
{
	arena_free(set->arena, run, sizeof(struct run) + run_at(set, run)->size);
}

bool intern_open(struct intern *set, struct arena *arena)
{
	set->arena = arena;
	hash_key_make(set->key);
	return table_open(&set->table, 0);
}

void intern_close(struct intern *set)
{
	table_close(&set->table);
}

uint32_t intern_new(struct intern *set, size_t size)
{
	uint32_t run = size <= INTERN_MAX ? arena_alloc(set->arena, sizeof(struct run) + size) : 0;

	if (run != 0)
		run_at(set, run)->size = (uint32_t)size;
	return run;
}

static uint32_t find_equal(const struct intern *set, uint32_t hash, const struct run *wanted)
{
	uint32_t step = 0, run;

	while ((run = table_next(&set->table, hash, &step)) != 0) {
		const struct run *r = run_at(set, run);

		if (r->size == wanted->size && memcmp(r->bytes, wanted->bytes, r->size) == 0)
			return run;
	}
	return 0;
}

uint32_t intern_settle(struct intern *set, uint32_t run)
{
	uint32_t hash = run_hash(set, run_at(set, run));
	uint32_t equal = find_equal(set, hash, run_at(set, run));

	if (equal != 0 || !table_reserve(&set->table, 1, NULL)) {
		run_release(set, run);
		run = equal;
	} else {
		table_insert(&set->table, hash, run);
	}
	if (run != 0)
		intern_keep(set, run);
	return run;
}

void intern_keep(struct intern *set, uint32_t run)
{
	run_at(set, run)->refs++;
}

bool intern_drop(struct intern *set, uint32_t run)
{
	return --run_at(set, run)->refs == 0;
}

void intern_free(struct intern *set, uint32_t run)
{
	table_remove(&set->table, run_hash(set, run_at(set, run)), run);
	table_trim(&set->table, NULL);
	run_release(set, run);
}

void *intern_bytes(const struct intern *set, uint32_t run)
{
	return run_at(set, run)->bytes;
}

size_t intern_size(const struct intern *set, uint32_t run)
{
	return run_at(set, run)->size;
}

bool intern_marked(const struct intern *set, uint32_t run)
{
	return atomic_load_explicit(&run_at(set, run)->marked, memory_order_acquire);
}

void intern_mark(struct intern *set, uint32_t run, bool mark)
{
	atomic_store_explicit(&run_at(set, run)->marked, mark, memory_order_release);
}
