/* store_test.c - keys and transactions, on every store. */
#include <string.h>

#include "apikeyd/store/store.h"
#include "tests/store/keys.h"
#include "tests/store/world.h"
#include "tests/unit/unit.h"

static enum apikey_error insert(struct world *w, const struct key_record *key)
{
	return w->ops->key_insert(w->store, key, &w->why);
}

static enum apikey_error get(struct world *w, const char *ref, struct key_record *out)
{
	memset(out, 0, sizeof *out);
	return w->ops->key_get(w->store, &w->pool, text_of(ref), out, &w->why);
}

static void assert_key(struct world *w, const char *ref, const struct key_record *expected)
{
	struct key_record found;

	ok(w, get(w, ref, &found));
	assert_true(test_same(&found, expected));
}

static void assert_gone(struct world *w, const char *ref)
{
	struct key_record found;

	assert_int_equal(get(w, ref, &found), APIKEY_NOT_FOUND);
}

static void gives_back_every_field(void **state)
{
	struct world *w = *state;

	fill(w, 60);
	for (unsigned n = 0; n < 60; n++) {
		const struct key_record *key = test_key(&w->pool, n);

		assert_key(w, key->id, key);
		for (unsigned i = 0; i < key->secret_count; i++)
			assert_key(w, pool_text(&w->pool, key->secrets[i].prefix).data, key);
	}
}

static void holds_as_many_secrets_as_it_says(void **state)
{
	struct world *w = *state;
	struct key_record *key = test_key(&w->pool, 1);

	while (key->secret_count < STORE_SECRETS_MAX)
		test_add_secret(&w->pool, key, 1);
	begin(w);
	ok(w, insert(w, key));
	commit(w);
	assert_key(w, key->id, key);
}

static void names_what_is_not_found(void **state)
{
	struct world *w = *state;
	struct key_record key;

	assert_int_equal(get(w, "k_nobody", &key), APIKEY_NOT_FOUND);
	assert_string_equal(w->why.text, "no key k_nobody");
	assert_int_equal(get(w, "\x1b[2J", &key), APIKEY_NOT_FOUND);
	assert_null(strchr(w->why.text, '\x1b'));
	assert_int_equal(get(w, "", &key), APIKEY_NOT_FOUND);
}

/* A key that shares only that with key 1. */
static void assert_conflict(
	struct world *w, void (*share)(struct key_record *key, const struct key_record *with))
{
	struct key_record *key = test_key(&w->pool, 2);

	share(key, test_key(&w->pool, 1));
	begin(w);
	ok(w, w->ops->savepoint(w->store, &w->why));
	assert_int_equal(insert(w, key), APIKEY_CONFLICT);
	w->ops->revert(w->store);
	ok(w, w->ops->savepoint(w->store, &w->why));
	ok(w, insert(w, test_key(&w->pool, 3)));
	ok(w, w->ops->release(w->store, &w->why));
	commit(w);
	assert_key(w, test_id(1), test_key(&w->pool, 1));
	assert_key(w, test_id(3), test_key(&w->pool, 3));
	if (strcmp(key->id, test_id(1)) != 0)
		assert_gone(w, key->id);
	begin(w);
	ok(w, w->ops->key_delete(w->store, test_id(3), &w->why));
	commit(w);
}

static void share_id(struct key_record *key, const struct key_record *with)
{
	memcpy(key->id, with->id, sizeof key->id);
}

static void share_prefix(struct key_record *key, const struct key_record *with)
{
	key->secrets[0].prefix = with->secrets[0].prefix;
}

static void share_digest(struct key_record *key, const struct key_record *with)
{
	memcpy(key->secrets[0].digest, with->secrets[0].digest, sizeof key->secrets[0].digest);
}

static void refuses_what_exists(void **state)
{
	struct world *w = *state;

	fill(w, 2);
	assert_conflict(w, share_id);
	assert_conflict(w, share_prefix);
	assert_conflict(w, share_digest);
}

