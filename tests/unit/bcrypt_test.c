/* bcrypt_test.c - hashes of other systems: their form, its bounds, and whether they are of a key. */
#include "apikeyd/bcrypt.h"

#include <string.h>

#include "tests/unit/unit.h"

/* From the test vectors of crypt_blowfish (Solar Designer): U*U, and nothing. */
#define KNOWN "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"
#define OF_NOTHING "$2a$05$CCCCCCCCCCCCCCCCCCCCC.7uG0VCzI2bS7j6ymqJi9CdcdxiRTWNy"

static void known_hashes_match(void **state)
{
	(void)state;
	assert_null(bcrypt_check(text_of(KNOWN)));
	assert_true(bcrypt_matches((struct text){"U*U", 3}, KNOWN));
	assert_true(bcrypt_matches((struct text){"", 0}, OF_NOTHING));
	assert_false(bcrypt_matches((struct text){"U*V", 3}, KNOWN));
	assert_false(bcrypt_matches((struct text){"", 0}, KNOWN));
}

/* Else everything behind the NUL would be left out. */
static void a_key_with_a_nul_matches_nothing(void **state)
{
	(void)state;
	assert_false(bcrypt_matches((struct text){"U*U\0x", 5}, KNOWN));
	assert_false(bcrypt_matches((struct text){"\0", 1}, OF_NOTHING));
}

static void the_form_has_bounds(void **state)
{
	char hash[sizeof KNOWN] = KNOWN;

	(void)state;
	for (int cost = 0; cost < 100; cost++) {
		hash[4] = (char)('0' + cost / 10);
		hash[5] = (char)('0' + cost % 10);
		assert_int_equal(bcrypt_check(text_of(hash)) == NULL,
			cost >= BCRYPT_COST_MIN && cost <= BCRYPT_COST_MAX);
	}
	memcpy(hash, KNOWN, sizeof hash);
	for (int c = 1; c < 256; c++) {
		hash[2] = (char)c;
		assert_int_equal(
			bcrypt_check(text_of(hash)) == NULL, c == 'a' || c == 'b' || c == 'y');
	}
	for (size_t len = 0; len < BCRYPT_BYTES; len++)
		assert_non_null(bcrypt_check((struct text){KNOWN, len}));
	assert_non_null(bcrypt_check((struct text){KNOWN "a", BCRYPT_BYTES + 1}));
	assert_non_null(bcrypt_check((struct text){NULL, 0}));
	for (size_t i = 0; i < BCRYPT_BYTES; i++) {
		memcpy(hash, KNOWN, sizeof hash);
		hash[i] = ':';
		assert_non_null(bcrypt_check(text_of(hash)));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_hashes_match),
		cmocka_unit_test(a_key_with_a_nul_matches_nothing),
		cmocka_unit_test(the_form_has_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
