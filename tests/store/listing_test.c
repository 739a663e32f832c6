/* listing_test.c - listings of keys, on every store, against a plain reading of what they are. */
#include <string.h>

#include "tests/store/keys.h"
#include "tests/store/reading.h"
#include "tests/store/world.h"
#include "tests/unit/unit.h"

#define MANY 400
#define NOW 2050 /* some of the keys that expire have done so */

static void assert_listing(struct world *w, struct key_query q, struct key_record *const *all)
{
	const struct key_record *expected[MANY];
	unsigned count = reading_list(&q, all, MANY, expected), seen = 0;
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
	q.used = reading_used;
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
	for (int status = STATUS_ANY; status <= STATUS_REVOKED; status++)
		for (size_t i = 0; i < sizeof words / sizeof *words; i++)
			for (size_t j = 0; j < sizeof owners / sizeof *owners; j++) {
				struct key_query q = {.status = (enum key_status)status};

				if (words[i] != NULL)
					q.tenant = text_of(words[i]);
				if (owners[j] != NULL)
					q.owner = text_of(owners[j]);
				q.limit = 7;
				q.now = NOW;
				q.used = reading_used;
				q.descending = j % 2 != 0;
				q.sort = (enum key_sort)((i + j) % SORT_INDEXED);
				assert_listing(w, q, all);
				q.sort = (enum key_sort)(SORT_INDEXED + (i + j) % 4);
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
	for (int status = STATUS_ACTIVE; status <= STATUS_REVOKED; status++)
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

/* One key is renamed, and the next one goes. */
static void change_two(struct world *w, struct key_record **all, unsigned n)
{
	begin(w);
	all[n]->name = text_of(n % 2 == 0 ? "zebra 1" : "Zebra 2");
	ok(w, w->ops->key_update(w->store, all[n], &w->why));
	ok(w, w->ops->key_delete(w->store, all[n + 1]->id, &w->why));
	all[n + 1] = NULL;
	commit(w);
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
		change_two(w, all, n);
		begin(w);
		ok(w, w->ops->key_delete(w->store, all[n]->id, &w->why));
		w->ops->rollback(w->store);
	}
	for (size_t i = 0; i < sizeof needles / sizeof *needles; i++)
		assert_found(w, needles[i], all);
}

static bool seek(struct world *w, const char *needle, struct key_search **search)
{
	const struct key_query q = {.match = text_of(needle), .limit = 7, .now = NOW};
	bool done = false;

	ok(w, w->ops->key_seek(w->store, &q, search, &done, &w->why));
	return done;
}

/* A search that has been through all keys goes on to be right, whatever comes before its pages are read. */
static void finds_what_changes_while_it_is_looked_for(void **state)
{
	static const char *const needles[] = {"zebra", "name", "zebra 1", "zzz"};
	struct key_search *searches[4] = {NULL};
	struct world *w = *state;
	struct key_record **all = all_keys(w);

	fill(w, MANY - 1);
	for (size_t i = 0; i < 4; i++)
		while (!seek(w, needles[i], &searches[i])) {
		}
	begin(w);
	ok(w, w->ops->key_insert(w->store, all[MANY - 1], &w->why));
	commit(w);
	for (unsigned n = 0; n < MANY; n += 37) {
		change_two(w, all, n);
		for (size_t i = 0; i < 4; i++)
			assert_listing(w,
				(struct key_query){.match = text_of(needles[i]),
					.limit = 7,
					.now = NOW,
					.search = &searches[i]},
				all);
		begin(w);
		ok(w, w->ops->key_delete(w->store, all[n]->id, &w->why));
		w->ops->rollback(w->store);
	}
	for (size_t i = 0; i < 4; i++)
		w->ops->key_search_end(w->store, searches[i]);
}

/* Of a tenant's search nothing is given to who asks for another's in its place. */
static void begins_anew_for_another_tenant(void **state)
{
	struct key_search *search = NULL;
	struct world *w = *state;
	struct key_record **all = all_keys(w);
	struct key_query q = {.match = text_of("name"), .limit = 7, .now = NOW, .search = &search};

	fill(w, MANY);
	for (const char *const *tenant = (const char *const[]){"acme", "zeta", NULL};
		*tenant != NULL; tenant++) {
		q.tenant = text_of(*tenant);
		assert_listing(w, q, all);
	}
	w->ops->key_search_end(w->store, search);
}

static void has_few_wait_for_each_other(void **state)
{
	struct key_search *searches[5] = {NULL};
	struct world *w = *state;

	fill(w, 3);
	for (size_t i = 0; i < 4; i++)
		assert_true(seek(w, "name", &searches[i]));
	if (!seek(w, "name", &searches[4])) {
		assert_null(searches[4]);
		w->ops->key_search_end(w->store, searches[2]);
		searches[2] = NULL;
		assert_true(seek(w, "name", &searches[4]));
	}
	for (size_t i = 0; i < 5; i++)
		w->ops->key_search_end(w->store, searches[i]);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(lists_by_every_order),
		T(lists_by_tenant_owner_and_status),
		T(finds_by_any_piece_of_text),
		T(lists_what_has_changed),
		T(ranks_what_has_changed_since),
		T(finds_what_has_changed_since_it_was_looked_for),
		T(finds_what_changes_while_it_is_looked_for),
		T(begins_anew_for_another_tenant),
		T(has_few_wait_for_each_other),
		T(forgets_a_listing_that_was_taken_back),
		T(tells_status_in_its_order),
	};

	return world_run(tests, sizeof tests / sizeof *tests);
}
