/* text_test.c - what may be a name and what may not, and how the rest is shown. */
#include "tests/unit/unit.h"

#include <string.h>

#include "protocol/text.h"

#define BYTES(literal)                                                                             \
	{                                                                                          \
		literal, sizeof(literal) - 1                                                       \
	} /* an initializer; TEXT() is a value */
#define TEXT(literal) ((struct text)BYTES(literal))

static void test_equal(void **state)
{
	(void)state;
	assert_true(text_equal(TEXT("abc"), text_of("abc")));
	assert_false(text_equal(TEXT("abc"), TEXT("abd")));
	assert_false(text_equal(TEXT("abc"), TEXT("ab")));
	assert_true(text_equal(TEXT(""), (struct text){0}));
	assert_null(text_of(NULL).data);
}

static void test_names_of_every_script_are_good(void **state)
{
	static const char *const good[] = {"a", "build server 7", "Z\u00fcrich",
		"\u041c\u043e\u0441\u043a\u0432\u0430", "\u6771\u4eac", "\u05d0\u05d1",
		"caf\u00e9 \u2014 \u20ac5", "\U0001f511", "\u0e01\u0e33", "q\u0303", "back\\slash",
		"<b>&\"'"};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_null(text_check(text_of(good[i]), 1, NAME_MAX_BYTES, false));
}

/* Wherever it stands among ASCII, which is passed over by eights: a letter of two bytes, either half of it, control. */
static void test_utf8(void **state)
{
	enum { LENGTH = 40 };

	(void)state;
	assert_true(text_is_utf8(text_of("")));
	assert_true(text_is_utf8(TEXT("\x1b[2J\0")));
	assert_false(text_is_utf8(TEXT("\xed\xa0\x80")));
	for (size_t len = 2; len <= LENGTH; len++)
		for (size_t at = 0; at + 1 < len; at++) {
			char bytes[LENGTH];

			memset(bytes, 'a', sizeof bytes);
			memcpy(bytes + at, "\xc3\xbc", 2);
			assert_true(text_is_utf8((struct text){bytes, len}));
			assert_false(text_is_utf8((struct text){bytes, at + 1}));
			bytes[at] = 'a';
			assert_false(text_is_utf8((struct text){bytes, len}));
		}
}

static const struct {
	struct text text;
	const char *part; /* of the reason */
} refused[] = {
	{BYTES(""), "empty"},
	{BYTES("\x1b[2J"), "control"},
	{BYTES("a\nb"), "control"},
	{BYTES("a\tb"), "control"},
	{BYTES("a\0b"), "control"},
	{BYTES("a\x7f"), "control"},
	{BYTES("a\xc2\x85z"), "control"},
	{BYTES("a\xc2\x9bz"), "control"},
	{BYTES("a\u202ez"), "format"},
	{BYTES("a\u200bz"), "format"},
	{BYTES("\ufeffz"), "format"},
	{BYTES("a\u200dz"), "format"},
	{BYTES("a\u00adz"), "format"},
	{BYTES("a\U000e0041z"), "format"},
	{BYTES("a\ue000z"), "private"},
	{BYTES("a\U0010fffdz"), "private"},
	{BYTES("a\u00a0z"), "separator"},
	{BYTES("a\u3000z"), "separator"},
	{BYTES("a\u2028z"), "separator"},
	{BYTES("a\u2029z"), "separator"},
	{BYTES(" "), "space"},
	{BYTES("   "), "space"},
	{BYTES(" a"), "space"},
	{BYTES("a "), "space"},
	{BYTES("a\xed\xa0\x80"), "UTF-8"},
	{BYTES("a\xed\xbf\xbf"), "UTF-8"},
	{BYTES("a\xff"), "UTF-8"},
	{BYTES("a\xc0\x80"), "UTF-8"},
	{BYTES("a\xe0\x80\x80"), "UTF-8"},
	{BYTES("a\xf4\x90\x80\x80"), "UTF-8"},
	{BYTES("a\xc3"), "UTF-8"},
	{BYTES("a\x80"), "UTF-8"},
	{BYTES("e\u0301"), "normalization"},
	{BYTES("\u212b"), "normalization"},
	{BYTES("\uf900"), "normalization"},
};

static void test_these_are_refused_with_the_reason(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		const char *reason = text_check(refused[i].text, 1, NAME_MAX_BYTES, false);

		assert_non_null(reason);
		assert_non_null(strstr(reason, refused[i].part));
	}
}

static void test_lengths_from_both_sides(void **state)
{
	static char long_text[5000];
	struct text t = {long_text, 0};

	(void)state;
	memset(long_text, 'x', sizeof(long_text));
	assert_null(text_check(t, 0, 128, false));
	assert_null(text_check((struct text){0}, 0, 128, false));
	assert_non_null(text_check((struct text){0}, 1, 128, false));
	t.len = 2;
	assert_non_null(text_check(t, 3, 128, false));
	t.len = 3;
	assert_null(text_check(t, 3, 128, false));
	t.len = 128;
	assert_null(text_check(t, 3, 128, false));
	t.len = 129;
	assert_non_null(text_check(t, 3, 128, false));
	t.len = 4096;
	assert_null(text_check(t, 1, 4096, true));
}

