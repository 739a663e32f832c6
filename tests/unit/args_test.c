/* args_test.c - the gate's reading of parameters: every type, both sides of its bounds, and what nil means. */
#include "apikeyd/args.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "protocol/writer.h"
#include "tests/unit/unit.h"

/* Parses [{name: value}] for a method, the value being encoded bytes. */
static enum apikey_error parse_one(enum method_id id, const char *name, const struct buffer *value,
	struct args *args, struct failure *why)
{
	static struct buffer b;

	b.max = 1 << 20;
	b.len = 0;
	write_array(&b, 1);
	write_map(&b, id == METHOD_KEY_CREATE && strcmp(name, "name") != 0 ? 2 : 1);
	if (id == METHOD_KEY_CREATE && strcmp(name, "name") != 0) {
		write_str(&b, "name");
		write_str(&b, "n");
	}
	write_str(&b, name);
	write_raw(&b, value->data, value->len);
	return args_parse(&method_table[id], (struct text){(const char *)b.data, b.len}, args, why);
}

static void refused(
	enum method_id id, const char *name, const struct buffer *value, const char *reason)
{
	struct args args;
	struct failure why;

	assert_int_equal(parse_one(id, name, value, &args, &why), APIKEY_INVALID_ARGUMENT);
	assert_non_null(strstr(why.text, name));
	if (strstr(why.text, reason) == NULL)
		assert_string_equal(why.text, reason); /* shows both */
}

static const struct arg *accepted(enum method_id id, const char *name, const struct buffer *value)
{
	static struct args args;
	struct failure why;

	why.text[0] = '\0';
	(void)parse_one(id, name, value, &args, &why);
	assert_string_equal(why.text, "");
	return arg_of(&args, name);
}

static struct buffer encoded_int(int64_t n)
{
	struct buffer b = {.max = 64};

	write_int(&b, n);
	return b;
}

static struct buffer encoded_str(const char *s)
{
	struct buffer b = {.max = 1 << 16};

	write_str(&b, s);
	return b;
}

static void numbers_are_bounded_on_both_sides(void **state)
{
	static const struct {
		enum method_id id;
		const char *name;
		int64_t least, most;
	} rows[] = {
		{METHOD_KEY_LIST, "limit", 1, 1000},
		{METHOD_KEY_CREATE, "expires_at", 1, TIME_MAX},
		{METHOD_KEY_CREATE, "expires_in", 1, TIME_MAX},
		{METHOD_EVENTS_SUBSCRIBE, "since", 0, INT64_MAX},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		int64_t inside[] = {rows[i].least, rows[i].most};

		for (size_t k = 0; k < 2; k++) {
			struct buffer b = encoded_int(inside[k]);

			assert_int_equal(accepted(rows[i].id, rows[i].name, &b)->number, inside[k]);
			buffer_free(&b);
		}
		struct buffer below = encoded_int(rows[i].least - 1);
		refused(rows[i].id, rows[i].name, &below, "at least");
		buffer_free(&below);
		if (rows[i].most < INT64_MAX) {
			struct buffer above = encoded_int(rows[i].most + 1);

			refused(rows[i].id, rows[i].name, &above, "at most");
			buffer_free(&above);
		}
	}
}

static void an_integer_is_nothing_else(void **state)
{
	struct buffer text = encoded_str("5"), real = {.max = 64}, huge = {.max = 64};
	static const uint8_t two_to_63[] = {0xcf, 0x80, 0, 0, 0, 0, 0, 0, 0};

	(void)state;
	write_float(&real, 5.0);
	write_raw(&huge, two_to_63, sizeof two_to_63);
	refused(METHOD_KEY_LIST, "limit", &text, "integer");
	refused(METHOD_KEY_LIST, "limit", &real, "integer");
	refused(METHOD_KEY_LIST, "limit", &huge, "integer");
	buffer_free(&text);
	buffer_free(&real);
	buffer_free(&huge);
}

static void nil_is_absent_or_empties(void **state)
{
	struct buffer nil = {.max = 8};

	(void)state;
	write_nil(&nil);
	assert_int_equal(accepted(METHOD_KEY_LIST, "limit", &nil)->state, ARG_ABSENT);
	refused(METHOD_KEY_GET, "id", &nil, "missing");
	buffer_free(&nil);
}

