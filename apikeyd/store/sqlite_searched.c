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

void searched_keep(struct store *s, struct text needle, struct part_set *set)
{
	struct searched *place;

	if (set->count > set->room / MOST_IN || needle.len > sizeof place->needle) {
		free(set->bits);
		return;
	}
	place = place_of(s, needle);
	forget(place);
	memcpy(place->needle, needle.data, needle.len);
	place->len = needle.len;
	place->parts = *set;
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