/* Longer than the room on the stack for the normal form. */
static void test_long_text_is_normalized_too(void **state)
{
	static char text[4096];

	(void)state;
	for (size_t i = 0; i + 2 <= sizeof(text); i += 2)
		memcpy(text + i, "\u00e9", 2);
	assert_null(text_check((struct text){text, sizeof(text)}, 1, sizeof(text), false));
	memcpy(text + sizeof(text) - 3, "e\u0301", 3);
	text[sizeof(text) - 4] = 'x';
	assert_non_null(text_check((struct text){text, sizeof(text)}, 1, sizeof(text), false));
}

static void test_lines(void **state)
{
	(void)state;
	assert_null(text_check(TEXT("one\ntwo\n"), 1, 100, true));
	assert_non_null(text_check(TEXT("one\r\ntwo"), 1, 100, true));
	assert_non_null(text_check(TEXT("one\x1b"), 1, 100, true));
	assert_non_null(text_check(TEXT(" one"), 1, 100, true));
}

static void test_words(void **state)
{
	static const char *const good[] = {"a", "0", "default", "a.b_c-d9", "-", "..."};
	static const char *const bad[] = {
		"", "A", "a b", "a/b", "a:b", "\xc3\xa4", "a\n", " a", "a\x7f"};
	char longest[WORD_MAX_BYTES + 1];

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_null(word_check(text_of(good[i])));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_non_null(word_check(text_of(bad[i])));
	assert_non_null(word_check(TEXT("a\0b")));
	memset(longest, 'w', sizeof(longest));
	assert_null(word_check((struct text){longest, WORD_MAX_BYTES}));
	assert_non_null(word_check((struct text){longest, WORD_MAX_BYTES + 1}));
}

static void test_escape(void **state)
{
	static const struct {
		struct text text;
		const char *shown;
	} rows[] = {
		{BYTES(""), ""},
		{BYTES("plain \u00fc \U0001f511"), "plain \u00fc \U0001f511"},
		{BYTES("\x1b[2J"), "\\x1b[2J"},
		{BYTES("a\nb\0c\x7f"), "a\\x0ab\\x00c\\x7f"},
		{BYTES("\xc2\x9b"), "\\u{009b}"},
		{BYTES("\u202eabc"), "\\u{202e}abc"},
		{BYTES("\U000e0041"), "\\u{e0041}"},
		{BYTES("\U0010fffd"), "\\u{10fffd}"},
		{BYTES("\xed\xa0\x80"), "\\xed\\xa0\\x80"},
		{BYTES("a\xc3"), "a\\xc3"},
		{BYTES("\xff\xfe"), "\\xff\\xfe"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char out[100];

		assert_int_equal(
			text_escape(rows[i].text, out, sizeof(out)), strlen(rows[i].shown));
		assert_string_equal(out, rows[i].shown);
	}
}

static void test_escape_is_cut_between_characters(void **state)
{
	static const struct text t = BYTES("a\u00fc\x1b\U0001f511");
	static const size_t lengths[] = {0, 0, 1, 1, 3, 3, 3, 3, 7, 7, 7, 7, 11, 11};
	char out[16];

	(void)state;
	for (size_t size = 0; size < sizeof(lengths) / sizeof(lengths[0]); size++) {
		memset(out, 'U', sizeof(out));
		assert_int_equal(text_escape(t, out, size), lengths[size]);
		assert_true(size == 0 || out[lengths[size]] == '\0');
		assert_int_equal(out[size], 'U');
	}
}

static void test_compare(void **state)
{
	const struct text none = {NULL, 0};

	(void)state;
	assert_int_equal(text_compare(TEXT("ab"), text_of("ab")), 0);
	assert_true(text_compare(TEXT("ab"), TEXT("b")) < 0);
	assert_true(text_compare(TEXT("ab"), TEXT("abc")) < 0);
	assert_true(text_compare(TEXT("\xc3"), TEXT("a")) > 0);
	assert_true(text_compare(TEXT("a"), none) > 0 && text_compare(none, none) == 0);
}

/* Whatever the bytes: every character shown is fit to show (only their order may be another than the normal). */
static void test_escaped_bytes_are_text(void **state)
{
	(void)state;
	for (unsigned pair = 0; pair < 65536; pair++) {
		char bytes[4] = {'a', (char)(pair >> 8), (char)pair, 'z'}, out[100];
		size_t len = text_escape((struct text){bytes, sizeof(bytes)}, out, sizeof(out));
		const char *reason = text_check((struct text){out, len}, 1, sizeof(out), false);

		assert_true(reason == NULL || strstr(reason, "normalization") != NULL);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_equal),
		cmocka_unit_test(test_utf8),
		cmocka_unit_test(test_compare),
		cmocka_unit_test(test_names_of_every_script_are_good),
		cmocka_unit_test(test_these_are_refused_with_the_reason),
		cmocka_unit_test(test_lengths_from_both_sides),
		cmocka_unit_test(test_long_text_is_normalized_too),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_escape),
		cmocka_unit_test(test_escape_is_cut_between_characters),
		cmocka_unit_test(test_escaped_bytes_are_text),
	};

	return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
