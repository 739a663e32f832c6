/* client_events_test.c - notifications, and what callbacks may do. */
#include <stdlib.h>

#include "tests/client/script.h"

#define EVENT(seq)                                                                                 \
	"\x93\x02\xa5"                                                                             \
	"event\x91\x81\xa3seq" seq

static const struct apikey_request question = {.key = "ak_live_x", .key_len = 9};

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
	client = script_open(&script);
	apikey_on_notification(client, see, &seen);
	assert_int_equal(apikey_call(client, "events.subscribe", NULL, &result), APIKEY_OK);
	assert_int_equal(apikey_int(result, 0), 5);
	while (seen.count < 3)
		assert_int_equal(apikey_wait(client, SCRIPT_HANG_MS), APIKEY_OK);
	for (int i = 0; i < 3; i++)
		assert_int_equal(seen.seq[i], i + 1);
	script_end(&script, client);
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
	client = script_open(&script);
	assert_int_equal(apikey_call(client, "m", NULL, &result), APIKEY_OK);
	assert_int_equal(apikey_int(result, 0), 5);
	script_end(&script, client);
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
	client = script_open(&script);
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
	script_end(&script, client);
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
	client = script_open(&script);
	assert_int_equal(apikey_connect(client), APIKEY_OK);
	for (int i = 0; i < 40; i++)
		assert_int_equal(apikey_send(client, "m", NULL, insist, &times), APIKEY_OK);
	apikey_disconnect(client);
	assert_int_equal(times, 40);
	script_end(&script, client);
}

/* Begins a new connection from the news that the old one is gone, as a program that wants to stay connected would. */
static void come_back(struct apikey_client *client, enum apikey_error error,
	const struct apikey_value *result, void *arg)
{
	struct act *act = arg;

	(void)result;
	act->times++;
	act->error = error;
	act->connected = apikey_connect(client);
	act->nested = apikey_send(client, "m", NULL, come_back, arg);
}

static void a_client_that_is_closed_comes_not_back(void **state)
{
	static const struct step steps[] = {ACCEPT, AWAIT, END};
	struct script script;
	struct apikey_client *client;
	struct act told = {0};

	(void)state;
	script_start(&script, steps);
	client = script_open(&script);
	assert_int_equal(apikey_connect(client), APIKEY_OK);
	assert_int_equal(apikey_send(client, "m", NULL, come_back, &told), APIKEY_OK);
	script_end(&script, client);
	assert_int_equal(told.times, 1);
	assert_int_equal(told.error, APIKEY_UNREACHABLE);
	assert_int_equal(told.connected, APIKEY_UNREACHABLE);
	assert_int_equal(told.nested, APIKEY_UNREACHABLE);
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
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(notifications_come_between_answers),
		cmocka_unit_test(notifications_that_nobody_wants_are_dropped),
		cmocka_unit_test(a_callback_may_begin_a_new_connection),
		cmocka_unit_test(hanging_up_ends_even_for_the_insistent),
		cmocka_unit_test(a_client_that_is_closed_comes_not_back),
		cmocka_unit_test(waiting_calls_are_found_whatever_their_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
