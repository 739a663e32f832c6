/* frame_test.c - the scanner: every shape, every broken frame, every way to cut the stream. */
#include "tests/unit/unit.h"

#include <string.h>

#include "tests/unit/draft.h"

static struct draft draft;

static void assert_text(struct text t, const char *expected)
{
	assert_non_null(t.data);
	assert_int_equal(t.len, strlen(expected));
	assert_memory_equal(t.data, expected, t.len);
}

static void test_a_request(void **state)
{
	struct outcome o;

	(void)state;
	START(&draft, "\x94\x00\xcd\x01\x02\xa6verify\x91\x81\xa3key\xa1k");
	o = feed_draft(&draft, WHOLE);
	assert_int_equal(o.messages, 1);
	assert_int_equal(o.last.type, FRAME_REQUEST);
	assert_int_equal(o.last.msgid, 0x102);
	assert_int_equal(o.last.fault, APIKEY_OK);
	assert_text(o.last.method, "verify");
	assert_ptr_equal(o.last.params, draft.data + 12);
	assert_int_equal(o.last.params_len, 8);
	assert_null(o.last.result);
}

static void test_a_notification(void **state)
{
	struct outcome o;

	(void)state;
	START(&draft, "\x93\x02\xa5"
		      "event\x91\x80");
	o = feed_draft(&draft, WHOLE);
	assert_int_equal(o.messages, 1);
	assert_int_equal(o.last.type, FRAME_NOTIFICATION);
	assert_text(o.last.method, "event");
	assert_ptr_equal(o.last.params, draft.data + 8);
	assert_int_equal(o.last.params_len, 2);
}

static void test_a_reply(void **state)
{
	struct frame_scan s = scanner(true);
	struct outcome o;

	(void)state;
	START(&draft, "\x94\x01\x07\xa2no\x93\x01\x02\x03");
	o = feed(&s, draft.data, draft.len, 1);
	assert_int_equal(o.messages, 1);
	assert_int_equal(o.last.type, FRAME_REPLY);
	assert_int_equal(o.last.msgid, 7);
	assert_null(o.last.method.data);
	assert_memory_equal(o.last.params, "\xa2no", 3);
	assert_int_equal(o.last.params_len, 3);
	assert_memory_equal(o.last.result, "\x93\x01\x02\x03", 4);
	assert_int_equal(o.last.result_len, 4);
}

static void test_each_side_takes_its_own(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
		int server, client;
	} rows[] = {
		{"\x94\x00\x07\xa1x\x90", 6, 1, -1},
		{"\x94\x01\x07\xc0\xc0", 5, -1, 1},
		{"\x93\x02\xa1x\x90", 5, 1, 1},
		{"\x93\x00\xa1x\x90", 5, -1, -1},
		{"\x94\x02\x07\xa1x\x90", 6, -1, -1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (int client = 0; client < 2; client++) {
			struct frame_scan s = scanner(client);
			struct outcome o = feed(&s, (const uint8_t *)rows[i].bytes, rows[i].len, 1);

			assert_int_equal(o.end == 0 ? o.messages : -1,
				client ? rows[i].client : rows[i].server);
		}
	}
}

static void test_methods_that_are_no_name(void **state)
{
	struct outcome o;

	(void)state;
	START(&draft, "\x94\x00\x09\xc0\x90");
	o = feed_draft(&draft, 1);
	assert_int_equal(o.messages, 1);
	assert_null(o.last.method.data);
	START(&draft, "\x94\x00\x09\xc4\x01x\x90");
	assert_null(feed_draft(&draft, 1).last.method.data);
	START(&draft, "\x94\x00\x09\x81\xa1x\x92\x01\x02\xc0");
	o = feed_draft(&draft, 1);
	assert_int_equal(o.messages, 1);
	assert_null(o.last.method.data);
	assert_int_equal(o.last.params_len, 1);
	for (size_t len = 64; len <= 65; len++) {
		START(&draft, "\x94\x00\x09");
		add_string(&draft, len);
		ADD(&draft, "\x90");
		o = feed_draft(&draft, 1);
		assert_int_equal(o.messages, 1);
		assert_true((o.last.method.data != NULL) == (len == 64));
	}
	START(&draft, "\x94\x00\x09\xa0\x90");
	o = feed_draft(&draft, 1);
	assert_non_null(o.last.method.data);
	assert_int_equal(o.last.method.len, 0);
}

static void test_params_may_be_any_one_value(void **state)
{
	static const char *const values[] = {"\xc0", "\x07", "\xa1x", "\x80", "\x90", "\xc3"};

	(void)state;
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		START(&draft, REQUEST);
		add(&draft, values[i], strlen(values[i]));
		assert_request(&draft, APIKEY_OK);
	}
}

