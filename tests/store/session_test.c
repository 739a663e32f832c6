/* session_test.c - sessions and one-time codes, on every store. */
#include <stdio.h>
#include <string.h>

#include "apikeyd/store/store.h"
#include "tests/store/world.h"
#include "tests/unit/unit.h"

static void digest_of(uint8_t n, uint8_t out[STORE_DIGEST_BYTES])
{
	memset(out, n, STORE_DIGEST_BYTES);
}

static struct session_record session_of(const char *id, const char *user, uint8_t n)
{
	struct session_record session = {
		.id = text_of(id),
		.user = text_of(user),
		.uid = 1000 + n,
		.created_at = 100 + n,
		.expires_at = 1000 + n,
		.seen_at = 200 + n,
	};

	digest_of(n, session.digest);
	return session;
}

static void put(struct world *w, const char *id, const char *user, uint8_t n)
{
	struct session_record session = session_of(id, user, n);

	ok(w, w->ops->session_put(w->store, &session, &w->why));
}

static bool get(struct world *w, uint8_t n, struct session_record *out)
{
	uint8_t digest[STORE_DIGEST_BYTES];
	bool found;

	digest_of(n, digest);
	ok(w, w->ops->session_get(w->store, &w->pool, digest, out, &found, &w->why));
	return found;
}

/* The ids of a user's sessions, joined by spaces. Static, until the next call. */
static const char *list(struct world *w, const char *user)
{
	static char ids[STORE_SESSIONS_MAX * SESSION_ID_SIZE];
	struct session_record *sessions;
	unsigned count;
	size_t len = 0;

	ids[0] = '\0';
	ok(w, w->ops->session_list(w->store, &w->pool, text_of(user), &sessions, &count, &w->why));
	for (unsigned i = 0; i < count; i++)
		len += (size_t)snprintf(ids + len, sizeof ids - len, "%s%.*s", i > 0 ? " " : "",
			(int)sessions[i].id.len, sessions[i].id.data);
	return ids;
}

static void gives_back_what_was_put(void **state)
{
	struct world *w = *state;
	struct session_record found, made = session_of("s_1", "alice", 7);

	assert_false(get(w, 7, &found));
	begin(w);
	put(w, "s_1", "alice", 1);
	put(w, "s_1", "alice", 7); /* replaces */
	commit(w);
	assert_false(get(w, 1, &found));
	assert_true(get(w, 7, &found));
	assert_true(text_equal(found.id, made.id));
	assert_true(text_equal(found.user, made.user));
	assert_memory_equal(found.digest, made.digest, STORE_DIGEST_BYTES);
	assert_int_equal(found.uid, made.uid);
	assert_int_equal(found.created_at, made.created_at);
	assert_int_equal(found.expires_at, made.expires_at);
	assert_int_equal(found.seen_at, made.seen_at);
}

static void lists_and_deletes(void **state)
{
	struct world *w = *state;

	begin(w);
	put(w, "s_b", "alice", 1);
	put(w, "s_a", "alice", 2);
	put(w, "s_c", "bob", 3);
	assert_string_equal(list(w, "alice"), "s_b s_a");
	assert_string_equal(list(w, "bob"), "s_c");
	assert_string_equal(list(w, "ali"), "");
	ok(w, w->ops->session_delete(w->store, text_of("s_b"), &w->why));
	ok(w, w->ops->session_delete(w->store, text_of("s_x"), &w->why));
	assert_string_equal(list(w, "alice"), "s_a");
	commit(w);
}

static void prunes_at_both_edges(void **state)
{
	struct world *w = *state;

	begin(w);
	put(w, "s_1", "alice", 1); /* seen at 201, over at 1001 */
	put(w, "s_2", "alice", 2);
	put(w, "s_3", "alice", 3);
	ok(w, w->ops->session_prune(w->store, 201, 1000, &w->why));
	assert_string_equal(list(w, "alice"), "s_1 s_2 s_3");
	ok(w, w->ops->session_prune(w->store, 202, 1000, &w->why));
	assert_string_equal(list(w, "alice"), "s_2 s_3");
	ok(w, w->ops->session_prune(w->store, 0, 1002, &w->why));
	assert_string_equal(list(w, "alice"), "s_3");
	commit(w);
}

