/* sqlite_search.c - what is searched, kept apart from the keys: summaries of sixteen keys to a row.
 *
 * Reading all of them takes 60 ms for a million keys, whatever is sought, finds exactly what the query says, and an
 * insert rewrites one row. What was found is remembered (sqlite_searched.c). A trigram index (FTS5) answers rare matches sooner and common ones later, and costs 600 us
 * an insert, because it is flushed at every savepoint. */
#include <endian.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "apikeyd/store/sqlite.h"

#define PART_KEYS 16

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
	stmt = sqlite_take(s, part.len > 0 ? SQL_SEARCH_PUT : SQL_SEARCH_DELETE);
	sqlite3_bind_int64(stmt, 1, row / PART_KEYS);
	if (part.len > 0)
		bind_blob(stmt, 2, part);
	error = sqlite_change(s, stmt, why);
out:
	pool_free(&pool);
	return error;
}

static void select_row(struct selection *selection, int64_t row)
{
	if (row < 0 || row >= selection->rows)
		return; /* of a damaged part: no such key */
	selection->bits[row / 64] |= (uint64_t)1 << (row % 64);
	selection->count++;
}

/* A search under way. */
struct search {
	const struct key_query *query;
	struct text needle;
	struct part_set parts; /* that hold the needle */
	struct selection *out;
};

static enum apikey_error search_part(
	struct search *search, int64_t part, struct text entries, struct failure *why)
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
		if (key_selected(&key, search->query, search->needle))
			select_row(search->out, part * PART_KEYS + head.place);
	}
	return APIKEY_OK;
}

/* Takes the statement. */
static enum apikey_error search_rows(
	struct store *s, struct sqlite3_stmt *stmt, struct search *search, struct failure *why)
{
	enum apikey_error error;
	bool more;

	while ((error = sqlite_next(s, stmt, &more, why)) == APIKEY_OK && more)
		if ((error = search_part(search, column_number(stmt, 0), column_text(stmt, 1),
			     why)) != APIKEY_OK)
			break;
	sqlite_done(stmt);
	return error;
}

static enum apikey_error search_known(
	struct store *s, const struct part_set *known, struct search *search, struct failure *why)
{
	for (int64_t word = 0; word <= known->room / 64; word++)
		for (uint64_t bits = known->bits[word]; bits != 0; bits &= bits - 1) {
			struct sqlite3_stmt *stmt = sqlite_take(s, SQL_SEARCH_ONE);

			sqlite3_bind_int64(stmt, 1, 64 * word + __builtin_ctzll(bits));
			if (search_rows(s, stmt, search, why) != APIKEY_OK)
				return why->code;
		}
	return APIKEY_OK;
}

enum apikey_error sqlite_search(struct store *s, struct pool *pool, const struct key_query *query,
	struct selection *out, struct failure *why)
{
	struct search search = {
		.query = query, .needle = text_lower(pool, query->match), .out = out};
	const struct part_set *known = searched_find(s, search.needle);
	enum apikey_error error;

	if ((error = sqlite_number(s, sqlite_take(s, SQL_LAST_ROW), &out->rows, why)) != APIKEY_OK)
		return error;
	out->rows++; /* rows count from 1 */
	out->count = 0;
	out->bits = pool_alloc(pool, ((size_t)out->rows / 64 + 1) * sizeof *out->bits);
	part_set_open(&search.parts, out->rows / PART_KEYS + 1);
	error = known != NULL ? search_known(s, known, &search, why)
			      : search_rows(s, sqlite_take(s, SQL_SEARCH_SCAN), &search, why);
	if (error == APIKEY_OK)
		searched_keep(s, search.needle, &search.parts);
	else
		free(search.parts.bits);
	return error;
}
