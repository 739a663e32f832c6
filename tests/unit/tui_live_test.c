/* tui_live_test.c - what keys are used for just now, from digests. */
#include "tests/unit/unit.h"

#include <stdio.h>

#include "apikey-tui/live.h"
#include "protocol/value.h"
#include "protocol/writer.h"

/* A digest of one key, and of denials for two reasons of which this console knows one. */
static void digest(struct live *l, int64_t at, int64_t allowed, int64_t limited, const char *id)
{
	struct buffer b = {.max = 1024};
	struct apikey_value *value;

	write_map(&b, 4);
	write_str(&b, "at");
	write_int(&b, at);
	write_str(&b, "allowed");
	write_int(&b, allowed);
	write_str(&b, "denied");
	write_map(&b, 2);
	write_str(&b, "rate_limited");
	write_int(&b, limited);
	write_str(&b, "of_tomorrow");
	write_int(&b, 1);
	write_str(&b, "top");
	write_array(&b, 1);
	write_map(&b, 3);
	write_str(&b, "id");
	write_str(&b, id);
	write_str(&b, "name");
	write_str(&b, "a name");
	write_str(&b, "verifies");
	write_int(&b, allowed);
	value = value_decode(b.data, b.len);
	buffer_free(&b);
	assert_non_null(value);
	live_digest(l, value);
	apikey_value_free(value);
}

static void test_a_digest_is_a_second(void **state)
{
	static struct live l;

	(void)state;
	live_tick(&l, 999); /* before the first nothing is known */
	assert_int_equal(l.count, 0);
	digest(&l, 1000, 10, 3, "k_0000000001");
	digest(&l, 1001, 20, 0, "k_0000000001");
	assert_int_equal(l.count, 2);
	assert_int_equal(l.allowed[0], 10);
	assert_int_equal(l.denied[0], 4);
	assert_int_equal(l.allowed[1], 20);
	assert_int_equal(live_code(&l, APIKEY_CODE_RATE_LIMITED), 3);
	assert_int_equal(live_code(&l, APIKEY_CODE_OK), 0);
}

/* Digests come a second apart, but not at the second's beginning: two may bear one number, and none the next. */
static void test_an_uneven_beat_makes_no_gaps(void **state)
{
	static struct live l;

	(void)state;
	digest(&l, 1000, 1, 0, "k_0000000001");
	digest(&l, 1002, 2, 0, "k_0000000001");
	digest(&l, 1002, 3, 0, "k_0000000001");
	digest(&l, 1003, 4, 0, "k_0000000001");
	assert_int_equal(l.count, 4);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(l.allowed[i], i + 1);
}

/* Told of by name, or hidden among verifies that the digest gives no key of; unknown keys are nobody's. */
static void test_whom_a_digest_tells_of(void **state)
{
	static const struct {
		int64_t verifies, unknown, malformed;
		const char *id;
		bool tells;
	} rows[] = {{5, 0, 0, "k_a", true}, {5, 0, 0, "k_b", false}, {6, 0, 0, "k_b", true},
		{6, 1, 0, "k_b", false}, {7, 1, 1, "k_b", false}, {8, 1, 1, "k_b", true}};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct buffer b = {.max = 1024};
		struct apikey_value *value;

		write_map(&b, 3);
		write_str(&b, "verifies");
		write_int(&b, rows[i].verifies);
		write_str(&b, "denied");
		write_map(&b, 2);
		write_str(&b, "not_found");
		write_int(&b, rows[i].unknown);
		write_str(&b, "malformed");
		write_int(&b, rows[i].malformed);
		write_str(&b, "top");
		write_array(&b, 1);
		write_map(&b, 2);
		write_str(&b, "id");
		write_str(&b, "k_a");
		write_str(&b, "verifies");
		write_int(&b, 5);
		value = value_decode(b.data, b.len);
		buffer_free(&b);
		assert_non_null(value);
		assert_int_equal(live_tells_of(value, rows[i].id), rows[i].tells);
		apikey_value_free(value);
	}
}

static void test_quiet_seconds(void **state)
{
	static struct live l;

	(void)state;
	digest(&l, 1000, 5, 0, "k_0000000001");
	live_tick(&l, 1002); /* a digest may still be on its way */
	assert_int_equal(l.count, 1);
	live_tick(&l, 1012);
	assert_int_equal(l.count, 11);
	assert_int_equal(l.allowed[10], 0);
	digest(&l, 1020, 7, 0, "k_0000000001");
	assert_int_equal(l.count, 21);
	assert_int_equal(l.allowed[20], 7);
	live_tick(&l, 5); /* a clock that was set */
	digest(&l, 100, 8, 0, "k_0000000001");
	assert_int_equal(l.count, 22);
	assert_int_equal(l.allowed[21], 8);
	digest(&l, 100000000, 9, 0, "k_0000000001");
	assert_int_equal(l.count, 23);
}

static void test_as_many_seconds_as_are_kept(void **state)
{
	static struct live l;

	(void)state;
	for (int i = 1; i <= 2 * LIVE_SECONDS; i++)
		digest(&l, 1000 + i, i, 1, "k_0000000001");
	assert_int_equal(l.count, LIVE_SECONDS);
	assert_int_equal(l.allowed[0], LIVE_SECONDS + 1);
	assert_int_equal(l.allowed[LIVE_SECONDS - 1], 2 * LIVE_SECONDS);
	assert_int_equal(live_code(&l, APIKEY_CODE_RATE_LIMITED), LIVE_SECONDS);
}

static void test_the_busiest_first_and_the_idle_go(void **state)
{
	static struct live l;
	char id[KEY_ID_SIZE];

	(void)state;
	digest(&l, 1000, 10, 0, "k_0000000001");
	digest(&l, 1001, 100, 0, "k_0000000002");
	digest(&l, 1002, 100, 0, "k_a name that is too long for an id");
	assert_int_equal(l.key_count, 2);
	assert_string_equal(l.keys[0].id, "k_0000000002");
	assert_string_equal(l.keys[0].name, "a name");
	assert_true(l.keys[0].rate > l.keys[1].rate);
	live_tick(&l, 1200);
	assert_int_equal(l.key_count, 0);
	for (int i = 0; i < 2 * LIVE_KEYS; i++) {
		snprintf(id, sizeof id, "k_%010d", i);
		digest(&l, 1300 + i, 1000, 0, id);
	}
	assert_int_equal(l.key_count, LIVE_KEYS);
	assert_string_equal(l.keys[0].id, id);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_digest_is_a_second),
		cmocka_unit_test(test_an_uneven_beat_makes_no_gaps),
		cmocka_unit_test(test_whom_a_digest_tells_of),
		cmocka_unit_test(test_quiet_seconds),
		cmocka_unit_test(test_as_many_seconds_as_are_kept),
		cmocka_unit_test(test_the_busiest_first_and_the_idle_go),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
