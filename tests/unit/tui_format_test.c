/* tui_format_test.c - numbers and times as people read them. */
#include "tests/unit/unit.h"

#include "apikey-tui/format.h"

static void test_spans(void **state)
{
	static const struct {
		int64_t seconds;
		const char *ago, *ahead;
	} rows[] = {{0, "now", "past"}, {59, "now", "in under 1m"}, {60, "1m ago", "in 1m"},
		{3599, "59m ago", "in 59m"}, {3600, "1h ago", "in 1h"}, {86400, "1d ago", "in 1d"},
		{86400 * 4000LL, "4000d ago", "in 4000d"}};
	char out[FORMAT_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		format_ago(1000000, 1000000 + rows[i].seconds, out);
		assert_string_equal(out, rows[i].ago);
		format_ahead(1000000 + rows[i].seconds, 1000000, out);
		assert_string_equal(out, rows[i].ahead);
	}
	format_ago(2000, 1000, out); /* a clock that went back */
	assert_string_equal(out, "now");
}

static void test_numbers_and_dates(void **state)
{
	static const struct {
		int64_t n;
		const char *text;
	} rows[] = {{0, "0"}, {999, "999"}, {1000, "1,000"}, {1234567, "1,234,567"},
		{-1000, "-1,000"}, {-100, "-100"}, {INT64_MIN, "-9,223,372,036,854,775,808"}};
	char out[FORMAT_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		format_number(rows[i].n, out);
		assert_string_equal(out, rows[i].text);
	}
	format_time(1801353600, out);
	assert_string_equal(out, "2027-01-31 00:00 UTC");
	format_date(253402300799, out);
	assert_string_equal(out, "9999-12-31");
	format_date(INT64_MAX, out); /* beyond any year: something, and no crash */
}

static void test_names_are_cut_between_characters(void **state)
{
	static const struct {
		const char *text, *shown;
	} rows[] = {{"", ""}, {"1234567890123456789012", "1234567890123456789012"},
		{"12345678901234567890123", "1234567890123456789012\u2026"},
		{"\u65e5\u65e5\u65e5\u65e5\u65e5\u65e5\u65e5\u65e5",
			"\u65e5\u65e5\u65e5\u65e5\u65e5\u65e5\u65e5\u2026"},
		{"\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80"
		 "\x80\x80\x80\x80",
			"\u2026"}};
	char out[FORMAT_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		format_short(rows[i].text, out);
		assert_string_equal(out, rows[i].shown);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_spans),
		cmocka_unit_test(test_numbers_and_dates),
		cmocka_unit_test(test_names_are_cut_between_characters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