static void test_msgid_in_every_width(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
		uint32_t msgid;
	} rows[] = {
		{"\x00", 1, 0},
		{"\x7f", 1, 127},
		{"\xcc\x05", 2, 5},
		{"\xcd\x00\x05", 3, 5},
		{"\xce\xff\xff\xff\xff", 5, UINT32_MAX},
		{"\xcf\0\0\0\0\xff\xff\xff\xff", 9, UINT32_MAX},
		{"\xd0\x05", 2, 5},
		{"\xd1\x7f\xff", 3, 0x7fff},
		{"\xd2\x7f\xff\xff\xff", 5, 0x7fffffff},
		{"\xd3\0\0\0\0\xff\xff\xff\xff", 9, UINT32_MAX},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct outcome o;

		START(&draft, "\x94\x00");
		add(&draft, rows[i].bytes, rows[i].len);
		ADD(&draft, "\xa4ping\x90");
		o = feed_draft(&draft, 1);
		assert_int_equal(o.messages, 1);
		assert_true(o.last.msgid == rows[i].msgid);
	}
}

/* Each hangs up with nothing to answer, because no msgid could be read. */
static const struct {
	const char *bytes;
	size_t len;
} broken[] = {
	{"\xc1", 1},
	{"\xdd\xff\xff\xff\xff", 5},
	{"\xdf\x10\x00\x00\x00", 5},
	{"\xdb\xff\xff\xff\xff", 5},
	{"\xc6\xff\xff\xff\xff", 5},
	{"\xc9\xff\xff\xff\xff", 5},
	{"\xd4", 1},
	{"\xc0", 1},
	{"\x80", 1},
	{"\x81", 1},
	{"\x84", 1},
	{"\x07", 1},
	{"\xa1", 1},
	{"G", 1},
	{"\x90", 1},
	{"\x92", 1},
	{"\x95", 1},
	{"\x9f", 1},
	{"\xdc\x00\x05", 3},
	{"\xdd\x00\x00\x00\x02", 5},
	{"\x94\x01", 2},
	{"\x94\x02", 2},
	{"\x94\x03", 2},
	{"\x94\x07", 2},
	{"\x94\xff", 2},
	{"\x94\xc0", 2},
	{"\x94\xc2", 2},
	{"\x94\xa1", 2},
	{"\x94\x90", 2},
	{"\x94\x94", 2},
	{"\x94\xca\x00\x00\x00\x00", 6},
	{"\x94\xcd\x01\x00", 4},
	{"\x94\xcf\x80\x00\x00\x00\x00\x00\x00\x00", 10},
	{"\x94\xc1", 2},
	{"\x93\x00", 2},
	{"\x93\x01", 2},
	{"\x94\x00\xff", 3},
	{"\x94\x00\xd3\xff\xff\xff\xff\xff\xff\xff\xff", 11},
	{"\x94\x00\xcf\x00\x00\x00\x01\x00\x00\x00\x00", 11},
	{"\x94\x00\xcf\xff\xff\xff\xff\xff\xff\xff\xff", 11},
	{"\x94\x00\xcb\x3f\xf0\x00\x00\x00\x00\x00\x00", 11},
	{"\x94\x00\xa1", 3},
	{"\x94\x00\xc0", 3},
	{"\x94\x00\x91", 3},
	{"\x94\x00\xdb\xff\xff\xff\xff", 7},
	{"\x93\x02\xc1", 3},
	{"\x93\x02\xdd\xff\xff\xff\xff", 7},
};

static void test_broken_frames(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
		draft.len = 0;
		add(&draft, broken[i].bytes, broken[i].len);
		assert_broken(&draft, APIKEY_OK);
		/* and not before its last byte */
		draft.len--;
		assert_int_equal(feed_draft(&draft, 1).end, 0);
	}
}

/* Each hangs up after its msgid was read: that request is answered first. */
static const struct {
	const char *bytes;
	size_t len;
	enum apikey_error fault;
} broken_inside[] = {
	{"\xc1", 1, APIKEY_BAD_REQUEST},
	{"\x91\x81\xa1x\xc1", 5, APIKEY_BAD_REQUEST},
	{"\x91\xc7\x03\x05", 4, APIKEY_BAD_REQUEST},
	{"\x91\xc8\x00\x03", 4, APIKEY_BAD_REQUEST},
	{"\x91\xc9\x00\x00\x00\x03", 6, APIKEY_BAD_REQUEST},
	{"\x91\xd4", 2, APIKEY_BAD_REQUEST},
	{"\x91\xd6\xff", 2, APIKEY_BAD_REQUEST},
	{"\x91\xd8", 2, APIKEY_BAD_REQUEST},
	{"\x91\xdb\xff\xff\xff\xff", 6, APIKEY_TOO_LARGE},
	{"\x91\xc6\xff\xff\xff\xff", 6, APIKEY_TOO_LARGE},
	{"\x91\xdd\xff\xff\xff\xff", 6, APIKEY_TOO_LARGE},
	{"\x91\xdf\x10\x00\x00\x00", 6, APIKEY_TOO_LARGE},
	{"\x91\xdf\xff\xff\xff\xff", 6, APIKEY_TOO_LARGE},
	{"\x97\x97\x97\x97\x97\x97\x97\x97", 8, APIKEY_BAD_REQUEST},
};

