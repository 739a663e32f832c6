/* memory_key.c - keys in the store in memory: every look-up goes through all of them. */
#include <stdlib.h>
#include <string.h>

#include "apikeyd/store/memory.h"

struct stored_key {
	int64_t row;
	struct key_record record;
};

static void record_copy(struct pool *pool, const struct key_record *from, struct key_record *to)
{
	struct text *texts[] = {&to->name, &to->tenant, &to->owner, &to->env, &to->plan, &to->email,
		&to->notes, &to->created_by, &to->scopes, &to->ip_allow, &to->rate, &to->quota,
		&to->meta};

	*to = *from;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		*texts[i] = pool_text(pool, *texts[i]);
	for (unsigned i = 0; i < to->secret_count; i++) {
		to->secrets[i].prefix = pool_text(pool, to->secrets[i].prefix);
		to->secrets[i].bcrypt = pool_text(pool, to->secrets[i].bcrypt);
	}
}

static struct stored_key *key_at(const struct store *s, size_t i)
{
	return s->now.lists[KEYS].items[i];
}

static bool has_prefix(const struct key_record *key, struct text prefix)
{
	for (unsigned i = 0; i < key->secret_count; i++)
		if (text_equal(key->secrets[i].prefix, prefix))
			return true;
	return false;
}

/* The place of the key in the list; its end when there is none. */
static size_t find_id(const struct store *s, struct text id)
{
	size_t i = 0;

	while (i < s->now.lists[KEYS].count && !text_equal(text_of(key_at(s, i)->record.id), id))
		i++;
	return i;
}

static size_t find_prefix(const struct store *s, struct text prefix)
{
	size_t i = 0;

	while (i < s->now.lists[KEYS].count && !has_prefix(&key_at(s, i)->record, prefix))
		i++;
	return i;
}

/* Whether the two keys share a secret's prefix or digest. */
static enum apikey_error check_secrets(
	const struct key_record *a, const struct key_record *b, struct failure *why)
{
	for (unsigned i = 0; i < a->secret_count; i++)
		for (unsigned j = a == b ? i + 1 : 0; j < b->secret_count; j++) {
			const struct secret_record *x = &a->secrets[i], *y = &b->secrets[j];

			if (memcmp(x->digest, y->digest, sizeof x->digest) == 0)
				return fail(why, APIKEY_CONFLICT, "this key exists already");
			if (text_equal(x->prefix, y->prefix))
				return fail(why, APIKEY_CONFLICT, "a key with this prefix exists");
		}
	return APIKEY_OK;
}

/* Whether the key may stand at that place of the list. */
static enum apikey_error check_unique(
	const struct store *s, const struct key_record *key, size_t place, struct failure *why)
{
	for (size_t i = 0; i < s->now.lists[KEYS].count; i++)
		if (i != place && check_secrets(key, &key_at(s, i)->record, why) != APIKEY_OK)
			return why->code;
	return check_secrets(key, key, why);
}

static struct stored_key *store_copy(struct store *s, const struct key_record *key, int64_t row)
{
	struct stored_key *stored = pool_alloc(&s->pool, sizeof *stored);

	record_copy(&s->pool, key, &stored->record);
	stored->row = row;
	return stored;
}

enum apikey_error memory_key_insert(
	struct store *s, const struct key_record *key, struct failure *why)
{
	size_t end = s->now.lists[KEYS].count;

	if (memory_check_transaction(s, why) != APIKEY_OK)
		return why->code;
	if (find_id(s, text_of(key->id)) != end)
		return fail(why, APIKEY_CONFLICT, "a key with this id exists");
	if (check_unique(s, key, end, why) != APIKEY_OK)
		return why->code;
	memory_list_add(&s->now.lists[KEYS], store_copy(s, key, ++s->now.rows));
	return APIKEY_OK;
}

enum apikey_error memory_key_update(
	struct store *s, const struct key_record *key, struct failure *why)
{
	size_t place = find_id(s, text_of(key->id));

	if (memory_check_transaction(s, why) != APIKEY_OK)
		return why->code;
	if (place == s->now.lists[KEYS].count)
		return key_not_found(text_of(key->id), why);
	if (check_unique(s, key, place, why) != APIKEY_OK)
		return why->code;
	s->now.lists[KEYS].items[place] = store_copy(s, key, key_at(s, place)->row);
	return APIKEY_OK;
}

enum apikey_error memory_key_delete(struct store *s, const char *id, struct failure *why)
{
	size_t place = find_id(s, text_of(id));

