/* keytext_test.c - keys are made as the contract says, told from others by every character, and masked. */
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "protocol/keytext.h"

/* Made by hand and checked with Python's zlib.crc32: the last six are base62 of 0x6df2c28a. */
#define SAMPLE "ak_live_7Hq2mX9d_0123456789ABCDEFGHIJKLMNOPQRSTUV20prVC"

static uint32_t counter;

static uint32_t counting(uint32_t upper)
{
	return counter++ % upper;
}

static uint32_t largest(uint32_t upper)
{
	return upper - 1;
}

static uint32_t seeded(uint32_t upper)
{
	return (uint32_t)random() % upper;
}

static void test_a_key_is_made_as_the_contract_says(void **state)
{
	char key[KEYTEXT_OWN_SIZE], prefix[KEYTEXT_PREFIX_SIZE];

	(void)state;
	counter = 0;
	keytext_make("ak", "live", counting, key, prefix);
	assert_string_equal(prefix, "ak_live_01234567");
	assert_string_equal(key, "ak_live_01234567_89ABCDEFGHIJKLMNOPQRSTUVWXYZabcd1GPQNF");
	keytext_make("ak", "live", largest, key, prefix);
	assert_string_equal(prefix, "ak_live_zzzzzzzz");
}

static void test_the_longest_words_fit(void **state)
{
	char key[KEYTEXT_OWN_SIZE], prefix[KEYTEXT_PREFIX_SIZE];

	(void)state;
	keytext_make("abcdefghijklmnop", "qrstuvwxyz012345", seeded, key, prefix);
	assert_int_equal(strlen(key), KEYTEXT_OWN_SIZE - 1);
	assert_int_equal(keytext_classify("abcdefghijklmnop", text_of(key)), KEYTEXT_OWN);
	assert_true(text_equal(keytext_prefix(text_of(key)), text_of(prefix)));
}

static void test_made_keys_are_our_own(void **state)
{
	char key[KEYTEXT_OWN_SIZE], prefix[KEYTEXT_PREFIX_SIZE];

	(void)state;
	srandom(1);
	for (int i = 0; i < 1000; i++) {
		keytext_make("ak", "test", seeded, key, prefix);
		assert_int_equal(keytext_classify("ak", text_of(key)), KEYTEXT_OWN);
		assert_int_equal(keytext_classify("bk", text_of(key)), KEYTEXT_FOREIGN);
		assert_true(text_equal(keytext_prefix(text_of(key)), text_of(prefix)));
	}
}

/* A key with any one character replaced by any other byte is never taken for our own; with another base62
 * character in id, secret or checksum it still has the format, so it is broken. */
static void test_every_changed_character_is_noticed(void **state)
{
	char key[KEYTEXT_OWN_SIZE], prefix[KEYTEXT_PREFIX_SIZE];
	size_t len, id;

	(void)state;
	keytext_make("ak", "live", seeded, key, prefix);
	len = strlen(key);
	id = strlen("ak_live_");
	for (size_t at = 0; at < len; at++) {
		char right = key[at];

		for (unsigned byte = 0; byte < 256; byte++) {
			enum keytext_kind kind;

			if ((char)byte == right)
				continue;
			key[at] = (char)byte;
			kind = keytext_classify("ak", (struct text){key, len});
			assert_int_not_equal(kind, KEYTEXT_OWN);
			if (byte == '!' || at == strlen(prefix))
				assert_int_equal(kind, KEYTEXT_FOREIGN);
			else if (byte == 'Q' && at >= id)
				assert_int_equal(kind, KEYTEXT_BROKEN);
		}
		key[at] = right;
	}
}

static void test_every_cut_or_longer_key_is_not_our_own(void **state)
{
	char key[KEYTEXT_OWN_SIZE + 1], prefix[KEYTEXT_PREFIX_SIZE];
	size_t len;

	(void)state;
	keytext_make("ak", "live", seeded, key, prefix);
	len = strlen(key);
	key[len] = 'A';
	for (size_t n = 0; n <= len + 1; n++) {
		struct text t = {key, n};

		if (n != len) {
			assert_int_equal(keytext_classify("ak", t),
				n == 0 ? KEYTEXT_BROKEN : KEYTEXT_FOREIGN);
			assert_null(keytext_prefix(t).data);
		}
	}
}

