/* plan_test.c - plans and the keys on them, on every store. */
#include "apikeyd/store/store.h"
#include "tests/store/keys.h"
#include "tests/store/world.h"
#include "tests/unit/unit.h"

#define MANY 700 /* keys on one plan: more than are read at once */

static struct plan_record plan_of(const char *name, int64_t units)
{
	return (struct plan_record){.name = text_of(name),
		.rate = {"\x91\x00\xff", 3},
		.units_per_request = units,
		.max_keys = units + 1,
		.max_keys_per_user = units + 2,
		.created_at = 1000};
}

static void put(struct world *w, const char *name, int64_t units)
{
	struct plan_record plan = plan_of(name, units);

	ok(w, w->ops->plan_put(w->store, &plan, &w->why));
}

static enum apikey_error get(struct world *w, const char *name, struct plan_record *out)
{
	return w->ops->plan_get(w->store, &w->pool, text_of(name), out, &w->why);
}

static void insert_on(struct world *w, unsigned n, const char *plan)
{
	struct key_record *key = test_key(&w->pool, n);

	key->plan = plan != NULL ? text_of(plan) : (struct text){0};
	ok(w, w->ops->key_insert(w->store, key, &w->why));
}

static void gives_back_what_was_put(void **state)
{
	struct world *w = *state;
	struct plan_record found;

	assert_int_equal(get(w, "gold", &found), APIKEY_NOT_FOUND);
	assert_string_equal(w->why.text, "no plan gold");
	begin(w);
	put(w, "gold", 5);
	put(w, "gold", 7); /* replaces */
	commit(w);
	ok(w, get(w, "gold", &found));
	assert_true(text_equal(found.name, text_of("gold")));
	assert_true(text_equal(found.rate, (struct text){"\x91\x00\xff", 3}));
	assert_null(found.quota.data);
	assert_int_equal(found.units_per_request, 7);
	assert_int_equal(found.max_keys, 8);
	assert_int_equal(found.max_keys_per_user, 9);
	assert_int_equal(found.created_at, 1000);
	assert_int_equal(found.keys, 0);
	assert_int_equal(found.tenants, 0);
}

static void counts_the_tenants_on_it(void **state)
{
	const struct tenant_record on = {.name = text_of("on"), .plan = text_of("gold")},
				   off = {.name = text_of("off")};
	struct world *w = *state;
	struct plan_record found;

	begin(w);
	put(w, "gold", 5);
	ok(w, w->ops->tenant_put(w->store, &on, &w->why));
	ok(w, w->ops->tenant_put(w->store, &off, &w->why));
	commit(w);
	ok(w, get(w, "gold", &found));
	assert_int_equal(found.tenants, 1);
}

static void lists_by_name(void **state)
{
	static const char *const names[] = {"b", "a-longer", "a", "c"};
	static const char *const sorted[] = {"a", "a-longer", "b", "c"};
	struct world *w = *state;
	struct plan_record *plans;
	unsigned count;

	ok(w, w->ops->plan_list(w->store, &w->pool, &plans, &count, &w->why));
	assert_int_equal(count, 0);
	begin(w);
	for (size_t i = 0; i < 4; i++)
		put(w, names[i], (int64_t)i);
	insert_on(w, 1, "b");
	insert_on(w, 2, "b");
	insert_on(w, 3, NULL);
	commit(w);
	ok(w, w->ops->plan_list(w->store, &w->pool, &plans, &count, &w->why));
	assert_int_equal(count, 4);
	for (size_t i = 0; i < 4; i++) {
		assert_true(text_equal(plans[i].name, text_of(sorted[i])));
		assert_int_equal(plans[i].keys, i == 2 ? 2 : 0);
	}
}

static void is_taken_back_and_deleted(void **state)
{
	struct world *w = *state;
	struct plan_record found;

	begin(w);
	put(w, "stays", 1);
	ok(w, w->ops->savepoint(w->store, &w->why));
	put(w, "goes", 1);
	w->ops->revert(w->store);
	commit(w);
	ok(w, get(w, "stays", &found));
	assert_int_equal(get(w, "goes", &found), APIKEY_NOT_FOUND);
	begin(w);
	ok(w, w->ops->plan_delete(w->store, text_of("stays"), &w->why));
	ok(w, w->ops->plan_delete(w->store, text_of("never-was"), &w->why));
	commit(w);
	assert_int_equal(get(w, "stays", &found), APIKEY_NOT_FOUND);
}

static void changes_only_in_a_transaction(void **state)
{
	struct world *w = *state;
	struct plan_record plan = plan_of("gold", 1);

	assert_int_equal(w->ops->plan_put(w->store, &plan, &w->why), APIKEY_UNAVAILABLE);
	assert_int_equal(
		w->ops->plan_delete(w->store, text_of("gold"), &w->why), APIKEY_UNAVAILABLE);
}

struct loaded {
	struct world *w;
	unsigned count, stop;
};

static bool load_one(const struct key_record *key, void *arg)
{
	struct loaded *l = arg;
	struct key_record *made = test_key(&l->w->pool, 2 * l->count);

	made->plan = text_of("big");
	assert_true(test_same(key, made));
	return ++l->count != l->stop;
}

static void loads_the_keys_on_it(void **state)
{
	struct world *w = *state;
	struct loaded l = {.w = w};
	struct plan_record found;

	begin(w);
	put(w, "big", 1);
	for (unsigned n = 0; n < 2 * MANY; n++)
		insert_on(w, n, n % 2 == 0 ? "big" : n % 3 == 0 ? "other" : NULL);
	commit(w);
	ok(w, w->ops->plan_load(w->store, text_of("big"), load_one, &l, &w->why));
	assert_int_equal(l.count, MANY);
	ok(w, get(w, "big", &found));
	assert_int_equal(found.keys, MANY);
	l = (struct loaded){.w = w, .stop = 300};
	ok(w, w->ops->plan_load(w->store, text_of("big"), load_one, &l, &w->why));
	assert_int_equal(l.count, 300);
	l = (struct loaded){.w = w};
	ok(w, w->ops->plan_load(w->store, text_of("bi"), load_one, &l, &w->why));
	assert_int_equal(l.count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(gives_back_what_was_put),
		T(counts_the_tenants_on_it),
		T(lists_by_name),
		T(is_taken_back_and_deleted),
		T(changes_only_in_a_transaction),
		T(loads_the_keys_on_it),
	};

	return world_run(tests, sizeof tests / sizeof *tests);
}