	if (memory_check_transaction(s, why) != APIKEY_OK)
		return why->code;
	if (place == s->now.lists[KEYS].count)
		return key_not_found(text_of(id), why);
	memory_list_remove(&s->now.lists[KEYS], place);
	return APIKEY_OK;
}

enum apikey_error memory_key_get(struct store *s, struct pool *pool, struct text ref,
	struct key_record *out, struct failure *why)
{
	size_t place = find_id(s, ref);

	if (place == s->now.lists[KEYS].count)
		place = find_prefix(s, ref);
	if (place == s->now.lists[KEYS].count)
		return key_not_found(ref, why);
	record_copy(pool, &key_at(s, place)->record, out);
	return APIKEY_OK;
}

enum apikey_error memory_digest_find(
	struct store *s, const uint8_t digest[STORE_DIGEST_BYTES], bool *found, struct failure *why)
{
	(void)why;
	*found = false;
	for (size_t i = 0; i < s->now.lists[KEYS].count && !*found; i++) {
		const struct key_record *key = &key_at(s, i)->record;

		for (unsigned j = 0; j < key->secret_count; j++)
			if (memcmp(key->secrets[j].digest, digest, STORE_DIGEST_BYTES) == 0)
				*found = true;
	}
	return APIKEY_OK;
}

enum apikey_error memory_load(struct store *s, store_load_fn *fn, void *arg, struct failure *why)
{
	(void)why;
	for (size_t i = 0; i < s->now.lists[KEYS].count; i++)
		if (!fn(&key_at(s, i)->record, arg))
			break;
	return APIKEY_OK;
}

struct candidate {
	struct key_position position;
	const struct key_record *record;
};

static int by_position(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;

	return key_position_compare(&x->position, &y->position);
}

/* All selected keys in ascending order, in the pool. */
static struct candidate *select_keys(
	struct store *s, struct pool *pool, const struct key_query *query, size_t *count)
{
	struct candidate *all = pool_alloc(pool, (s->now.lists[KEYS].count + 1) * sizeof *all);
	struct text needle = text_lower(pool, query->match);
	struct key_summary summary;

	*count = 0;
	for (size_t i = 0; i < s->now.lists[KEYS].count; i++) {
		const struct stored_key *key = key_at(s, i);

		key_summary_make(pool, &key->record, &summary);
		if (key_selected(&summary, query, needle))
			all[(*count)++] = (struct candidate){
				key_position(query, &key->record, key->row), &key->record};
	}
	qsort(all, *count, sizeof *all, by_position);
	return all;
}

enum apikey_error memory_key_list(struct store *s, struct pool *pool, const struct key_query *query,
	struct key_page *out, struct failure *why)
{
	struct key_position cursor;
	struct candidate *all;
	const struct candidate *last = NULL;
	size_t count;

	if (query_check(query, why) != APIKEY_OK ||
		(query->cursor.data != NULL && cursor_read(pool, query, &cursor, why) != APIKEY_OK))
		return why->code;
	all = select_keys(s, pool, query, &count);
	*out = (struct key_page){.total = (int64_t)count};
	out->keys = pool_alloc(pool, query->limit * sizeof *out->keys);
	for (size_t i = 0; i < count; i++) {
		const struct candidate *c = &all[query->descending ? count - 1 - i : i];

		if (query->cursor.data != NULL &&
			!key_position_before(query, &cursor, &c->position))
			continue;
		if (out->count == query->limit) {
			out->next = cursor_make(pool, query, &last->position);
			break;
		}
		out->keys[out->count] = pool_alloc(pool, sizeof **out->keys);
		record_copy(pool, c->record, out->keys[out->count++]);
		last = c;
	}
	return APIKEY_OK;
}

enum apikey_error memory_key_seek(struct store *s, const struct key_query *query,
	struct key_search **search, bool *done, struct failure *why)
{
	(void)s, (void)query, (void)search, (void)why;
	*done = true;
	return APIKEY_OK;
}

void memory_key_search_end(struct store *s, struct key_search *search)
{
	(void)s, (void)search;
}

enum apikey_error memory_slot_owners(struct store *s, struct pool *pool, struct slot_owner *slots,
	unsigned count, bool *done, struct failure *why)
{
	(void)why;
	*done = true;
	for (size_t i = 0; i < s->now.lists[KEYS].count; i++)
		slot_owners_fill(pool, slots, count, &key_at(s, i)->record);
	return APIKEY_OK;
}