static void arrays_hold_distinct_checked_strings(void **state)
{
	static const struct {
		const char *name;
		const char *items[3];
		const char *reason;
	} rows[] = {
		{"scopes", {"a:read", "a:read"}, "[1]: is there twice"},
		{"scopes", {"a:read", ""}, "[1]"},
		{"scopes", {"../"}, "[0]"},
		{"ip_allow", {"10.0.0.0/8", "10.0.0.1/8"}, "[1]"},
		{"ip_allow", {"010.0.0.1"}, "[0]"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct buffer b = {.max = 4096};
		uint32_t count = 0;

		while (count < 3 && rows[i].items[count] != NULL)
			count++;
		write_array(&b, count);
		for (uint32_t k = 0; k < count; k++)
			write_str(&b, rows[i].items[k]);
		refused(METHOD_KEY_CREATE, rows[i].name, &b, rows[i].reason);
		buffer_free(&b);
	}
}

static void an_array_has_at_most_64(void **state)
{
	char scope[16];

	(void)state;
	for (uint32_t count = 64; count <= 65; count++) {
		struct buffer b = {.max = 4096};

		write_array(&b, count);
		for (uint32_t i = 0; i < count; i++) {
			snprintf(scope, sizeof scope, "s%" PRIu32, i);
			write_str(&b, scope);
		}
		if (count == 64)
			assert_int_equal(accepted(METHOD_KEY_CREATE, "scopes", &b)->count, 64);
		else
			refused(METHOD_KEY_CREATE, "scopes", &b, "at most 64");
		buffer_free(&b);
	}
}

static void joining_gives_single_spaces(void **state)
{
	struct buffer b = {.max = 4096};
	const struct arg *arg;
	char out[64];

	(void)state;
	write_array(&b, 3);
	write_str(&b, "a");
	write_str(&b, "bc:*");
	write_str(&b, "d");
	arg = accepted(METHOD_KEY_CREATE, "scopes", &b);
	assert_int_equal(arg_join(arg, out, arg->text.len + 1), 8);
	assert_string_equal(out, "a bc:* d");
	buffer_free(&b);
}

static void meta_is_a_map_at_most_four_deep(void **state)
{
	(void)state;
	for (unsigned depth = META_MAX_DEPTH; depth <= META_MAX_DEPTH + 1; depth++) {
		struct buffer b = {.max = 4096};

		for (unsigned i = 0; i < depth; i++) {
			write_map(&b, 1);
			write_str(&b, "m");
		}
		write_int(&b, 1);
		if (depth == META_MAX_DEPTH)
			accepted(METHOD_KEY_CREATE, "meta", &b);
		else
			refused(METHOD_KEY_CREATE, "meta", &b, "deeper");
		buffer_free(&b);
	}
}

/* {"a": 1, "b": {"c": 2, name: 3}, "d": {"a": 4}} */
static void meta_has_no_name_twice(void **state)
{
	static const char *const names[] = {"a", "c"};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct buffer b = {.max = 4096};

		write_map(&b, 3);
		write_str(&b, "a");
		write_int(&b, 1);
		write_str(&b, "b");
		write_map(&b, 2);
		write_str(&b, "c");
		write_int(&b, 2);
		write_str(&b, names[i]);
		write_int(&b, 3);
		write_str(&b, "d");
		write_map(&b, 1);
		write_str(&b, "a");
		write_int(&b, 4);
		if (i == 0)
			accepted(METHOD_KEY_CREATE, "meta", &b);
		else
			refused(METHOD_KEY_CREATE, "meta", &b, "must not hold a name twice");
		buffer_free(&b);
	}
}

static void meta_holds_finite_numbers(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
		bool ok;
	} rows[] = {
		{"\xca\x7f\x7f\xff\xff", 5, true},
		{"\xca\x7f\x80\x00\x00", 5, false},
		{"\xca\xff\xc0\x00\x00", 5, false},
		{"\xcb\x7f\xef\xff\xff\xff\xff\xff\xff", 9, true},
		{"\xcb\xff\xf0\x00\x00\x00\x00\x00\x00", 9, false},
		{"\xcb\x7f\xf8\x00\x00\x00\x00\x00\x00", 9, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct buffer b = {.max = 64};

		write_map(&b, 1);
		write_str(&b, "m");
		write_raw(&b, rows[i].bytes, rows[i].len);
		if (rows[i].ok)
			accepted(METHOD_KEY_CREATE, "meta", &b);
		else
			refused(METHOD_KEY_CREATE, "meta", &b, "no number");
		buffer_free(&b);
	}
}

