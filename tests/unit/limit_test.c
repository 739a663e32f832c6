/* limit_test.c - limits at their edges: the weight of the window before, waits to the second, quotas over midnight,
 * changes of configuration, clocks that moved. tests/model/ compares long random runs with a model. */
#include <string.h>

#include "apikeyd/engine/limit.h"
#include "tests/unit/unit.h"

#define MIDNIGHT 1772323200 /* 2026-03-01: a day and a month begin */

struct bench {
	struct limit_slot slot;
	struct limit limits[LIMITS_MAX];
	unsigned count;
	struct now now;
	struct limit_view views[LIMITS_MAX];
	int64_t retry_after;
};

static struct bench bench_of(const struct limit *limits, unsigned count)
{
	struct bench b = {.count = count};

	memcpy(b.limits, limits, count * sizeof *limits);
	limits_fit(&b.slot, limits, count);
	return b;
}

static void set_time(struct bench *b, int64_t steady_ms)
{
	now_set(&b->now, MIDNIGHT * INT64_C(1000) + steady_ms, steady_ms);
}

/* Asks at a time, and uses what is asked for if it may. */
static bool ask(struct bench *b, int64_t steady_ms, int64_t cost, int64_t units)
{
	struct limit_counter *counters[LIMITS_MAX];
	struct limit_query q = {.now = &b->now,
		.cost = cost,
		.units = units,
		.limits = b->limits,
		.count = b->count,
		.slot = &b->slot,
		.views = b->views,
		.counters = counters};
	bool passed;

	set_time(b, steady_ms);
	limits_look(&q);
	passed = !q.over_rate && !q.over_quota;
	if (passed)
		limits_use(&q);
	limits_show(&q);
	b->retry_after = passed ? -1 : limits_retry_after(&q);
	return passed;
}

static void a_window_slides(void **state)
{
	struct limit rate = {10, 100}; /* 100 in 10 s */
	struct bench b = bench_of(&rate, 1);

	(void)state;
	assert_true(ask(&b, 2500, 100, 0));
	assert_int_equal(b.views[0].remaining, 0);
	assert_true(b.views[0].reset == MIDNIGHT + 20);
	assert_false(ask(&b, 2500, 1, 0));
	assert_int_equal(b.retry_after, 8); /* at 10.100 one hundredth has slid out: 7.6 s */
	assert_false(ask(&b, 10000, 1, 0));
	assert_false(ask(&b, 10099, 1, 0));
	assert_int_equal(b.retry_after, 1);
	assert_true(ask(&b, 10100, 1, 0));
	assert_false(ask(&b, 10100, 1, 0));
	assert_true(ask(&b, 15000, 49, 0)); /* half of 100 and one */
	assert_false(ask(&b, 15000, 1, 0));
	assert_true(ask(&b, 19999, 1, 0));
	assert_int_equal(b.views[0].remaining, 48); /* 51 used, and a ten-thousandth of 100 */
	assert_true(b.views[0].reset == MIDNIGHT + 30);
	assert_true(ask(&b, 40000, 100, 0)); /* all is long gone */
}

static void a_wait_is_the_smallest(void **state)
{
	struct limit rate = {60, 5};

	(void)state;
	for (int64_t at = 0; at < 60000; at += 997)
		for (int64_t cost = 1; cost <= 5; cost++) {
			struct bench b = bench_of(&rate, 1), later;

			assert_true(ask(&b, at, 3, 0));
			assert_true(ask(&b, at, 2, 0));
			assert_false(ask(&b, at + 500, cost, 0));
			later = b;
			assert_true(ask(&later, at + 500 + b.retry_after * 1000, cost, 0));
			later = b;
			if (b.retry_after > 1)
				assert_false(ask(
					&later, at + 500 + (b.retry_after - 1) * 1000, cost, 0));
		}
}

static void what_never_passes_has_no_wait(void **state)
{
	struct limit limits[] = {{60, 5}, {limit_quota(PERIOD_DAY, OF_UNITS), 7}};
	struct bench b = bench_of(limits, 2);

	(void)state;
	assert_false(ask(&b, 0, 6, 0));
	assert_int_equal(b.retry_after, 0);
	assert_false(ask(&b, 0, 1, 8));
	assert_int_equal(b.retry_after, 0);
	assert_int_equal(b.views[0].remaining, 5);
	assert_int_equal(b.views[1].remaining, 7);
}

static void all_are_checked_before_any_is_used(void **state)
{
	struct limit limits[] = {{1, 3}, {3600, 4}, {limit_quota(PERIOD_DAY, OF_REQUESTS), 5},
		{limit_quota(PERIOD_MONTH, OF_UNITS), 10}};
	struct bench b = bench_of(limits, 4);

	(void)state;
	assert_true(ask(&b, 0, 3, 9));
	assert_false(ask(&b, 0, 1, 2)); /* the first rate and the units */
	assert_true(b.retry_after == 31 * 86400);
	assert_false(ask(&b, 2000, 1, 2)); /* the units alone */
	assert_int_equal(b.views[0].remaining, 3);
	assert_int_equal(b.views[1].remaining, 1);
	assert_int_equal(b.views[2].remaining, 4);
	assert_int_equal(b.views[3].remaining, 1);
	assert_true(b.views[2].reset == MIDNIGHT + 86400);
	assert_true(b.views[3].reset == MIDNIGHT + 31 * 86400);
	assert_true(ask(&b, 2000, 1, 1));
	assert_false(ask(&b, 4000, 1, 0));
}

