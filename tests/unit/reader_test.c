/* reader_test.c - every format is read, nothing else moves the cursor, and no cut is read past. */
#include "tests/unit/unit.h"

#include <string.h>

#include "protocol/reader.h"
#include "protocol/writer.h"

#define READER(literal) reader_of((const uint8_t *)(literal), sizeof(literal) - 1)

/* What begins with each first byte, said another way than the table says it. */
static enum value_type type_of(unsigned first)
{
	static const enum value_type c0_to_df[32] = {VALUE_NIL, VALUE_NONE, VALUE_BOOL, VALUE_BOOL,
		VALUE_BIN, VALUE_BIN, VALUE_BIN, VALUE_EXT, VALUE_EXT, VALUE_EXT, VALUE_FLOAT,
		VALUE_FLOAT, VALUE_INT, VALUE_INT, VALUE_INT, VALUE_INT, VALUE_INT, VALUE_INT,
		VALUE_INT, VALUE_INT, VALUE_EXT, VALUE_EXT, VALUE_EXT, VALUE_EXT, VALUE_EXT,
		VALUE_STR, VALUE_STR, VALUE_STR, VALUE_ARRAY, VALUE_ARRAY, VALUE_MAP, VALUE_MAP};

	if (first < 0x80 || first >= 0xe0)
		return VALUE_INT;
	if (first < 0xa0)
		return first < 0x90 ? VALUE_MAP : VALUE_ARRAY;
	return first < 0xc0 ? VALUE_STR : c0_to_df[first - 0xc0];
}

static void test_every_first_byte_has_its_type(void **state)
{
	(void)state;
	for (unsigned first = 0; first < 256; first++) {
		uint8_t byte = (uint8_t)first;
		struct reader r = reader_of(&byte, 1);

		assert_int_equal(read_type(&r), type_of(first));
	}
	assert_int_equal(read_type(&(struct reader){0}), VALUE_NONE);
}

static void test_integers_of_every_width(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
		int64_t value;
	} rows[] = {
		{"\x00", 1, 0},
		{"\x7f", 1, 127},
		{"\xff", 1, -1},
		{"\xe0", 1, -32},
		{"\xcc\xff", 2, 255},
		{"\xcd\xff\xff", 3, 65535},
		{"\xce\xff\xff\xff\xff", 5, UINT32_MAX},
		{"\xcf\x7f\xff\xff\xff\xff\xff\xff\xff", 9, INT64_MAX},
		{"\xd0\x80", 2, -128},
		{"\xd0\x7f", 2, 127},
		{"\xd1\x80\x00", 3, -32768},
		{"\xd2\x80\x00\x00\x00", 5, INT32_MIN},
		{"\xd3\x80\x00\x00\x00\x00\x00\x00\x00", 9, INT64_MIN},
		{"\xcf\0\0\0\0\0\0\0\x05", 9, 5},
		{"\xd3\xff\xff\xff\xff\xff\xff\xff\xff", 9, -1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct reader r = reader_of((const uint8_t *)rows[i].bytes, rows[i].len);
		int64_t value;

		assert_true(read_int(&r, &value));
		assert_true(value == rows[i].value);
		assert_ptr_equal(r.p, r.end);
		for (size_t cut = 0; cut < rows[i].len; cut++) {
			r = reader_of((const uint8_t *)rows[i].bytes, cut);
			assert_false(read_int(&r, &value));
		}
	}
}

static void test_integers_from_2_to_the_63_are_refused(void **state)
{
	struct reader r = READER("\xcf\x80\0\0\0\0\0\0\0"), before = r;
	int64_t value;

	(void)state;
	assert_false(read_int(&r, &value));
	assert_memory_equal(&r, &before, sizeof(r));
	assert_true(read_raw(&r, NULL));
}

static void test_a_wrong_type_does_not_move(void **state)
{
	(void)state;
	for (unsigned first = 0; first < 256; first++) {
		uint8_t bytes[16] = {(uint8_t)first};
		struct reader start = reader_of(bytes, sizeof(bytes)), r = start;
		enum value_type type = type_of(first);
		struct text t;
		int64_t n;
		uint32_t count;
		bool truth;

		assert_true(read_nil(&r) == (type == VALUE_NIL));
		assert_true(r.p == start.p || type == VALUE_NIL);
		r = start;
		assert_true(read_bool(&r, &truth) == (type == VALUE_BOOL));
		assert_true(r.p == start.p || type == VALUE_BOOL);
		r = start;
		assert_true(read_int(&r, &n) == (type == VALUE_INT));
		assert_true(r.p == start.p || type == VALUE_INT);
		r = start;
		assert_true(read_array(&r, &count) == (type == VALUE_ARRAY));
		assert_true(r.p == start.p || type == VALUE_ARRAY);
		r = start;
		assert_true(read_map(&r, &count) == (type == VALUE_MAP));
		assert_true(r.p == start.p || type == VALUE_MAP);
		r = start;
		assert_true(read_str(&r, &t) ? type == VALUE_STR : r.p == start.p);
		r = start;
		assert_true(read_bytes(&r, &t) ? type == VALUE_STR || type == VALUE_BIN
					       : r.p == start.p);
	}
}

