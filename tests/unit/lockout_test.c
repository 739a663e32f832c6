/* lockout_test.c - when a name is locked, for how long, and what opens it. */
#include <stdio.h>

#include "apikeyd/lockout.h"
#include "tests/unit/unit.h"

static int set_up(void **state)
{
	*state = lockout_new();
	return 0;
}

static int tear_down(void **state)
{
	lockout_free(*state);
	return 0;
}

static void fail_times(struct lockout *l, const char *name, int times, int64_t now)
{
	for (int i = 0; i < times; i++)
		assert_int_equal(lockout_try(l, text_of(name), now), 0);
}

static void locks_after_five(void **state)
{
	struct lockout *l = *state;

	fail_times(l, "alice", LOCKOUT_FAILURES, 1000);
	assert_int_equal(lockout_try(l, text_of("alice"), 1000), LOCKOUT_SECONDS);
	assert_int_equal(lockout_try(l, text_of("alice"), 1000 + LOCKOUT_SECONDS - 1), 1);
	assert_int_equal(lockout_try(l, text_of("bob"), 1000), 0);
	assert_int_equal(lockout_try(l, text_of("alice"), 1000 + LOCKOUT_SECONDS), 0);
}

static void locks_twice_as_long_up_to_a_quarter_of_an_hour(void **state)
{
	static const int64_t locks[] = {60, 120, 240, 480, 900, 900};
	struct lockout *l = *state;
	int64_t now = 0;

	fail_times(l, "alice", LOCKOUT_FAILURES - 1, now);
	for (size_t i = 0; i < sizeof locks / sizeof locks[0]; i++) {
		assert_int_equal(lockout_try(l, text_of("alice"), now), 0);
		assert_int_equal(lockout_try(l, text_of("alice"), now), locks[i]);
		now += locks[i];
	}
}

static void a_try_while_locked_is_not_counted(void **state)
{
	struct lockout *l = *state;

	fail_times(l, "alice", LOCKOUT_FAILURES, 0);
	for (int i = 0; i < 100; i++)
		assert_int_equal(lockout_try(l, text_of("alice"), 10), LOCKOUT_SECONDS - 10);
	assert_int_equal(lockout_try(l, text_of("alice"), LOCKOUT_SECONDS), 0);
	assert_int_equal(lockout_try(l, text_of("alice"), LOCKOUT_SECONDS), LOCKOUT_SECONDS * 2);
}

static void is_forgiven_or_forgotten(void **state)
{
	struct lockout *l = *state;

	fail_times(l, "alice", LOCKOUT_FAILURES, 0);
	lockout_forgive(l, text_of("alice"));
	fail_times(l, "alice", LOCKOUT_FAILURES - 1, 0);
	fail_times(l, "alice", LOCKOUT_FAILURES, LOCKOUT_FORGET); /* anew */
	assert_int_not_equal(lockout_try(l, text_of("alice"), LOCKOUT_FORGET), 0);
	lockout_forgive(l, text_of("nobody"));
}

static void one_that_was_not_made_does_not_count(void **state)
{
	struct lockout *l = *state;

	for (int i = 0; i < 3 * LOCKOUT_FAILURES; i++) {
		assert_int_equal(lockout_try(l, text_of("alice"), 0), 0);
		lockout_undo(l, text_of("alice"));
	}
	fail_times(l, "alice", LOCKOUT_FAILURES, 0);
	lockout_undo(l, text_of("alice"));
	assert_int_equal(lockout_try(l, text_of("alice"), 0), 0);
	assert_int_not_equal(lockout_try(l, text_of("alice"), 0), 0);
	lockout_undo(l, text_of("nobody"));
}

static void a_name_is_not_the_beginning_of_another(void **state)
{
	struct lockout *l = *state;

	fail_times(l, "alice", LOCKOUT_FAILURES, 0);
	assert_int_equal(lockout_try(l, text_of("alic"), 0), 0);
	assert_int_equal(lockout_try(l, text_of("alice2"), 0), 0);
}

static void makes_room_by_the_one_quiet_for_longest(void **state)
{
	struct lockout *l = *state;
	char name[32];

	fail_times(l, "first", LOCKOUT_FAILURES, 0);
	fail_times(l, "second", LOCKOUT_FAILURES, 0);
	for (int i = 2; i < LOCKOUT_NAMES; i++) {
		snprintf(name, sizeof name, "n%d", i);
		fail_times(l, name, 1, 1);
	}
	assert_int_not_equal(lockout_try(l, text_of("first"), 1), 0);
	fail_times(l, "one-too-many", 1, 1);
	assert_int_not_equal(lockout_try(l, text_of("second"), 1), 0);
	assert_int_equal(lockout_try(l, text_of("first"), 1), 0);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		T(locks_after_five),
		T(locks_twice_as_long_up_to_a_quarter_of_an_hour),
		T(a_try_while_locked_is_not_counted),
		T(is_forgiven_or_forgotten),
		T(one_that_was_not_made_does_not_count),
		T(a_name_is_not_the_beginning_of_another),
		T(makes_room_by_the_one_quiet_for_longest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
