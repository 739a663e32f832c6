/* write_test.c - writer.h: the bytes that are written are MessagePack's, in the shortest form, at every bound. */
#include "tests/unit/unit.h"

#include <string.h>

#include "protocol/writer.h"

static struct buffer fresh(void)
{
	return (struct buffer){.max = 1 << 20};
}

static void assert_bytes(struct buffer *b, const char *bytes, size_t len)
{
	assert_false(b->failed);
	assert_int_equal(b->len, len);
	assert_memory_equal(b->data, bytes, len);
	buffer_free(b);
}

#define ASSERT_BYTES(b, literal) assert_bytes(b, literal, sizeof(literal) - 1)

static void test_integers(void **state)
{
	static const struct {
		int64_t value;
		const char *bytes;
		size_t len;
	} rows[] = {
		{0, "\x00", 1},
		{127, "\x7f", 1},
		{128, "\xcc\x80", 2},
		{255, "\xcc\xff", 2},
		{256, "\xcd\x01\x00", 3},
		{65535, "\xcd\xff\xff", 3},
		{65536, "\xce\x00\x01\x00\x00", 5},
		{UINT32_MAX, "\xce\xff\xff\xff\xff", 5},
		{(int64_t)UINT32_MAX + 1, "\xcf\x00\x00\x00\x01\x00\x00\x00\x00", 9},
		{INT64_MAX, "\xcf\x7f\xff\xff\xff\xff\xff\xff\xff", 9},
		{-1, "\xff", 1},
		{-32, "\xe0", 1},
		{-33, "\xd0\xdf", 2},
		{-128, "\xd0\x80", 2},
		{-129, "\xd1\xff\x7f", 3},
		{-32768, "\xd1\x80\x00", 3},
		{-32769, "\xd2\xff\xff\x7f\xff", 5},
		{INT32_MIN, "\xd2\x80\x00\x00\x00", 5},
		{(int64_t)INT32_MIN - 1, "\xd3\xff\xff\xff\xff\x7f\xff\xff\xff", 9},
		{INT64_MIN, "\xd3\x80\x00\x00\x00\x00\x00\x00\x00", 9},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buffer b = fresh();

		write_int(&b, rows[i].value);
		assert_bytes(&b, rows[i].bytes, rows[i].len);
	}
}

static void test_scalars(void **state)
{
	struct buffer b = fresh();

	(void)state;
	write_nil(&b);
	write_bool(&b, false);
	write_bool(&b, true);
	write_float(&b, 1.5);
	write_float(&b, -0.0);
	write_raw(&b, "\x92\x01\x02", 3);
	ASSERT_BYTES(&b, "\xc0\xc2\xc3\xcb\x3f\xf8\0\0\0\0\0\0\xcb\x80\0\0\0\0\0\0\0\x92\x01\x02");
}

static void test_string_headers(void **state)
{
	static const struct {
		size_t len;
		const char *head;
		size_t head_len;
	} rows[] = {{0, "\xa0", 1}, {1, "\xa1", 1}, {31, "\xbf", 1}, {32, "\xd9\x20", 2},
		{255, "\xd9\xff", 2}, {256, "\xda\x01\x00", 3}, {65535, "\xda\xff\xff", 3},
		{65536, "\xdb\x00\x01\x00\x00", 5}};
	static char body[65536];

	(void)state;
	memset(body, 'x', sizeof(body));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buffer b = fresh();

		write_text(&b, (struct text){body, rows[i].len});
		assert_int_equal(b.len, rows[i].head_len + rows[i].len);
		assert_memory_equal(b.data, rows[i].head, rows[i].head_len);
		assert_memory_equal(b.data + rows[i].head_len, body, rows[i].len);
		buffer_free(&b);
	}
}

static void test_no_string_is_nil(void **state)
{
	struct buffer b = fresh();

	(void)state;
	write_text(&b, (struct text){0});
	write_str(&b, NULL);
	write_str(&b, "");
	write_str(&b, "ab");
	ASSERT_BYTES(&b, "\xc0\xc0\xa0\xa2"
			 "ab");
}

static void test_container_headers(void **state)
{
	struct buffer b = fresh();

	(void)state;
	write_array(&b, 0);
	write_array(&b, 15);
	write_array(&b, 16);
	write_array(&b, 65535);
	write_array(&b, 65536);
	ASSERT_BYTES(&b, "\x90\x9f\xdc\x00\x10\xdc\xff\xff\xdd\x00\x01\x00\x00");
	write_map(&b, 0);
	write_map(&b, 15);
	write_map(&b, 16);
	write_map(&b, 65535);
	write_map(&b, 65536);
	ASSERT_BYTES(&b, "\x80\x8f\xde\x00\x10\xde\xff\xff\xdf\x00\x01\x00\x00");
}

static void test_counts_known_at_the_end(void **state)
{
	struct buffer b = fresh();
	size_t map, array;

	(void)state;
	map = write_map_begin(&b);
	write_str(&b, "a");
	array = write_array_begin(&b);
	write_int(&b, 1);
	write_array_end(&b, array, 1);
	write_map_end(&b, map, 0x0102);
	ASSERT_BYTES(&b, "\xde\x01\x02\xa1"
			 "a\xdc\x00\x01\x01");
}

static void test_failure_is_kept_and_nothing_half_written(void **state)
{
	struct buffer b = {.max = 8};
	size_t at;

	(void)state;
	write_int(&b, 7);
	write_int(&b, INT64_MAX);
	assert_true(b.failed);
	assert_int_equal(b.len, 1);
	at = write_map_begin(&b);
	write_map_end(&b, at, 1);
	write_nil(&b);
	assert_int_equal(b.len, 1);
	buffer_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_integers),
		cmocka_unit_test(test_scalars),
		cmocka_unit_test(test_string_headers),
		cmocka_unit_test(test_no_string_is_nil),
		cmocka_unit_test(test_container_headers),
		cmocka_unit_test(test_counts_known_at_the_end),
		cmocka_unit_test(test_failure_is_kept_and_nothing_half_written),
	};

	return cmocka_run_group_tests_name("write", tests, NULL, NULL);
}