static void replaces_a_key_and_its_secrets(void **state)
{
	struct world *w = *state;
	struct key_record *key = test_key(&w->pool, 3);
	const char *old = pool_text(&w->pool, key->secrets[1].prefix).data;

	fill(w, 10);
	key->name = text_of("another");
	key->tenant = text_of("zeta");
	key->revoked_at = 99;
	key->secret_count = 1;
	begin(w);
	ok(w, w->ops->key_update(w->store, key, &w->why));
	commit(w);
	assert_key(w, key->id, key);
	assert_gone(w, old);
	assert_key(w, test_id(4), test_key(&w->pool, 4));
}

static void refuses_an_update_that_takes_anothers_secret(void **state)
{
	struct world *w = *state;
	struct key_record *key = test_key(&w->pool, 3), *stranger = test_key(&w->pool, 50);

	fill(w, 10);
	key->secrets[0].prefix = test_key(&w->pool, 4)->secrets[0].prefix;
	begin(w);
	ok(w, w->ops->savepoint(w->store, &w->why));
	assert_int_equal(w->ops->key_update(w->store, key, &w->why), APIKEY_CONFLICT);
	w->ops->revert(w->store);
	ok(w, w->ops->savepoint(w->store, &w->why));
	assert_int_equal(w->ops->key_update(w->store, stranger, &w->why), APIKEY_NOT_FOUND);
	w->ops->revert(w->store);
	commit(w);
	assert_key(w, test_id(3), test_key(&w->pool, 3));
}

static void deletes_a_key_for_good(void **state)
{
	struct world *w = *state;
	const struct key_record *key = test_key(&w->pool, 3);

	fill(w, 10);
	begin(w);
	ok(w, w->ops->key_delete(w->store, key->id, &w->why));
	assert_int_equal(w->ops->key_delete(w->store, key->id, &w->why), APIKEY_NOT_FOUND);
	/* An id is meant, not a prefix. */
	assert_int_equal(w->ops->key_delete(w->store,
				 pool_text(&w->pool, test_key(&w->pool, 4)->secrets[0].prefix).data,
				 &w->why),
		APIKEY_NOT_FOUND);
	commit(w);
	assert_gone(w, key->id);
	assert_gone(w, pool_text(&w->pool, key->secrets[0].prefix).data);
	assert_gone(w, pool_text(&w->pool, key->secrets[1].prefix).data);
	begin(w);
	ok(w, insert(w, key));
	commit(w);
	assert_key(w, key->id, key);
}

static void takes_back_a_transaction(void **state)
{
	struct world *w = *state;

	fill(w, 3);
	begin(w);
	ok(w, insert(w, test_key(&w->pool, 5)));
	ok(w, w->ops->key_delete(w->store, test_id(1), &w->why));
	ok(w, w->ops->note_put(w->store, "note", text_of("value"), &w->why));
	w->ops->rollback(w->store);
	assert_gone(w, test_id(5));
	assert_key(w, test_id(1), test_key(&w->pool, 1));
	begin(w);
	ok(w, insert(w, test_key(&w->pool, 5)));
	commit(w);
	assert_key(w, test_id(5), test_key(&w->pool, 5));
}

static void takes_back_one_change_of_many(void **state)
{
	struct world *w = *state;
	struct key_record *changed = test_key(&w->pool, 0);

	fill(w, 3);
	changed->name = text_of("changed");
	begin(w);
	ok(w, w->ops->savepoint(w->store, &w->why));
	ok(w, w->ops->key_update(w->store, changed, &w->why));
	ok(w, w->ops->release(w->store, &w->why));
	ok(w, w->ops->savepoint(w->store, &w->why));
	ok(w, w->ops->key_delete(w->store, test_id(1), &w->why));
	ok(w, insert(w, test_key(&w->pool, 8)));
	w->ops->revert(w->store);
	ok(w, w->ops->savepoint(w->store, &w->why));
	ok(w, insert(w, test_key(&w->pool, 9)));
	ok(w, w->ops->release(w->store, &w->why));
	commit(w);
	assert_key(w, test_id(0), changed);
	assert_key(w, test_id(1), test_key(&w->pool, 1));
	assert_gone(w, test_id(8));
	assert_key(w, test_id(9), test_key(&w->pool, 9));
}

