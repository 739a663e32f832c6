/* sqlite_search.c - what is searched, kept apart from the keys: summaries of sixteen keys to a row.
 *
 * Reading all of them takes 60 ms for a million keys, whatever is sought, in bites between which other jobs go
 * ahead; it finds exactly what the query says, and an insert rewrites one row. A part that is written meanwhile is
 * read again. What was found is remembered (sqlite_searched.c). A trigram index (FTS5) answers rare matches sooner
 * and common ones later, and costs 600 us an insert, because it is flushed at every savepoint. */
#include <endian.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "apikeyd/store/sqlite.h"

#define PART_KEYS 16
#define BITE_PARTS 2048 /* read in one go: some three milliseconds */

struct key_search {
	struct key_search *next; /* of the store's */
	struct pool pool;        /* of the query's text */
	struct key_query query;
	struct text needle;
	struct part_set
		todo; /* parts that are to be read, some again since they were written after that */
	struct part_set parts; /* that hold the needle */
	struct selection found;
	bool outgrown; /* there are more parts than the sets have room for */
};

/* An entry of a part: this head, little-endian, then tenant, owner and haystack. */
struct entry_head {
	int64_t expires_at;
	uint32_t haystack;
	uint16_t tenant, owner; /* lengths, as above */
	uint8_t place;          /* row % PART_KEYS */
	uint8_t revoked, disabled, zero[5];
};

static size_t entry_size(const struct entry_head *head)
{
	return sizeof *head + head->tenant + head->owner + head->haystack;
}

/* Takes the entry at the start of *bytes off it; false when there is none that fits. */
static bool next_entry(struct text *bytes, struct entry_head *head, struct key_summary *out)
{
	const char *p = bytes->data;

	if (bytes->len < sizeof *head)
		return false;
	memcpy(head, p, sizeof *head);
	head->expires_at = (int64_t)le64toh((uint64_t)head->expires_at);
	head->haystack = le32toh(head->haystack);
	head->tenant = le16toh(head->tenant);
	head->owner = le16toh(head->owner);
	if (entry_size(head) > bytes->len || head->place >= PART_KEYS)
		return false;
	*out = (struct key_summary){
		.tenant = {p + sizeof *head, head->tenant},
		.owner = {p + sizeof *head + head->tenant, head->owner},
		.haystack = {p + sizeof *head + head->tenant + head->owner, head->haystack},
		.expires_at = head->expires_at,
		.revoked = head->revoked,
		.disabled = head->disabled,
	};
	bytes->data += entry_size(head);
	bytes->len -= entry_size(head);
	return true;
}

static char *put_text(char *p, struct text t)
{
	return t.len > 0 ? mempcpy(p, t.data, t.len) : p;
}

/* The mirror of next_entry(): writes the entry at p and returns its end. */
static char *put_entry(char *p, const struct key_summary *key, int64_t row)
{
	struct entry_head head = {
		.expires_at = (int64_t)htole64((uint64_t)key->expires_at),
		.haystack = htole32((uint32_t)key->haystack.len),
		.tenant = htole16((uint16_t)key->tenant.len),
		.owner = htole16((uint16_t)key->owner.len),
		.place = (uint8_t)(row % PART_KEYS),
		.revoked = key->revoked,
		.disabled = key->disabled,
	};

	p = mempcpy(p, &head, sizeof head);
	return put_text(put_text(put_text(p, key->tenant), key->owner), key->haystack);
}

/* Whoever searches reads the row's part, which is about to be written, again. */
static void touch(struct store *s, int64_t row)
{
	int64_t part = row / PART_KEYS;

	for (struct key_search *search = s->searches; search != NULL; search = search->next) {
		search->outgrown = search->outgrown || part >= search->todo.room;
		part_set_add(&search->todo, part);
	}
}

/* The row's part without the row's entry, in the pool, with `room` more bytes behind it. */
static enum apikey_error part_without(struct store *s, struct pool *pool, int64_t row, size_t room,
	struct text *out, struct failure *why)
{
	struct sqlite3_stmt *stmt = sqlite_take(s, SQL_SEARCH_GET);
	struct text rest = {"", 0};
	struct entry_head head;
	struct key_summary key;
	enum apikey_error error;
	bool found;
	char *p;

