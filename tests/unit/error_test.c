/* error_test.c - errors and verdicts have the contract's words, both ways, and a sentence is cut cleanly. */
#include "tests/unit/unit.h"

#include <string.h>

#include "protocol/error.h"

/* As the contract lists them, in its order. */
static const char *const errors[] = {"bad_request", "too_large", "unknown_method",
	"invalid_argument", "unauthenticated", "forbidden", "not_found", "conflict",
	"limit_reached", "locked_out", "busy", "unavailable", "outcome_unknown", "internal"};
static const char *const codes[] = {"malformed", "not_found", "revoked", "expired", "disabled",
	"owner_disabled", "tenant_disabled", "ip_denied", "scope_missing", "units_exceeded",
	"rate_limited", "quota_exceeded", "ok"};

static void test_errors_have_the_words_of_the_contract(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		enum apikey_error e = APIKEY_BAD_REQUEST + (enum apikey_error)i;

		assert_string_equal(apikey_error_name(e), errors[i]);
		assert_int_equal(error_from_name(errors[i], strlen(errors[i])), e);
	}
	for (enum apikey_error e = APIKEY_OK; e < APIKEY_ERROR_COUNT; e++)
		assert_non_null(apikey_error_name(e));
}

static void test_verdicts_have_the_words_of_the_contract(void **state)
{
	(void)state;
	assert_int_equal(sizeof(codes) / sizeof(codes[0]), APIKEY_CODE_COUNT);
	for (enum apikey_code c = 0; c < APIKEY_CODE_COUNT; c++) {
		assert_string_equal(apikey_code_name(c), codes[c]);
		assert_int_equal(code_from_name(codes[c], strlen(codes[c])), c);
	}
}

static void test_other_words_are_none(void **state)
{
	static const char *const words[] = {"", "not_foun", "not_found ", "NOT_FOUND", "nothing"};

	(void)state;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		assert_int_equal(error_from_name(words[i], strlen(words[i])), APIKEY_BROKEN);
		assert_int_equal(code_from_name(words[i], strlen(words[i])), APIKEY_CODE_COUNT);
	}
	/* what the library finds by itself does not travel */
	assert_int_equal(error_from_name("timed_out", 9), APIKEY_BROKEN);
	assert_int_equal(error_from_name("ok", 2), APIKEY_BROKEN);
	assert_string_equal(apikey_error_name(APIKEY_ERROR_COUNT), "unknown");
	assert_string_equal(apikey_code_name(APIKEY_CODE_COUNT), "unknown");
}

static void test_fail_fills_in_and_returns(void **state)
{
	struct failure why;

	(void)state;
	assert_int_equal(fail(&why, APIKEY_NOT_FOUND, "no key %s", "k_9x"), APIKEY_NOT_FOUND);
	assert_int_equal(why.code, APIKEY_NOT_FOUND);
	assert_string_equal(why.text, "no key k_9x");
}

static void test_a_long_sentence_is_cut_between_characters(void **state)
{
	static const char tail[] = "\xf0\x9f\x97\x9d and more";
	char full[FAILURE_TEXT_MAX + 40];
	struct failure why;

	(void)state;
	memset(full, 'x', sizeof(full));
	full[FAILURE_TEXT_MAX - 1] = '\0';
	fail(&why, APIKEY_INTERNAL, "%s", full);
	assert_string_equal(why.text, full);
	for (size_t before = 0; before < 4; before++) {
		size_t cut;

		memcpy(full + FAILURE_TEXT_MAX - 5 + before, tail, sizeof(tail));
		fail(&why, APIKEY_INTERNAL, "%s", full);
		cut = strlen(why.text);
		assert_in_range(cut, FAILURE_TEXT_MAX - 6, FAILURE_TEXT_MAX - 1);
		assert_memory_equal(why.text, full, cut);
		assert_int_not_equal((unsigned char)full[cut] & 0xc0, 0x80);
		full[FAILURE_TEXT_MAX - 5 + before] = 'x';
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_errors_have_the_words_of_the_contract),
		cmocka_unit_test(test_verdicts_have_the_words_of_the_contract),
		cmocka_unit_test(test_other_words_are_none),
		cmocka_unit_test(test_fail_fills_in_and_returns),
		cmocka_unit_test(test_a_long_sentence_is_cut_between_characters),
	};

	return cmocka_run_group_tests_name("error", tests, NULL, NULL);
}
