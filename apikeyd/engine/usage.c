/* usage.c - reading what is being counted. */
#include "apikeyd/engine/usage.h"

#include <stddef.h>

#define WORDS (sizeof(struct usage_slot) / sizeof(uint64_t))

struct usage_slot usage_slot_read(const struct usage_slot *slot)
{
	typedef uint64_t __attribute__((may_alias)) word;
	const word *from = (const word *)(const void *)slot;
	struct usage_slot copy;
	word *to = (word *)(void *)&copy;

	for (size_t i = 0; i < WORDS; i++)
		to[i] = __atomic_load_n(&from[i], __ATOMIC_ACQUIRE);
	return copy;
}
