/* resource.h - what of a secret's verifies was for which resource, as it lies in a mapped counter file.
 *
 * The resources that a secret was asked for form a chain from its usage slot. The first RESOURCES_MAX get a slot of
 * their own, all others together the one without a name. A verify must not allocate, so slots are prepared for it: where
 * none is, a resource is not counted by itself that time. */
#ifndef ENGINE_RESOURCE_H
#define ENGINE_RESOURCE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include "apikeyd/engine/usage.h"
#include "protocol/text.h"

#define RESOURCES_MAX 64 /* of a secret, by name */
#define RESOURCE_NAME_MAX 256
#define RESOURCE_SPARES 256 /* slots prepared */
#define RESOURCE_SLOTS_A_PAGE 8

struct resource_slot {
	uint64_t allowed, denied, units;
	int64_t last_used_at; /* seconds since 1970 */
	uint32_t owner;       /* 1 + the usage slot; 0: free */
	uint32_t tag;         /* of the secret, once it is known; the fold's (usage_pack.h) */
	uint32_t next;        /* 1 + that in the chain; 0: the last */
	uint32_t hash;        /* of the name */
	uint32_t len, padding;
	char name[RESOURCE_NAME_MAX];
	uint64_t reserved[25];
};

_Static_assert(sizeof(struct resource_slot) == 512, "the counter file's layout");
_Static_assert(offsetof(struct resource_slot, name) % sizeof(uint64_t) == 0, "a name is of words");

struct resources {
	struct resource_slot *slots; /* NULL: not counted */
	uint8_t *changed;            /* as the others' */
	pthread_mutex_t lock;        /* over the spares */
	uint32_t spare[RESOURCE_SPARES];
	unsigned spare_count;
};

/* Any thread. How many more slots are wanted; and giving a zeroed one. */
unsigned resource_wanted(struct resources *r);
void resource_give(struct resources *r, uint32_t slot);

/* What one verify adds. */
struct resource_use {
	struct text name;
	uint32_t owner; /* the usage slot's number */
	int64_t at, units;
	bool allowed;
};
/* The caller has the lock of the secret's shard. */
void resource_count(struct resources *r, struct usage_slot *usage, const struct resource_use *use);
/* At start: puts a slot whose owner and name stand in it into its chain. */
void resource_link(struct resources *r, struct usage_slot *usage, uint32_t slot);

#endif
