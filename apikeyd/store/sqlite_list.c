/* sqlite_list.c - pages of keys from the SQLite store, in time that does not grow with the store.
 *
 * How many keys match is read from the census (or found by the search). Then one of two ways: walk along the index of
 * the order from the cursor on and skip what is not selected, or read all that one selective index names and sort it.
 * What each would have to read is known beforehand, and the shorter is taken. By status, which time changes and no index
 * has, is one listing after the other, of each status in the order of creation. */
#include <sqlite3.h>
#include <stdlib.h>

#include "apikeyd/store/sqlite.h"

struct listing {
	struct store *s;
	struct pool *pool;
	const struct key_query *query;
	struct selection found; /* bits NULL: nothing was searched */
	struct key_search *own; /* where the query has none */
	int64_t total, all;
	struct key_position *page; /* of the keys on it; room for one more than the limit */
	unsigned count;
};

/* Reads the columns of a walk, a source or a peek: the position, borrowed, and whether the query selects the key. */
static bool read_row(struct listing *l, struct sqlite3_stmt *stmt, struct key_position *out)
{
	int64_t row = column_number(stmt, 0), expires_at = column_number(stmt, 4);
	struct key_record key = {
		.name = column_text(stmt, 1),
		.tenant = column_text(stmt, 2),
		.owner = column_text(stmt, 3),
		.expires_at = expires_at == INT64_MAX ? STORE_NEVER : expires_at,
		.secrets = {{.prefix = column_text(stmt, 7)}},
		.secret_count = 1,
	};
	struct key_summary summary = {
		.tenant = key.tenant,
		.owner = key.owner,
		.expires_at = key.expires_at,
		.revoked = column_number(stmt, 5) != 0,
		.disabled = column_number(stmt, 6) != 0,
	};

	*out = key_position(l->query, &key, row);
	if (l->found.bits != NULL)
		return is_selected(&l->found, row); /* the search has asked the rest already */
	return key_selected(&summary, l->query, (struct text){NULL, 0});
}

static void add_to_page(struct listing *l, const struct key_position *position)
{
	l->page[l->count] = *position;
	l->page[l->count++].word = pool_text(l->pool, position->word);
}

/* Whether those whose time is over stand together before, or those whose time is not. */
static bool starts_now(const struct key_query *q)
{
	if (q->sort != SORT_EXPIRES)
		return false;
	return q->descending ? q->status == STATUS_EXPIRED
			     : q->status == STATUS_ACTIVE || q->status == STATUS_DISABLED;
}

/* Before the first of the order. */
static void bind_start(struct sqlite3_stmt *stmt, const struct key_query *q)
{
	if (starts_now(q)) {
		sqlite3_bind_int64(stmt, 1, q->now);
		sqlite3_bind_int64(stmt, 2, INT64_MAX);
		return;
	}
	if (q->sort == SORT_EXPIRES || q->sort == SORT_CREATED)
		sqlite3_bind_int64(stmt, 1, q->descending ? INT64_MAX : INT64_MIN);
	else if (q->descending)
		sqlite3_bind_zeroblob(stmt, 1, 0); /* blobs come after all text */
	else
		bind_text(stmt, 1, text_of(""));
	sqlite3_bind_int64(stmt, 2, q->descending ? INT64_MAX : INT64_MIN);
}

static enum apikey_error walk(
	struct listing *l, const struct key_position *cursor, struct failure *why)
{
	const struct key_query *q = l->query;
	struct sqlite3_stmt *stmt =
		sqlite_take(l->s, SQL_WALK + 2 * (unsigned)q->sort + (q->descending ? 1 : 0));
	struct key_position position;
	enum apikey_error error = APIKEY_OK;
	bool more = true;

	if (cursor == NULL) {
		bind_start(stmt, q);
	} else {
		if (q->sort == SORT_EXPIRES)
			sqlite3_bind_int64(stmt, 1, cursor->number);
		else
			bind_text(stmt, 1, cursor->word);
		sqlite3_bind_int64(stmt, 2, cursor->row);
	}
	while (l->count <= q->limit && more &&
		(error = sqlite_next(l->s, stmt, &more, why)) == APIKEY_OK && more)
		if (read_row(l, stmt, &position))
			add_to_page(l, &position);
	sqlite_done(stmt);
	return error;
}

/* What has been read to be sorted. */
struct heap {
	struct key_position *positions;
	size_t count, cap;
};

