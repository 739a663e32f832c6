/* client_events_test.c - verdicts, notifications, and what callbacks may do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "protocol/client.h"
#include "protocol/value.h"
#include "protocol/writer.h"
#include "tests/client/script.h"

#include <cmocka.h>

#define ACCEPT                                                                                     \
	{                                                                                          \
		.type = STEP_ACCEPT                                                                \
	}
#define READ                                                                                       \
	{                                                                                          \
		.type = STEP_READ                                                                  \
	}
#define REPLY(n, b)                                                                                \
	{                                                                                          \
		.type = STEP_REPLY, .request = (n), .bytes = (b), .len = sizeof(b) - 1             \
	}
#define RAW(b)                                                                                     \
	{                                                                                          \
		.type = STEP_RAW, .bytes = (b), .len = sizeof(b) - 1                               \
	}
#define CLOSE                                                                                      \
	{                                                                                          \
		.type = STEP_CLOSE                                                                 \
	}
#define AWAIT                                                                                      \
	{                                                                                          \
		.type = STEP_AWAIT                                                                 \
	}
#define END                                                                                        \
	{                                                                                          \
		.type = STEP_END                                                                   \
	}

#define VALID                                                                                      \
	"\x82\xa5valid\xc3\xa4"                                                                    \
	"code\xa2ok"
#define EVENT(seq)                                                                                 \
	"\x93\x02\xa5"                                                                             \
	"event\x91\x81\xa3seq" seq

static struct apikey_client *open_to(const struct script *script)
{
	struct apikey_client *client = apikey_open(script->path);

	assert_non_null(client);
	apikey_set_timeout(client, SCRIPT_HANG_MS);
	return client;
}

static void end(struct script *script, struct apikey_client *client)
{
	apikey_close(client);
	script_join(script);
	script_free(script);
}

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
	client = open_to(&script);
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
	client = open_to(&script);
	assert_int_equal(apikey_verify(client, &question, &verdict), APIKEY_OK);
	assert_int_equal(apikey_verify(client, &question, &verdict), APIKEY_OK);
	assert_true(verdict.valid);
	assert_int_equal(apikey_verify(client, &question, &verdict), APIKEY_UNREACHABLE);
	assert_false(verdict.valid);
	end(&script, client);
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
	client = open_to(&script);
	assert_int_equal(apikey_verify(client, &question, &verdict), APIKEY_OK);
	assert_true(verdict.valid);
	end(&script, client);
}

static void two_lost_connections_are_an_error(void **state)
{
	static const struct step steps[] = {ACCEPT, READ, CLOSE, ACCEPT, READ, CLOSE, END};
	struct apikey_verdict verdict;
	struct script script;
	struct apikey_client *client;

	(void)state;
	script_start(&script, steps);
	client = open_to(&script);
	assert_int_equal(apikey_verify(client, &question, &verdict), APIKEY_UNREACHABLE);
	assert_false(verdict.valid);
	end(&script, client);
}

/* The sequence numbers seen, and what was asked for by them. */
struct seen {
	int64_t seq[4];
	unsigned count;
	struct apikey_value *kept;
};

static void see(struct apikey_client *client, const char *method, const struct apikey_value *params,
	void *arg)
{
	struct seen *seen = arg;

	assert_string_equal(method, "event");
	seen->seq[seen->count++] = apikey_int(apikey_get(apikey_at(params, 0), "seq"), -1);
	if (!seen->kept)
		seen->kept = apikey_take(client);
}

static void notifications_come_between_answers(void **state)
{
	static const struct step steps[] = {ACCEPT, READ, RAW(EVENT("\x01")), REPLY(0, "\x05"),
		RAW(EVENT("\x02") EVENT("\x03")), AWAIT, END};
	const struct apikey_value *result;
	struct seen seen = {.count = 0};
	struct script script;
	struct apikey_client *client;

	(void)state;
	script_start(&script, steps);
	client = open_to(&script);
	apikey_on_notification(client, see, &seen);
	assert_int_equal(apikey_call(client, "events.subscribe", NULL, &result), APIKEY_OK);
	assert_int_equal(apikey_int(result, 0), 5);
	while (seen.count < 3)
		assert_int_equal(apikey_wait(client, SCRIPT_HANG_MS), APIKEY_OK);
	for (int i = 0; i < 3; i++)
		assert_int_equal(seen.seq[i], i + 1);
	end(&script, client);
	assert_int_equal(apikey_int(apikey_get(apikey_at(seen.kept, 0), "seq"), 0), 1);
	apikey_value_free(seen.kept);
}

static void notifications_that_nobody_wants_are_dropped(void **state)
{
	static const struct step steps[] = {
		ACCEPT, READ, RAW(EVENT("\x01") "\x93\x02\x01\x90"), REPLY(0, "\x05"), END};
	const struct apikey_value *result;
	struct script script;
	struct apikey_client *client;

	(void)state;
	script_start(&script, steps);
	client = open_to(&script);
	assert_int_equal(apikey_call(client, "m", NULL, &result), APIKEY_OK);
	assert_int_equal(apikey_int(result, 0), 5);
	end(&script, client);
}

