/* password_test.c - what a password must be, from both sides of every bound, and how one is kept. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "apikeyd/password.h"

#include <cmocka.h> /* last: it defines fail */

static const char *refused(const char *password)
{
	return password_check(text_of(password), text_of("alice"));
}

static void needs_fifteen_bytes(void **state)
{
	(void)state;
	assert_non_null(refused(""));
	assert_non_null(refused("unlikely words")); /* 14 */
	assert_null(refused("unlikely wordss"));
}

static void takes_a_thousand_bytes(void **state)
{
	char text[PASSWORD_MAX_BYTES + 1];

	(void)state;
	for (size_t i = 0; i < sizeof text; i++)
		text[i] = (char)('a' + i * i * 7 % 26 % 19);
	assert_null(password_check((struct text){text, PASSWORD_MAX_BYTES}, text_of("alice")));
	assert_non_null(
		password_check((struct text){text, PASSWORD_MAX_BYTES + 1}, text_of("alice")));
}

static void refuses_what_is_tried_first(void **state)
{
	static const char *const tried[] = {"passwordpassword", "aaaaaaaaaaaaaaaa",
		"123456789012345", "987654321098765", "abcdefghijklmno", "ponmlkjihgfedcba",
		"QwertyUiopAsdfghJkl", "Password1234567!!", "P.a.s.s.w.o.r.d", "!!!ChangeMe!!!2024",
		"2024-11-21 13:00:00", "abc123abc123abc1", "correct horse battery staple",
		"I am Alice of the wonders", "1qaz2wsx3edc4rfv"};

	(void)state;
	for (size_t i = 0; i < sizeof tried / sizeof tried[0]; i++)
		if (refused(tried[i]) == NULL)
			fail_msg("%s is taken", tried[i]);
}

static void has_no_rules_of_composition(void **state)
{
	static const char *const fine[] = {"four plain words here", "onlylettersbutmany",
		"p\xc3\xa4sse und r\xc3\xa4nder",
		"\xd0\xbf\xd0\xb0\xd1\x80\xd0\xbe\xd0\xbb\xd1\x8c 1234567",
		"my password is not in lists"};

	(void)state;
	for (size_t i = 0; i < sizeof fine / sizeof fine[0]; i++)
		if (refused(fine[i]) != NULL)
			fail_msg("%s %s", fine[i], refused(fine[i]));
	/* a short user name is part of too many words */
	assert_null(password_check(text_of("four plain words here"), text_of("wor")));
	assert_non_null(password_check(text_of("four plain words here"), text_of("word")));
}

static void matches_itself_alone(void **state)
{
	uint8_t right[PASSWORD_DIGEST_BYTES] = {1}, wrong[PASSWORD_DIGEST_BYTES] = {2};
	char hash[PASSWORD_HASH_SIZE], again[PASSWORD_HASH_SIZE], *last;
	bool matches = false;

	(void)state;
	assert_int_equal(password_hash(right, hash), APIKEY_OK);
	assert_int_equal(password_hash(right, again), APIKEY_OK);
	assert_string_not_equal(hash, again); /* salted */
	assert_memory_equal(hash, "$argon2id$v=19$m=65536,t=2,p=1$", 31);
	assert_int_equal(password_matches(right, hash, &matches), APIKEY_OK);
	assert_true(matches);
	assert_int_equal(password_matches(wrong, hash, &matches), APIKEY_OK);
	assert_false(matches);
	matches = true;
	assert_int_equal(password_matches(right, NULL, &matches), APIKEY_OK);
	assert_false(matches);
	last = &hash[strlen(hash) - 2];
	*last = *last == 'B' ? 'A' : 'B';
	assert_int_equal(password_matches(right, hash, &matches), APIKEY_OK);
	assert_false(matches);
	assert_int_not_equal(password_matches(right, "no hash", &matches), APIKEY_OK);
	assert_false(matches);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(needs_fifteen_bytes),
		cmocka_unit_test(takes_a_thousand_bytes),
		cmocka_unit_test(refuses_what_is_tried_first),
		cmocka_unit_test(has_no_rules_of_composition),
		cmocka_unit_test(matches_itself_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
