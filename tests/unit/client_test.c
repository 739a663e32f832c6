/* client_test.c - the client's calls: what a daemon may say, and all that it must not. */
#include <poll.h>
#include <string.h>

#include "protocol/writer.h"
#include "tests/client/script.h"

/* What a callback was told. */
struct told {
	unsigned times;
	enum apikey_error error;
	int64_t result;
};

static void tell(struct apikey_client *client, enum apikey_error error,
	const struct apikey_value *result, void *arg)
{
	struct told *told = arg;

	(void)client;
	told->times++;
	told->error = error;
	told->result = apikey_int(result, -1);
}

static void process_until_told(struct apikey_client *client, const struct told *told)
{
	while (told->times == 0)
		(void)apikey_wait(client, SCRIPT_HANG_MS);
}

static void a_call_gets_its_answer(void **state)
{
	static const struct step steps[] = {ACCEPT, READ, REPLY(0, "\x81\xa4time\x2a"), READ,
		TRICKLE(1, "\x93\x01\xa2hi\x03"), END};
	const struct apikey_value *result;
	struct script script;
	struct apikey_client *client;

	(void)state;
	script_start(&script, steps);
	client = script_open(&script);
	assert_string_equal(apikey_socket(client), script.path);
	assert_int_equal(apikey_call(client, "ping", NULL, &result), APIKEY_OK);
	assert_int_equal(apikey_int(apikey_get(result, "time"), 0), 42);
	assert_int_equal(apikey_call(client, "again", NULL, &result), APIKEY_OK);
	assert_string_equal(apikey_string(apikey_at(result, 1)), "hi");
	assert_int_equal(apikey_pending(client), 0);
	script_join(&script);
	assert_string_equal(script.methods[0], "ping");
	assert_int_equal(apikey_count(script.params[0]), 1);
	assert_int_equal(apikey_type(apikey_at(script.params[0], 0)), APIKEY_MAP);
	assert_int_not_equal(script.msgids[0], script.msgids[1]);
	apikey_close(client);
	script_free(&script);
}