struct act {
	unsigned times;
	enum apikey_error error, nested, connected;
};

/* All that a callback must not do, then one thing that it may. */
static void act(struct apikey_client *client, enum apikey_error error,
	const struct apikey_value *result, void *arg)
{
	struct apikey_verdict verdict;
	struct act *act = arg;

	(void)result;
	act->times++;
	act->error = error;
	act->nested = apikey_call(client, "nested", NULL, NULL);
	assert_int_equal(apikey_process(client), APIKEY_BAD_REQUEST);
	assert_int_equal(apikey_wait(client, SCRIPT_HANG_MS), APIKEY_BAD_REQUEST);
	assert_int_equal(apikey_verify(client, &question, &verdict), APIKEY_BAD_REQUEST);
	apikey_disconnect(client);
	act->connected = apikey_connect(client);
}

static void a_callback_may_begin_a_new_connection(void **state)
{
	static const struct step steps[] = {ACCEPT, READ, READ,
		RAW("\x94\x01\x00\xc0\x01"
		    "\x94\x01\x01\xc0\x02"),
		ACCEPT, READ, REPLY(2, "\x07"), END};
	struct act first = {0}, second = {0};
	const struct apikey_value *result;
	struct script script;
	struct apikey_client *client;

	(void)state;
	script_start(&script, steps);
	client = open_to(&script);
	assert_int_equal(apikey_connect(client), APIKEY_OK);
	assert_int_equal(apikey_send(client, "m", NULL, act, &first), APIKEY_OK);
	assert_int_equal(apikey_send(client, "m", NULL, NULL, &second), APIKEY_OK);
	while (first.times == 0)
		assert_int_equal(apikey_wait(client, SCRIPT_HANG_MS), APIKEY_OK);
	assert_int_equal(first.error, APIKEY_OK);
	assert_int_equal(first.nested, APIKEY_BAD_REQUEST);
	assert_int_equal(first.connected, APIKEY_OK);
	assert_int_equal(apikey_call(client, "m", NULL, &result), APIKEY_OK);
	assert_int_equal(apikey_int(result, 0), 7); /* nothing of the old connection came along */
	end(&script, client);
}

/* Calls itself anew from the news that the connection is gone, as a careless program would. */
static void insist(struct apikey_client *client, enum apikey_error error,
	const struct apikey_value *result, void *arg)
{
	unsigned *times = arg;

	(void)error;
	(void)result;
	++*times;
	assert_string_equal(apikey_failure(client), "the connection was closed");
	assert_int_equal(apikey_send(client, "m", NULL, insist, arg), APIKEY_UNREACHABLE);
}

static void hanging_up_ends_even_for_the_insistent(void **state)
{
	static const struct step steps[] = {ACCEPT, AWAIT, END};
	struct script script;
	struct apikey_client *client;
	unsigned times = 0;

	(void)state;
	script_start(&script, steps);
	client = open_to(&script);
	assert_int_equal(apikey_connect(client), APIKEY_OK);
	for (int i = 0; i < 40; i++)
		assert_int_equal(apikey_send(client, "m", NULL, insist, &times), APIKEY_OK);
	apikey_disconnect(client);
	assert_int_equal(times, 40);
	end(&script, client);
}

static void waiting_calls_are_found_whatever_their_order(void **state)
{
	struct pending_table table = {.next = UINT32_MAX - 5};
	uint32_t ids[100];
	struct pending out;

	(void)state;
	for (size_t i = 0; i < 100; i++) {
		struct pending *row = pending_add(&table, &ids[i]);

		row->arg = &ids[i];
		for (size_t j = 0; j < i; j++)
			assert_int_not_equal(ids[i], ids[j]);
	}
	assert_int_equal(table.used, 100);
	for (size_t i = 0; i < 100; i += 2)
		assert_true(pending_remove(&table, ids[i], &out) && out.arg == &ids[i]);
	assert_false(pending_remove(&table, ids[0], &out));
	for (size_t i = 0; i < 300; i++) {
		uint32_t id;

		assert_non_null(pending_add(&table, &id));
		assert_true(pending_remove(&table, id, &out));
	}
	for (size_t i = 1; i < 100; i += 2)
		assert_true(pending_remove(&table, ids[i], &out) && out.arg == &ids[i]);
	assert_int_equal(table.used, 0);
	assert_int_equal(table.size, 128);
	free(table.rows);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_question_is_sent_whole),
		cmocka_unit_test(a_verdict_is_read_whole),
		cmocka_unit_test(a_doubtful_verdict_is_never_valid),
		cmocka_unit_test(a_stale_connection_asks_once_more),
		cmocka_unit_test(a_fresh_connection_that_is_closed_asks_once_more),
		cmocka_unit_test(two_lost_connections_are_an_error),
		cmocka_unit_test(notifications_come_between_answers),
		cmocka_unit_test(notifications_that_nobody_wants_are_dropped),
		cmocka_unit_test(a_callback_may_begin_a_new_connection),
		cmocka_unit_test(hanging_up_ends_even_for_the_insistent),
		cmocka_unit_test(waiting_calls_are_found_whatever_their_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
