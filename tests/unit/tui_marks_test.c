/* tui_marks_test.c - keys that are marked, with the status that each had. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "apikey-tui/marks.h"

static void test_what_is_marked_is_marked_until_it_is_dropped(void **state)
{
	struct marks m = {0};

	(void)state;
	assert_true(marks_put(&m, "k_b", "active"));
	assert_true(marks_put(&m, "k_a", "disabled"));
	assert_true(marks_put(&m, "k_c", "revoked"));
	assert_true(marks_has(&m, "k_a") && marks_has(&m, "k_b") && marks_has(&m, "k_c"));
	assert_false(marks_has(&m, "k_"));
	marks_drop(&m, "k_b");
	marks_drop(&m, "k_d");
	assert_false(marks_has(&m, "k_b"));
	assert_int_equal(m.count, 2);
	assert_string_equal(m.all[0].id, "k_a"); /* in order */
	marks_clear(&m);
	assert_false(marks_has(&m, "k_a"));
}

static void test_marked_twice_is_once_with_the_later_status(void **state)
{
	struct marks m = {0};

	(void)state;
	assert_true(marks_put(&m, "k_a", "active"));
	assert_true(marks_put(&m, "k_a", "disabled"));
	assert_int_equal(m.count, 1);
	assert_int_equal(marks_count(&m, "a"), 0);
	assert_int_equal(marks_count(&m, "da"), 1);
	marks_clear(&m);
}

static void test_what_is_no_id_is_refused(void **state)
{
	char longest[KEY_ID_SIZE + 1];
	struct marks m = {0};

	(void)state;
	memset(longest, 'k', sizeof longest);
	longest[KEY_ID_SIZE] = '\0';
	assert_false(marks_put(&m, "", "active"));
	assert_false(marks_put(&m, longest, "active"));
	longest[KEY_ID_SIZE - 1] = '\0';
	assert_true(marks_put(&m, longest, "active"));
	marks_clear(&m);
}

static void test_there_are_so_many_and_no_more(void **state)
{
	struct marks m = {0};
	char id[KEY_ID_SIZE];

	(void)state;
	for (int i = 0; i < MARKS_MAX; i++) {
		snprintf(id, sizeof id, "k_%d", i);
		assert_true(marks_put(&m, id, i % 4 == 0 ? "active" : "revoked"));
	}
	assert_false(marks_put(&m, "k_one_more", "active"));
	assert_true(marks_put(&m, "k_7", "active")); /* is there already */
	assert_int_equal(m.count, MARKS_MAX);
	assert_int_equal(marks_count(&m, "a"), MARKS_MAX / 4 + 1);
	marks_clear(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_marked_is_marked_until_it_is_dropped),
		cmocka_unit_test(test_marked_twice_is_once_with_the_later_status),
		cmocka_unit_test(test_what_is_no_id_is_refused),
		cmocka_unit_test(test_there_are_so_many_and_no_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
