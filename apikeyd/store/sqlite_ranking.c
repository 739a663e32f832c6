/* sqlite_ranking.c - the orders of what is counted, which moves with every verify and so stands in no row.
 *
 * For every row it is kept in memory which counter slots are the key's: 16 bytes a key, read from the store, in
 * bites if need be, when such an order is first asked for, and kept up with every change from then on. A page then
 * is one pass over the slots, with a heap of no more keys than are on the page. */
#include <stdlib.h>
#include <string.h>

#include "apikeyd/store/sqlite.h"

#define BITE_KEYS 2048 /* read in one go: some two milliseconds */

/* What a key has beyond its first secret. */
struct rest {
	struct past_usage past;
	unsigned count;
	uint32_t slots[];
};

struct ranked {
	struct rest *rest; /* NULL: nothing */
	uint32_t slot;     /* of its first secret */
	bool has_slot;
	bool there;
};

struct ranking {
	struct ranked *keys; /* by row */
	int64_t size;
	int64_t last; /* row that has been read; those after it are not there yet, or will be read again */
	bool whole;
};

/* ---- whose slots are whose --------------------------------------------------------------------------------------- */

static struct ranked *ranked_at(struct ranking *r, int64_t row)
{
	if (row >= r->size) {
		int64_t size = 2 * (row + 1);
		struct ranked *bigger = reallocarray(r->keys, (size_t)size, sizeof *bigger);

		if (bigger == NULL)
			abort();
		memset(bigger + r->size, 0, (size_t)(size - r->size) * sizeof *bigger);
		r->keys = bigger;
		r->size = size;
	}
	return &r->keys[row];
}

static struct rest *make_rest(const struct key_record *key)
{
	static const struct past_usage never;
	struct rest *rest;

	if (key->secret_count <= 1 && memcmp(&key->past, &never, sizeof never) == 0)
		return NULL;
	rest = calloc(1, sizeof *rest + key->secret_count * sizeof *rest->slots);
	if (rest == NULL)
		abort();
	rest->past = key->past;
	for (unsigned i = 1; i < key->secret_count; i++)
		rest->slots[rest->count++] = key->secrets[i].slot;
	return rest;
}

static void put(struct ranking *r, int64_t row, const struct key_record *key)
{
	struct ranked *to = ranked_at(r, row);

	free(to->rest);
	*to = (struct ranked){.rest = make_rest(key), .there = true};
	to->has_slot = key->secret_count > 0;
	if (to->has_slot)
		to->slot = key->secrets[0].slot;
}

void ranking_put(struct store *s, int64_t row, const struct key_record *key)
{
	s->ranking_touched = true;
	if (s->ranking != NULL)
		put(s->ranking, row, key);
}

void ranking_remove(struct store *s, int64_t row)
{
	struct ranked *gone;

	s->ranking_touched = true;
	if (s->ranking == NULL)
		return;
	gone = ranked_at(s->ranking, row);
	free(gone->rest);
	*gone = (struct ranked){0};
}

void ranking_forget(struct store *s)
{
	if (s->ranking == NULL)
		return;
	for (int64_t i = 0; i < s->ranking->size; i++)
		free(s->ranking->keys[i].rest);
	free(s->ranking->keys);
	free(s->ranking);
	s->ranking = NULL;
}

struct loading {
	struct ranking *ranking;
	int64_t left;
};

static bool put_loaded(const struct key_record *key, int64_t row, void *arg)
{
	struct loading *l = arg;

	put(l->ranking, row, key);
	l->ranking->last = row;
	return --l->left > 0;
}

/* Reads so many more keys. */
static enum apikey_error read_some(struct store *s, int64_t keys, struct failure *why)
{
	struct loading l = {.left = keys};

	if (s->ranking == NULL && (s->ranking = calloc(1, sizeof *s->ranking)) == NULL)
		abort();
	l.ranking = s->ranking;
	if (sqlite_load_rows(s, l.ranking->last, put_loaded, &l, why) != APIKEY_OK) {
		ranking_forget(s);
		return why->code;
	}
	l.ranking->whole = l.left > 0;
	return APIKEY_OK;
}

static bool is_whole(const struct store *s)
{
	return s->ranking != NULL && s->ranking->whole;
}

static enum apikey_error make(struct store *s, struct failure *why)
{
	return is_whole(s) ? APIKEY_OK : read_some(s, INT64_MAX, why);
}

