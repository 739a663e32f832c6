/* usage_pack_test.c - what is packed comes out again, added up, for the secret that it is of. */
#include "apikeyd/store/usage_pack.h"
#include "tests/unit/unit.h"

static struct usage_entry entry(uint8_t place, const char *prefix, int64_t allowed)
{
	struct usage_entry e = {.place = place, .tag = usage_tag(text_of(prefix))};

	e.values.n[USAGE_ALLOWED] = allowed;
	e.values.n[USAGE_DENIED + APIKEY_CODE_RATE_LIMITED] = 1;
	return e;
}

static int64_t allowed_of(struct text pack, uint8_t place, const char *prefix)
{
	struct usage_entry e;
	int64_t sum = -1;

	while (usage_pack_take(&pack, &e))
		if (e.place == place && e.tag == usage_tag(text_of(prefix))) {
			assert_int_equal(sum, -1);
			sum = e.values.n[USAGE_ALLOWED];
		}
	assert_int_equal(pack.len, 0);
	return sum;
}

static void adds_up_by_secret(void **state)
{
	struct usage_entry first[] = {entry(0, "a", 5), entry(3, "b", INT64_MAX - 1)};
	struct usage_entry then[] = {entry(0, "a", 7), entry(1, "c", 1), entry(63, "d", 0)};
	struct usage_entry other = entry(0, "e", 2), more = entry(3, "b", 1);
	struct pool pool = {0};
	struct text pack;

	(void)state;
	pack = usage_pack_add(&pool, text_of(""), first, 2);
	pack = usage_pack_add(&pool, pack, then, 3);
	pack = usage_pack_add(&pool, pack, &other, 1);
	pack = usage_pack_add(&pool, pack, &more, 1);
	assert_int_equal(allowed_of(pack, 0, "a"), 12);
	assert_int_equal(allowed_of(pack, 0, "e"), 2);
	assert_int_equal(allowed_of(pack, 1, "c"), 1);
	assert_int_equal(allowed_of(pack, 3, "b"), INT64_MAX);
	assert_int_equal(allowed_of(pack, 63, "d"), 0);
	assert_int_equal(allowed_of(pack, 63, "a"), -1);
	pool_free(&pool);
}

static void a_sum_stays_at_the_most(void **state)
{
	struct usage_vector sum = {{[USAGE_UNITS] = INT64_MAX - 1}};
	const struct usage_vector more = {{[USAGE_UNITS] = 1}};

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		usage_vector_add(&sum, &more);
		assert_true(usage_vector_sum(&sum).units == INT64_MAX);
	}
	assert_true(usage_plus(INT64_MIN + 1, -1) == INT64_MIN);
	assert_true(usage_plus(INT64_MIN, -1) == INT64_MIN);
	assert_true(usage_plus(INT64_MIN, INT64_MAX) == -1);
}

static void a_slot_used_by_many_holds_them_all(void **state)
{
	struct pool pool = {0};
	struct text pack = text_of("");

	(void)state;
	for (int turn = 0; turn < 2; turn++)
		for (int c = 'a'; c <= 'z'; c++) {
			struct usage_entry e = entry(9, (char[]){(char)c, '\0'}, c);

			pack = usage_pack_add(&pool, pack, &e, 1);
		}
	for (int c = 'a'; c <= 'z'; c++)
		assert_int_equal(allowed_of(pack, 9, (char[]){(char)c, '\0'}), 2 * c);
	pool_free(&pool);
}

static void what_is_cut_or_foreign_ends_it(void **state)
{
	struct usage_entry e = entry(2, "a", 300);
	struct usage_vector zero = {0};
	struct pool pool = {0};
	struct text pack, cut;

	(void)state;
	pack = usage_pack_add(&pool, text_of(""), &e, 1);
	for (size_t len = 0; len < pack.len; len++) {
		cut = (struct text){pack.data, len};
		assert_false(usage_pack_take(&cut, &e));
	}
	cut = text_of("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff");
	assert_false(usage_pack_take(&cut, &e));
	cut = usage_pack_add(&pool, text_of(""), NULL, 0);
	assert_int_equal(cut.len, 0);
	assert_int_equal(usage_vector_sum(&zero).denied, 0);
	pool_free(&pool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(adds_up_by_secret),
		cmocka_unit_test(a_sum_stays_at_the_most),
		cmocka_unit_test(a_slot_used_by_many_holds_them_all),
		cmocka_unit_test(what_is_cut_or_foreign_ends_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
