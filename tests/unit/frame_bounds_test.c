/* frame_bounds_test.c - the scanner's bounds from both sides, and what is stepped over. */
#include "tests/unit/unit.h"

#include "tests/unit/draft.h"

static struct draft draft;

static void test_nesting(void **state)
{
	(void)state;
	for (int deepest = 0; deepest < 2; deepest++) {
		uint8_t inner = deepest == 0 ? 0x90 : 0x80;

		START(&draft, REQUEST);
		add_many(&draft, 0x91, FRAME_MAX_DEPTH - 2);
		add(&draft, &inner, 1);
		assert_request(&draft, APIKEY_OK);
		START(&draft, REQUEST);
		add_many(&draft, 0x91, FRAME_MAX_DEPTH - 1);
		add(&draft, &inner, 1);
		assert_broken(&draft, APIKEY_BAD_REQUEST);
	}
	START(&draft, REQUEST);
	add_many(&draft, 0x91, 100000);
	assert_broken(&draft, APIKEY_BAD_REQUEST);
}

static void draft_of(size_t bytes)
{
	START(&draft, REQUEST "\x91\x81\xa1x");
	add_string(&draft, bytes - draft.len - 5);
	assert_int_equal(draft.len, bytes);
}

static void test_bytes_from_both_sides(void **state)
{
	(void)state;
	draft_of(MAX_BYTES - 1);
	assert_request(&draft, APIKEY_OK);
	draft_of(MAX_BYTES);
	assert_request(&draft, APIKEY_OK);
	draft_of(MAX_BYTES + 1);
	assert_request(&draft, APIKEY_TOO_LARGE);
	draft_of(500000);
	assert_request(&draft, APIKEY_TOO_LARGE);
	draft_of(FRAME_MAX_SKIP);
	assert_request(&draft, APIKEY_TOO_LARGE);
	draft_of(FRAME_MAX_SKIP + 1);
	assert_broken(&draft, APIKEY_TOO_LARGE);
}

static void test_bytes_past_the_bound_by_many_values(void **state)
{
	(void)state;
	for (size_t shift = 0; shift < 64; shift++) {
		START(&draft, REQUEST "\x92");
		add_string(&draft, shift);
		ADD(&draft, "\xdc\x00\xc8"); /* 200 strings */
		for (int i = 0; i < 200; i++)
			add_string(&draft, 30);
		assert_request(&draft, APIKEY_TOO_LARGE);
	}
}

static void test_long_messages_without_long_strings(void **state)
{
	(void)state;
	/* 200 arrays of 1000 scalars */
	START(&draft, REQUEST "\xdc\x00\xc8");
	for (int i = 0; i < 200; i++) {
		ADD(&draft, "\xdc\x03\xe8");
		add_many(&draft, 0xc0, 1000);
	}
	assert_request(&draft, APIKEY_TOO_LARGE);
	/* each header fits, all together do not: given up where the size has passed what is followed */
	START(&draft, REQUEST "\xdd\x00\x0f\x00\x00");
	for (size_t i = 0; i < 0xf0000; i++)
		ADD(&draft, "\xcc\xff");
	assert_broken(&draft, APIKEY_TOO_LARGE);
}

static void test_elements_from_both_sides(void **state)
{
	(void)state;
	/* the message, type, msgid, method, params and the inner array: 6 */
	START(&draft, REQUEST "\x91\xdc\x00\xfa");
	add_many(&draft, 0xc0, 250);
	assert_request(&draft, APIKEY_OK);
	START(&draft, REQUEST "\x91\xdc\x00\xfb");
	add_many(&draft, 0xc0, 251);
	assert_request(&draft, APIKEY_TOO_LARGE);
	/* keys and values of a map count each */
	START(&draft, REQUEST "\x91\xde\x00\x7d");
	add_many(&draft, 0xc0, 250);
	assert_request(&draft, APIKEY_OK);
	START(&draft, REQUEST "\x91\xde\x00\x7e");
	add_many(&draft, 0xc0, 252);
	assert_request(&draft, APIKEY_TOO_LARGE);
	START(&draft, REQUEST "\x91\x92\xdc\x00\x7c");
	add_many(&draft, 0xc0, 124);
	ADD(&draft, "\xdc\x00\x7d");
	add_many(&draft, 0xc0, 125);
	assert_request(&draft, APIKEY_TOO_LARGE);
}

static void test_a_long_notification_is_stepped_over(void **state)
{
	struct outcome o;

	(void)state;
	START(&draft, "\x93\x02\xa1x");
	add_string(&draft, 100000);
	ADD(&draft, "\x94\x00\x09\xa4ping\x90");
	for (size_t step = 1; step < 10000; step *= 7) {
		o = feed_draft(&draft, step);
		assert_int_equal(o.end, 0);
		assert_int_equal(o.messages, 2);
		assert_int_equal(o.last.msgid, 9);
		assert_int_equal(o.last.fault, APIKEY_OK);
	}
	draft.len = 4 + 5 + 100000;
	o = feed_draft(&draft, 1000);
	assert_int_equal(o.messages, 1);
	assert_int_equal(o.last.type, FRAME_NOTIFICATION);
	assert_int_equal(o.last.fault, APIKEY_TOO_LARGE);
}

static void test_a_full_buffer_always_moves(void **state)
{
	(void)state;
	for (size_t shift = 0; shift < 16; shift++) {
		struct frame_scan s = scanner(false);
		struct frame out;
		size_t used = 0;

		START(&draft, REQUEST "\x92");
		add_string(&draft, MAX_BYTES - draft.len - 5 - shift);
		ADD(&draft, "\xdb\x00\x00\x10\x00");
		add_many(&draft, 'x', 4096);
		assert_int_equal(frame_next(&s, draft.data, MAX_BYTES, &out, &used), 0);
		assert_true(used > 0);
		assert_true(MAX_BYTES - used < 5);
	}
}

static void test_bounds_of_a_client_may_be_wide(void **state)
{
	struct frame_scan s;
	struct frame out;
	size_t used;

	(void)state;
	frame_scan_init(&s, (struct frame_bounds){2 * FRAME_MAX_SKIP, UINT32_MAX, true});
	START(&draft, "\x94\x01\x07\xc0");
	add_string(&draft, 2 * FRAME_MAX_SKIP - 9);
	assert_int_equal(frame_next(&s, draft.data, draft.len, &out, &used), 1);
	assert_int_equal(out.fault, APIKEY_OK);
	assert_int_equal(out.result_len, draft.len - 4);
	START(&draft, "\x94\x01\x07\xc0");
	add_string(&draft, 2 * FRAME_MAX_SKIP - 8);
	assert_int_equal(frame_next(&s, draft.data, draft.len, &out, &used), -1);
	assert_int_equal(out.fault, APIKEY_TOO_LARGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nesting),
		cmocka_unit_test(test_bytes_from_both_sides),
		cmocka_unit_test(test_bytes_past_the_bound_by_many_values),
		cmocka_unit_test(test_long_messages_without_long_strings),
		cmocka_unit_test(test_elements_from_both_sides),
		cmocka_unit_test(test_a_long_notification_is_stepped_over),
		cmocka_unit_test(test_a_full_buffer_always_moves),
		cmocka_unit_test(test_bounds_of_a_client_may_be_wide),
	};

	return cmocka_run_group_tests_name("frame bounds", tests, NULL, NULL);
}