/* ---- the first of an order ----------------------------------------------------------------------------------------- */

/* Down to its place in the heap, whose first is the last in the order. */
static void sift(struct ranking_page *p, unsigned at)
{
	struct key_position moving = p->positions[at];
	unsigned child;

	for (; (child = 2 * at + 1) < p->count; at = child) {
		if (child + 1 < p->count && key_position_before(p->query, &p->positions[child],
						    &p->positions[child + 1]))
			child++;
		if (!key_position_before(p->query, &moving, &p->positions[child]))
			break;
		p->positions[at] = p->positions[child];
	}
	p->positions[at] = moving;
}

static void add(struct ranking_page *p, const struct key_position *position)
{
	if (p->cursor != NULL && !key_position_before(p->query, p->cursor, position))
		return;
	if (p->count <= p->query->limit) {
		p->positions[p->count++] = *position;
		for (unsigned i = p->count / 2; p->count > p->query->limit && i-- > 0;)
			sift(p, i);
	} else if (key_position_before(p->query, position, &p->positions[0])) {
		p->positions[0] = *position;
		sift(p, 0);
	}
}

static int64_t number_of(const struct key_query *query, const struct ranked *key)
{
	struct past_usage sum = {0};

	if (key->rest != NULL) {
		sum = key->rest->past;
		slots_used(query, key->rest->slots, key->rest->count, &sum);
	}
	slots_used(query, &key->slot, key->has_slot, &sum);
	return used_number(query->sort, &sum);
}

static int forwards(const void *a, const void *b)
{
	return key_position_compare(a, b);
}

static int backwards(const void *a, const void *b)
{
	return key_position_compare(b, a);
}

enum apikey_error ranking_page(struct store *s, struct ranking_page *page, struct failure *why)
{
	if (make(s, why) != APIKEY_OK)
		return why->code;
	for (int64_t i = 0, last = s->ranking->size - 1; i <= last; i++) {
		/* of keys that are equal, the first of the order come first, and stay */
		int64_t row = page->query->descending ? last - i : i;
		const struct ranked *key = &s->ranking->keys[row];
		struct key_position position = {.word = {"", 0}, .row = row};

		if (!key->there || (page->among.bits != NULL && !is_selected(&page->among, row)))
			continue;
		position.number = number_of(page->query, key);
		add(page, &position);
	}
	if (page->count > 0)
		qsort(page->positions, page->count, sizeof *page->positions,
			page->query->descending ? backwards : forwards);
	return APIKEY_OK;
}

/* ---- whose a slot is --------------------------------------------------------------------------------------------- */

#define SIEVE 4096 /* bits: few slots are looked for, and most keys fall through */

struct sought {
	struct slot_owner *slots;
	unsigned count;
	uint64_t sieve[SIEVE / 64];
};

static bool is_sought(const struct sought *sought, uint32_t slot)
{
	return (sought->sieve[slot % SIEVE / 64] >> (slot % 64) & 1) != 0 &&
	       slot_owner_find(sought->slots, sought->count, slot) != NULL;
}

static bool counts_in(const struct ranked *key, const struct sought *sought)
{
	bool found = key->has_slot && is_sought(sought, key->slot);

	for (unsigned i = 0; key->rest != NULL && i < key->rest->count && !found; i++)
		found = is_sought(sought, key->rest->slots[i]);
	return found;
}

enum apikey_error ranking_read(struct store *s, bool *done, struct failure *why)
{
	*done = is_whole(s);
	return *done ? APIKEY_OK : read_some(s, BITE_KEYS, why);
}

enum apikey_error sqlite_slot_owners(struct store *s, struct pool *pool, struct slot_owner *slots,
	unsigned count, bool *done, struct failure *why)
{
	struct sought sought = {.slots = slots, .count = count};
	struct key_record key;

	if (ranking_read(s, done, why) != APIKEY_OK || !*done)
		return why->code;
	for (unsigned i = 0; i < count; i++)
		sought.sieve[slots[i].slot % SIEVE / 64] |= (uint64_t)1 << (slots[i].slot % 64);
	for (int64_t row = 0; row < s->ranking->size; row++) {
		if (!counts_in(&s->ranking->keys[row], &sought))
			continue;
		if (sqlite_key_by_row(s, pool, row, &key, why) != APIKEY_OK)
			return why->code;
		slot_owners_fill(pool, slots, count, &key);
	}
	return APIKEY_OK;
}
