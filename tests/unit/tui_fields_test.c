/* tui_fields_test.c - what may be typed about a key and what may not. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "apikey-tui/fields.h"

static const struct {
	const char *(*check)(const char *text);
	const char *good[12];
	const char *bad[16];
} checks[] = {
	{field_check_name, {"a", "build server 7", "\u65e5\u672c"},
		{"", " a", "a ", "a\nb", "\033", "\u202e"}},
	{field_check_word, {"", "ada", "a-b.c_9"}, {"Ada", "a b", "\u00fc"}},
	{field_check_scopes, {"", "a", "a:read, b:*", "*", "a,b , c", "x/y-z_0.9"},
		{"A", "a*b", "**", "a a", "../?",
			"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}},
	{field_check_addresses,
		{"", "192.0.2.1", "192.0.2.0/24, 2001:db8::/32", "0.0.0.0/0", "::1", "::/0",
			"10.0.0.1/32"},
		{"010.0.0.1", "10.1", "10.0.0.1/33", "10.0.0.1/8", "fe80::1%eth0", "::1/129",
			"1.2.3.4/", "1.2.3.4/08", "1.2.3.4/-1", "1.2.3.4/1x", "x",
			"1.2.3.4 1.2.3.4"}},
	{field_check_expiry,
		{"", "never", "30m", "12h", "90d", "1y", "2099-12-31", "2099-12-31 23:59"},
		{"0d", "-1d", "1", "d", "1q", "2099-02-30", "2020-01-01", "99999999999y", "1d ",
			"tomorrow"}},
	{field_check_rates, {"", "100/60s", "1/1s, 2147483648/31d", "1/1s 1/2s 1/3s 1/4s"},
		{"100", "/60s", "0/60s", "2147483649/60s", "1/0s", "1/32d", "1/60", "-1/60s",
			"1/1s x", "1/1s 1/1s", "1/1s 1/2s 1/3s 1/4s 1/5s"}},
	{field_check_quotas, {"", "1/day", "20000/month 500/day:units", "2147483648/month:units"},
		{"1", "1/week", "1/day:", "0/day", "2147483649/day", "1/60s", "1/day 1/day"}},
	{field_check_span, {"0", "1s", "30m", "366d"}, {"", "00", "-1s", "367d", "1", "soon"}},
	{field_check_count, {"", "0", "999999999999"}, {"-1", "1.5", "1000000000000", "x"}},
	{field_check_cap, {"", "1", "1000000000"}, {"0", "-1", "1000000001", "x"}},
	{field_check_needed_word, {"acme", "a"}, {"", "Acme", "a b"}},
	{field_check_email, {"", "a@b"}, {"a"}},
	{field_check_notes, {"", "anything at all"}, {"\033", "\u200b"}},
};

static void test_checks(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++) {
		for (const char *const *text = checks[i].good; *text != NULL; text++)
			assert_null(checks[i].check(*text));
		for (const char *const *text = checks[i].bad; *text != NULL; text++)
			assert_non_null(checks[i].check(*text));
	}
}

static void test_too_many(void **state)
{
	char text[65 * 4 + 1] = "";

	(void)state;
	for (int i = 0; i < 65; i++) {
		assert_null(field_check_scopes(text));
		snprintf(text + strlen(text), 5, "%03d ", i);
	}
	assert_non_null(field_check_scopes(text));
}

static void test_split(void **state)
{
	char text[] = " a,, b c ,";
	const char *items[4];

	(void)state;
	assert_int_equal(field_split(text, items, 4), 3);
	assert_string_equal(items[0], "a");
	assert_string_equal(items[1], "b");
	assert_string_equal(items[2], "c");
}

static void test_expiry(void **state)
{
	struct expiry e;

	(void)state;
	assert_true(field_expiry("2w", &e) && !e.never && e.in == 1209600 && e.at == 0);
	assert_true(field_expiry("never", &e) && e.never && e.in == 0 && e.at == 0);
	assert_true(field_expiry("2027-01-31", &e) && !e.never && e.in == 0 && e.at == 1801353600);
	assert_true(field_expiry("2027-01-31 18:30", &e) && e.at == 1801353600 + 18 * 3600 + 1800);
	assert_true(field_expiry("2027-01-31T00:00:01Z", &e) && e.at == 1801353601);
}

static void test_limits(void **state)
{
	struct field_limit limit;

	(void)state;
	assert_true(field_rate("100/1h", &limit));
	assert_int_equal(limit.limit, 100);
	assert_int_equal(limit.window, 3600);
	assert_true(field_quota("500/day:units", &limit));
	assert_int_equal(limit.window, 0);
	assert_string_equal(limit.period, "day");
	assert_string_equal(limit.of, "units");
	assert_true(field_quota("7/month", &limit));
	assert_string_equal(limit.of, "requests");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_checks),
		cmocka_unit_test(test_too_many),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_split),
		cmocka_unit_test(test_expiry),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
