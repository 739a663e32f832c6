/* pages.c - the rows of a listing that may be too long to hold: a few pages, fetched by cursor from either end. */
#include "apikey-tui/pages.h"

#include <stdlib.h>
#include <string.h>

struct page {
	struct apikey_value *value; /* NULL: the place is free */
	bool from_end;
	size_t number;
	unsigned epoch; /* in which it was asked for */
	unsigned long used;
};

/* Cursors by page number; the first needs none. */
struct chain {
	char **cursors;
	size_t known, room;
};

struct pages {
	struct page held[PAGES_HELD];
	struct chain chains[2]; /* from the start, from the end */
	size_t total;
	bool switching; /* what is held belongs to the listing before, until the first page comes */
	unsigned generation, epoch;
	unsigned long clock;
	bool lacking,
		outdated; /* whether rows were asked for that are not held, or held of an earlier epoch */
	struct pages_fetch lack, renew;
};

static void chain_cut(struct chain *c, size_t known)
{
	while (c->known > known)
		free(c->cursors[--c->known]);
}

/* The cursor of a page becomes known; another one than before makes all later ones unknown. */
static void chain_set(struct chain *c, size_t number, const char *cursor)
{
	char **larger;

	if (number < c->known && cursor != NULL && strcmp(c->cursors[number], cursor) == 0)
		return;
	chain_cut(c, number);
	if (cursor == NULL)
		return;
	if (c->known == c->room) {
		larger = realloc(c->cursors, (2 * c->room + 64) * sizeof *larger);
		if (larger == NULL)
			return;
		c->cursors = larger;
		c->room = 2 * c->room + 64;
	}
	c->cursors[c->known] = strdup(cursor);
	c->known += c->cursors[c->known] != NULL;
}

static void want_first(struct pages *p)
{
	p->lacking = true;
	p->lack = (struct pages_fetch){0};
}

static void drop(struct page *page)
{
	apikey_value_free(page->value);
	memset(page, 0, sizeof *page);
}

/* Nothing is held, and nothing known but the way to both ends. */
static void clear(struct pages *p)
{
	for (size_t i = 0; i < PAGES_HELD; i++)
		drop(&p->held[i]);
	for (size_t i = 0; i < 2; i++) {
		chain_cut(&p->chains[i], 0);
		chain_set(&p->chains[i], 0, "");
	}
}

void pages_reset(struct pages *p)
{
	p->switching = true;
	p->generation++;
	p->outdated = false;
	want_first(p);
}

struct pages *pages_new(void)
{
	struct pages *p = calloc(1, sizeof *p);

	if (p != NULL) {
		clear(p);
		pages_reset(p);
	}
	return p;
}

void pages_free(struct pages *p)
{
	if (p == NULL)
		return;
	clear(p);
	for (size_t i = 0; i < 2; i++) {
		chain_cut(&p->chains[i], 0);
		free(p->chains[i].cursors);
	}
	free(p);
}

void pages_stale(struct pages *p)
{
	p->epoch++;
	if (p->total == 0 || p->switching)
		want_first(p);
}

size_t pages_total(const struct pages *p)
{
	return p->total;
}

bool pages_known(const struct pages *p)
{
	return !p->switching;
}

static struct page *find(struct pages *p, bool from_end, size_t number)
{
	for (size_t i = 0; i < PAGES_HELD; i++) {
		struct page *page = &p->held[i];

		if (page->value != NULL && page->from_end == from_end && page->number == number)
			return page;
	}
	return NULL;
}

static struct pages_fetch fetch_of(bool from_end, size_t number)
{
	return (struct pages_fetch){.from_end = from_end, .number = number};
}

/* The way to a row: straight where its cursor is known, else one step along the nearer chain. */
static struct pages_fetch way_to(const struct pages *p, size_t from_start, size_t from_end)
{
	size_t first = p->chains[0].known, last = p->chains[1].known;

	if (from_start < first)
		return fetch_of(false, from_start);
	if (from_end < last)
		return fetch_of(true, from_end);
	if (from_start - first <= from_end - last)
		return fetch_of(false, first - 1);
	return fetch_of(true, last - 1);
}

