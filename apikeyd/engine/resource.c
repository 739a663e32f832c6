/* resource.c - counting what a secret's verifies were for. */
#include "apikeyd/engine/resource.h"

#include <string.h>

/* Slots are read by others at any time, and copied word by word: all is written whole. */
#define SET(field, value) __atomic_store_n(&(field), (value), __ATOMIC_RELAXED)
#define GET(field) __atomic_load_n(&(field), __ATOMIC_RELAXED)

static uint32_t hash_of(struct text name)
{
	uint32_t hash = 2166136261u; /* FNV-1a (draft-eastlake-fnv) */

	for (size_t i = 0; i < name.len; i++)
		hash = (hash ^ (uint8_t)name.data[i]) * 16777619u;
	return hash;
}

unsigned resource_wanted(struct resources *r)
{
	unsigned wanted;

	pthread_mutex_lock(&r->lock);
	wanted = RESOURCE_SPARES - r->spare_count;
	pthread_mutex_unlock(&r->lock);
	return wanted;
}

void resource_give(struct resources *r, uint32_t slot)
{
	pthread_mutex_lock(&r->lock);
	if (r->spare_count < RESOURCE_SPARES)
		r->spare[r->spare_count++] = slot;
	pthread_mutex_unlock(&r->lock);
}

static bool take_spare(struct resources *r, uint32_t *slot)
{
	bool some;

	pthread_mutex_lock(&r->lock);
	some = r->spare_count > 0;
	if (some)
		*slot = r->spare[--r->spare_count];
	pthread_mutex_unlock(&r->lock);
	return some;
}

void resource_link(struct resources *r, struct usage_slot *usage, uint32_t slot)
{
	SET(r->slots[slot].next, usage->first_resource);
	__atomic_store_n(&usage->first_resource, slot + 1, __ATOMIC_RELEASE);
	SET(usage->resource_count, usage->resource_count + (r->slots[slot].len > 0));
}

static struct resource_slot *find(
	struct resources *r, const struct usage_slot *usage, struct text name, uint32_t hash)
{
	struct resource_slot *s;

	for (uint32_t at = usage->first_resource; at != 0; at = s->next) {
		s = &r->slots[at - 1];
		if (s->hash == hash && s->len == name.len &&
			memcmp(s->name, name.data, name.len) == 0)
			return s;
	}
	return NULL;
}

static void set_name(struct resource_slot *s, struct text name)
{
	typedef uint64_t __attribute__((may_alias)) word;
	uint64_t words[RESOURCE_NAME_MAX / sizeof(uint64_t)] = {0};
	word *to = (word *)(void *)s->name;

	memcpy(words, name.data, name.len);
	for (size_t i = 0; i * sizeof *words < name.len; i++)
		SET(to[i], words[i]);
	SET(s->len, (uint32_t)name.len);
}

static struct resource_slot *add(struct resources *r, struct usage_slot *usage,
	const struct resource_use *use, struct text name, uint32_t hash)
{
	struct resource_slot *s;
	uint32_t slot;

	if (!take_spare(r, &slot))
		return NULL;
	s = &r->slots[slot];
	set_name(s, name);
	SET(s->hash, hash);
	__atomic_store_n(&s->owner, use->owner + 1, __ATOMIC_RELEASE);
	resource_link(r, usage, slot);
	return s;
}

void resource_count(struct resources *r, struct usage_slot *usage, const struct resource_use *use)
{
	struct text name = use->name;
	uint32_t hash = hash_of(name);
	struct resource_slot *s = find(r, usage, name, hash);

	if (s == NULL && (usage->resource_count >= RESOURCES_MAX || name.len > RESOURCE_NAME_MAX)) {
		name = (struct text){"", 0};
		hash = hash_of(name);
		s = find(r, usage, name, hash);
	}
	if (s == NULL && (s = add(r, usage, use, name, hash)) == NULL)
		return;
	if (use->allowed) {
		SET(s->allowed, GET(s->allowed) + 1);
		usage_add_units(&s->units, use->units);
	} else {
		SET(s->denied, GET(s->denied) + 1);
	}
	SET(s->last_used_at, use->at);
	__atomic_store_n(&r->changed[s - r->slots], CHANGED, __ATOMIC_RELEASE);
}