static void test_sizes(void **state)
{
	char key[KEYTEXT_MAX + 1];

	(void)state;
	memset(key, 'x', sizeof(key));
	assert_int_equal(keytext_classify("ak", (struct text){0}), KEYTEXT_BROKEN);
	assert_int_equal(keytext_classify("ak", (struct text){key, 0}), KEYTEXT_BROKEN);
	assert_int_equal(keytext_classify("ak", (struct text){key, 1}), KEYTEXT_FOREIGN);
	assert_int_equal(keytext_classify("ak", (struct text){key, KEYTEXT_MAX}), KEYTEXT_FOREIGN);
	assert_int_equal(
		keytext_classify("ak", (struct text){key, KEYTEXT_MAX + 1}), KEYTEXT_BROKEN);
}

#define TAIL "_7Hq2mX9d_0123456789ABCDEFGHIJKLMNOPQRSTUV000000"

static void test_the_shape(void **state)
{
	static const struct {
		const char *key;
		enum keytext_kind kind;
	} rows[] = {
		{"ak_live" TAIL, KEYTEXT_BROKEN},
		{"ak_l" TAIL, KEYTEXT_BROKEN},
		{"ak_abcdefghijklmno9" TAIL, KEYTEXT_BROKEN},
		{"ak_abcdefghijklmno90" TAIL, KEYTEXT_FOREIGN},
		{"ak_Live" TAIL, KEYTEXT_FOREIGN},
		{"ak_9ive" TAIL, KEYTEXT_FOREIGN},
		{"ak_" TAIL, KEYTEXT_FOREIGN},
		{"ak" TAIL, KEYTEXT_FOREIGN},
		{"_live" TAIL, KEYTEXT_FOREIGN},
		{"akk_live" TAIL, KEYTEXT_FOREIGN},
		{"ak__live" TAIL, KEYTEXT_FOREIGN},
		{"ak_live_" TAIL, KEYTEXT_FOREIGN},
		{" ak_live" TAIL, KEYTEXT_FOREIGN},
		{"ak_live" TAIL " ", KEYTEXT_FOREIGN},
		{"ak-live-7Hq2mX9d-0123456789ABCDEFGHIJKLMNOPQRSTUV000000", KEYTEXT_FOREIGN},
		{"ghp_0123456789abcdefghijABCDEFGHIJ012345", KEYTEXT_FOREIGN},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(keytext_classify("ak", text_of(rows[i].key)), rows[i].kind);
}

static void test_the_checksum_is_crc32(void **state)
{
	(void)state;
	assert_int_equal(keytext_classify("ak", text_of(SAMPLE)), KEYTEXT_OWN);
}

static void test_masked(void **state)
{
	char out[KEYTEXT_MASKED_SIZE], longest[KEYTEXT_PREFIX_SIZE];

	(void)state;
	keytext_mask("ak_live_7Hq2mX9d", "wxyz", out);
	assert_string_equal(out, "ak_live_7Hq2mX9d_\u2026wxyz");
	keytext_mask("", "", out);
	assert_string_equal(out, "_\u2026");
	memset(longest, 'p', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	keytext_mask(longest, "wxyz", out);
	assert_memory_equal(out, longest, sizeof(longest) - 1);
	assert_string_equal(out + sizeof(longest) - 1, "_\u2026wxyz");
}

static void test_key_ids(void **state)
{
	char id[KEY_ID_SIZE];

	(void)state;
	counter = 60;
	key_id_make(counting, id);
	assert_string_equal(id, "k_yz01234567");
	assert_true(key_id_has_form(text_of(id)));
}

static void test_what_is_no_key_id(void **state)
{
	static const char *const bad[] = {"", "k_", "k_012345678", "k_01234567890", "s_0123456789",
		"k-0123456789", "k_01234_6789"};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(key_id_has_form(text_of(bad[i])));
	assert_false(key_id_has_form((struct text){0}));
}

static void test_words(void **state)
{
	static const char *const good[] = {"a", "ak", "live", "x9", "abcdefghijklmnop"};
	static const char *const bad[] = {
		"", "9a", "A", "aB", "a_b", "a-b", "a ", "\xc3\xa4", "abcdefghijklmnopq"};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_null(keytext_word_check(text_of(good[i])));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_non_null(keytext_word_check(text_of(bad[i])));
	assert_non_null(keytext_word_check((struct text){"a\0b", 3}));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_key_is_made_as_the_contract_says),
		cmocka_unit_test(test_the_longest_words_fit),
		cmocka_unit_test(test_made_keys_are_our_own),
		cmocka_unit_test(test_every_changed_character_is_noticed),
		cmocka_unit_test(test_every_cut_or_longer_key_is_not_our_own),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_the_shape),
		cmocka_unit_test(test_the_checksum_is_crc32),
		cmocka_unit_test(test_masked),
		cmocka_unit_test(test_key_ids),
		cmocka_unit_test(test_what_is_no_key_id),
		cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests_name("keytext", tests, NULL, NULL);
}