static void test_broken_inside_a_request(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(broken_inside) / sizeof(broken_inside[0]); i++) {
		START(&draft, REQUEST);
		add(&draft, broken_inside[i].bytes, broken_inside[i].len);
		assert_broken(&draft, broken_inside[i].fault);
	}
}

/* The draft becomes a request of exactly so many bytes, whose one string has its length in 4 bytes. */
/* Many small strings pass the bound one after the other, not by one header; each offset meets it in another
 * place, within headers too. */
/* A connection whose buffer holds max_bytes and no more is never stuck with a full buffer. */
static void test_split_at_every_byte(void **state)
{
	(void)state;
	START(&draft,
		"\x94\x00\x09\xa6verify\x91\x83\xa3key\xd9\x05hello\xa6scopes\x92\xa1x\xda\x00\x01y"
		"\xa5units\xce\x00\x01\x00\x00");
	for (size_t at = 0; at <= draft.len; at++) {
		struct frame_scan s = scanner(false);
		struct frame out;
		size_t used;
		int r = frame_next(&s, draft.data, at, &out, &used);

		assert_int_equal(r, at == draft.len);
		if (r == 0) {
			assert_int_equal(used, 0);
			r = frame_next(&s, draft.data, draft.len, &out, &used);
		}
		assert_int_equal(r, 1);
		assert_int_equal(used, draft.len);
		assert_text(out.method, "verify");
		assert_ptr_equal(out.params + out.params_len, draft.data + draft.len);
	}
}

static void test_two_in_one_write(void **state)
{
	struct frame_scan s = scanner(false);
	struct frame out;
	size_t used;

	(void)state;
	START(&draft, "\x94\x00\x01\xa4ping\x90\x94\x00\x02\xa4pong\x90");
	assert_int_equal(frame_next(&s, draft.data, draft.len, &out, &used), 1);
	assert_int_equal(used, 9);
	assert_int_equal(out.msgid, 1);
	assert_int_equal(frame_next(&s, draft.data + 9, draft.len - 9, &out, &used), 1);
	assert_int_equal(used, 9);
	assert_int_equal(out.msgid, 2);
	assert_text(out.method, "pong");
	assert_int_equal(frame_next(&s, draft.data + 18, 0, &out, &used), 0);
	assert_int_equal(used, 0);
}

static void test_valid_then_garbage(void **state)
{
	struct outcome o;

	(void)state;
	START(&draft, "\x94\x00\x01\xa4ping\x90\xc1");
	o = feed_draft(&draft, WHOLE);
	assert_int_equal(o.messages, 1);
	assert_int_equal(o.end, -1);
	assert_int_equal(o.last.fault, APIKEY_OK);
}

/* Looking again costs nothing for what has been looked at: the bytes may even have gone bad meanwhile. */
static void test_resumes_where_it_stopped(void **state)
{
	struct frame_scan s = scanner(false);
	struct frame out;
	size_t used;

	(void)state;
	START(&draft, "\x94\x00\x09\xa4ping\x91\x81\xa1x");
	assert_int_equal(frame_next(&s, draft.data, draft.len, &out, &used), 0);
	add_string(&draft, 5);
	memset(draft.data, 0xc1, 3);
	assert_int_equal(frame_next(&s, draft.data, draft.len, &out, &used), 1);
	assert_int_equal(out.msgid, 9);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_request),
		cmocka_unit_test(test_a_notification),
		cmocka_unit_test(test_a_reply),
		cmocka_unit_test(test_each_side_takes_its_own),
		cmocka_unit_test(test_methods_that_are_no_name),
		cmocka_unit_test(test_params_may_be_any_one_value),
		cmocka_unit_test(test_msgid_in_every_width),
		cmocka_unit_test(test_broken_frames),
		cmocka_unit_test(test_broken_inside_a_request),
		cmocka_unit_test(test_split_at_every_byte),
		cmocka_unit_test(test_two_in_one_write),
		cmocka_unit_test(test_valid_then_garbage),
		cmocka_unit_test(test_resumes_where_it_stopped),
	};

	return cmocka_run_group_tests_name("frame", tests, NULL, NULL);
}
