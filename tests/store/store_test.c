/* store_test.c - the suite that every store must pass, run on each of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apikeyd/store/store.h"
#include "apikeyd/store/usage_pack.h"
#include "tests/store/keys.h"

#include <cmocka.h> /* last: it defines fail */

#define MANY 400
#define NOW 2050 /* some of the keys that expire have done so */

/* One backend, the store open on it, and memory of the test. */
struct world {
	const struct store_ops *ops;
	char *dir;
	struct store *store;
	struct pool pool;
	struct failure why;
};

static const struct store_ops *backend;

static int set_up(void **state)
{
	struct world *w = calloc(1, sizeof *w);

	w->ops = backend;
	w->dir = test_directory();
	*state = w;
	return w->ops->open(w->dir, &w->store, &w->why) == APIKEY_OK ? 0 : -1;
}

static int tear_down(void **state)
{
	struct world *w = *state;

	w->ops->close(w->store);
	test_remove_directory(w->dir);
	pool_free(&w->pool);
	free(w);
	return 0;
}

static void ok(struct world *w, enum apikey_error error)
{
	if (error != APIKEY_OK)
		fail_msg("%s", w->why.text);
}

static void begin(struct world *w)
{
	ok(w, w->ops->begin(w->store, &w->why));
}

static void commit(struct world *w)
{
	ok(w, w->ops->commit(w->store, &w->why));
}

static enum apikey_error insert(struct world *w, const struct key_record *key)
{
	return w->ops->key_insert(w->store, key, &w->why);
}