static void heap_add(struct heap *h, struct pool *pool, const struct key_position *position)
{
	if (h->count == h->cap) {
		h->cap = h->cap == 0 ? 256 : 2 * h->cap;
		h->positions = reallocarray(h->positions, h->cap, sizeof *h->positions);
		if (h->positions == NULL)
			abort();
	}
	h->positions[h->count] = *position;
	h->positions[h->count++].word = pool_text(pool, position->word);
}

static int by_position(const void *a, const void *b)
{
	return key_position_compare(a, b);
}

/* Reads the rows that the statement gives, and keeps those that are selected and come after the cursor. */
static enum apikey_error gather(struct listing *l, struct sqlite3_stmt *stmt,
	const struct key_position *cursor, struct heap *heap, struct failure *why)
{
	struct key_position position;
	enum apikey_error error;
	bool more;

	sqlite3_bind_int(stmt, 3, l->query->sort == SORT_PREFIX);
	while ((error = sqlite_next(l->s, stmt, &more, why)) == APIKEY_OK && more)
		if (read_row(l, stmt, &position) &&
			(cursor == NULL || key_position_before(l->query, cursor, &position)))
			heap_add(heap, l->pool, &position);
	sqlite_done(stmt);
	return error;
}

static enum apikey_error gather_found(struct listing *l, const struct key_position *cursor,
	struct heap *heap, struct failure *why)
{
	for (int64_t word = 0; word <= l->found.rows / 64; word++)
		for (uint64_t bits = l->found.bits[word]; bits != 0; bits &= bits - 1) {
			struct sqlite3_stmt *stmt = sqlite_take(l->s, SQL_PEEK);

			sqlite3_bind_int64(stmt, 1, 64 * word + __builtin_ctzll(bits));
			if (gather(l, stmt, cursor, heap, why) != APIKEY_OK)
				return why->code;
		}
	return APIKEY_OK;
}

static enum apikey_error sort_out(struct listing *l, const struct key_source *source,
	const struct key_position *cursor, struct failure *why)
{
	struct heap heap = {0};
	struct sqlite3_stmt *stmt;
	enum apikey_error error;

	if (l->found.bits != NULL) {
		error = gather_found(l, cursor, &heap, why);
	} else {
		stmt = sqlite_take(l->s, source->statement);
		if (source->word.data != NULL)
			bind_text(stmt, 1, source->word);
		else if (source->statement == SQL_SOURCE_LAPSED)
			sqlite3_bind_int64(stmt, 1, source->now);
		error = gather(l, stmt, cursor, &heap, why);
	}
	if (heap.count > 0)
		qsort(heap.positions, heap.count, sizeof *heap.positions, by_position);
	for (size_t i = 0; i < heap.count && l->count <= l->query->limit; i++)
		add_to_page(l, &heap.positions[l->query->descending ? heap.count - 1 - i : i]);
	free(heap.positions);
	return error;
}

/* By what was counted, which stands in no index. */
static enum apikey_error rank(
	struct listing *l, const struct key_position *cursor, struct failure *why)
{
	struct ranking_page page = {
		.query = l->query, .cursor = cursor, .among = l->found, .positions = l->page};

	if (l->found.bits == NULL && l->total < l->all &&
		sqlite_select(l->s, l->pool, l->query, &page.among, why) != APIKEY_OK)
		return why->code;
	if (ranking_page(l->s, &page, why) != APIKEY_OK)
		return why->code;
	l->count = page.count;
	return APIKEY_OK;
}

static enum apikey_error find_page(
	struct listing *l, const struct key_position *cursor, struct failure *why)
{
	struct key_source source = {.count = l->total};
	enum apikey_error error = APIKEY_OK;

	if (l->total <= 0)
		return APIKEY_OK;
	if (l->query->sort >= SORT_USED)
		return rank(l, cursor, why);
	if (l->found.bits == NULL)
		error = sqlite_source(l->s, l->query, &source, why);
	if (error != APIKEY_OK)
		return error;
	/* A walk meets one selected key in all / total. */
	if (source.count < l->query->limit * (l->all / l->total))
		return sort_out(l, &source, cursor, why);
	return walk(l, cursor, why);
}

/* How many keys match; those that are searched for are known then. */
static enum apikey_error find_total(struct listing *l, struct failure *why)
{
	enum apikey_error error;

