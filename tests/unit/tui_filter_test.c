/* tui_filter_test.c - what is typed after `/`: words, values that are named, and keys that were pasted. */
#include "tests/unit/unit.h"

#include <string.h>

#include "apikey-tui/filter.h"
#include "protocol/value.h"
#include "protocol/writer.h"

static const char *const names[] = {"status", "from", NULL};

static void test_the_first_named_value_counts(void **state)
{
	static const struct {
		const char *filter, *value;
	} rows[] = {{"status:active", "active"}, {"gate status:active status:revoked", "active"},
		{"status: status:revoked", "revoked"}, {"status:a:b", "a:b"}, {"status", ""},
		{"xstatus:active", ""}, {"", ""}};
	char value[FILTER_MAX + 1];

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		assert_int_equal(filter_value(rows[i].filter, "status", value, sizeof value),
			*rows[i].value != '\0');
		assert_string_equal(value, rows[i].value);
	}
}

static void test_words_are_what_no_name_begins(void **state)
{
	char words[FILTER_MAX + 1], few[5];

	(void)state;
	filter_words("  web status:active  shop owner:ada ", names, words, sizeof words);
	assert_string_equal(words, "web shop owner:ada");
	filter_words("web shop", NULL, few, sizeof few);
	assert_string_equal(few, "web ");
}

static void test_what_is_past_the_bound_is_left_out(void **state)
{
	char filter[FILTER_MAX + 2], words[2 * FILTER_MAX];

	(void)state;
	memset(filter, 'a', sizeof filter);
	filter[FILTER_MAX] = '\0';
	filter_words(filter, names, words, sizeof words);
	assert_int_equal(strlen(words), FILTER_MAX);
	filter[FILTER_MAX] = 'a';
	filter[FILTER_MAX + 1] = '\0';
	filter_words(filter, names, words, sizeof words);
	assert_int_equal(strlen(words), FILTER_MAX);
}

/* A row with a name, a proof and a record within. */
static struct apikey_value *row(void)
{
	struct buffer b = {.max = 256};
	struct apikey_value *value;

	write_map(&b, 3);
	write_str(&b, "name");
	write_str(&b, "Web Shop");
	write_str(&b, "mac");
	write_str(&b, "deadbeef");
	write_str(&b, "record");
	write_map(&b, 1);
	write_str(&b, "owner");
	write_str(&b, "ada");
	value = value_decode(b.data, b.len);
	buffer_free(&b);
	assert_non_null(value);
	return value;
}

static void test_a_row_holds_every_word_somewhere(void **state)
{
	static const struct {
		const char *filter;
		bool holds;
	} rows[] = {{"", true}, {"shop", true}, {"SHOP web", true}, {"shop ada", true},
		{"shop bob", false}, {"beef", false}, {"name", false}, {"status:none", true}};
	struct apikey_value *map = row();

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		assert_int_equal(filter_holds(rows[i].filter, names, map), rows[i].holds);
	apikey_value_free(map);
}

static void test_a_key_becomes_its_public_part(void **state)
{
	static const char secret[] = "7Hq2mX9dQ0aZbYcXdWeVfUgThSiRjQkP";
	struct line line = {.max = FILTER_MAX};

	(void)state;
	line_set(&line, "web shop");
	filter_hide_secret(&line);
	assert_string_equal(line.text, "web shop");
	line_set(&line,
		"Authorization: \"ak_live_7Hq2mX9d_7Hq2mX9dQ0aZbYcXdWeVfUgThSiRjQkP0abcde\"");
	filter_hide_secret(&line);
	assert_string_equal(line.text, "ak_live_7Hq2mX9d");
	assert_null(memmem(&line, sizeof line, secret, sizeof secret - 1));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_first_named_value_counts),
		cmocka_unit_test(test_words_are_what_no_name_begins),
		cmocka_unit_test(test_what_is_past_the_bound_is_left_out),
		cmocka_unit_test(test_a_row_holds_every_word_somewhere),
		cmocka_unit_test(test_a_key_becomes_its_public_part),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
