/* usage.h - what is counted for one secret, as it lies in the mapped counter file. */
#ifndef ENGINE_USAGE_H
#define ENGINE_USAGE_H

#include <stdint.h>

#define USAGE_SLOTS_A_PAGE 64 /* share a mark that something has changed */

/* Exactly one cache line. Written only under the lock of the secret's shard, read anywhere: every field is a
 * naturally aligned word. Times are seconds since 1970. */
struct usage_slot {
	uint64_t allowed, denied, units;
	int64_t last_used_at; /* last verify that found the secret, allowed or not; 0: never */
	uint8_t last_ip[16];  /* the last one given, IPv4 as mapped; all zero: none yet */
	uint64_t reserved[2];
};

/* A copy, word by word: the words are whole, though not of one moment. */
struct usage_slot usage_slot_read(const struct usage_slot *slot);

_Static_assert(sizeof(struct usage_slot) == 64, "the counter file's layout");

#endif
