/* scope_test.c - which scopes there are, and which grant covers which need. */
#include <string.h>

#include "apikeyd/engine/scope.h"
#include "tests/unit/unit.h"

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

static const char *check(const char *s, bool granted)
{
	return scope_check((struct text){s, strlen(s)}, granted);
}

static bool covers(const char *granted, const char *need)
{
	return scope_covers(
		(struct text){granted, strlen(granted)}, (struct text){need, strlen(need)});
}

static void test_check(void **state)
{
	static const char *const good[] = {
		"a", "invoices:read", "a.b_c:d/e-f", "0", "a..b", "..a", "a:...", "apikeyd:admin"};
	static const char *const bad[] = {"", "A", "a b", " a", "a\n", "a*b", "**", "a**", "*a",
		"..", "../", "/..", "a/../b", "a:..", "a:../*", "../*", "a\\b", "a,b", "\xc3\xa4",
		"a\x7f", "a%b"};

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++) {
		assert_null(check(good[i], false));
		assert_null(check(good[i], true));
	}
	for (size_t i = 0; i < COUNT(bad); i++) {
		assert_non_null(check(bad[i], false));
		assert_non_null(check(bad[i], true));
	}
	assert_non_null(check("*", false));
	assert_non_null(check("a:*", false));
	assert_null(check("*", true));
	assert_null(check("a:*", true));
	assert_non_null(scope_check((struct text){"a\0b", 3}, true));
}

static void test_lengths(void **state)
{
	char s[SCOPE_MAX_BYTES + 2];

	(void)state;
	memset(s, 'a', sizeof s);
	assert_null(scope_check((struct text){s, SCOPE_MAX_BYTES}, false));
	assert_non_null(scope_check((struct text){s, SCOPE_MAX_BYTES + 1}, false));
	s[SCOPE_MAX_BYTES] = '*';
	assert_non_null(scope_check((struct text){s, SCOPE_MAX_BYTES + 1}, true));
}

static void test_covers(void **state)
{
	(void)state;
	assert_true(covers("invoices:read", "invoices:read"));
	assert_false(covers("invoices:read", "invoices:reader"));
	assert_false(covers("invoices:reader", "invoices:read"));
	assert_false(covers("invoices", "invoices:read"));
	assert_true(covers("invoices:*", "invoices:read"));
	assert_true(covers("invoices:*", "invoices:"));
	assert_false(covers("invoices:*", "invoices"));
	assert_false(covers("invoices:*", "invoice:read"));
	assert_true(covers("inv*", "invoices:read"));
	assert_true(covers("*", "invoices:read"));
	assert_false(covers("", "invoices:read"));
	assert_false(covers("", "*"));
}

static void test_reserved(void **state)
{
	(void)state;
	assert_false(covers("*", "apikeyd:admin"));
	assert_false(covers("*", "apikeyd:"));
	assert_true(covers("*", "apikeyd"));
	assert_true(covers("*", "apikeydx:admin"));
	assert_false(covers("a*", "apikeyd:admin"));
	assert_false(covers("apikeyd*", "apikeyd:admin"));
	assert_true(covers("apikeyd:*", "apikeyd:admin"));
	assert_true(covers("apikeyd:a*", "apikeyd:admin"));
	assert_false(covers("apikeyd:a*", "apikeyd:read"));
	assert_true(covers("apikeyd:admin", "apikeyd:admin"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_check),
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_covers),
		cmocka_unit_test(test_reserved),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
