/* histogram_test.c - percentiles are within a sixteenth of the truth, whatever was recorded. */
#include "apikeyd/histogram.h"

#include "tests/unit/unit.h"

static uint64_t percentile(const struct histogram *h, double p)
{
	uint64_t sum[HISTOGRAM_BUCKETS] = {0};

	histogram_add(sum, h);
	return histogram_percentile(sum, p);
}

static void nothing_recorded_is_zero(void **state)
{
	static struct histogram h;

	(void)state;
	assert_int_equal(percentile(&h, 0.99), 0);
}

static void one_value_is_found_again(void **state)
{
	(void)state;
	for (uint64_t value = 1; value < (uint64_t)1 << 39; value = value * 5 / 3 + 1) {
		static struct histogram h;
		uint64_t found;

		histogram_clear(&h);
		histogram_record(&h, value, 3);
		found = percentile(&h, 0.5);
		assert_true(found >= value && found - value <= value / 16);
	}
}

static void percentiles_follow_the_counts(void **state)
{
	static struct histogram h;

	(void)state;
	histogram_record(&h, 10, 90);
	histogram_record(&h, 1000, 9);
	histogram_record(&h, 100000, 1);
	assert_int_equal(percentile(&h, 0.5), 10);
	assert_in_range(percentile(&h, 0.95), 1000, 1063);
	assert_in_range(percentile(&h, 1), 100000, 106250);
}

static void huge_values_fall_into_the_last(void **state)
{
	static struct histogram h;

	(void)state;
	histogram_record(&h, UINT64_MAX, 1);
	assert_true(percentile(&h, 1) > (uint64_t)1 << 39);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_recorded_is_zero),
		cmocka_unit_test(one_value_is_found_again),
		cmocka_unit_test(percentiles_follow_the_counts),
		cmocka_unit_test(huge_values_fall_into_the_last),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