static void changes_nothing_outside_a_transaction(void **state)
{
	struct world *w = *state;

	assert_int_equal(insert(w, test_key(&w->pool, 1)), APIKEY_UNAVAILABLE);
	assert_int_equal(
		w->ops->note_put(w->store, "a", text_of("b"), &w->why), APIKEY_UNAVAILABLE);
	assert_int_equal(w->ops->commit(w->store, &w->why), APIKEY_UNAVAILABLE);
	assert_gone(w, test_id(1));
}

struct loaded {
	struct world *w;
	unsigned next, stop;
};

static bool load_one(const struct key_record *key, void *arg)
{
	struct loaded *l = arg;

	assert_true(test_same(key, test_key(&l->w->pool, l->next)));
	return ++l->next != l->stop;
}

static void loads_all_in_order(void **state)
{
	struct world *w = *state;
	struct loaded l = {.w = w};

	ok(w, w->ops->load(w->store, load_one, &l, &w->why));
	assert_int_equal(l.next, 0);
	fill(w, 50);
	ok(w, w->ops->load(w->store, load_one, &l, &w->why));
	assert_int_equal(l.next, 50);
	l = (struct loaded){.w = w, .stop = 7};
	ok(w, w->ops->load(w->store, load_one, &l, &w->why));
	assert_int_equal(l.next, 7);
}

static bool has_digest(struct world *w, const uint8_t digest[STORE_DIGEST_BYTES])
{
	bool found;

	ok(w, w->ops->digest_find(w->store, digest, &found, &w->why));
	return found;
}

static void finds_digests(void **state)
{
	struct world *w = *state;
	uint8_t other[STORE_DIGEST_BYTES];

	assert_false(has_digest(w, test_key(&w->pool, 0)->secrets[0].digest));
	fill(w, 20);
	for (unsigned n = 0; n < 20; n++) {
		const struct key_record *key = test_key(&w->pool, n);

		for (unsigned i = 0; i < key->secret_count; i++) {
			assert_true(has_digest(w, key->secrets[i].digest));
			memcpy(other, key->secrets[i].digest, sizeof other);
			other[sizeof other - 1] ^= 1;
			assert_false(has_digest(w, other));
		}
	}
	begin(w);
	ok(w, w->ops->key_delete(w->store, test_id(4), &w->why));
	assert_false(has_digest(w, test_key(&w->pool, 4)->secrets[0].digest));
	commit(w);
}

static void counts_and_logs(void **state)
{
	struct world *w = *state;
	struct store_size size = {0};

	fill(w, 30);
	begin(w);
	ok(w, w->ops->audit_append(w->store,
		      &(struct audit_record){.seq = 1,
			      .at = 5,
			      .actor = text_of("root"),
			      .action = text_of("key.delete")},
		      &w->why));
	ok(w, w->ops->key_delete(w->store, test_id(1), &w->why));
	commit(w);
	w->ops->idle(w->store);
	ok(w, w->ops->size(w->store, &size, &w->why));
	assert_int_equal(size.keys, 29);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(gives_back_every_field),
		T(holds_as_many_secrets_as_it_says),
		T(names_what_is_not_found),
		T(refuses_what_exists),
		T(replaces_a_key_and_its_secrets),
		T(refuses_an_update_that_takes_anothers_secret),
		T(deletes_a_key_for_good),
		T(takes_back_a_transaction),
		T(takes_back_one_change_of_many),
		T(changes_nothing_outside_a_transaction),
		T(loads_all_in_order),
		T(finds_digests),
		T(counts_and_logs),
	};

	return world_run(tests, sizeof tests / sizeof *tests);
}
