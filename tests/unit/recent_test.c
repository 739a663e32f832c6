/* recent_test.c - what counts as of the last minute: at its ends, one by one, and against all that ever came. */
#include <stdlib.h>

#include "apikeyd/recent.h"
#include "tests/unit/unit.h"

#define EPOCH INT64_C(1700000000)
#define TIMES 20000

static void a_minute_slides(void **state)
{
	(void)state;
	for (int64_t into = 0; into < 60; into++) { /* wherever in a minute it begins */
		struct recent r = {0};
		int64_t at = EPOCH + into;

		assert_int_equal(recent_add(&r, at, 5), 5);
		assert_int_equal(recent_add(&r, at + 49, 7), 12);
		assert_int_equal(recent_add(&r, at + 60, 1), 8);
		assert_int_equal(recent_add(&r, at + 3600, 2), 2);
		assert_int_equal(recent_add(&r, at, 3), 5); /* late */
	}
}

static void what_is_taken_counts_no_more(void **state)
{
	struct recent r = {0};

	(void)state;
	assert_false(recent_take(&r, EPOCH));
	recent_add(&r, EPOCH, 1);
	recent_add(&r, EPOCH + 20, 2);
	for (unsigned left = 3; left-- > 0;) {
		assert_true(recent_take(&r, EPOCH + 20));
		assert_int_equal(recent_add(&r, EPOCH + 20, 0), left);
	}
	assert_false(recent_take(&r, EPOCH + 20));
	recent_add(&r, EPOCH + 20, 1);
	assert_false(recent_take(&r, EPOCH + 80));
}

static void as_many_as_came(void **state)
{
	static int64_t times[TIMES];
	struct recent r = {0};
	int64_t at = EPOCH;

	(void)state;
	for (unsigned n = 0; n < TIMES; n++) {
		unsigned sure = 0, perhaps = 0, told;

		at += rand() % 4 == 0 ? rand() % 40 : 0;
		times[n] = at;
		told = recent_add(&r, at, 1);
		for (unsigned i = n + 1; i-- > 0 && at - times[i] < 60;) {
			sure += at - times[i] < 50;
			perhaps++;
		}
		assert_in_range(told, sure, perhaps);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_minute_slides),
		cmocka_unit_test(what_is_taken_counts_no_more),
		cmocka_unit_test(as_many_as_came),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