static void params_are_an_array_of_one_map(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
		bool ok;
	} rows[] = {
		{"\x90", 1, true},
		{"\x91\x80", 2, true},
		{"\xc0", 1, false},
		{"\x80", 1, false},
		{"\x91\xc0", 2, false},
		{"\x92\x80\x80", 3, false},
		{"\x91\x81\x01\x02", 4, false},
	};
	struct args args;
	struct failure why;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		assert_int_equal(args_parse(&method_table[METHOD_PING],
					 (struct text){rows[i].bytes, rows[i].len}, &args, &why),
			rows[i].ok ? APIKEY_OK : APIKEY_INVALID_ARGUMENT);
}

static void names_are_known_and_single(void **state)
{
	static const char twice[] = "\x91\x82\xa5limit\x01\xa5limit\x02",
			  nil_twice[] = "\x91\x82\xa5limit\xc0\xa5limit\x02",
			  unknown[] = "\x91\x81\xa6li\x1b[2J\x01";
	struct args args;
	struct failure why;

	(void)state;
	assert_int_equal(args_parse(&method_table[METHOD_KEY_LIST],
				 (struct text){twice, sizeof twice - 1}, &args, &why),
		APIKEY_INVALID_ARGUMENT);
	assert_string_equal(why.text, "limit: is there twice");
	assert_int_equal(args_parse(&method_table[METHOD_KEY_LIST],
				 (struct text){nil_twice, sizeof nil_twice - 1}, &args, &why),
		APIKEY_INVALID_ARGUMENT);
	assert_int_equal(args_parse(&method_table[METHOD_KEY_LIST],
				 (struct text){unknown, sizeof unknown - 1}, &args, &why),
		APIKEY_INVALID_ARGUMENT);
	assert_null(strchr(why.text, 0x1b));
}

static void request_id_goes_with_changes_only(void **state)
{
	static const char params[] = "\x91\x82\xa2id\xa1x\xaarequest_id\xa1r";
	struct text t = {params, sizeof params - 1};
	struct args args;
	struct failure why;

	(void)state;
	assert_int_equal(args_parse(&method_table[METHOD_KEY_REVOKE], t, &args, &why), APIKEY_OK);
	assert_true(text_equal(args.request_id.text, text_of("r")));
	assert_int_equal(
		args_parse(&method_table[METHOD_KEY_GET], t, &args, &why), APIKEY_INVALID_ARGUMENT);
}

static void a_request_id_of_nil_is_none(void **state)
{
	static const char nil[] = "\x91\x82\xa2id\xa1x\xaarequest_id\xc0";
	static const char twice[] = "\x91\x83\xa2id\xa1x\xaarequest_id\xc0\xaarequest_id\xa1r";
	struct text one = {nil, sizeof nil - 1}, two = {twice, sizeof twice - 1};
	struct args args;
	struct failure why;

	(void)state;
	assert_int_equal(args_parse(&method_table[METHOD_KEY_REVOKE], one, &args, &why), APIKEY_OK);
	assert_null(args.request_id.text.data);
	assert_int_equal(args_parse(&method_table[METHOD_KEY_REVOKE], two, &args, &why),
		APIKEY_INVALID_ARGUMENT);
	assert_string_equal(why.text, "request_id: is there twice");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_bounded_on_both_sides),
		cmocka_unit_test(an_integer_is_nothing_else),
		cmocka_unit_test(nil_is_absent_or_empties),
		cmocka_unit_test(arrays_hold_distinct_checked_strings),
		cmocka_unit_test(an_array_has_at_most_64),
		cmocka_unit_test(joining_gives_single_spaces),
		cmocka_unit_test(meta_is_a_map_at_most_four_deep),
		cmocka_unit_test(meta_has_no_name_twice),
		cmocka_unit_test(meta_holds_finite_numbers),
		cmocka_unit_test(params_are_an_array_of_one_map),
		cmocka_unit_test(names_are_known_and_single),
		cmocka_unit_test(request_id_goes_with_changes_only),
		cmocka_unit_test(a_request_id_of_nil_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