static void errors_are_told_by_code_and_sentence(void **state)
{
	static const struct {
		const char *wire, *text;
		enum apikey_error error;
	} rows[] = {
		{"not_found: no key k_9x", "no key k_9x", APIKEY_NOT_FOUND},
		{"invalid_argument: rate[0].limit: too small", "rate[0].limit: too small",
			APIKEY_INVALID_ARGUMENT},
		{"conflict", "conflict", APIKEY_CONFLICT},
		{"newer_code: so and so", "newer_code: so and so", APIKEY_INTERNAL},
		{"broken: not a code of the wire", "broken: not a code of the wire",
			APIKEY_INTERNAL},
		{"", "", APIKEY_INTERNAL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct step steps[] = {ACCEPT, READ, ERROR(0, rows[i].wire), END};
		const struct apikey_value *result = (const void *)state;
		struct script script;
		struct apikey_client *client;

		script_start(&script, steps);
		client = script_open(&script);
		assert_int_equal(apikey_call(client, "m", NULL, &result), rows[i].error);
		assert_string_equal(apikey_failure(client), rows[i].text);
		assert_null(result);
		assert_null(apikey_take(client));
		assert_true(apikey_fd(client) >= 0);
		script_end(&script, client);
	}
}

static void pipelined_answers_may_come_in_any_order(void **state)
{
	static const struct step steps[] = {ACCEPT, READ, READ, READ, REPLY(2, "\x03"),
		ERROR(0, "busy: wait"), REPLY(1, "\x02"), END};
	struct told told[3] = {{0}};
	struct script script;
	struct apikey_client *client;

	(void)state;
	script_start(&script, steps);
	client = script_open(&script);
	assert_int_equal(apikey_events(client), 0);
	assert_int_equal(apikey_connect(client), APIKEY_OK);
	assert_int_equal(apikey_events(client), POLLIN);
	for (int i = 0; i < 3; i++)
		assert_int_equal(apikey_send(client, "m", NULL, tell, &told[i]), APIKEY_OK);
	assert_int_equal(apikey_events(client), POLLIN | POLLOUT);
	assert_int_equal(apikey_pending(client), 3);
	process_until_told(client, &told[1]);
	assert_int_equal(told[0].error, APIKEY_BUSY);
	assert_int_equal(told[1].result, 2);
	assert_int_equal(told[2].result, 3);
	assert_int_equal(told[0].times + told[1].times + told[2].times, 3);
	script_end(&script, client);
}

static void what_is_no_protocol_ends_the_connection(void **state)
{
	static const struct {
		const char *what;
		struct step step;
	} rows[] = {
		{"a reserved byte", RAW("\xc1")},
		{"text", RAW("HTTP/1.1 400 Bad Request\r\n")},
		{"an array of 2^32 - 1", RAW("\xdd\xff\xff\xff\xff")},
		{"a request", RAW("\x94\x00\x01\xa1m\x90")},
		{"an answer to nothing", RAW("\x94\x01\xce\xff\xff\xff\xff\xc0\x01")},
		{"an error that is no text", RAW("\x94\x01\x00\x05\xc0")},
		{"a string of 4 GiB", RAW("\x94\x01\x00\xc0\xdb\xff\xff\xff\xff")},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct step steps[] = {
			ACCEPT, READ, rows[i].step, ACCEPT, READ, REPLY(1, "\x05"), END};
		const struct apikey_value *result;
		struct script script;
		struct apikey_client *client;

		script_start(&script, steps);
		client = script_open(&script);
		print_message("%s\n", rows[i].what);
		assert_int_equal(apikey_call(client, "m", NULL, &result), APIKEY_BROKEN);
		assert_null(result);
		apikey_disconnect(client);
		assert_int_equal(apikey_call(client, "m", NULL, &result), APIKEY_OK);
		assert_int_equal(apikey_int(result, 0), 5);
		script_end(&script, client);
	}
}

static void a_hang_up_is_told_once_to_everybody(void **state)
{
	static const struct step steps[] = {
		ACCEPT, READ, READ, READ, RAW("\x94\x01\x00\xc0\x07\x94\x01"), CLOSE, END};
	struct told told[3] = {{0}};
	struct script script;
	struct apikey_client *client;
	enum apikey_error r = APIKEY_OK;

	(void)state;
	script_start(&script, steps);
	client = script_open(&script);
	assert_int_equal(apikey_connect(client), APIKEY_OK);
	for (int i = 0; i < 3; i++)
		assert_int_equal(apikey_send(client, "m", NULL, tell, &told[i]), APIKEY_OK);
	while (r == APIKEY_OK)
		r = apikey_wait(client, SCRIPT_HANG_MS);
	assert_int_equal(r, APIKEY_UNREACHABLE);
	assert_non_null(strstr(apikey_failure(client), script.path));
	assert_int_equal(told[0].error, APIKEY_OK); /* what came before the end still counts */
	assert_int_equal(told[0].result, 7);
	for (int i = 1; i < 3; i++)
		assert_int_equal(told[i].error, APIKEY_UNREACHABLE);
	for (int i = 0; i < 3; i++)
		assert_int_equal(told[i].times, 1);
	assert_int_equal(apikey_fd(client), -1);
	assert_int_equal(apikey_events(client), 0);
	assert_int_equal(apikey_pending(client), 0);
	assert_int_equal(apikey_process(client), APIKEY_UNREACHABLE);
	assert_int_equal(apikey_send(client, "m", NULL, tell, told), APIKEY_UNREACHABLE);
	script_end(&script, client);
	assert_int_equal(told[0].times, 1);
}

static void closing_tells_those_who_wait(void **state)
{
	static const struct step steps[] = {ACCEPT, END};
	struct told told = {0};
	struct script script;
	struct apikey_client *client;

	(void)state;
	script_start(&script, steps);
	client = script_open(&script);
	assert_int_equal(apikey_connect(client), APIKEY_OK);
	assert_int_equal(apikey_send(client, "m", NULL, tell, &told), APIKEY_OK);
	assert_int_equal(apikey_send(client, "m", NULL, NULL, NULL), APIKEY_OK);
	script_end(&script, client);
	assert_int_equal(told.times, 1);
	assert_int_equal(told.error, APIKEY_UNREACHABLE);
}

static void bad_parameters_are_not_sent(void **state)
{
	static const struct step steps[] = {ACCEPT, AWAIT, END};
	struct apikey_params *params = apikey_params_new();
	struct script script;
	struct apikey_client *client;

	(void)state;
	apikey_put_end(params);
	script_start(&script, steps);
	client = script_open(&script);
	assert_int_equal(apikey_call(client, "m", params, NULL), APIKEY_BAD_REQUEST);
	assert_int_equal(apikey_pending(client), 0);
	apikey_params_free(params);
	script_end(&script, client);
}

/* A page of 1,000 keys with long notes passes, whatever the pieces it comes in. */
static void a_long_page_passes(void **state)
{
	struct buffer page = {.max = 16 << 20};
	struct step steps[] = {ACCEPT, READ, {.type = STEP_REPLY}, END};
	const struct apikey_value *result;
	char notes[4096];
	struct script script;
	struct apikey_client *client;

	(void)state;
	memset(notes, 'n', sizeof notes);
	write_array(&page, 1000);
	for (int i = 0; i < 1000; i++) {
		write_map(&page, 100);
		for (int j = 0; j < 99; j++) {
			write_str(&page, "field");
			write_int(&page, i);
		}
		write_str(&page, "notes");
		write_text(&page, (struct text){notes, sizeof notes});
	}
	assert_false(page.failed);
	steps[2].bytes = page.data;
	steps[2].len = page.len;
	script_start(&script, steps);
	client = script_open(&script);
	assert_int_equal(apikey_call(client, "key.list", NULL, &result), APIKEY_OK);
	assert_int_equal(apikey_count(result), 1000);
	assert_int_equal(apikey_length(apikey_get(apikey_at(result, 999), "notes")), sizeof notes);
	script_end(&script, client);
	buffer_free(&page);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_call_gets_its_answer),
		cmocka_unit_test(errors_are_told_by_code_and_sentence),
		cmocka_unit_test(pipelined_answers_may_come_in_any_order),
		cmocka_unit_test(what_is_no_protocol_ends_the_connection),
		cmocka_unit_test(a_hang_up_is_told_once_to_everybody),
		cmocka_unit_test(closing_tells_those_who_wait),
		cmocka_unit_test(bad_parameters_are_not_sent),
		cmocka_unit_test(a_long_page_passes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
