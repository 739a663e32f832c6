/* table.c - open addressing with linear probing, grown by copying beside the look-ups. */
#include "apikeyd/engine/table.h"

#include <stdlib.h>

#include "apikeyd/engine/pages.h"

#define BITS_MIN 4
#define BITS_MAX 28

/* Full at three quarters: a miss then looks at 8.5 slots on average, a hit at 2.5 (Knuth 6.4). Shrunk below an
 * eighth, so that growing and shrinking cannot alternate. */
static size_t capacity(unsigned bits)
{
	return ((size_t)1 << bits) / 4 * 3;
}

static unsigned bits_for(size_t entries)
{
	unsigned bits = BITS_MIN;

	while (bits < BITS_MAX && capacity(bits) < entries)
		bits++;
	return bits;
}

static size_t slots_bytes(unsigned bits)
{
	return sizeof(struct table_slot) << bits;
}

/* Large tables go on huge pages: a look-up then misses no address translation. */
static struct table_slot *slots_alloc(unsigned bits)
{
	size_t size = slots_bytes(bits);
	struct table_slot *slots;

	if (size < HUGE_PAGE)
		return calloc(1, size);
	slots = pages_reserve(size);
	if (slots != NULL && !pages_open(slots, size)) {
		pages_free(slots, size);
		return NULL;
	}
	return slots;
}

static void slots_free(struct table_slot *slots, unsigned bits)
{
	if (slots_bytes(bits) < HUGE_PAGE)
		free(slots);
	else
		pages_free(slots, slots_bytes(bits));
}

static struct table_slot *slots_of(const struct table *t)
{
	return atomic_load_explicit(&t->slots, memory_order_relaxed);
}

static unsigned bits_of(const struct table *t)
{
	return atomic_load_explicit(&t->bits, memory_order_relaxed);
}

static uint32_t mask_of(const struct table *t)
{
	return ((uint32_t)1 << bits_of(t)) - 1;
}

static uint32_t home_of(uint32_t hash, unsigned bits)
{
	return hash >> (32 - bits);
}

bool table_open(struct table *t, size_t expected)
{
	unsigned bits = bits_for(expected);

	atomic_init(&t->slots, slots_alloc(bits));
	atomic_init(&t->bits, bits);
	t->used = 0;
	return slots_of(t) != NULL;
}

void table_close(struct table *t)
{
	if (slots_of(t) != NULL)
		slots_free(slots_of(t), bits_of(t));
	atomic_store(&t->slots, NULL);
	t->used = 0;
}

size_t table_bytes(const struct table *t)
{
	return slots_bytes(bits_of(t));
}

void table_prefetch(const struct table *t, uint32_t hash)
{
	/* Between the two loads the table may grow: the address may then lie anywhere, which a prefetch forgives. */
	uintptr_t slots = (uintptr_t)slots_of(t);

	__builtin_prefetch(
		(const void *)(slots + home_of(hash, bits_of(t)) * sizeof(struct table_slot)));
}

uint32_t table_next(const struct table *t, uint32_t hash, uint32_t *step)
{
	const struct table_slot *slots = slots_of(t), *slot;
	uint32_t home = home_of(hash, bits_of(t)), mask = mask_of(t);

	do {
		slot = &slots[(home + (*step)++) & mask];
		if (slot->hash == hash)
			return slot->handle;
	} while (slot->handle != 0);
	return 0;
}

/* A race on purpose: of a slot that is just being changed anything may be read, and every handle that ever stood in a
 * table names memory that can be read. */
__attribute__((no_sanitize("thread"))) uint32_t table_glance(const struct table *t, uint32_t hash)
{
	const struct table_slot *slots = slots_of(t);
	unsigned bits = bits_of(t);
	uint32_t mask = ((uint32_t)1 << bits) - 1, at = home_of(hash, bits);

	while (slots[at].handle != 0 && slots[at].hash != hash)
		at = (at + 1) & mask;
	return slots[at].handle;
}

static void slots_insert(struct table_slot *slots, unsigned bits, uint32_t hash, uint32_t handle)
{
	uint32_t mask = ((uint32_t)1 << bits) - 1, at = home_of(hash, bits);

	while (slots[at].handle != 0)
		at = (at + 1) & mask;
	slots[at] = (struct table_slot){hash, handle};
}

/* The changing thread may read without the lock what nobody else writes: only the exchange needs it. */
static bool table_resize(struct table *t, unsigned bits, const struct table_guard *guard)
{
	struct table_slot *old = slots_of(t), *slots = slots_alloc(bits);
	unsigned old_bits = bits_of(t);

	if (slots == NULL)
		return false;
	for (size_t i = 0; i < (size_t)1 << old_bits; i++)
		if (old[i].handle != 0)
			slots_insert(slots, bits, old[i].hash, old[i].handle);
	if (guard != NULL) {
		pthread_rwlock_wrlock(guard->glances);
		pthread_mutex_lock(guard->lock);
	}
	atomic_store_explicit(&t->slots, slots, memory_order_relaxed);
	atomic_store_explicit(&t->bits, bits, memory_order_relaxed);
	if (guard != NULL) {
		pthread_mutex_unlock(guard->lock);
		pthread_rwlock_unlock(guard->glances);
	}
	slots_free(old, old_bits);
	return true;
}

bool table_reserve(struct table *t, size_t more, const struct table_guard *guard)
{
	size_t wanted = t->used + more;

	if (wanted <= capacity(bits_of(t)))
		return true;
	return wanted <= capacity(BITS_MAX) && table_resize(t, bits_for(wanted), guard);
}

void table_trim(struct table *t, const struct table_guard *guard)
{
	if (bits_of(t) > BITS_MIN && t->used < ((size_t)1 << bits_of(t)) / 8)
		table_resize(t, bits_for((size_t)t->used * 2), guard);
}

void table_insert(struct table *t, uint32_t hash, uint32_t handle)
{
	slots_insert(slots_of(t), bits_of(t), hash, handle);
	t->used++;
}

static uint32_t position_of(const struct table *t, uint32_t hash, uint32_t handle)
{
	const struct table_slot *slots = slots_of(t);
	uint32_t at = home_of(hash, bits_of(t)), mask = mask_of(t);

	while (slots[at].handle != handle)
		at = (at + 1) & mask;
	return at;
}

void table_replace(struct table *t, uint32_t hash, uint32_t old, uint32_t handle)
{
	slots_of(t)[position_of(t, hash, old)].handle = handle;
}

void table_remove(struct table *t, uint32_t hash, uint32_t old)
{
	struct table_slot *slots = slots_of(t);
	unsigned bits = bits_of(t);
	uint32_t mask = mask_of(t), hole = position_of(t, hash, old);

	for (uint32_t at = (hole + 1) & mask; slots[at].handle != 0; at = (at + 1) & mask) {
		/* It may move back into the hole unless that lies before its home. */
		if (((at - home_of(slots[at].hash, bits)) & mask) < ((at - hole) & mask))
			continue;
		slots[hole] = slots[at];
		hole = at;
	}
	slots[hole] = (struct table_slot){0, 0};
	t->used--;
}