static void a_quota_ends_with_its_period(void **state)
{
	struct limit limits[] = {{limit_quota(PERIOD_DAY, OF_REQUESTS), 2},
		{limit_quota(PERIOD_MONTH, OF_REQUESTS), 3}};
	struct bench b = bench_of(limits, 2);

	(void)state;
	assert_true(ask(&b, 0, 1, 0));
	assert_true(ask(&b, 86399000, 1, 0));
	assert_false(ask(&b, 86399999, 1, 0));
	assert_int_equal(b.retry_after, 1);
	assert_true(ask(&b, 86400000, 1, 0));
	assert_false(ask(&b, 86400000, 1, 0));
	assert_true(b.retry_after == 30 * 86400);
	assert_true(ask(&b, (int64_t)31 * 86400000, 1, 0));
}

/* Back by a day the quota's count goes on; the count of a day far ahead was that of a wrong clock. */
static void a_clock_set_back_gives_nothing(void **state)
{
	struct limit quota = {limit_quota(PERIOD_DAY, OF_REQUESTS), 1};
	struct bench b = bench_of(&quota, 1);

	(void)state;
	assert_true(ask(&b, 5 * 86400000, 1, 0));
	assert_false(ask(&b, 4 * 86400000, 1, 0));
	assert_false(ask(&b, 5 * 86400000, 1, 0));
	assert_true(ask(&b, 6 * 86400000, 1, 0));
	assert_true(ask(&b, 0, 1, 0));
}

static void a_steady_clock_cut_back_a_moment_gives_nothing(void **state)
{
	struct limit rate = {60, 1};
	struct bench b = bench_of(&rate, 1);

	(void)state;
	assert_true(ask(&b, 120500, 1, 0));
	assert_false(ask(&b, 119000, 1, 0));
	assert_int_equal(b.views[0].remaining, 0);
	assert_false(ask(&b, 121000, 1, 0));
	assert_true(ask(&b, 1000, 1, 0)); /* a damaged counter does not deny for ever */
}

static void the_largest_numbers_do_not_overflow(void **state)
{
	struct limit rate = {LIMIT_WINDOW_MAX, (uint32_t)LIMIT_MOST_MAX};
	struct bench b = bench_of(&rate, 1);
	const int64_t window = LIMIT_WINDOW_MAX * INT64_C(1000);

	(void)state;
	b.slot.counters[0].current = rate.most;
	assert_false(ask(&b, window - 1, 1, 0));
	assert_int_equal(b.views[0].remaining, 0);
	assert_false(ask(&b, window, 1, 0));
	assert_int_equal(b.retry_after, 1);
	assert_false(ask(&b, window + 1, 1, 0)); /* not yet one of 2^31 */
	assert_true(ask(&b, window + 2, 1, 0));
	b.slot.counters[0].current = b.slot.counters[0].previous = rate.most;
	assert_false(ask(&b, window + 2, 1000, 0));
	assert_true(ask(&b, 4 * window, 1000, 0));
	assert_true(b.views[0].remaining == rate.most - 1000);
}

static void counters_follow_their_limits(void **state)
{
	struct limit before[] = {{60, 10}, {3600, 100}, {limit_quota(PERIOD_DAY, OF_UNITS), 50}};
	struct limit after[] = {{1, 5}, {60, 20}, {limit_quota(PERIOD_DAY, OF_REQUESTS), 9},
		{limit_quota(PERIOD_DAY, OF_UNITS), 40}};
	struct bench b = bench_of(before, 3);

	(void)state;
	assert_true(ask(&b, 0, 4, 30));
	memcpy(b.limits, after, sizeof after);
	limits_fit(&b.slot, after, 4);
	assert_true(ask(
		&b, 0, 1, 5)); /* before its count was fitted in: the old limits still read it */
	b.count = 4;
	assert_true(ask(&b, 0, 1, 5));
	assert_int_equal(b.views[0].remaining, 3);
	assert_int_equal(b.views[1].remaining, 14);
	assert_int_equal(b.views[2].remaining, 7);
	assert_int_equal(b.views[3].remaining, 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_window_slides),
		cmocka_unit_test(a_wait_is_the_smallest),
		cmocka_unit_test(what_never_passes_has_no_wait),
		cmocka_unit_test(all_are_checked_before_any_is_used),
		cmocka_unit_test(a_quota_ends_with_its_period),
		cmocka_unit_test(a_clock_set_back_gives_nothing),
		cmocka_unit_test(a_steady_clock_cut_back_a_moment_gives_nothing),
		cmocka_unit_test(the_largest_numbers_do_not_overflow),
		cmocka_unit_test(counters_follow_their_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