/* Keys 0 to count - 1, each changed by its own savepoint, in one transaction. */
static void fill(struct world *w, unsigned count)
{
	begin(w);
	for (unsigned n = 0; n < count; n++) {
		ok(w, w->ops->savepoint(w->store, &w->why));
		ok(w, insert(w, test_key(&w->pool, n)));
		ok(w, w->ops->release(w->store, &w->why));
	}
	commit(w);
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

/* ---- listings, against a plain reading of the interface ---- */

static bool contains(struct text haystack, struct text needle)
{
	for (size_t at = 0; haystack.data != NULL && at + needle.len <= haystack.len; at++)
		if (strncasecmp(haystack.data + at, needle.data, needle.len) == 0)
			return true;
	return false;
}

static bool matches(const struct key_record *key, struct text needle)
{
	const struct text fields[] = {
		text_of(key->id), key->name, key->owner, key->email, key->notes};

	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		if (contains(fields[i], needle))
			return true;
	for (unsigned i = 0; i < key->secret_count; i++)
		if (contains(key->secrets[i].prefix, needle))
			return true;
	return false;
}

static bool selected(const struct key_record *key, const struct key_query *q)
{
	return (q->tenant.data == NULL || text_equal(q->tenant, key->tenant)) &&
	       (q->owner.data == NULL || text_equal(q->owner, key->owner)) &&
	       (q->status == STATUS_ANY || q->status == key_status_of(key, q->now)) &&
	       (q->match.data == NULL || matches(key, q->match));
}

static int compare_text(struct text a, struct text b)
{
	size_t shorter = a.len < b.len ? a.len : b.len;
	int order = memcmp(a.data, b.data, shorter);

	return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

/* Counted in slots: few values, so that many keys share one. */
static struct past_usage used(uint32_t slot, void *arg)
{
	(void)arg;
	return (struct past_usage){slot * 7 % 13, slot * 5 % 11, slot % 3 == 0 ? 0 : slot % 29};
}

static int64_t number(enum key_sort sort, const struct key_record *key)
{
	struct past_usage sum = key->past;

	for (unsigned i = 0; i < key->secret_count; i++) {
		struct past_usage more = used(key->secrets[i].slot, NULL);

		sum.requests = (int64_t)((uint64_t)sum.requests + (uint64_t)more.requests);
		sum.units += more.units;
		sum.last_used_at =
			more.last_used_at > sum.last_used_at ? more.last_used_at : sum.last_used_at;
	}
	return sort == SORT_EXPIRES ? (key->expires_at == STORE_NEVER ? INT64_MAX : key->expires_at)
	       : sort == SORT_USED  ? sum.last_used_at
	       : sort == SORT_REQUESTS ? sum.requests
	       : sort == SORT_UNITS    ? sum.units
				       : 0;
}

static int compare(enum key_sort sort, const struct key_record *a, const struct key_record *b)
{
	int64_t x = number(sort, a), y = number(sort, b);
	int order = sort == SORT_NAME     ? compare_text(a->name, b->name)
		    : sort == SORT_OWNER  ? compare_text(a->owner, b->owner)
		    : sort == SORT_TENANT ? compare_text(a->tenant, b->tenant)
					  : (x > y) - (x < y);

	return order != 0 ? order : strcmp(a->id, b->id); /* ids rise with creation here */
}

/* The keys that a listing must give, in its order, by sorting all there are. */
static unsigned expected_keys(
	const struct key_query *q, struct key_record *const *all, const struct key_record **out)
{
	unsigned count = 0;

	for (unsigned n = 0; n < MANY; n++) {
		unsigned at = count;

		if (all[n] == NULL || !selected(all[n], q))
			continue;
		for (; at > 0 && (compare(q->sort, out[at - 1], all[n]) > 0) != q->descending; at--)
			out[at] = out[at - 1];
		out[at] = all[n];
		count++;
	}
	return count;
}

static void assert_listing(struct world *w, struct key_query q, struct key_record *const *all)
{
	const struct key_record *expected[MANY];
	unsigned count = expected_keys(&q, all, expected), seen = 0;
	struct key_page page;

	do {
		memset(&page, 0, sizeof page);
		ok(w, w->ops->key_list(w->store, &w->pool, &q, &page, &w->why));
		assert_int_equal(page.total, count);
		assert_true(page.count <= q.limit);
		for (unsigned i = 0; i < page.count; i++, seen++) {
			assert_true(seen < count);
			assert_true(test_same(page.keys[i], expected[seen]));
		}
		q.cursor = page.next;
		assert_true(page.next.data == NULL || page.count == q.limit);
	} while (page.next.data != NULL);
	assert_int_equal(seen, count);
}

/* All orders, both directions, pages small and large. */
static void assert_listings(struct world *w, struct key_query q, struct key_record *const *all)
{
	static const unsigned limits[] = {7, 150, STORE_PAGE_MAX};

	q.now = NOW;
	q.used = used;
	for (int sort = 0; sort < SORT_COUNT; sort++)
		for (int i = 0; i < 6; i++) {
			q.sort = (enum key_sort)sort;
			q.descending = i % 2 != 0;
			q.limit = limits[i / 2];
			assert_listing(w, q, all);
		}
}

static struct key_record **all_keys(struct world *w)
{
	struct key_record **all = pool_alloc(&w->pool, MANY * sizeof *all);

	for (unsigned n = 0; n < MANY; n++)
		all[n] = test_key(&w->pool, n);
	return all;
}

static void lists_by_every_order(void **state)
{
	struct world *w = *state;

	assert_listings(w, (struct key_query){0}, pool_alloc(&w->pool, MANY * sizeof(void *)));
	fill(w, MANY);
	assert_listings(w, (struct key_query){0}, all_keys(w));
}

static void lists_by_tenant_owner_and_status(void **state)
{
	static const char *const words[] = {NULL, "default", "acme", "zeta", "nobody"};
	static const char *const owners[] = {NULL, "root", "bert", "nobody"};
	struct world *w = *state;
	struct key_record **all = all_keys(w);

	fill(w, MANY);
	for (int status = STATUS_ANY; status <= STATUS_EXPIRED; status++)
		for (size_t i = 0; i < sizeof words / sizeof *words; i++)
			for (size_t j = 0; j < sizeof owners / sizeof *owners; j++) {
				struct key_query q = {.status = (enum key_status)status};

				if (words[i] != NULL)
					q.tenant = text_of(words[i]);
				if (owners[j] != NULL)
					q.owner = text_of(owners[j]);
				q.limit = 7;
				q.now = NOW;
				q.used = used;
				q.descending = j % 2 != 0;
				q.sort = (enum key_sort)((i + j) % SORT_INDEXED);
				assert_listing(w, q, all);
				q.sort = (enum key_sort)(SORT_INDEXED + (i + j) % 3);
				assert_listing(w, q, all);
			}
}

static void finds_by_any_piece_of_text(void **state)
{
	/* id, name, owner, prefix, email, notes; one and two letters; what LIKE or GLOB would take for more */
	static const char *const needles[] = {"Id00000017", "name 3", "GR\xc3\xbc", "LONG",
		"ak_live_R", "1x", "someone+9", "% of", "for_1", "e", "39", "%", "_", "*", "[a-z]",
		"\"", "zzz", "t\nfor", "k_Id00000001"};
	struct world *w = *state;
	struct key_record **all = all_keys(w);

	fill(w, MANY);
	for (size_t i = 0; i < sizeof needles / sizeof *needles; i++)
		assert_listings(w, (struct key_query){.match = text_of(needles[i])}, all);
	assert_listings(w,
		(struct key_query){.match = text_of("name 1"),
			.tenant = text_of("acme"),
			.owner = text_of("root"),
			.status = STATUS_ACTIVE},
		all);
	/* Nothing is found across two fields: the id's end and the name's start. */
	assert_listing(
		w, (struct key_query){.match = text_of("1name"), .limit = 10, .now = NOW}, all);
}

static void lists_what_has_changed(void **state)
{
	struct world *w = *state;
	struct key_record **all = all_keys(w);

	fill(w, MANY);
	begin(w);
	for (unsigned n = 0; n < MANY; n += 3) {
		all[n]->name = text_of(n % 2 == 0 ? "renamed" : "aaa");
		all[n]->owner = text_of("dora");
		all[n]->tenant = text_of("acme");
		all[n]->revoked_at = n % 4 == 0 ? 7 : STORE_NEVER;
		all[n]->disabled = !all[n]->disabled;
		ok(w, w->ops->key_update(w->store, all[n], &w->why));
	}
	for (unsigned n = 0; n < MANY; n += 5) {
		ok(w, w->ops->key_delete(w->store, all[n]->id, &w->why));
		all[n] = NULL;
	}
	commit(w);
	assert_listings(w, (struct key_query){0}, all);
	assert_listings(w, (struct key_query){.tenant = text_of("acme")}, all);
	assert_listings(w, (struct key_query){.owner = text_of("dora")}, all);
	assert_listings(w, (struct key_query){.match = text_of("RENAMED")}, all);
	for (int status = STATUS_ACTIVE; status <= STATUS_EXPIRED; status++)
		assert_listings(w, (struct key_query){.status = (enum key_status)status}, all);
}

static void change_secrets(struct world *w, struct key_record *key)
{
	key->secrets[0].slot += 3;
	key->past.units += 5;
	ok(w, w->ops->key_update(w->store, key, &w->why));
}

/* Whose counters are whose follows every change, and goes back with one that is taken back. */
static void ranks_what_has_changed_since(void **state)
{
	struct world *w = *state;
	struct key_record **all = all_keys(w), **other = all_keys(w);

	fill(w, MANY);
	for (unsigned n = 0; n + 3 < MANY; n += 60) {
		begin(w);
		ok(w, w->ops->savepoint(w->store, &w->why));
		change_secrets(w, all[n]);
		ok(w, w->ops->key_delete(w->store, all[n + 1]->id, &w->why));
		all[n + 1] = NULL;
		ok(w, w->ops->release(w->store, &w->why));
		ok(w, w->ops->savepoint(w->store, &w->why));
		change_secrets(w, other[n + 2]);
		w->ops->revert(w->store);
		commit(w);
		assert_listings(w, (struct key_query){0}, all);
		begin(w);
		change_secrets(w, other[n + 3]);
		ok(w, w->ops->key_delete(w->store, all[n]->id, &w->why));
		w->ops->rollback(w->store);
		assert_listings(w, (struct key_query){.tenant = text_of("acme")}, all);
	}
}

static void assert_found(struct world *w, const char *needle, struct key_record *const *all)
{
	assert_listing(
		w, (struct key_query){.match = text_of(needle), .limit = 7, .now = NOW}, all);
}

/* What was found before must be no answer to what is asked after a change. */
static void finds_what_has_changed_since_it_was_looked_for(void **state)
{
	static const char *const needles[] = {"zeb", "zebra", "zebra 1", "bra", "name 1", "zzz"};
	struct world *w = *state;
	struct key_record **all = all_keys(w);

	fill(w, MANY);
	for (unsigned n = 0; n < MANY; n += 37) {
		for (size_t i = 0; i < sizeof needles / sizeof *needles; i++)
			assert_found(w, needles[i], all);
		begin(w);
		all[n]->name = text_of(n % 2 == 0 ? "zebra 1" : "Zebra 2");
		ok(w, w->ops->key_update(w->store, all[n], &w->why));
		ok(w, w->ops->key_delete(w->store, all[n + 1]->id, &w->why));
		all[n + 1] = NULL;
		commit(w);
		begin(w);
		ok(w, w->ops->key_delete(w->store, all[n]->id, &w->why));
		w->ops->rollback(w->store);
	}
	for (size_t i = 0; i < sizeof needles / sizeof *needles; i++)
		assert_found(w, needles[i], all);
}

static void forgets_a_listing_that_was_taken_back(void **state)
{
	struct world *w = *state;
	struct key_record **all = all_keys(w);

	fill(w, MANY);
	begin(w);
	for (unsigned n = 0; n < MANY; n += 2)
		ok(w, w->ops->key_delete(w->store, all[n]->id, &w->why));
	w->ops->rollback(w->store);
	assert_listings(w, (struct key_query){.match = text_of("name")}, all);
	assert_listings(w, (struct key_query){.tenant = text_of("acme")}, all);
}

static enum apikey_error list(struct world *w, const struct key_query *q, struct key_page *page)
{
	return w->ops->key_list(w->store, &w->pool, q, page, &w->why);
}

static void assert_cursor_refused(struct world *w, struct key_query q, struct text cursor)
{
	struct key_page page;

	q.cursor = cursor;
	assert_int_equal(list(w, &q, &page), APIKEY_INVALID_ARGUMENT);
	assert_non_null(strstr(w->why.text, "cursor"));
}

static void refuses_a_forged_cursor(void **state)
{
	struct world *w = *state;
	struct key_query q = {.limit = 5, .sort = SORT_NAME, .now = NOW};
	struct key_page page;
	struct text cursor;

	fill(w, 20);
	ok(w, list(w, &q, &page));
	cursor = page.next;
	assert_non_null(cursor.data);
	for (size_t i = 0; i < cursor.len; i++) {
		struct text forged = pool_text(&w->pool, cursor);

		((char *)forged.data)[i] ^= 1;
		assert_cursor_refused(w, q, forged);
		((char *)forged.data)[i] ^= 0x80;
		assert_cursor_refused(w, q, forged);
		assert_cursor_refused(w, q, (struct text){cursor.data, i});
	}
	q.descending = true;
	assert_cursor_refused(w, q, cursor);
	q.descending = false;
	q.sort = SORT_OWNER;
	assert_cursor_refused(w, q, cursor);
	q.sort = SORT_NAME;
	q.cursor = cursor;
	ok(w, list(w, &q, &page));
}

static void refuses_a_page_out_of_bounds(void **state)
{
	struct world *w = *state;
	struct key_query q = {.limit = 0};
	struct key_page page;

	assert_int_equal(list(w, &q, &page), APIKEY_INVALID_ARGUMENT);
	q.limit = STORE_PAGE_MAX + 1;
	assert_int_equal(list(w, &q, &page), APIKEY_INVALID_ARGUMENT);
	q.limit = STORE_PAGE_MAX;
	ok(w, list(w, &q, &page));
	q.sort = SORT_COUNT;
	assert_int_equal(list(w, &q, &page), APIKEY_INVALID_ARGUMENT);
}

/* A cursor stays good while keys come and go, its own included. */
static void goes_on_after_the_key_of_the_cursor_is_gone(void **state)
{
	struct world *w = *state;
	struct key_query q = {.limit = 5, .now = NOW};
	struct key_page page;

	fill(w, 20);
	ok(w, list(w, &q, &page));
	q.cursor = page.next;
	begin(w);
	ok(w, w->ops->key_delete(w->store, test_id(4), &w->why));
	ok(w, w->ops->key_delete(w->store, test_id(5), &w->why));
	commit(w);
	ok(w, list(w, &q, &page));
	assert_string_equal(page.keys[0]->id, test_id(6));
	assert_int_equal(page.total, 18);
}

static void tells_status_in_its_order(void **state)
{
	struct key_record key = {.revoked_at = 5, .expires_at = 10, .disabled = true};

	(void)state;
	assert_int_equal(key_status_of(&key, 10), STATUS_REVOKED);
	key.revoked_at = STORE_NEVER;
	assert_int_equal(key_status_of(&key, 10), STATUS_EXPIRED);
	assert_int_equal(key_status_of(&key, 9), STATUS_DISABLED);
	key.disabled = false;
	assert_int_equal(key_status_of(&key, 9), STATUS_ACTIVE);
	key.expires_at = STORE_NEVER;
	assert_int_equal(key_status_of(&key, INT64_MAX), STATUS_ACTIVE);
	assert_string_equal(key_status_name(STATUS_EXPIRED), "expired");
}

static void put_request(
	struct world *w, const char *id, const char *answer, int64_t at, int64_t oldest)
{
	struct request_record r = {.actor = text_of("anna"), .request_id = text_of(id), .at = at};

	if (answer != NULL)
		r.answer = text_of(answer);
	memset(r.digest, id[0], sizeof r.digest);
	begin(w);
	ok(w, w->ops->request_put(w->store, &r, oldest, &w->why));
	commit(w);
}

static bool has_request(struct world *w, const char *actor, const char *id, int64_t oldest,
	struct request_record *out)
{
	bool found = false;

	ok(w, w->ops->request_get(w->store, &w->pool, text_of(actor), text_of(id), oldest, out,
		      &found, &w->why));
	return found;
}

static void remembers_requests(void **state)
{
	struct world *w = *state;
	struct request_record r;

	put_request(w, "a", "first", 100, 0);
	put_request(w, "b", NULL, 200, 0);
	assert_true(has_request(w, "anna", "a", 100, &r));
	assert_true(text_equal(r.answer, text_of("first")));
	assert_int_equal(r.at, 100);
	assert_int_equal(r.digest[31], 'a');
	assert_true(has_request(w, "anna", "b", 0, &r));
	assert_null(r.answer.data);
	assert_false(has_request(w, "anna", "a", 101, &r));
	assert_false(has_request(w, "bert", "a", 0, &r));
	put_request(w, "a", "second", 300, 0);
	assert_true(has_request(w, "anna", "a", 0, &r));
	assert_true(text_equal(r.answer, text_of("second")));
	put_request(w, "c", "", 400, 300);
	assert_false(has_request(w, "anna", "b", 0, &r));
	assert_true(has_request(w, "anna", "a", 0, &r));
}

static void keeps_notes(void **state)
{
	struct world *w = *state;
	struct text value;

	ok(w, w->ops->note_get(w->store, &w->pool, "pepper_check", &value, &w->why));
	assert_null(value.data);
	begin(w);
	ok(w, w->ops->note_put(w->store, "pepper_check", text_of("one"), &w->why));
	ok(w, w->ops->note_put(w->store, "other", text_of(""), &w->why));
	ok(w, w->ops->note_put(w->store, "pepper_check", text_of("two"), &w->why));
	commit(w);
	ok(w, w->ops->note_get(w->store, &w->pool, "pepper_check", &value, &w->why));
	assert_true(text_equal(value, text_of("two")));
	ok(w, w->ops->note_get(w->store, &w->pool, "other", &value, &w->why));
	assert_non_null(value.data);
	assert_int_equal(value.len, 0);
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

static void count_row(const struct usage_row *row, void *arg)
{
	struct usage_counts *sum = arg;

	sum->allowed += row->counts.allowed;
	sum->denied += row->counts.denied;
	sum->units += row->counts.units;
}

static void assert_used(
	struct world *w, const char *who, int64_t from, int64_t to, struct usage_counts expected)
{
	for (enum usage_step step = 0; step < USAGE_STEPS; step++) {
		struct usage_span span = {
			step, usage_step_begin(step, from), usage_step_begin(step, to)};
		struct usage_counts sum = {0};

		ok(w, w->ops->usage_query(w->store, &span, text_of(who), count_row, &sum, &w->why));
		assert_memory_equal(&sum, &expected, sizeof sum);
	}
}

static void add_row(struct world *w, const char *who, const char *name, int64_t at)
{
	for (enum usage_step step = 0; step < USAGE_STEPS; step++) {
		struct usage_row row = {
			usage_step_begin(step, at), text_of(who), text_of(name), {5, 2, 30}};

		ok(w, w->ops->usage_add(w->store, step, &row, &w->why));
	}
}

static void adds_up_usage(void **state)
{
	int64_t at = 1700000000, day = 86400;
	struct world *w = *state;

	begin(w);
	add_row(w, "*", "", at);
	add_row(w, "*", "", at + 1);
	add_row(w, "*", "revoked", at);
	add_row(w, "@t", "", at + day);
	commit(w);
	begin(w);
	add_row(w, "@t", "", at);
	w->ops->rollback(w->store);
	assert_used(w, "*", at, at, (struct usage_counts){15, 6, 90});
	assert_used(w, "@t", at, at, (struct usage_counts){0, 0, 0});
	assert_used(w, "@t", at, at + day, (struct usage_counts){5, 2, 30});
	assert_used(w, "@other", at, at + day, (struct usage_counts){0, 0, 0});
}

static void put_pack(
	struct world *w, enum usage_step step, int64_t at, uint32_t page, const char *pack)
{
	const struct usage_place place = {step, at, page};

	ok(w, w->ops->usage_pack_put(w->store, &place, text_of(pack), &w->why));
}

static void assert_pack(struct world *w, enum usage_step step, int64_t at, const char *expected)
{
	const struct usage_place place = {step, at, 7};
	struct text pack;

	ok(w, w->ops->usage_pack_get(w->store, &w->pool, &place, &pack, &w->why));
	assert_true(text_equal(pack, text_of(expected)));
}

static void note_pack(const struct usage_place *place, struct text pack, void *arg)
{
	char *seen = arg;

	snprintf(seen + strlen(seen), 100 - strlen(seen), "%u/%d=%.*s ", place->page,
		(int)(place->at / 3600), (int)pack.len, pack.data);
}

static void keeps_packs(void **state)
{
	const struct usage_span span = {USAGE_HOUR, 3600, 4 * 3600};
	struct world *w = *state;
	char seen[100] = "";

	begin(w);
	put_pack(w, USAGE_HOUR, 3600, 7, "one");
	put_pack(w, USAGE_HOUR, 3600, 7, "two");
	put_pack(w, USAGE_HOUR, 3600, 8, "other page");
	put_pack(w, USAGE_HOUR, 3 * 3600, 7, "three");
	put_pack(w, USAGE_HOUR, 5 * 3600, 7, "later");
	put_pack(w, USAGE_DAY, 3600, 7, "other step");
	put_pack(w, USAGE_MARKS, 0, 7, "marks");
	put_pack(w, USAGE_RESOURCE_MARKS, 0, 7, "others");
	commit(w);
	assert_pack(w, USAGE_HOUR, 3600, "two");
	assert_pack(w, USAGE_HOUR, 2 * 3600, "");
	ok(w, w->ops->usage_pack_query(w->store, &span, 7, note_pack, seen, &w->why));
	assert_string_equal(seen, "7/1=two 7/3=three ");
	seen[0] = '\0';
	ok(w, w->ops->usage_mark_load(w->store, USAGE_MARKS, note_pack, seen, &w->why));
	assert_string_equal(seen, "7/0=marks ");
}

static void note_leaver(const struct usage_leaver *leaver, void *arg)
{
	char *seen = arg;

	snprintf(seen + strlen(seen), 100 - strlen(seen), "%u%s%s ", leaver->slot,
		leaver->owner.secret.data, leaver->folded ? "-" : "");
}

static void assert_leavers(struct world *w, const char *key, const char *expected)
{
	const struct text whose = key != NULL ? text_of(key) : (struct text){0};
	char seen[100] = "";

	ok(w, w->ops->usage_leaver_list(w->store, whose, note_leaver, seen, &w->why));
	assert_string_equal(seen, expected);
}

static void keeps_leavers(void **state)
{
	struct usage_leaver leaver = {
		3, {text_of("k_a"), text_of("t"), text_of("p1")}, 100000, false};
	struct world *w = *state;
	unsigned gone;

	begin(w);
	ok(w, w->ops->usage_leaver_put(w->store, &leaver, &w->why));
	leaver.owner.secret = text_of("p2");
	ok(w, w->ops->usage_leaver_put(w->store, &leaver, &w->why));
	leaver.folded = true;
	ok(w, w->ops->usage_leaver_put(w->store, &leaver, &w->why));
	commit(w);
	assert_leavers(w, NULL, "3p1 ");
	assert_leavers(w, "k_a", "3p1 3p2- ");
	assert_leavers(w, "k_b", "");
	begin(w);
	ok(w, w->ops->usage_prune(w->store, USAGE_DAY, 100000, 9, &gone, &w->why));
	assert_int_equal(gone, 0);
	ok(w, w->ops->usage_prune(w->store, USAGE_HOUR, 100001, 9, &gone, &w->why));
	assert_int_equal(gone, 0);
	ok(w, w->ops->usage_prune(w->store, USAGE_DAY, 100001, 9, &gone, &w->why));
	assert_int_equal(gone, 1);
	commit(w);
	assert_leavers(w, "k_a", "3p1 ");
}

static void prunes_usage(void **state)
{
	int64_t at = 1700000000 / 86400 * 86400, day = 86400;
	struct world *w = *state;
	unsigned gone;

	begin(w);
	for (int n = 0; n < 3; n++) {
		add_row(w, "*", "", at + n * day);
		add_row(w, "@t", "", at + n * day);
		for (enum usage_step step = 0; step < USAGE_STEPS; step++)
			put_pack(w, step, at + n * day, 7, "pack");
	}
	put_pack(w, USAGE_MARKS, 0, 7, "marks");
	for (enum usage_step step = 0; step < USAGE_STEPS; step++) {
		ok(w, w->ops->usage_prune(w->store, step, at + 2 * day, 3, &gone, &w->why));
		assert_int_equal(gone, 3 + 2);
		ok(w, w->ops->usage_prune(w->store, step, at + 2 * day, 3, &gone, &w->why));
		assert_int_equal(gone, 1);
		ok(w, w->ops->usage_prune(w->store, step, at + 2 * day, 3, &gone, &w->why));
		assert_int_equal(gone, 0);
		assert_pack(w, step, at + day, "");
		assert_pack(w, step, at + 2 * day, "pack");
	}
	commit(w);
	assert_used(w, "*", at, at + 2 * day, (struct usage_counts){5, 2, 30});
	assert_pack(w, USAGE_MARKS, 0, "marks");
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	static const struct store_ops *const backends[] = {&store_memory, &store_sqlite};
	const struct CMUnitTest tests[] = {T(gives_back_every_field),
		T(holds_as_many_secrets_as_it_says), T(names_what_is_not_found),
		T(refuses_what_exists), T(replaces_a_key_and_its_secrets),
		T(refuses_an_update_that_takes_anothers_secret), T(deletes_a_key_for_good),
		T(takes_back_a_transaction), T(takes_back_one_change_of_many),
		T(changes_nothing_outside_a_transaction), T(loads_all_in_order),
		T(lists_by_every_order), T(lists_by_tenant_owner_and_status),
		T(finds_by_any_piece_of_text), T(lists_what_has_changed),
		T(ranks_what_has_changed_since), T(finds_what_has_changed_since_it_was_looked_for),
		T(forgets_a_listing_that_was_taken_back), T(refuses_a_forged_cursor),
		T(refuses_a_page_out_of_bounds), T(goes_on_after_the_key_of_the_cursor_is_gone),
		T(tells_status_in_its_order), T(remembers_requests), T(keeps_notes),
		T(counts_and_logs), T(adds_up_usage), T(prunes_usage), T(keeps_packs),
		T(keeps_leavers)};
	int failed = 0;

	for (size_t i = 0; i < sizeof backends / sizeof *backends; i++) {
		backend = backends[i];
		failed += cmocka_run_group_tests_name(backend->name, tests, NULL, NULL);
	}
	return failed;
}
