/* memory_session.c - sessions and one-time codes in the store in memory, in the order in which they were made. */
#include <string.h>

#include "apikeyd/store/memory.h"

struct code {
	struct text user;
	uint8_t digest[STORE_DIGEST_BYTES];
	int64_t expires_at;
};

static struct session_record *session_at(const struct store *s, size_t i)
{
	return s->now.lists[SESSIONS].items[i];
}

static struct code *code_at(const struct store *s, size_t i)
{
	return s->now.lists[CODES].items[i];
}

static void copy(struct pool *pool, const struct session_record *from, struct session_record *to)
{
	*to = *from;
	to->id = pool_text(pool, from->id);
	to->user = pool_text(pool, from->user);
}

/* The place of the one of that id, or the end. */
static size_t place_of(const struct store *s, struct text id)
{
	size_t i = 0;

	while (i < s->now.lists[SESSIONS].count && !text_equal(session_at(s, i)->id, id))
		i++;
	return i;
}

enum apikey_error memory_session_put(
	struct store *s, const struct session_record *session, struct failure *why)
{
	struct list *list = &s->now.lists[SESSIONS];
	struct session_record *stored = pool_alloc(&s->pool, sizeof *stored);
	size_t place = place_of(s, session->id);

	if (memory_check_transaction(s, why) != APIKEY_OK)
		return why->code;
	copy(&s->pool, session, stored);
	if (place == list->count)
		memory_list_add(list, stored);
	list->items[place] = stored;
	return APIKEY_OK;
}

enum apikey_error memory_session_get(struct store *s, struct pool *pool,
	const uint8_t digest[STORE_DIGEST_BYTES], struct session_record *out, bool *found,
	struct failure *why)
{
	(void)why;
	*found = false;
	for (size_t i = 0; i < s->now.lists[SESSIONS].count && !*found; i++) {
		*found = memcmp(session_at(s, i)->digest, digest, STORE_DIGEST_BYTES) == 0;
		if (*found)
			copy(pool, session_at(s, i), out);
	}
	return APIKEY_OK;
}

enum apikey_error memory_session_list(struct store *s, struct pool *pool, struct text user,
	struct session_record **out, unsigned *count, struct failure *why)
{
	(void)why;
	*out = pool_alloc(pool, STORE_SESSIONS_MAX * sizeof **out);
	*count = 0;
	for (size_t i = 0; i < s->now.lists[SESSIONS].count && *count < STORE_SESSIONS_MAX; i++)
		if (text_equal(session_at(s, i)->user, user))
			copy(pool, session_at(s, i), &(*out)[(*count)++]);
	return APIKEY_OK;
}

enum apikey_error memory_session_delete(struct store *s, struct text id, struct failure *why)
{
	size_t place = place_of(s, id);

	if (memory_check_transaction(s, why) != APIKEY_OK)
		return why->code;
	if (place < s->now.lists[SESSIONS].count)
		memory_list_remove(&s->now.lists[SESSIONS], place);
	return APIKEY_OK;
}

enum apikey_error memory_session_prune(
	struct store *s, int64_t seen, int64_t now, struct failure *why)
{
	if (memory_check_transaction(s, why) != APIKEY_OK)
		return why->code;
	for (size_t i = s->now.lists[SESSIONS].count; i-- > 0;)
		if (session_at(s, i)->seen_at < seen || session_at(s, i)->expires_at <= now)
			memory_list_remove(&s->now.lists[SESSIONS], i);
	return APIKEY_OK;
}

static bool is_of(const struct code *code, struct text user, const uint8_t *digest)
{
	return text_equal(code->user, user) &&
	       (digest == NULL || memcmp(code->digest, digest, STORE_DIGEST_BYTES) == 0);
}

/* How many codes of a user, or with that digest, are not over. */
static int64_t count(const struct store *s, struct text user, const uint8_t *digest, int64_t now)
{
	int64_t good = 0;

	for (size_t i = 0; i < s->now.lists[CODES].count; i++) {
		const struct code *code = code_at(s, i);

		good += is_of(code, user, digest) &&
			(code->expires_at == STORE_NEVER || code->expires_at > now);
	}
	return good;
}

enum apikey_error memory_code_put(struct store *s, struct text user,
	const uint8_t digest[STORE_DIGEST_BYTES], int64_t expires_at, struct failure *why)
{
	struct code *code = pool_alloc(&s->pool, sizeof *code);

	if (memory_code_delete(s, user, digest, why) != APIKEY_OK)
		return why->code;
	code->user = pool_text(&s->pool, user);
	memcpy(code->digest, digest, STORE_DIGEST_BYTES);
	code->expires_at = expires_at;
	memory_list_add(&s->now.lists[CODES], code);
	return APIKEY_OK;
}

enum apikey_error memory_code_find(struct store *s, struct text user,
	const uint8_t digest[STORE_DIGEST_BYTES], int64_t now, bool *found, struct failure *why)
{
	(void)why;
	*found = count(s, user, digest, now) > 0;
	return APIKEY_OK;
}

enum apikey_error memory_code_delete(
	struct store *s, struct text user, const uint8_t *digest, struct failure *why)
{
	if (memory_check_transaction(s, why) != APIKEY_OK)
		return why->code;
	for (size_t i = s->now.lists[CODES].count; i-- > 0;)
		if (is_of(code_at(s, i), user, digest))
			memory_list_remove(&s->now.lists[CODES], i);
	return APIKEY_OK;
}

enum apikey_error memory_code_count(
	struct store *s, struct text user, int64_t now, int64_t *out, struct failure *why)
{
	(void)why;
	*out = count(s, user, NULL, now);
	return APIKEY_OK;
}