	sqlite3_bind_int64(stmt, 1, row / PART_KEYS);
	if ((error = sqlite_next(s, stmt, &found, why)) != APIKEY_OK)
		goto out;
	if (found)
		rest = column_text(stmt, 0);
	out->data = p = pool_alloc(pool, rest.len + room);
	while (rest.len > 0) {
		const char *start = rest.data;

		if (!next_entry(&rest, &head, &key)) {
			error = sqlite_damaged(why, "a part of what is searched cannot be read");
			goto out;
		}
		if (head.place != row % PART_KEYS)
			p = mempcpy(p, start, entry_size(&head));
	}
	out->len = (size_t)(p - out->data);
out:
	sqlite_done(stmt);
	return error;
}

enum apikey_error sqlite_search_put(
	struct store *s, int64_t row, const struct key_record *key, struct failure *why)
{
	struct pool pool = {0};
	struct key_summary summary;
	struct sqlite3_stmt *stmt;
	enum apikey_error error;
	struct text part;
	size_t room;
	char *end;

	key_summary_make(&pool, key, &summary);
	if (summary.tenant.len > UINT16_MAX || summary.owner.len > UINT16_MAX ||
		summary.haystack.len > UINT32_MAX / 2) {
		error = fail(why, APIKEY_TOO_LARGE, "too large to be stored");
		goto out;
	}
	room = sizeof(struct entry_head) + summary.tenant.len + summary.owner.len +
	       summary.haystack.len;
	if ((error = part_without(s, &pool, row, room, &part, why)) != APIKEY_OK)
		goto out;
	searched_touch(s, row / PART_KEYS);
	touch(s, row);
	end = put_entry((char *)part.data + part.len, &summary, row);
	stmt = sqlite_take(s, SQL_SEARCH_PUT);
	sqlite3_bind_int64(stmt, 1, row / PART_KEYS);
	bind_blob(stmt, 2, (struct text){part.data, (size_t)(end - part.data)});
	error = sqlite_change(s, stmt, why);
out:
	pool_free(&pool);
	return error;
}

enum apikey_error sqlite_search_remove(struct store *s, int64_t row, struct failure *why)
{
	struct pool pool = {0};
	struct sqlite3_stmt *stmt;
	enum apikey_error error;
	struct text part;

	if ((error = part_without(s, &pool, row, 0, &part, why)) != APIKEY_OK)
		goto out;
	touch(s, row);
	stmt = sqlite_take(s, part.len > 0 ? SQL_SEARCH_PUT : SQL_SEARCH_DELETE);
	sqlite3_bind_int64(stmt, 1, row / PART_KEYS);
	if (part.len > 0)
		bind_blob(stmt, 2, part);
	error = sqlite_change(s, stmt, why);
out:
	pool_free(&pool);
	return error;
}

/* ---- a search, in bites -------------------------------------------------------------------------------------------- */

static void open_sets(struct key_search *search, const struct part_set *known, int64_t parts)
{
	part_set_open(&search->todo, parts);
	part_set_open(&search->parts, parts);
	for (int64_t part = 0; part < parts; part++)
		if (known == NULL || part_set_has(known, part))
			part_set_add(&search->todo, part);
	search->found.rows = search->todo.room * PART_KEYS;
	search->found.bits =
		calloc((size_t)search->found.rows / 64 + 1, sizeof *search->found.bits);
	if (search->found.bits == NULL)
		abort();
}

static enum apikey_error begin(struct store *s, const struct key_query *query,
	struct key_search **out, struct failure *why)
{
	struct key_search *search;
	int64_t last = 0;

	if (sqlite_number(s, sqlite_take(s, SQL_LAST_ROW), &last, why) != APIKEY_OK)
		return why->code;
	if ((search = calloc(1, sizeof *search)) == NULL)
		abort();
	search->query = *query;
	search->query.tenant = pool_text(&search->pool, query->tenant);
	search->query.owner = pool_text(&search->pool, query->owner);
	search->needle = text_lower(&search->pool, query->match);
	open_sets(search, searched_find(s, search->needle), last / PART_KEYS + 1);
	search->next = s->searches;
	s->searches = *out = search;
	return APIKEY_OK;
}

void sqlite_search_end(struct store *s, struct key_search *search)
{
	struct key_search **at = &s->searches;

	if (search == NULL)
		return;
	while (*at != search)
		at = &(*at)->next;
	*at = search->next;
	free(search->todo.bits);
	free(search->parts.bits);
	free(search->found.bits);
	pool_free(&search->pool);
	free(search);
}

static void select_row(struct selection *selection, int64_t row)
{
	if (row < selection->rows)
		selection->bits[row / 64] |= (uint64_t)1 << (row % 64);
}