/* A page that is asked for: notes that it is in use, and whether it has to be fetched anew. */
static const struct apikey_value *row_in(struct pages *p, struct page *page, size_t place)
{
	page->used = ++p->clock;
	if (page->epoch != p->epoch && !p->outdated && !p->switching) {
		p->outdated = true;
		p->renew = fetch_of(page->from_end, page->number);
	}
	return apikey_at(apikey_get(page->value, "keys"), place);
}

/* A page that is held but has no such row is not asked for again: what is wrong about it the next change will mend. */
const struct apikey_value *pages_row(struct pages *p, size_t index)
{
	size_t back = p->total - 1 - index;
	const struct apikey_value *row = NULL;
	struct page *first, *last;

	if (index >= p->total)
		return NULL;
	first = find(p, false, index / PAGES_ROWS);
	if (first != NULL)
		row = row_in(p, first, index % PAGES_ROWS);
	last = row == NULL ? find(p, true, back / PAGES_ROWS) : NULL;
	if (last != NULL)
		row = row_in(p, last, back % PAGES_ROWS);
	if (first == NULL && last == NULL && !p->lacking && !p->switching) {
		p->lacking = true;
		p->lack = way_to(p, index / PAGES_ROWS, back / PAGES_ROWS);
	}
	return row;
}

static bool find_in(const struct page *page, const char *id, size_t *place)
{
	const struct apikey_value *keys = apikey_get(page->value, "keys");

	for (size_t i = 0; i < apikey_count(keys); i++) {
		const char *other = apikey_string(apikey_get(apikey_at(keys, i), "id"));

		if (other != NULL && strcmp(other, id) == 0) {
			*place = page->number * PAGES_ROWS + i;
			return true;
		}
	}
	return false;
}

bool pages_find(struct pages *p, const char *id, size_t *index)
{
	for (size_t i = 0; i < PAGES_HELD && !p->switching; i++) {
		const struct page *page = &p->held[i];
		size_t place;

		if (page->value == NULL || page->epoch != p->epoch || !find_in(page, id, &place) ||
			place >= p->total)
			continue;
		*index = page->from_end ? p->total - 1 - place : place;
		return true;
	}
	return false;
}

bool pages_next(struct pages *p, struct pages_fetch *out)
{
	const struct chain *chain;

	if (!p->lacking && !p->outdated)
		return false;
	*out = p->lacking ? p->lack : p->renew;
	if (p->lacking)
		p->lacking = false;
	else
		p->outdated = false;
	chain = &p->chains[out->from_end];
	if (out->number >= chain->known) /* the way has changed meanwhile */
		out->number = chain->known - 1;
	out->generation = p->generation;
	out->epoch = p->epoch;
	out->cursor = out->number == 0 ? NULL : chain->cursors[out->number];
	return true;
}

/* Its own place where it is held already, else a free one, else that of the page used longest ago. */
static struct page *place_for(struct pages *p, const struct pages_fetch *fetch)
{
	struct page *best = find(p, fetch->from_end, fetch->number);

	for (size_t i = 0; i < PAGES_HELD && best == NULL; i++)
		if (p->held[i].value == NULL)
			best = &p->held[i];
	if (best == NULL) {
		best = &p->held[0];
		for (size_t i = 1; i < PAGES_HELD; i++)
			if (p->held[i].used < best->used)
				best = &p->held[i];
	}
	drop(best);
	return best;
}

void pages_put(struct pages *p, const struct pages_fetch *fetch, struct apikey_value *value)
{
	struct page *page;

	if (fetch->generation != p->generation) {
		apikey_value_free(value);
		return;
	}
	if (p->switching)
		clear(p);
	p->switching = false;
	page = place_for(p, fetch);
	*page = (struct page){value, fetch->from_end, fetch->number, fetch->epoch, ++p->clock};
	p->total = (size_t)apikey_int(apikey_get(value, "total"), 0);
	chain_set(&p->chains[fetch->from_end], fetch->number + 1,
		apikey_string(apikey_get(value, "next")));
}
