/* load_test.c - the load generator's own sense of right: it must not count a wrong answer, nor misplace a percentile. */
#include <stdlib.h>
#include <string.h>

#include "tests/bench/histogram.h"
#include "tests/bench/protocols.h"
#include "tests/unit/unit.h"

#define SIZE(literal) (sizeof(literal) - 1)

/* In a block of exactly its size, so that a sanitizer sees a read past the end. */
static long answer(const char *protocol, const char *data, size_t len, uint32_t *msgid)
{
	uint8_t *exact = malloc(len > 0 ? len : 1);
	long n;

	assert_non_null(exact);
	memcpy(exact, data, len);
	n = protocol_find(protocol)->answer(exact, len, 3, msgid);
	free(exact);
	return n;
}

/* [1, 70000, nil, {"code": "ok", "scopes": ["a", {"b": 300}], "meta": bin, "valid": true}] */
static const char good[] = "\x94\x01\xce\x00\x01\x11\x70\xc0\x84"
			   "\xa4"
			   "code"
			   "\xa2"
			   "ok"
			   "\xa6"
			   "scopes"
			   "\x92\xa1"
			   "a"
			   "\x81\xa1"
			   "b"
			   "\xcd\x01\x2c"
			   "\xa4"
			   "meta"
			   "\xc4\x03"
			   "xyz"
			   "\xa5"
			   "valid"
			   "\xc3";

static void test_verify_whole_answer(void **state)
{
	uint32_t msgid;

	(void)state;
	assert_int_equal(answer("verify", good, SIZE(good), &msgid), SIZE(good));
	assert_int_equal(msgid, 70000);
}

static void test_verify_every_part_wants_more(void **state)
{
	uint32_t msgid;

	(void)state;
	for (size_t len = 0; len < SIZE(good); len++)
		assert_int_equal(answer("verify", good, len, &msgid), 0);
}

static void test_verify_denied_is_wrong(void **state)
{
	char denied[sizeof(good)];
	uint32_t msgid;

	(void)state;
	memcpy(denied, good, sizeof(good));
	denied[SIZE(good) - 1] = '\xc2';
	assert_int_equal(answer("verify", denied, SIZE(good), &msgid), -1);
}

static void test_verify_error_is_wrong(void **state)
{
	static const char error[] = "\x94\x01\x05\xab"
				    "unavailable"
				    "\xc0";
	uint32_t msgid;

	(void)state;
	assert_int_equal(answer("verify", error, SIZE(error), &msgid), -1);
	assert_int_equal(msgid, 5);
}

static void test_redis(void **state)
{
	uint32_t msgid;

	(void)state;
	assert_int_equal(answer("redis-get", "$3\r\nabc\r\n$3", 11, &msgid), 9);
	for (size_t len = 0; len < 9; len++)
		assert_int_equal(answer("redis-get", "$3\r\nabc\r\n", len, &msgid), 0);
	assert_int_equal(answer("redis-get", "$-1\r\n", 5, &msgid), -1); /* no such key */
	assert_int_equal(answer("redis-get", "$4\r\nabcd\r\n", 10, &msgid), -1);
	assert_int_equal(answer("redis-get", "-ERR\r\n", 6, &msgid), -1);
	assert_int_equal(answer("redis-set", "+OK\r\n", 5, &msgid), 5);
	assert_int_equal(answer("redis-set", "-OOM \r\n", 7, &msgid), -1);
}

static void test_requests(void **state)
{
	struct request r = {0};

	(void)state;
	protocol_find("verify")->request(&r, 4, 0);
	memcpy(r.bytes + r.key_at, "ak_1", 4);
	memcpy(r.bytes + r.msgid_at, "\x00\x01\x11\x70", 4);
	assert_int_equal(r.len, 26);
	assert_memory_equal(r.bytes,
		"\x94\x00\xce\x00\x01\x11\x70\xa6verify\x91\x81\xa3key\xd9\x04"
		"ak_1",
		26);

	memset(&r, 0, sizeof(r));
	protocol_find("redis-set")->request(&r, 4, 2);
	memcpy(r.bytes + r.key_at, "ak_1", 4);
	assert_int_equal(r.len, SIZE("*3\r\n$3\r\nSET\r\n$4\r\nak_1\r\n$2\r\nxx\r\n"));
	assert_memory_equal(r.bytes, "*3\r\n$3\r\nSET\r\n$4\r\nak_1\r\n$2\r\nxx\r\n", r.len);
}

/* Against sorting: every percentile of an even spread is within 0.4 %. */
static void test_percentiles(void **state)
{
	static struct histogram h;
	static const double fractions[] = {0.001, 0.25, 0.5, 0.9, 0.99, 0.999, 1};
	const uint64_t count = 3000000;

	(void)state;
	assert_int_equal(histogram_at(&h, 0.5), 0);
	for (uint64_t value = 1; value <= count; value++)
		histogram_add(&h, value, 1);
	for (size_t i = 0; i < sizeof(fractions) / sizeof(fractions[0]); i++) {
		double exact = fractions[i] * (double)count,
		       got = (double)histogram_at(&h, fractions[i]);

		assert_true(got >= exact * 0.996 && got <= exact * 1.004);
	}
	assert_int_equal(h.max, count);
	assert_int_equal(h.count, count);
}

static void test_extremes(void **state)
{
	static struct histogram h;

	(void)state;
	histogram_add(&h, 0, 3);
	histogram_add(&h, UINT64_MAX, 1);
	assert_int_equal(histogram_at(&h, 0), 0);
	assert_int_equal(histogram_at(&h, 0.75), 0);
	assert_true(histogram_at(&h, 1) >= (uint64_t)1 << 40);
	assert_true(h.max == UINT64_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_verify_whole_answer),
		cmocka_unit_test(test_verify_every_part_wants_more),
		cmocka_unit_test(test_verify_denied_is_wrong),
		cmocka_unit_test(test_verify_error_is_wrong),
		cmocka_unit_test(test_redis),
		cmocka_unit_test(test_requests),
		cmocka_unit_test(test_percentiles),
		cmocka_unit_test(test_extremes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
