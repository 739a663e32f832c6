/* alert_store_test.c - alerts and networks, on every store. */
#include <stdio.h>
#include <string.h>

#include "apikeyd/store/store.h"
#include "tests/store/keys.h"
#include "tests/store/world.h"
#include "tests/unit/unit.h"

static bool put(struct world *w, const char *kind, const char *object, int64_t period, int64_t at)
{
	struct alert_record alert = {.at = at,
		.kind = text_of(kind),
		.object = text_of(object),
		.period = period,
		.tenant = period % 2 ? text_of("default") : (struct text){0},
		.detail = text_of("why")};
	bool fresh;

	begin(w);
	ok(w, w->ops->alert_put(w->store, &alert, &fresh, &w->why));
	commit(w);
	return fresh;
}

static struct alert_page list(struct world *w, struct alert_query q)
{
	struct alert_page page;

	if (q.limit == 0)
		q.limit = 100;
	ok(w, w->ops->alert_list(w->store, &w->pool, &q, &page, &w->why));
	return page;
}

static void keeps_each_once(void **state)
{
	struct world *w = *state;

	assert_true(put(w, "a", "x", 1, 100));
	assert_false(put(w, "a", "x", 1, 200));
	assert_true(put(w, "b", "x", 1, 300));
	assert_true(put(w, "a", "y", 1, 400));
	assert_true(put(w, "a", "x", 2, 500));
	assert_int_equal(list(w, (struct alert_query){0}).count, 4);
	assert_int_equal(list(w, (struct alert_query){0}).alerts[3].at, 100);
}

static void lists_by_kind_object_and_tenant(void **state)
{
	struct world *w = *state;
	struct alert_page page;

	for (int n = 0; n < 30; n++)
		put(w, n % 2 ? "a" : "b", n % 3 ? "x" : "y", n, 1000 + n);
	assert_int_equal(list(w, (struct alert_query){.kind = text_of("a")}).count, 15);
	assert_int_equal(list(w, (struct alert_query){.object = text_of("y")}).count, 10);
	assert_int_equal(list(w, (struct alert_query){.tenant = text_of("default")}).count, 15);
	assert_int_equal(list(w, (struct alert_query){.since = 1019}).count, 10);
	assert_int_equal(list(w, (struct alert_query){.since = 1029}).count, 0);
	page = list(w, (struct alert_query){.kind = text_of("a"), .object = text_of("y")});
	assert_int_equal(page.count, 5);
	assert_int_equal(page.alerts[0].at, 1027);
	assert_int_equal(page.alerts[0].period, 27);
	assert_true(text_equal(page.alerts[0].detail, text_of("why")));
	assert_null(list(w, (struct alert_query){.kind = text_of("b")}).alerts[0].tenant.data);
}

static void lists_by_pages(void **state)
{
	struct world *w = *state;
	struct alert_query q = {0};
	struct alert_page page;
	int64_t last = INT64_MAX;
	unsigned found = 0;

	for (int n = 0; n < 25; n++)
		put(w, "a", "x", n, 1000 - n);
	q.limit = 7;
	do {
		page = list(w, q);
		for (unsigned i = 0; i < page.count; i++, found++) {
			assert_true(page.alerts[i].seq < last);
			last = page.alerts[i].seq;
		}
		q.before = last;
	} while (page.more);
	assert_int_equal(found, 25);
}

static void forgets_old_ones(void **state)
{
	struct world *w = *state;

	put(w, "a", "x", 1, 1000);
	put(w, "a", "x", 2, 1000 + STORE_ALERTS_KEPT);
	assert_int_equal(list(w, (struct alert_query){0}).count, 2);
	put(w, "a", "x", 3, 1001 + STORE_ALERTS_KEPT);
	assert_int_equal(list(w, (struct alert_query){0}).count, 2);
	assert_true(put(w, "a", "x", 1, 1002 + STORE_ALERTS_KEPT));
}

