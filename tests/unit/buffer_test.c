/* buffer_test.c - a buffer holds what was put in, up to its maximum and not a byte more. */
#include "tests/unit/unit.h"

#include <malloc.h>
#include <string.h>

#include "protocol/buffer.h"

static bool watching;
static int freed;

void __real_free(void *p);
void __wrap_free(void *p);

/* Stands in for free(): while watching, what is freed must be all zero. */
void __wrap_free(void *p)
{
	const uint8_t *bytes = p;

	for (size_t i = 0; watching && p != NULL && i < malloc_usable_size(p); i++)
		assert_int_not_equal(bytes[i], 'S');
	freed += watching && p != NULL;
	__real_free(p);
}

static void test_holds_what_was_appended(void **state)
{
	struct buffer b = {.max = 1 << 20};
	uint8_t expected[3000];

	(void)state;
	for (size_t i = 0; i < sizeof(expected); i++) {
		expected[i] = (uint8_t)(i * 7);
		buffer_append(&b, &expected[i], 1);
	}
	assert_int_equal(b.len, sizeof(expected));
	assert_memory_equal(b.data, expected, sizeof(expected));
	assert_true(b.cap >= b.len && b.cap <= 2 * b.len);
	assert_false(b.failed);
	buffer_free(&b);
}

static void test_grows_geometrically(void **state)
{
	struct buffer b = {.max = 1 << 20};
	int moves = 0;

	(void)state;
	for (size_t cap = 0, i = 0; i < 1 << 20; i++) {
		buffer_append(&b, "x", 1);
		moves += b.cap != cap;
		cap = b.cap;
	}
	assert_in_range(moves, 2, 20);
	buffer_free(&b);
}

static void test_takes_max_and_no_more(void **state)
{
	struct buffer b = {.max = 1000};
	uint8_t bytes[1001] = {1};

	(void)state;
	buffer_append(&b, bytes, 999);
	buffer_append(&b, bytes, 1);
	assert_int_equal(b.len, 1000);
	assert_false(b.failed);
	assert_true(b.cap <= b.max);
	buffer_append(&b, bytes, 0);
	assert_false(b.failed);
	buffer_append(&b, bytes, 1);
	assert_true(b.failed);
	assert_int_equal(b.len, 1000);
	buffer_free(&b);

	buffer_append(&b, bytes, 1001);
	assert_true(b.failed);
	assert_int_equal(b.len, 0);
	buffer_free(&b);
}

static void test_failure_stays(void **state)
{
	struct buffer b = {.max = 10};

	(void)state;
	assert_null(buffer_reserve(&b, 11));
	assert_null(buffer_reserve(&b, 1));
	buffer_append(&b, "x", 1);
	assert_int_equal(b.len, 0);
	buffer_free(&b);
	assert_non_null(buffer_reserve(&b, 10));
	buffer_free(&b);
}

static void test_refuses_sizes_that_wrap(void **state)
{
	struct buffer b = {.max = SIZE_MAX};

	(void)state;
	buffer_append(&b, "abc", 3);
	assert_null(buffer_reserve(&b, SIZE_MAX));
	assert_true(b.failed);
	buffer_free(&b);
}

static void test_reserve_gives_room_behind_what_is_there(void **state)
{
	struct buffer b = {.max = 4096};

	(void)state;
	buffer_append(&b, "abc", 3);
	memcpy(buffer_reserve(&b, 2000), "def", 3);
	b.len += 3;
	assert_memory_equal(b.data, "abcdef", 6);
	assert_true(b.cap >= 2003);
	buffer_free(&b);
}

static void test_consume_forgets_the_first(void **state)
{
	struct buffer b = {.max = 100};

	(void)state;
	buffer_consume(&b, 0);
	buffer_append(&b, "abcdef", 6);
	buffer_consume(&b, 0);
	buffer_consume(&b, 2);
	assert_int_equal(b.len, 4);
	assert_memory_equal(b.data, "cdef", 4);
	buffer_append(&b, "g", 1);
	assert_memory_equal(b.data, "cdefg", 5);
	buffer_consume(&b, 5);
	assert_int_equal(b.len, 0);
	buffer_free(&b);
}

static void test_free_and_wipe_leave_an_empty_buffer(void **state)
{
	struct buffer b = {.max = 100};

	(void)state;
	buffer_free(&b);
	buffer_wipe(&b);
	buffer_append(&b, "secret", 6);
	buffer_wipe(&b);
	assert_null(b.data);
	assert_int_equal(b.len, 0);
	assert_int_equal(b.cap, 0);
	assert_int_equal(b.max, 100);
	buffer_append(&b, "again", 5);
	assert_memory_equal(b.data, "again", 5);
	buffer_free(&b);
}

static void test_a_secret_is_left_nowhere(void **state)
{
	struct buffer b = {.max = 1 << 20};

	(void)state;
	watching = true;
	freed = 0;
	for (int i = 0; i < 5000; i++)
		buffer_append(&b, "SS", 2);
	buffer_consume(&b, 4000); /* leaves a copy of them behind the end */
	buffer_wipe(&b);
	watching = false;
	assert_true(freed > 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_holds_what_was_appended),
		cmocka_unit_test(test_grows_geometrically),
		cmocka_unit_test(test_takes_max_and_no_more),
		cmocka_unit_test(test_failure_stays),
		cmocka_unit_test(test_refuses_sizes_that_wrap),
		cmocka_unit_test(test_reserve_gives_room_behind_what_is_there),
		cmocka_unit_test(test_consume_forgets_the_first),
		cmocka_unit_test(test_free_and_wipe_leave_an_empty_buffer),
		cmocka_unit_test(test_a_secret_is_left_nowhere),
	};

	return cmocka_run_group_tests_name("buffer", tests, NULL, NULL);
}
