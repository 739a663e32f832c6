/* params_test.c - parameters as they are written, and the misuse that is reported. */
#include <string.h>

#include "protocol/params.h"
#include "protocol/value.h"
#include "tests/unit/unit.h"

static struct apikey_value *written(const struct apikey_params *params)
{
	struct buffer b = {.max = 1 << 20};
	struct failure why = {0};
	struct apikey_value *value;

	assert_int_equal(params_check(params, &why), APIKEY_OK);
	params_write(params, &b);
	assert_true(b.len <= params_size(params));
	value = value_decode(b.data, b.len);
	assert_non_null(value);
	buffer_free(&b);
	return value;
}

static void assert_refused(struct apikey_params *params, enum apikey_error error)
{
	struct failure why = {0};

	assert_int_equal(params_check(params, &why), error);
	assert_int_equal(why.code, error);
	assert_true(strlen(why.text) > 0);
	apikey_params_free(params);
}

static void none_is_an_empty_map(void **state)
{
	struct apikey_params *params = apikey_params_new();
	struct apikey_value *a = written(NULL), *b = written(params);

	(void)state;
	assert_int_equal(apikey_type(a), APIKEY_MAP);
	assert_int_equal(apikey_type(b), APIKEY_MAP);
	assert_int_equal(apikey_count(a) + apikey_count(b), 0);
	apikey_value_free(a);
	apikey_value_free(b);
	apikey_params_free(params);
	apikey_params_free(NULL);
}

static void each_kind_is_written_under_its_name(void **state)
{
	static const char *const scopes[] = {"a:read", "b:*"};
	struct apikey_params *p = apikey_params_new();
	struct apikey_value *v;

	(void)state;
	apikey_put_nil(p, "nil");
	apikey_put_bool(p, "bool", true);
	apikey_put_int(p, "int", -300);
	apikey_put_float(p, "float", 1.5);
	apikey_put_string(p, "string", "s");
	apikey_put_string(p, "left out", NULL);
	apikey_put_text(p, "text", "abc", 2);
	apikey_put_text(p, "left out", NULL, 0);
	apikey_put_strings(p, "scopes", scopes, 2);
	v = written(p);
	assert_int_equal(apikey_count(v), 7);
	assert_string_equal(apikey_key_at(v, 0), "nil");
	assert_int_equal(apikey_type(apikey_at(v, 0)), APIKEY_NIL);
	assert_true(apikey_bool(apikey_get(v, "bool"), false));
	assert_int_equal(apikey_int(apikey_get(v, "int"), 0), -300);
	assert_true(apikey_float(apikey_get(v, "float"), 0) == 1.5);
	assert_string_equal(apikey_string(apikey_get(v, "string")), "s");
	assert_string_equal(apikey_string(apikey_get(v, "text")), "ab");
	assert_string_equal(apikey_string(apikey_at(apikey_get(v, "scopes"), 1)), "b:*");
	apikey_value_free(v);
	apikey_params_free(p);
}

static void maps_and_arrays_nest(void **state)
{
	struct apikey_params *p = apikey_params_new();
	const struct apikey_value *rate;
	struct apikey_value *v;

	(void)state;
	apikey_put_array(p, "rate");
	for (int i = 1; i <= 2; i++) {
		apikey_put_map(p, NULL);
		apikey_put_int(p, "window", 60 * i);
		apikey_put_int(p, "limit", i);
		apikey_put_end(p);
	}
	apikey_put_end(p);
	apikey_put_bool(p, "after", true);
	v = written(p);
	rate = apikey_get(v, "rate");
	assert_int_equal(apikey_count(rate), 2);
	assert_int_equal(apikey_int(apikey_get(apikey_at(rate, 1), "window"), 0), 120);
	assert_true(apikey_bool(apikey_get(v, "after"), false));
	apikey_value_free(v);
	apikey_params_free(p);
}

static void deep_as_the_wire_allows_and_no_deeper(void **state)
{
	struct apikey_params *p = apikey_params_new();

	(void)state;
	apikey_put_map(p, "meta");
	for (int i = 0; i < 4; i++)
		apikey_put_array(p, i ? NULL : "a");
	for (int i = 0; i < 5; i++)
		apikey_put_end(p);
	apikey_value_free(written(p));
	apikey_put_map(p, "deeper");
	for (int i = 0; i < 5; i++)
		apikey_put_array(p, i ? NULL : "a");
	for (int i = 0; i < 6; i++)
		apikey_put_end(p);
	assert_refused(p, APIKEY_BAD_REQUEST);
}

static void misuse_is_reported(void **state)
{
	static const char *const scopes[] = {"a:read", NULL};
	struct apikey_params *p;

	(void)state;
	p = apikey_params_new();
	apikey_put_strings(p, "scopes", scopes, 2);
	assert_refused(p, APIKEY_BAD_REQUEST);
	p = apikey_params_new();
	apikey_put_int(p, NULL, 1);
	assert_refused(p, APIKEY_BAD_REQUEST);
	p = apikey_params_new();
	apikey_put_array(p, "a");
	apikey_put_int(p, "named", 1);
	apikey_put_end(p);
	assert_refused(p, APIKEY_BAD_REQUEST);
	p = apikey_params_new();
	apikey_put_map(p, "open");
	assert_refused(p, APIKEY_BAD_REQUEST);
	p = apikey_params_new();
	apikey_put_end(p);
	assert_refused(p, APIKEY_BAD_REQUEST);
}

static void too_much_is_reported(void **state)
{
	char notes[4097];
	struct apikey_params *p = apikey_params_new();

	(void)state;
	memset(notes, 'n', sizeof notes - 1);
	notes[sizeof notes - 1] = '\0';
	for (int i = 0; i < 16; i++)
		apikey_put_string(p, "notes", notes);
	assert_refused(p, APIKEY_TOO_LARGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(none_is_an_empty_map),
		cmocka_unit_test(each_kind_is_written_under_its_name),
		cmocka_unit_test(maps_and_arrays_nest),
		cmocka_unit_test(deep_as_the_wire_allows_and_no_deeper),
		cmocka_unit_test(misuse_is_reported),
		cmocka_unit_test(too_much_is_reported),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