static void add_code(struct world *w, const char *user, uint8_t n, int64_t expires_at)
{
	uint8_t digest[STORE_DIGEST_BYTES];

	digest_of(n, digest);
	ok(w, w->ops->code_put(w->store, text_of(user), digest, expires_at, &w->why));
}

static bool has_code(struct world *w, const char *user, uint8_t n, int64_t now)
{
	uint8_t digest[STORE_DIGEST_BYTES];
	bool found;

	digest_of(n, digest);
	ok(w, w->ops->code_find(w->store, text_of(user), digest, now, &found, &w->why));
	return found;
}

static void delete_code(struct world *w, const char *user, uint8_t n)
{
	uint8_t digest[STORE_DIGEST_BYTES];

	digest_of(n, digest);
	ok(w, w->ops->code_delete(w->store, text_of(user), digest, &w->why));
}

static int64_t count_codes(struct world *w, const char *user, int64_t now)
{
	int64_t count;

	ok(w, w->ops->code_count(w->store, text_of(user), now, &count, &w->why));
	return count;
}

static void finds_codes_until_they_are_over_or_deleted(void **state)
{
	struct world *w = *state;

	begin(w);
	add_code(w, "alice", 1, STORE_NEVER);
	add_code(w, "alice", 2, 400);
	add_code(w, "alice", 2, 500); /* replaces */
	add_code(w, "alice", 3, 500);
	add_code(w, "bob", 1, STORE_NEVER);
	assert_int_equal(count_codes(w, "alice", 499), 3);
	assert_int_equal(count_codes(w, "alice", 500), 1);
	assert_false(has_code(w, "carol", 1, 0));
	assert_true(has_code(w, "alice", 2, 499));
	assert_false(has_code(w, "alice", 2, 500));
	assert_true(has_code(w, "alice", 1, 10));
	delete_code(w, "alice", 1);
	delete_code(w, "alice", 1);
	assert_false(has_code(w, "alice", 1, 10));
	assert_int_equal(count_codes(w, "alice", 0), 2);
	assert_int_equal(count_codes(w, "bob", 0), 1);
	ok(w, w->ops->code_delete(w->store, text_of("alice"), NULL, &w->why));
	assert_int_equal(count_codes(w, "alice", 0), 0);
	assert_true(has_code(w, "bob", 1, 0));
	commit(w);
}

static void a_code_is_there_again_after_a_rollback(void **state)
{
	struct world *w = *state;

	begin(w);
	add_code(w, "alice", 1, STORE_NEVER);
	put(w, "s_1", "alice", 1);
	commit(w);
	begin(w);
	delete_code(w, "alice", 1);
	ok(w, w->ops->session_delete(w->store, text_of("s_1"), &w->why));
	w->ops->rollback(w->store);
	assert_int_equal(count_codes(w, "alice", 0), 1);
	assert_string_equal(list(w, "alice"), "s_1");
}

static void changes_only_in_a_transaction(void **state)
{
	struct world *w = *state;
	struct session_record session = session_of("s_1", "alice", 1);

	assert_int_equal(w->ops->session_put(w->store, &session, &w->why), APIKEY_UNAVAILABLE);
	assert_int_equal(w->ops->session_delete(w->store, session.id, &w->why), APIKEY_UNAVAILABLE);
	assert_int_equal(w->ops->session_prune(w->store, 0, 0, &w->why), APIKEY_UNAVAILABLE);
	assert_int_equal(w->ops->code_put(w->store, session.user, session.digest, 0, &w->why),
		APIKEY_UNAVAILABLE);
	assert_int_equal(
		w->ops->code_delete(w->store, session.user, NULL, &w->why), APIKEY_UNAVAILABLE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(gives_back_what_was_put),
		T(lists_and_deletes),
		T(prunes_at_both_edges),
		T(finds_codes_until_they_are_over_or_deleted),
		T(a_code_is_there_again_after_a_rollback),
		T(changes_only_in_a_transaction),
	};

	return world_run(tests, sizeof tests / sizeof *tests);
}
