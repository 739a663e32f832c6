/* client_verdict_test.c - questions as they are sent, verdicts as they are read, and what a lost connection costs. */
#include <string.h>

#include "protocol/value.h"
#include "protocol/writer.h"
#include "tests/client/script.h"

#define VALID                                                                                      \
	"\x82\xa5valid\xc3\xa4"                                                                    \
	"code\xa2ok"

static const struct apikey_request question = {.key = "ak_live_x", .key_len = 9};

static void a_question_is_sent_whole(void **state)
{
	static const struct step steps[] = {
		ACCEPT, READ, REPLY(0, VALID), READ, REPLY(1, VALID), END};
	static const char *const scopes[] = {"a:read", "b:write"};
	const struct apikey_request full = {.key = "a\0b",
		.key_len = 3,
		.ip = "203.0.113.9",
		.scopes = scopes,
		.scope_count = 2,
		.tenant = "acme",
		.resource = "/v1",
		.agent = "curl",
		.units = 7,
		.cost = 3,
		.dry_run = true};
	struct apikey_verdict verdict;
	const struct apikey_value *sent;
	struct script script;
	struct apikey_client *client;

	(void)state;
	script_start(&script, steps);
	client = script_open(&script);
	assert_int_equal(apikey_verify(client, &full, &verdict), APIKEY_OK);
	assert_true(verdict.valid);
	assert_int_equal(apikey_verify(client, &question, &verdict), APIKEY_OK);
	script_join(&script);
	assert_string_equal(script.methods[0], "verify");
	sent = apikey_at(script.params[0], 0);
	assert_int_equal(apikey_count(sent), 9);
	assert_int_equal(apikey_length(apikey_get(sent, "key")), 3);
	assert_memory_equal(apikey_string(apikey_get(sent, "key")), "a\0b", 3);
	assert_string_equal(apikey_string(apikey_get(sent, "ip")), "203.0.113.9");
	assert_string_equal(apikey_string(apikey_at(apikey_get(sent, "scopes"), 1)), "b:write");
	assert_string_equal(apikey_string(apikey_get(sent, "tenant")), "acme");
	assert_string_equal(apikey_string(apikey_get(sent, "resource")), "/v1");
	assert_string_equal(apikey_string(apikey_get(sent, "agent")), "curl");
	assert_int_equal(apikey_int(apikey_get(sent, "units"), 0), 7);
	assert_int_equal(apikey_int(apikey_get(sent, "cost"), 0), 3);
	assert_true(apikey_bool(apikey_get(sent, "dry_run"), false));
	assert_int_equal(apikey_count(apikey_at(script.params[1], 0)), 1);
	apikey_close(client);
	script_free(&script);
}

/* A stranger's that no message holds is as malformed as its beginning, one byte longer than any key. */
static void a_key_of_any_length_is_asked_about(void **state)
{
	static const struct step steps[] = {
		ACCEPT, READ, REPLY(0, VALID), READ, REPLY(1, VALID), END};
	static char longest[1 << 20];
	struct apikey_request ask = {.key = longest, .key_len = sizeof longest};
	struct apikey_verdict verdict;
	struct script script;
	struct apikey_client *client;

	(void)state;
	memset(longest, 'k', sizeof longest);
	script_start(&script, steps);
	client = script_open(&script);
	assert_int_equal(apikey_verify(client, &ask, &verdict), APIKEY_OK);
	ask.key_len = 256;
	assert_int_equal(apikey_verify(client, &ask, &verdict), APIKEY_OK);
	script_join(&script);
	for (int i = 0; i < 2; i++)
		assert_int_equal(
			apikey_length(apikey_get(apikey_at(script.params[i], 0), "key")), 257 - i);
	apikey_close(client);
	script_free(&script);
}

static struct apikey_value *verdict_bytes(struct buffer *b)
{
	struct apikey_value *value;

	assert_false(b->failed);
	value = value_decode(b->data, b->len);
	assert_non_null(value);
	buffer_free(b);
	return value;
}

