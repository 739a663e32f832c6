/* sqlite_searched.c - which parts of what is searched hold a text, remembered.
 *
 * The next page of a search, and a text that goes on where another ended, then read those parts and no others. A part that
 * is written is added to every set, since it may hold anything now, so a set is never too small; that of a change that was
 * taken back is looked at in vain. */
#include <stdlib.h>
#include <string.h>

#include "apikeyd/store/sqlite.h"

#define SPARE_PARTS 4096 /* that a set has room for beyond those there are: of 65,536 more keys */
#define MOST_IN 4        /* a set that holds more than one part in so many is not worth keeping */

void part_set_open(struct part_set *set, int64_t parts)
{
	set->room = parts + SPARE_PARTS;
	set->count = 0;
	set->bits = calloc((size_t)set->room / 64 + 1, sizeof *set->bits);
	if (set->bits == NULL)
		abort();
}

void part_set_add(struct part_set *set, int64_t part)
{
	uint64_t bit = (uint64_t)1 << (part % 64);

	if (part < 0 || part >= set->room)
		return; /* of a damaged store: no key has it */
	set->count += (set->bits[part / 64] & bit) == 0;
	set->bits[part / 64] |= bit;
}

void part_set_remove(struct part_set *set, int64_t part)
{
	uint64_t bit = (uint64_t)1 << (part % 64);

	set->count -= (set->bits[part / 64] & bit) != 0;
	set->bits[part / 64] &= ~bit;
}

bool part_set_has(const struct part_set *set, int64_t part)
{
	return part < set->room && (set->bits[part / 64] >> (part % 64) & 1) != 0;
}

int64_t part_set_next(const struct part_set *set, int64_t part)
{
	uint64_t rest = UINT64_MAX << (part % 64);

	for (int64_t word = part / 64; word <= set->room / 64; word++, rest = UINT64_MAX)
		if ((set->bits[word] & rest) != 0)
			return 64 * word + __builtin_ctzll(set->bits[word] & rest);
	return -1;
}

static void forget(struct searched *searched)
{
	free(searched->parts.bits);
	*searched = (struct searched){0};
}

/* What holds the needle holds every piece of it. */
const struct part_set *searched_find(const struct store *s, struct text needle)
{
	const struct part_set *best = NULL;

	for (unsigned i = 0; i < SEARCHED_MAX; i++) {
		const struct searched *known = &s->searched[i];

		if (known->len > 0 && (best == NULL || known->parts.count < best->count) &&
			memmem(needle.data, needle.len, known->needle, known->len) != NULL)
			best = &known->parts;
	}
	return best;
}

/* In the place of the same text, or of the one that came longest ago. */
static struct searched *place_of(struct store *s, struct text needle)
{
	for (unsigned i = 0; i < SEARCHED_MAX; i++)
		if (s->searched[i].len == needle.len &&
			memcmp(s->searched[i].needle, needle.data, needle.len) == 0)
			return &s->searched[i];
	return &s->searched[s->searched_next++ % SEARCHED_MAX];
}

void searched_keep(struct store *s, struct text needle, const struct part_set *set)
{
	size_t words = (size_t)set->room / 64 + 1;
	struct searched *place;

	if (set->count > set->room / MOST_IN || needle.len > sizeof place->needle)
		return;
	place = place_of(s, needle);
	forget(place);
	memcpy(place->needle, needle.data, needle.len);
	place->len = needle.len;
	place->parts = *set;
	place->parts.bits = reallocarray(NULL, words, sizeof *set->bits);
	if (place->parts.bits == NULL)
		abort();
	memcpy(place->parts.bits, set->bits, words * sizeof *set->bits);
}

void searched_touch(struct store *s, int64_t part)
{
	for (unsigned i = 0; i < SEARCHED_MAX; i++)
		if (s->searched[i].len > 0 && part >= s->searched[i].parts.room)
			forget(&s->searched[i]);
		else if (s->searched[i].len > 0)
			part_set_add(&s->searched[i].parts, part);
}

void searched_free(struct store *s)
{
	for (unsigned i = 0; i < SEARCHED_MAX; i++)
		forget(&s->searched[i]);
}
