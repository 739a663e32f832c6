/* calendar_test.c - days and months: known ones, and every day of four hundred years against the C library. */
#include <time.h>

#include "apikeyd/engine/calendar.h"
#include "tests/unit/unit.h"

#define DAY 86400

static int64_t utc(int year, int month, int day)
{
	struct tm tm = {.tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day};

	return timegm(&tm);
}

static void known_months(void **state)
{
	static const struct {
		int year, month, days;
		uint32_t index;
	} rows[] = {
		{1970, 1, 31, 0},
		{1970, 2, 28, 1},
		{1971, 12, 31, 23},
		{1972, 2, 29, 25},
		{2000, 2, 29, 361},
		{2026, 11, 30, 682},
		{2038, 1, 31, 816},
		{2100, 2, 28, 1561},
		{9999, 12, 31, 96359},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		int64_t begin = utc(rows[i].year, rows[i].month, 1),
			end = begin + rows[i].days * DAY;
		const int64_t within[] = {begin, begin + 12345, end - 1};

		for (int j = 0; j < 3; j++) {
			struct span span = calendar_span(PERIOD_MONTH, within[j]);

			assert_true(span.begin == begin);
			assert_true(span.end == end);
			assert_int_equal(span.index, rows[i].index);
		}
	}
}

static void check_day(int64_t seconds)
{
	struct span day = calendar_span(PERIOD_DAY, seconds);
	struct span month = calendar_span(PERIOD_MONTH, seconds);
	struct tm tm;

	gmtime_r(&seconds, &tm);
	assert_true(day.begin == utc(tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday));
	assert_true(day.end == day.begin + DAY && day.index == day.begin / DAY);
	assert_int_equal(month.index, (tm.tm_year - 70) * 12 + tm.tm_mon);
	assert_true(month.begin == utc(tm.tm_year + 1900, tm.tm_mon + 1, 1));
	assert_true(month.end == utc(tm.tm_year + 1900, tm.tm_mon + 2, 1));
}

static void every_day_of_an_era(void **state)
{
	(void)state;
	for (int64_t day = 0; day <= 146097; day++)
		check_day(day * DAY + day % DAY);
	check_day(253402300799);
}

static void a_moment_moves_on_and_back(void **state)
{
	struct now now = {0};
	int64_t midnight = utc(2026, 3, 1);

	(void)state;
	now_set(&now, (midnight - 1) * 1000 + 999, 77);
	assert_true(now.wall == midnight - 1 && now.wall_ms % 1000 == 999 && now.steady_ms == 77);
	assert_true(now.periods[PERIOD_DAY].end == midnight);
	assert_true(now.periods[PERIOD_MONTH].begin == utc(2026, 2, 1));
	now_set(&now, midnight * 1000, 78);
	assert_true(now.periods[PERIOD_DAY].begin == midnight);
	assert_true(now.periods[PERIOD_MONTH].begin == midnight);
	now_set(&now, (midnight - 1) * 1000, 79);
	assert_true(now.periods[PERIOD_DAY].end == midnight);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_months),
		cmocka_unit_test(every_day_of_an_era),
		cmocka_unit_test(a_moment_moves_on_and_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