static void a_verdict_is_read_whole(void **state)
{
	static const char *const texts[] = {"key_id", "prefix", "name", "tenant", "owner", "env"};
	struct buffer b = {.max = 4096};
	struct apikey_verdict v;
	struct apikey_value *value;

	(void)state;
	write_map(&b, 14);
	write_str(&b, "valid");
	write_bool(&b, false);
	write_str(&b, "code");
	write_str(&b, "scope_missing");
	for (int i = 0; i < 6; i++) {
		write_str(&b, texts[i]);
		write_str(&b, i == 5 ? NULL : texts[i]);
	}
	write_str(&b, "missing");
	write_array(&b, 1);
	write_str(&b, "a:b");
	write_str(&b, "meta");
	write_nil(&b);
	write_str(&b, "expires_at");
	write_int(&b, 2000000000);
	write_str(&b, "retry_after");
	write_nil(&b);
	write_str(&b, "grace_ends");
	write_int(&b, 1999999999);
	write_str(&b, "superseded");
	write_bool(&b, true);
	value = verdict_bytes(&b);
	assert_int_equal(apikey_read_verdict(value, &v), APIKEY_OK);
	assert_false(v.valid);
	assert_int_equal(v.code, APIKEY_CODE_SCOPE_MISSING);
	assert_string_equal(v.code_name, "scope_missing");
	assert_string_equal(v.key_id, "key_id");
	assert_string_equal(v.prefix, "prefix");
	assert_string_equal(v.name, "name");
	assert_string_equal(v.tenant, "tenant");
	assert_string_equal(v.owner, "owner");
	assert_null(v.env);
	assert_string_equal(apikey_string(apikey_at(v.missing, 0)), "a:b");
	assert_null(v.meta);
	assert_null(v.limits);
	assert_true(v.expires_at == 2000000000 && v.grace_ends == 1999999999 && v.retry_after == 0);
	assert_true(v.superseded);
	assert_ptr_equal(v.result, value);
	apikey_value_free(value);
}

/* Whatever a daemon says, a key is only good where it says so without contradiction. */
static void a_doubtful_verdict_is_never_valid(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
		enum apikey_error error;
	} rows[] = {
#define ROW(b, e) {b, sizeof(b) - 1, e}
		ROW("\x82\xa5valid\xc3\xa4"
		    "code\xa7revoked",
			APIKEY_BROKEN),
		ROW("\x82\xa5valid\xc2\xa4"
		    "code\xa2ok",
			APIKEY_BROKEN),
		ROW("\x82\xa5valid\xc3\xa4"
		    "code\xa3new",
			APIKEY_BROKEN),
		ROW("\x82\xa5valid\xc2\xa4"
		    "code\xa3new",
			APIKEY_OK),
		ROW("\x82\xa5valid\x01\xa4"
		    "code\xa2ok",
			APIKEY_BROKEN),
		ROW("\x81\xa5valid\xc3", APIKEY_BROKEN),
		ROW("\xc3", APIKEY_BROKEN),
		ROW("\xc0", APIKEY_BROKEN),
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct apikey_value *value =
			value_decode((const uint8_t *)rows[i].bytes, rows[i].len);
		struct apikey_verdict v = {.valid = true};

		assert_int_equal(apikey_read_verdict(value, &v), rows[i].error);
		assert_false(v.valid);
		assert_int_equal(v.code, APIKEY_CODE_COUNT);
		apikey_value_free(value);
	}
}

static void a_stale_connection_asks_once_more(void **state)
{
	static const struct step steps[] = {ACCEPT, READ, REPLY(0, VALID), READ, CLOSE, ACCEPT,
		READ, REPLY(2, VALID), READ, CLOSE, ACCEPT, READ, CLOSE, END};
	struct apikey_verdict verdict;
	struct script script;
	struct apikey_client *client;

	(void)state;
	script_start(&script, steps);
	client = script_open(&script);
	assert_int_equal(apikey_verify(client, &question, &verdict), APIKEY_OK);
	assert_int_equal(apikey_verify(client, &question, &verdict), APIKEY_OK);
	assert_true(verdict.valid);
	assert_int_equal(apikey_verify(client, &question, &verdict), APIKEY_UNREACHABLE);
	assert_false(verdict.valid);
	script_end(&script, client);
}

static void a_fresh_connection_that_is_closed_asks_once_more(void **state)
{
	static const struct step steps[] = {
		ACCEPT, CLOSE, ACCEPT, READ, REPLY(0, VALID), CLOSE, END};
	struct apikey_verdict verdict;
	struct script script;
	struct apikey_client *client;

	(void)state;
	script_start(&script, steps);
	client = script_open(&script);
	assert_int_equal(apikey_verify(client, &question, &verdict), APIKEY_OK);
	assert_true(verdict.valid);
	script_end(&script, client);
}

static void two_lost_connections_are_an_error(void **state)
{
	static const struct step steps[] = {ACCEPT, READ, CLOSE, ACCEPT, READ, CLOSE, END};
	struct apikey_verdict verdict;
	struct script script;
	struct apikey_client *client;

	(void)state;
	script_start(&script, steps);
	client = script_open(&script);
	assert_int_equal(apikey_verify(client, &question, &verdict), APIKEY_UNREACHABLE);
	assert_false(verdict.valid);
	script_end(&script, client);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_question_is_sent_whole),
		cmocka_unit_test(a_key_of_any_length_is_asked_about),
		cmocka_unit_test(a_verdict_is_read_whole),
		cmocka_unit_test(a_doubtful_verdict_is_never_valid),
		cmocka_unit_test(a_stale_connection_asks_once_more),
		cmocka_unit_test(a_fresh_connection_that_is_closed_asks_once_more),
		cmocka_unit_test(two_lost_connections_are_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