static void unselect_part(struct selection *selection, int64_t part)
{
	const uint64_t mask = ((uint64_t)1 << PART_KEYS) - 1;

	selection->bits[part * PART_KEYS / 64] &= ~(mask << (part * PART_KEYS % 64));
}

static enum apikey_error search_part(
	struct key_search *search, int64_t part, struct text entries, struct failure *why)
{
	struct entry_head head;
	struct key_summary key;

	/* Most parts hold no match at all: one look instead of sixteen. */
	if (!text_holds(entries, search->needle))
		return APIKEY_OK;
	part_set_add(&search->parts, part);
	while (entries.len > 0) {
		if (!next_entry(&entries, &head, &key))
			return sqlite_damaged(why, "a part of what is searched cannot be read");
		if (key_selected(&key, &search->query, search->needle))
			select_row(&search->found, part * PART_KEYS + head.place);
	}
	return APIKEY_OK;
}

/* From first to last, all of which are to be read; those that are not there hold nothing. */
static enum apikey_error search_run(struct store *s, struct key_search *search, int64_t first,
	int64_t last, struct failure *why)
{
	struct sqlite3_stmt *stmt = sqlite_take(s, SQL_SEARCH_RUN);
	enum apikey_error error;
	bool more;

	for (int64_t part = first; part <= last; part++) {
		unselect_part(&search->found, part);
		part_set_remove(&search->todo, part);
	}
	sqlite3_bind_int64(stmt, 1, first);
	sqlite3_bind_int64(stmt, 2, last);
	while ((error = sqlite_next(s, stmt, &more, why)) == APIKEY_OK && more)
		if ((error = search_part(search, column_number(stmt, 0), column_text(stmt, 1),
			     why)) != APIKEY_OK)
			break;
	sqlite_done(stmt);
	return error;
}

static enum apikey_error search_some(
	struct store *s, struct key_search *search, int64_t parts, struct failure *why)
{
	int64_t first = 0, last;

	for (; parts > 0 && (first = part_set_next(&search->todo, first)) >= 0; first = last + 1) {
		last = first;
		while (--parts > 0 && part_set_has(&search->todo, last + 1))
			last++;
		if (search_run(s, search, first, last, why) != APIKEY_OK)
			return why->code;
	}
	return APIKEY_OK;
}

/* What was found is whole now: it is counted, and where it was is remembered. */
static void conclude(struct store *s, struct key_search *search)
{
	search->found.count = 0;
	for (int64_t i = 0; i <= search->found.rows / 64; i++)
		search->found.count += __builtin_popcountll(search->found.bits[i]);
	searched_keep(s, search->needle, &search->parts);
}

static bool is_for(const struct key_search *search, const struct key_query *query)
{
	return !search->outgrown && text_equal(search->query.tenant, query->tenant);
}

static unsigned under_way(const struct store *s)
{
	unsigned count = 0;

	for (const struct key_search *search = s->searches; search != NULL; search = search->next)
		count++;
	return count;
}

static enum apikey_error search_bite(struct store *s, const struct key_query *query,
	struct key_search **search, int64_t parts, struct failure *why)
{
	if (*search != NULL && !is_for(*search, query)) {
		sqlite_search_end(s, *search);
		*search = NULL;
	}
	if (*search == NULL && begin(s, query, search, why) != APIKEY_OK)
		return why->code;
	if (search_some(s, *search, parts, why) != APIKEY_OK)
		return why->code;
	if ((*search)->todo.count == 0)
		conclude(s, *search);
	return APIKEY_OK;
}

enum apikey_error sqlite_key_seek(struct store *s, const struct key_query *query,
	struct key_search **search, bool *done, struct failure *why)
{
	*done = true;
	if (query->sort >= SORT_USED && (ranking_read(s, done, why) != APIKEY_OK || !*done))
		return why->code;
	if (query->match.len == 0)
		return APIKEY_OK;
	*done = false;
	if (*search == NULL && under_way(s) >= SEARCHES_MAX)
		return APIKEY_OK;
	if (search_bite(s, query, search, BITE_PARTS, why) != APIKEY_OK)
		return why->code;
	*done = (*search)->todo.count == 0;
	return APIKEY_OK;
}

enum apikey_error sqlite_search(struct store *s, const struct key_query *query,
	struct key_search **search, struct selection *out, struct failure *why)
{
	if (search_bite(s, query, search, INT64_MAX, why) != APIKEY_OK)
		return why->code;
	*out = (*search)->found;
	return APIKEY_OK;
}
