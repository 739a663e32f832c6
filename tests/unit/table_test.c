/* table_test.c - the table against a plain list, through growth, shrinking, collisions and wrap-around. */
#include <stdlib.h>

#include "apikeyd/engine/table.h"
#include "tests/unit/unit.h"

#define OPERATIONS 400000
#define HANDLES 20000

static uint32_t next_random(uint32_t *seed)
{
	*seed ^= *seed << 13; /* xorshift32, Marsaglia 2003 */
	*seed ^= *seed >> 17;
	*seed ^= *seed << 5;
	return *seed;
}

static bool has(const struct table *t, uint32_t hash, uint32_t handle)
{
	uint32_t step = 0, found;

	while ((found = table_next(t, hash, &step)) != 0)
		if (found == handle)
			return true;
	return false;
}

/* model[handle] is the hash it was put under, plus one; 0: not in the table. */
static void check_all(const struct table *t, const uint64_t *model)
{
	uint32_t used = 0;

	for (uint32_t handle = 1; handle < HANDLES; handle++) {
		if (model[handle] == 0)
			continue;
		assert_true(has(t, (uint32_t)(model[handle] - 1), handle));
		used++;
	}
	assert_int_equal(t->used, used);
}

/* Random puts and removals; `mask` makes hashes alike, the odds of a put swing so that the table grows and
 * shrinks several times. */
static void against_model(uint32_t mask, uint32_t seed)
{
	uint64_t *model = calloc(HANDLES, sizeof *model);
	size_t largest = 0;
	struct table t;

	assert_true(table_open(&t, 0));
	for (int i = 0; i < OPERATIONS; i++) {
		uint32_t handle = 1 + next_random(&seed) % (HANDLES - 1);
		bool filling = i / (OPERATIONS / 8) % 2 == 0;

		if (model[handle] == 0 && (filling || next_random(&seed) % 64 == 0)) {
			uint32_t hash = next_random(&seed) | mask;

			assert_true(table_reserve(&t, 1, NULL));
			table_insert(&t, hash, handle);
			model[handle] = (uint64_t)hash + 1;
		} else if (model[handle] != 0 && (!filling || next_random(&seed) % 8 == 0)) {
			assert_true(has(&t, (uint32_t)(model[handle] - 1), handle));
			table_remove(&t, (uint32_t)(model[handle] - 1), handle);
			assert_false(has(&t, (uint32_t)(model[handle] - 1), handle));
			table_trim(&t, NULL);
			model[handle] = 0;
		}
		largest = table_bytes(&t) > largest ? table_bytes(&t) : largest;
		if (i % (OPERATIONS / 16) == 0)
			check_all(&t, model);
	}
	assert_true(largest > HANDLES * sizeof(struct table_slot));
	for (uint32_t handle = 1; handle < HANDLES; handle++) {
		if (model[handle] == 0)
			continue;
		table_remove(&t, (uint32_t)(model[handle] - 1), handle);
		table_trim(&t, NULL);
	}
	assert_int_equal(t.used, 0);
	assert_true(table_bytes(&t) <= 256);
	table_close(&t);
	free(model);
}

static void test_against_model(void **state)
{
	(void)state;
	against_model(0, 1);
	against_model(0xffff, 2);   /* some equal hashes */
	against_model(0x1fffff, 3); /* many */
}

/* All homes at the end of the table: every run wraps around to its beginning. */
static void test_wraps_around(void **state)
{
	uint64_t *model = calloc(HANDLES, sizeof *model);
	struct table t;

	(void)state;
	assert_true(table_open(&t, 0));
	for (uint32_t handle = 1; handle <= 300; handle++) {
		uint32_t hash = UINT32_MAX - handle % 7;

		assert_true(table_reserve(&t, 1, NULL));
		table_insert(&t, hash, handle);
		model[handle] = (uint64_t)hash + 1;
	}
	check_all(&t, model);
	for (uint32_t handle = 1; handle <= 300; handle += 2) {
		table_remove(&t, (uint32_t)(model[handle] - 1), handle);
		model[handle] = 0;
		check_all(&t, model);
	}
	table_close(&t);
	free(model);
}

/* A hash of 0 looks like an empty slot, but for the handle. */
static void test_hash_zero(void **state)
{
	uint32_t step = 0;
	struct table t;

	(void)state;
	assert_true(table_open(&t, 0));
	assert_int_equal(table_next(&t, 0, &step), 0);
	table_insert(&t, 0, 5);
	table_insert(&t, 0, 6);
	assert_true(has(&t, 0, 5) && has(&t, 0, 6));
	table_replace(&t, 0, 5, 9);
	assert_true(has(&t, 0, 9) && has(&t, 0, 6) && !has(&t, 0, 5));
	table_remove(&t, 0, 9);
	assert_true(has(&t, 0, 6) && !has(&t, 0, 9));
	assert_int_equal(t.used, 1);
	table_close(&t);
}

/* Expected entries fit without growing; a large table comes from the system and goes back to it. */
static void test_sizes(void **state)
{
	struct table t;
	size_t bytes;

	(void)state;
	assert_true(table_open(&t, 400000));
	bytes = table_bytes(&t);
	assert_true(table_reserve(&t, 400000, NULL));
	assert_int_equal(table_bytes(&t), bytes);
	assert_true(table_reserve(&t, 1000000, NULL));
	assert_true(table_bytes(&t) > bytes);
	table_insert(&t, 1, 1);
	table_trim(&t, NULL);
	assert_true(table_bytes(&t) <= 256);
	assert_true(has(&t, 1, 1));
	assert_false(table_reserve(&t, SIZE_MAX / 2, NULL));
	table_close(&t);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_against_model),
		cmocka_unit_test(test_wraps_around),
		cmocka_unit_test(test_hash_zero),
		cmocka_unit_test(test_sizes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