	if (l->query->match.len == 0)
		return sqlite_count(l->s, l->query, &l->total, why);
	error = sqlite_search(l->s, l->query, l->query->search != NULL ? l->query->search : &l->own,
		&l->found, why);
	l->total = l->found.count;
	return error;
}

/* Of what was found, that which a narrower query selects. What was found has room for more rows than there are. */
static enum apikey_error find_among(
	struct listing *l, const struct selection *found, struct failure *why)
{
	if (sqlite_select(l->s, l->pool, l->query, &l->found, why) != APIKEY_OK)
		return why->code;
	l->total = 0;
	for (int64_t i = 0; i <= l->found.rows / 64; i++) {
		l->found.bits[i] &= found->bits[i];
		l->total += __builtin_popcountll(l->found.bits[i]);
	}
	return APIKEY_OK;
}

/* Adds those of one status to the page, from the cursor on. */
static enum apikey_error find_status(struct listing *l, enum key_status status,
	const struct key_position *cursor, struct failure *why)
{
	struct key_query query = *l->query;
	struct listing one = *l;
	enum apikey_error error;

	query.status = status;
	query.sort = SORT_CREATED;
	one.query = &query;
	error = l->found.bits != NULL ? find_among(&one, &l->found, why)
				      : sqlite_count(l->s, &query, &one.total, why);
	if (error != APIKEY_OK || (error = find_page(&one, cursor, why)) != APIKEY_OK)
		return error;
	for (; l->count < one.count; l->count++)
		l->page[l->count].number = status;
	return APIKEY_OK;
}

static enum apikey_error find_by_status(
	struct listing *l, const struct key_position *cursor, struct failure *why)
{
	const struct key_query *q = l->query;
	int64_t from = cursor != NULL ? cursor->number : q->descending ? INT64_MAX : 0;
	struct key_position place = {.word = {"", 0}, .row = cursor != NULL ? cursor->row : 0};
	enum apikey_error error = APIKEY_OK;

	for (int i = STATUS_ACTIVE; i <= STATUS_REVOKED && error == APIKEY_OK; i++) {
		int status = q->descending ? STATUS_ACTIVE + STATUS_REVOKED - i : i;

		if (l->count > q->limit || (q->descending ? status > from : status < from) ||
			(q->status != STATUS_ANY && (int)q->status != status))
			continue;
		error = find_status(
			l, (enum key_status)status, status == from ? &place : NULL, why);
	}
	return error;
}

static enum apikey_error fill_page(struct listing *l, struct key_page *out, struct failure *why)
{
	enum apikey_error error = APIKEY_OK;
	bool more = l->count > l->query->limit;

	out->count = more ? l->query->limit : l->count;
	out->keys = pool_alloc(l->pool, (out->count + 1) * sizeof *out->keys);
	out->total = l->total;
	out->next = (struct text){NULL, 0};
	for (unsigned i = 0; i < out->count && error == APIKEY_OK; i++) {
		out->keys[i] = pool_alloc(l->pool, sizeof **out->keys);
		error = sqlite_key_by_row(l->s, l->pool, l->page[i].row, out->keys[i], why);
	}
	if (error == APIKEY_OK && more)
		out->next = cursor_make(l->pool, l->query, &l->page[out->count - 1]);
	return error;
}

enum apikey_error sqlite_key_list(struct store *s, struct pool *pool, const struct key_query *query,
	struct key_page *out, struct failure *why)
{
	struct pool scratch = {0};
	struct listing l = {.s = s, .pool = &scratch, .query = query};
	const struct key_query everything = {.now = query->now};
	struct key_position cursor = {0};
	const struct key_position *from;
	enum apikey_error error;

	if ((error = query_check(query, why)) != APIKEY_OK)
		return error;
	l.page = pool_alloc(&scratch, (query->limit + 1) * sizeof *l.page);
	if ((query->cursor.data != NULL &&
		    (error = cursor_read(&scratch, query, &cursor, why)) != APIKEY_OK) ||
		(error = sqlite_count(s, &everything, &l.all, why)) != APIKEY_OK)
		goto out;
	from = query->cursor.data != NULL ? &cursor : NULL;
	if ((error = find_total(&l, why)) != APIKEY_OK ||
		(error = query->sort == SORT_STATUS ? find_by_status(&l, from, why)
						    : find_page(&l, from, why)) != APIKEY_OK)
		goto out;
	l.pool = pool;
	error = fill_page(&l, out, why);
out:
	sqlite_search_end(s, l.own);
	pool_free(&scratch);
	return error;
}