static void is_taken_back_with_its_change(void **state)
{
	struct world *w = *state;
	struct alert_record alert = {.at = 5, .kind = text_of("a"), .object = text_of("x")};
	bool fresh;

	begin(w);
	ok(w, w->ops->savepoint(w->store, &w->why));
	ok(w, w->ops->alert_put(w->store, &alert, &fresh, &w->why));
	w->ops->revert(w->store);
	commit(w);
	assert_int_equal(list(w, (struct alert_query){0}).count, 0);
	assert_int_equal(w->ops->alert_put(w->store, &alert, &fresh, &w->why), APIKEY_UNAVAILABLE);
}

/* ---- networks ---- */

static void note_network(
	struct world *w, const char *key, const char *network, int64_t first, int64_t last)
{
	struct network_record record = {text_of(network), first, last};

	begin(w);
	ok(w, w->ops->network_put(w->store, key, &record, &w->why));
	commit(w);
}

static unsigned networks(struct world *w, const char *key, struct network_record *out)
{
	unsigned count;

	ok(w, w->ops->network_list(w->store, &w->pool, key, out, &count, &w->why));
	return count;
}

static void insert(struct world *w, unsigned n)
{
	begin(w);
	ok(w, w->ops->key_insert(w->store, test_key(&w->pool, n), &w->why));
	commit(w);
}

static void remembers_networks_of_a_key(void **state)
{
	struct world *w = *state;
	struct network_record found[STORE_NETWORKS_MAX];
	char one[KEY_ID_SIZE];

	insert(w, 1);
	insert(w, 2);
	memcpy(one, test_id(1), sizeof one);
	assert_int_equal(networks(w, one, found), 0);
	note_network(w, one, "10.0.0.0/24", 5, 5);
	note_network(w, one, "10.0.0.0/24", 9, 9);
	note_network(w, one, "10.0.1.0/24", 7, 7);
	assert_int_equal(networks(w, one, found), 2);
	assert_int_equal(found[0].first_at, 5);
	assert_int_equal(found[0].last_at, 9);
	assert_int_equal(networks(w, test_id(2), found), 0);
	note_network(w, "k_nobody", "10.0.0.0/24", 5, 5);
	assert_int_equal(networks(w, "k_nobody", found), 0);
}

static void keeps_the_latest_networks(void **state)
{
	struct world *w = *state;
	struct network_record found[STORE_NETWORKS_MAX];
	char one[KEY_ID_SIZE], text[32];

	insert(w, 1);
	memcpy(one, test_id(1), sizeof one);
	for (int n = 0; n < STORE_NETWORKS_MAX + 5; n++) {
		snprintf(text, sizeof text, "10.0.%d.0/24", n);
		note_network(w, one, text, 100 + n, 100 + n);
	}
	assert_int_equal(networks(w, one, found), STORE_NETWORKS_MAX);
	for (unsigned i = 0; i < STORE_NETWORKS_MAX; i++)
		assert_true(found[i].first_at >= 105);
}

static void forgets_networks_with_their_key(void **state)
{
	struct world *w = *state;
	struct network_record found[STORE_NETWORKS_MAX];
	char one[KEY_ID_SIZE];

	insert(w, 1);
	memcpy(one, test_id(1), sizeof one);
	note_network(w, one, "10.0.0.0/24", 5, 5);
	begin(w);
	ok(w, w->ops->key_update(w->store, test_key(&w->pool, 1), &w->why));
	commit(w);
	assert_int_equal(networks(w, one, found), 1);
	begin(w);
	ok(w, w->ops->key_delete(w->store, one, &w->why));
	commit(w);
	assert_int_equal(networks(w, one, found), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {T(keeps_each_once), T(lists_by_kind_object_and_tenant),
		T(lists_by_pages), T(forgets_old_ones), T(is_taken_back_with_its_change),
		T(remembers_networks_of_a_key), T(keeps_the_latest_networks),
		T(forgets_networks_with_their_key)};

	return world_run(tests, sizeof tests / sizeof *tests);
}
