/* value_test.c - answers as trees: every type, every accessor, and what is not a tree. */
#include <string.h>

#include "protocol/value.h"
#include "protocol/writer.h"
#include "tests/unit/unit.h"

/* Decodes what has been written and forgets the bytes, which the value must not need. */
static struct apikey_value *decoded(struct buffer *b)
{
	struct apikey_value *value;

	assert_false(b->failed);
	value = value_decode(b->data, b->len);
	buffer_wipe(b);
	assert_non_null(value);
	return value;
}

static void scalars_come_out_as_they_went_in(void **state)
{
	struct buffer b = {.max = 4096};
	struct apikey_value *v;

	(void)state;
	write_array(&b, 7);
	write_nil(&b);
	write_bool(&b, true);
	write_int(&b, INT64_MIN);
	write_int(&b, INT64_MAX);
	write_float(&b, 0.5);
	write_raw(&b, "\xc4\x03\x00\xff\x01", 5); /* bin */
	write_raw(&b, "\xca\x3f\x80\x00\x00", 5); /* a float of 32 bits */
	v = decoded(&b);
	assert_int_equal(apikey_type(v), APIKEY_ARRAY);
	assert_int_equal(apikey_count(v), 7);
	assert_int_equal(apikey_type(apikey_at(v, 0)), APIKEY_NIL);
	assert_true(apikey_bool(apikey_at(v, 1), false));
	assert_true(apikey_int(apikey_at(v, 2), 0) == INT64_MIN);
	assert_true(apikey_int(apikey_at(v, 3), 0) == INT64_MAX);
	assert_true(apikey_float(apikey_at(v, 4), 0) == 0.5);
	assert_int_equal(apikey_type(apikey_at(v, 5)), APIKEY_BYTES);
	assert_memory_equal(apikey_string(apikey_at(v, 5)), "\0\xff\x01", 4);
	assert_int_equal(apikey_length(apikey_at(v, 5)), 3);
	assert_true(apikey_float(apikey_at(v, 6), 0) == 1.0);
	assert_null(apikey_at(v, 7));
	apikey_value_free(v);
}

/* Text is terminated in place, which must not reach into its neighbours. */
static void every_text_is_terminated(void **state)
{
	static const char *const texts[] = {
		"", "a", "", "bc", "a longer text of over 31 characters", "z"};
	struct buffer b = {.max = 4096};
	struct apikey_value *v;

	(void)state;
	write_array(&b, 6);
	for (int i = 0; i < 6; i++)
		write_str(&b, texts[i]);
	v = decoded(&b);
	for (size_t i = 0; i < 6; i++) {
		assert_string_equal(apikey_string(apikey_at(v, i)), texts[i]);
		assert_int_equal(apikey_length(apikey_at(v, i)), strlen(texts[i]));
	}
	apikey_value_free(v);
}

static void a_map_is_read_by_name_and_by_place(void **state)
{
	struct buffer b = {.max = 4096};
	struct apikey_value *v;

	(void)state;
	write_map(&b, 4);
	write_str(&b, "id");
	write_str(&b, "k_1");
	write_int(&b, 7); /* a name that is no text */
	write_int(&b, 8);
	write_str(&b, "none");
	write_nil(&b);
	write_str(&b, "in");
	write_map(&b, 1);
	write_str(&b, "n");
	write_int(&b, -5);
	v = decoded(&b);
	assert_string_equal(apikey_string(apikey_get(v, "id")), "k_1");
	assert_int_equal(apikey_int(apikey_get(apikey_get(v, "in"), "n"), 0), -5);
	assert_null(apikey_get(v, "i"));
	assert_null(apikey_get(v, "none"));
	assert_int_equal(apikey_count(v), 4);
	assert_string_equal(apikey_key_at(v, 0), "id");
	assert_null(apikey_key_at(v, 1));
	assert_int_equal(apikey_int(apikey_at(v, 1), 0), 8);
	assert_string_equal(apikey_key_at(v, 2), "none");
	assert_null(apikey_key_at(v, 4));
	apikey_value_free(v);
}

static void other_types_give_the_fallback(void **state)
{
	struct buffer b = {.max = 64};
	struct apikey_value *v;

	(void)state;
	write_raw(&b, "\xcf\x80\0\0\0\0\0\0\0", 9); /* 2^63 */
	v = decoded(&b);
	assert_int_equal(apikey_int(v, -1), -1);
	assert_true(apikey_bool(v, true));
	assert_true(apikey_float(v, 2.0) == 2.0);
	assert_null(apikey_string(v));
	assert_int_equal(apikey_length(v), 0);
	assert_int_equal(apikey_count(v), 0);
	assert_null(apikey_at(v, 0));
	assert_null(apikey_get(v, "a"));
	apikey_value_free(v);
}

static void nothing_reads_as_nil(void **state)
{
	(void)state;
	assert_int_equal(apikey_type(NULL), APIKEY_NIL);
	assert_int_equal(apikey_int(apikey_get(apikey_at(NULL, 0), "a"), 3), 3);
	assert_null(apikey_string(NULL));
	assert_null(apikey_key_at(NULL, 0));
	apikey_value_free(NULL);
}

static void only_one_whole_value_is_a_tree(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
	} bad[] = {{"", 0}, {"\x01\x02", 2}, {"\x92\x01", 2}, {"\xa5xyz", 4}, {"\xc1", 1}};

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_null(value_decode((const uint8_t *)bad[i].bytes, bad[i].len));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scalars_come_out_as_they_went_in),
		cmocka_unit_test(every_text_is_terminated),
		cmocka_unit_test(a_map_is_read_by_name_and_by_place),
		cmocka_unit_test(other_types_give_the_fallback),
		cmocka_unit_test(nothing_reads_as_nil),
		cmocka_unit_test(only_one_whole_value_is_a_tree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