static void test_strings_of_every_width(void **state)
{
	static const size_t lengths[] = {0, 1, 31, 32, 255, 256, 65535, 65536};
	static char body[65536];

	(void)state;
	memset(body, 'x', sizeof(body));
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		struct buffer b = {.max = 1 << 20};
		struct reader r;
		struct text t;

		write_text(&b, (struct text){body, lengths[i]});
		r = reader_of(b.data, b.len);
		assert_true(read_str(&r, &t));
		assert_int_equal(t.len, lengths[i]);
		assert_ptr_equal(t.data + t.len, b.data + b.len);
		assert_ptr_equal(r.p, r.end);
		r = reader_of(b.data, b.len - 1);
		assert_false(read_str(&r, &t));
		assert_ptr_equal(r.p, b.data);
		assert_false(read_raw(&r, NULL));
		buffer_free(&b);
	}
}

static void test_bin_is_bytes_and_no_str(void **state)
{
	static const char *const bins[] = {
		"\xc4\x02hi", "\xc5\x00\x02hi", "\xc6\x00\x00\x00\x02hi"};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		size_t len = (size_t[]){4, 5, 7}[i];
		struct reader r = reader_of((const uint8_t *)bins[i], len);
		struct text t;

		assert_false(read_str(&r, &t));
		assert_true(read_bytes(&r, &t));
		assert_int_equal(t.len, 2);
		assert_memory_equal(t.data, "hi", 2);
		assert_ptr_equal(r.p, r.end);
	}
}

static void test_containers(void **state)
{
	struct reader r =
		READER("\x92\xdc\x01\x00\xdd\x00\x01\x00\x00\x8f\xde\x01\x00\xdf\x00\x01\x00\x00");
	static const uint32_t arrays[] = {2, 256, 65536}, maps[] = {15, 256, 65536};
	uint32_t count;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		assert_true(read_array(&r, &count));
		assert_int_equal(count, arrays[i]);
	}
	for (size_t i = 0; i < 3; i++) {
		assert_true(read_map(&r, &count));
		assert_int_equal(count, maps[i]);
	}
	assert_ptr_equal(r.p, r.end);
}

#define VALUE                                                                                      \
	"\x85\xa1"                                                                                 \
	"a\x93\x01\xc0\xc3\xa1"                                                                    \
	"b\x81\xa1x\x90\xa1"                                                                       \
	"c\xcb\0\0\0\0\0\0\0\0\xa1"                                                                \
	"d\xd9\x03xyz\xa1"                                                                         \
	"e\xca\0\0\0\0"

static void test_raw_is_one_whole_value(void **state)
{
	struct reader r = READER(VALUE "\x07");
	const uint8_t *start = r.p;
	struct text raw;
	int64_t n;

	(void)state;
	assert_true(read_raw(&r, &raw));
	assert_ptr_equal(raw.data, start);
	assert_int_equal(raw.len, sizeof(VALUE) - 1);
	assert_true(read_int(&r, &n));
	assert_int_equal(n, 7);
	assert_false(read_raw(&r, &raw));
	for (size_t cut = 0; cut < sizeof(VALUE) - 1; cut++) {
		r = reader_of(start, cut);
		assert_false(read_raw(&r, &raw));
		assert_ptr_equal(r.p, start);
	}
}

static void test_raw_refuses_what_is_no_value(void **state)
{
	struct reader rows[] = {READER("\xc1"), READER("\x91\xc1"), READER("\xd4\x01\x00"),
		READER("\xc7\x00\x01"), READER("\xdd\xff\xff\xff\xff\x00"),
		READER("\xdf\xff\xff\xff\xff\x00"), READER("\xdb\xff\xff\xff\xff\x00")};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_false(read_raw(&rows[i], NULL));
}

static void test_raw_is_not_hurt_by_depth(void **state)
{
	static uint8_t deep[1000000];
	struct reader r = reader_of(deep, sizeof(deep));

	(void)state;
	memset(deep, 0x91, sizeof(deep));
	assert_false(read_raw(&r, NULL));
	deep[sizeof(deep) - 1] = 0x90;
	assert_true(read_raw(&r, NULL));
	assert_ptr_equal(r.p, r.end);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_first_byte_has_its_type),
		cmocka_unit_test(test_integers_of_every_width),
		cmocka_unit_test(test_integers_from_2_to_the_63_are_refused),
		cmocka_unit_test(test_a_wrong_type_does_not_move),
		cmocka_unit_test(test_strings_of_every_width),
		cmocka_unit_test(test_bin_is_bytes_and_no_str),
		cmocka_unit_test(test_containers),
		cmocka_unit_test(test_raw_is_one_whole_value),
		cmocka_unit_test(test_raw_refuses_what_is_no_value),
		cmocka_unit_test(test_raw_is_not_hurt_by_depth),
	};

	return cmocka_run_group_tests_name("reader", tests, NULL, NULL);
}
