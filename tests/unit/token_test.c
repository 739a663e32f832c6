/* token_test.c - tokens and codes: their form, that no two are the same, and codes as people type them. */
#include <string.h>

#include "apikeyd/token.h"
#include "tests/unit/unit.h"

static void tokens_are_long_and_differ(void **state)
{
	char a[TOKEN_SIZE], b[TOKEN_SIZE];

	(void)state;
	token_make(a);
	token_make(b);
	assert_int_equal(strlen(a), 3 + 43);
	assert_memory_equal(a, "as_", 3);
	assert_string_not_equal(a, b);
	assert_int_equal(
		strspn(a, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"),
		strlen(a));
}

static void session_ids_differ(void **state)
{
	char a[SESSION_ID_SIZE], b[SESSION_ID_SIZE];

	(void)state;
	session_id_make(a);
	session_id_make(b);
	assert_int_equal(strlen(a), SESSION_ID_SIZE - 1);
	assert_memory_equal(a, "s_", 2);
	assert_string_not_equal(a, b);
}

static void codes_hold_nothing_that_looks_like_another(void **state)
{
	char a[CODE_SIZE], b[CODE_SIZE];

	(void)state;
	code_make(b);
	for (int i = 0; i < 1000; i++) {
		code_make(a);
		assert_string_not_equal(a, b);
		assert_int_equal(strlen(a), CODE_SIZE - 1);
		assert_int_equal(strspn(a, "abcdefghjkmnpqrstuvwxyz123456789-"), strlen(a));
		assert_true(a[4] == '-' && a[9] == '-' && a[14] == '-');
		assert_null(strpbrk(a, "ilo0"));
	}
}

static void codes_are_taken_as_people_type_them(void **state)
{
	static const char *const typed[] = {"abcd-efgh-jkmn-pqrs", "ABCD EFGH JKMN PQRS",
		"abcdefghjkmnpqrs", " abcd-efgh jkmn-PQRS "};
	struct pool pool = {0};

	(void)state;
	for (size_t i = 0; i < sizeof typed / sizeof typed[0]; i++)
		assert_true(text_equal(
			code_canonical(&pool, text_of(typed[i])), text_of("abcdefghjkmnpqrs")));
	assert_int_equal(code_canonical(&pool, text_of("")).len, 0);
	assert_int_equal(code_canonical(&pool, text_of("- -")).len, 0);
	pool_free(&pool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tokens_are_long_and_differ),
		cmocka_unit_test(session_ids_differ),
		cmocka_unit_test(codes_hold_nothing_that_looks_like_another),
		cmocka_unit_test(codes_are_taken_as_people_type_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
