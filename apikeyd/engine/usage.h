/* usage.h - what is counted for one secret, as it lies in the mapped counter file. */
#ifndef ENGINE_USAGE_H
#define ENGINE_USAGE_H

#include <stdint.h>

#define USAGE_SLOTS_A_PAGE 64 /* are folded together */
/* The mark of a slot, a bit for each who takes it off after a look: the keeper, and the fold. One stays until the slot is
 * zeroed for its next owner. */
#define CHANGED_KEEP 1
#define CHANGED_FOLD 2
#define CHANGED_EVER 4
#define CHANGED (CHANGED_KEEP | CHANGED_FOLD | CHANGED_EVER)

#define DENIAL_CODES 16 /* there are fewer */

/* Exactly one cache line. Written only under the lock of the secret's shard, read anywhere: every field is a
 * naturally aligned word. Times are seconds since 1970. */
struct usage_slot {
	uint64_t allowed, denied, units; /* denied: counted after its code */
	int64_t last_used_at;    /* last verify that found the secret, allowed or not; 0: never */
	uint8_t last_ip[16];     /* the last one given, IPv4 as mapped; all zero: none yet */
	uint32_t first_resource; /* 1 + the first of its chain (resource.h); 0: none */
	uint32_t resource_count; /* in it, with a name */
	uint64_t reserved;
};

/* Why verifies of the same secret were denied, in a file of its own, where the slot has the same number: most are never
 * touched. Counts wrap around; a fold comes long before. */
struct denial_slot {
	uint32_t by_code[DENIAL_CODES]; /* enum apikey_code */
};

/* Adds units to a word that is written under a lock and read by others at any time. They may be any that requests name:
 * their sum stays at INT64_MAX. */
static inline void usage_add_units(uint64_t *word, int64_t units)
{
	uint64_t sum = __atomic_load_n(word, __ATOMIC_RELAXED) + (uint64_t)units;

	__atomic_store_n(word, sum < INT64_MAX ? sum : INT64_MAX, __ATOMIC_RELAXED);
}

/* A copy, word by word: the words are whole, though not of one moment. Whoever sees a denial counted sees why,
 * afterwards. */
struct usage_slot usage_slot_read(const struct usage_slot *slot);

_Static_assert(sizeof(struct usage_slot) == 64, "the counter file's layout");
_Static_assert(sizeof(struct denial_slot) == 64, "the counter file's layout");

#endif
