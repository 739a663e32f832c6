/* usage_pack.c - what the secrets of a page of counter slots did, as bytes. */
#include "apikeyd/store/usage_pack.h"

#include <endian.h>
#include <string.h>

#include "apikeyd/store/packed.h"

#define ENTRY_BYTES_MAX (1 + sizeof(uint32_t) + (1 + USAGE_VALUES) * PACKED_MAX)

const int64_t usage_step_seconds[USAGE_STEPS] = {
	[USAGE_MINUTE] = 60,
	[USAGE_HOUR] = 3600,
	[USAGE_DAY] = 86400,
};

int64_t usage_step_begin(enum usage_step step, int64_t at)
{
	return at - at % usage_step_seconds[step];
}

void usage_vector_add(struct usage_vector *to, const struct usage_vector *more)
{
	for (size_t i = 0; i < USAGE_VALUES; i++)
		to->n[i] = usage_plus(to->n[i], more->n[i]);
}

struct usage_counts usage_vector_sum(const struct usage_vector *v)
{
	struct usage_counts sum = {.allowed = v->n[USAGE_ALLOWED], .units = v->n[USAGE_UNITS]};

	for (size_t i = USAGE_DENIED; i < USAGE_VALUES; i++)
		sum.denied = usage_plus(sum.denied, v->n[i]);
	return sum;
}

uint32_t usage_tag(struct text prefix)
{
	uint32_t hash = 2166136261u; /* FNV-1a (draft-eastlake-fnv) */

	for (size_t i = 0; i < prefix.len; i++)
		hash = (hash ^ (uint8_t)prefix.data[i]) * 16777619u;
	return hash;
}

bool usage_pack_take(struct text *pack, struct usage_entry *out)
{
	uint64_t mask;

	if (pack->len < 1 + sizeof out->tag)
		return false;
	*out = (struct usage_entry){.place = (uint8_t)pack->data[0]};
	memcpy(&out->tag, pack->data + 1, sizeof out->tag);
	out->tag = le32toh(out->tag);
	pack->data += 1 + sizeof out->tag;
	pack->len -= 1 + sizeof out->tag;
	mask = (uint64_t)packed_take(pack);
	for (size_t i = 0; i < USAGE_VALUES; i++)
		if (mask >> i & 1)
			out->values.n[i] = packed_take(pack);
	return pack->data != NULL && mask >> USAGE_VALUES == 0;
}

static char *put_entry(char *to, const struct usage_entry *entry)
{
	uint32_t tag = htole32(entry->tag);
	int64_t mask = 0;

	for (size_t i = 0; i < USAGE_VALUES; i++)
		mask |= (int64_t)(entry->values.n[i] != 0) << i;
	*to++ = (char)entry->place;
	to = packed_put(mempcpy(to, &tag, sizeof tag), mask);
	for (size_t i = 0; i < USAGE_VALUES; i++)
		if (entry->values.n[i] != 0)
			to = packed_put(to, entry->values.n[i]);
	return to;
}

/* The next entry to add to, NULL when they are through: one that comes before `place` has nothing to be added to. */
static const struct usage_entry *find(
	const struct usage_entry **next, const struct usage_entry *end, char **to, uint8_t place)
{
	while (*next < end && (*next)->place < place)
		*to = put_entry(*to, (*next)++);
	return *next < end && (*next)->place == place ? *next : NULL;
}

struct text usage_pack_add(
	struct pool *pool, struct text pack, const struct usage_entry *more, size_t count)
{
	char *begin = pool_alloc(pool, pack.len + count * ENTRY_BYTES_MAX), *to = begin;
	const struct usage_entry *next = more, *end = more + count, *same;
	struct usage_entry entry;

	while (usage_pack_take(&pack, &entry)) {
		same = find(&next, end, &to, entry.place);
		if (same != NULL && same->tag == entry.tag) {
			usage_vector_add(&entry.values, &same->values);
			next++;
		}
		to = put_entry(to, &entry);
	}
	while (next < end)
		to = put_entry(to, next++);
	return (struct text){begin, (size_t)(to - begin)};
}
