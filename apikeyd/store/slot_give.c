/* slot_give.c - which slots of a counter file are whose: given out, claimed at start, given back. */
#include <stdlib.h>
#include <string.h>

#include "apikeyd/engine/usage.h"
#include "apikeyd/store/slot_file_state.h"

enum apikey_error slot_file_cover(struct slot_file *f, uint32_t slot, struct failure *why)
{
	if (slot >= f->kind->most)
		return fail(
			why, APIKEY_INTERNAL, "the store names a counter that cannot be: %u", slot);
	if (slot >= f->used)
		f->used = slot + 1;
	return slot_file_grow(f, f->used, why);
}

enum apikey_error slot_file_claim(struct slot_file *f, uint32_t slot, struct failure *why)
{
	if (slot_file_cover(f, slot, why) != APIKEY_OK)
		return why->code;
	if (slot >= f->claimed_size) {
		size_t size = (size_t)(slot + 1) * 2;
		uint8_t *bigger = realloc(f->claimed, size);

		if (bigger == NULL)
			return fail(why, APIKEY_NO_MEMORY, "memory ended");
		memset(bigger + f->claimed_size, 0, size - f->claimed_size);
		f->claimed = bigger;
		f->claimed_size = size;
	}
	f->claimed[slot] = 1;
	return APIKEY_OK;
}

void slot_file_loaded(struct slot_file *f)
{
	for (uint32_t slot = 0; slot < f->used; slot++)
		if (!f->claimed[slot])
			slot_file_give_back(f, slot);
	free(f->claimed);
	f->claimed = NULL;
	f->claimed_size = 0;
}

/* A slot that was another's must not come back with what that counted, if the power fails before the next sync. One that
 * nobody counted in is zero. */
static enum apikey_error zero_slot(struct slot_file *f, uint32_t slot, struct failure *why)
{
	const struct slot_mapping m = slot_file_mapping(f);

	if ((__atomic_load_n(&f->changed[slot], __ATOMIC_ACQUIRE) & CHANGED_EVER) == 0 ||
		slot_keep_zero(f->keep, &m, slot))
		return APIKEY_OK;
	return slot_file_failed(f, "cannot be zeroed", why);
}

/* What was never written is zero, and not touched: it takes no memory yet. */
static enum apikey_error extend_to(struct slot_file *f, uint32_t slot, struct failure *why)
{
	if (slot >= f->kind->most)
		return fail(why, APIKEY_LIMIT_REACHED, "this daemon keeps at most %u %s",
			f->kind->most, f->kind->what);
	if (slot_file_grow(f, slot + 1, why) != APIKEY_OK)
		return why->code;
	f->used = slot + 1;
	return zero_slot(f, slot, why);
}

enum apikey_error slot_file_take(struct slot_file *f, uint32_t *slot, struct failure *why)
{
	if (f->free_count == 0)
		return extend_to(f, *slot = f->used, why);
	*slot = f->free[f->free_count - 1];
	if (zero_slot(f, *slot, why) != APIKEY_OK)
		return why->code;
	f->free_count--;
	return APIKEY_OK;
}

enum apikey_error slot_file_follow(struct slot_file *f, uint32_t slot, struct failure *why)
{
	if (slot >= f->used)
		return extend_to(f, slot, why);
	return zero_slot(f, slot, why);
}

/* Where memory ends the slot is only lost until the next start. */
void slot_file_give_back(struct slot_file *f, uint32_t slot)
{
	if (f->free_count == f->free_size) {
		size_t size = f->free_size == 0 ? 64 : f->free_size * 2;
		uint32_t *bigger = realloc(f->free, size * sizeof *bigger);

		if (bigger == NULL)
			return;
		f->free = bigger;
		f->free_size = size;
	}
	f->free[f->free_count++] = slot;
}
