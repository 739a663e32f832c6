/* slot_marks.c - a byte for each slot of counters. */
#include "apikeyd/store/slot_marks.h"

typedef uint64_t __attribute__((may_alias)) eight;

static bool none_of_eight(const uint8_t *marks, uint8_t bit)
{
	const eight *all = (const eight *)(const void *)marks;

	return (uintptr_t)marks % sizeof *all == 0 &&
	       (__atomic_load_n(all, __ATOMIC_ACQUIRE) & bit * UINT64_C(0x0101010101010101)) == 0;
}

bool slot_marks_next(const uint8_t *marks, uint8_t bit, uint32_t *slot, uint32_t end)
{
	while (*slot < end) {
		if (end - *slot >= sizeof(eight) && none_of_eight(&marks[*slot], bit))
			*slot += sizeof(eight);
		else if (__atomic_load_n(&marks[*slot], __ATOMIC_ACQUIRE) & bit)
			return true;
		else
			++*slot;
	}
	return false;
}

bool slot_marks_take(uint8_t *marks, uint32_t count, uint8_t bit)
{
	bool any = false;

	for (uint32_t i = 0; i < count; i++)
		if (__atomic_load_n(&marks[i], __ATOMIC_RELAXED) & bit) {
			__atomic_fetch_and(&marks[i], (uint8_t)~bit, __ATOMIC_ACQUIRE);
			any = true;
		}
	return any;
}

void slot_marks_put(uint8_t *marks, uint32_t count, uint8_t bit)
{
	for (uint32_t i = 0; i < count; i++)
		__atomic_fetch_or(&marks[i], bit, __ATOMIC_RELEASE);
}
