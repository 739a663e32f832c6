/* client_test.c - the client's connection: what a daemon may say, and all that it must not. */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

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

static void a_silent_daemon_times_out(void **state)
{
	static const struct step steps[] = {
		ACCEPT, READ, AWAIT, ACCEPT, READ, REPLY(1, "\x01"), END};
	struct script script;
	struct apikey_client *client;

	(void)state;
	script_start(&script, steps);
	client = script_open(&script);
	apikey_set_timeout(client, 30);
	assert_int_equal(apikey_call(client, "m", NULL, NULL), APIKEY_TIMED_OUT);
	assert_int_equal(apikey_fd(client), -1);
	apikey_set_timeout(client, -1);
	assert_int_equal(apikey_call(client, "m", NULL, NULL), APIKEY_OK);
	script_end(&script, client);
}

static void a_closed_connection_is_replaced_before_a_call(void **state)
{
	static const struct step steps[] = {
		ACCEPT, READ, REPLY(0, "\x01"), CLOSE, ACCEPT, READ, REPLY(1, "\x02"), END};
	const struct apikey_value *result;
	struct script script;
	struct apikey_client *client;
	struct pollfd end_of_first = {.events = POLLIN};

	(void)state;
	script_start(&script, steps);
	client = script_open(&script);
	assert_int_equal(apikey_call(client, "m", NULL, &result), APIKEY_OK);
	end_of_first.fd = apikey_fd(client);
	assert_int_equal(poll(&end_of_first, 1, SCRIPT_HANG_MS), 1);
	assert_int_equal(apikey_call(client, "m", NULL, &result), APIKEY_OK);
	assert_int_equal(apikey_int(result, 0), 2);
	script_end(&script, client);
}

static void a_lost_call_is_not_made_again_by_itself(void **state)
{
	static const struct step steps[] = {ACCEPT, READ, REPLY(0, "\x01"), READ, CLOSE, END};
	struct script script;
	struct apikey_client *client;

	(void)state;
	script_start(&script, steps);
	client = script_open(&script);
	assert_int_equal(apikey_call(client, "m", NULL, NULL), APIKEY_OK);
	assert_int_equal(apikey_call(client, "m", NULL, NULL), APIKEY_UNREACHABLE);
	script_end(&script, client);
}

static void without_a_daemon_the_path_is_named(void **state)
{
	char long_path[200];
	struct apikey_client *client = apikey_open("/nonexistent/apikeyd.sock");

	(void)state;
	assert_int_equal(apikey_call(client, "ping", NULL, NULL), APIKEY_UNREACHABLE);
	assert_non_null(strstr(apikey_failure(client), "/nonexistent/apikeyd.sock"));
	assert_int_equal(apikey_connect(client), APIKEY_UNREACHABLE);
	assert_int_equal(apikey_wait(client, SCRIPT_HANG_MS), APIKEY_UNREACHABLE);
	apikey_close(client);
	memset(long_path, 'p', sizeof long_path - 1);
	long_path[sizeof long_path - 1] = '\0';
	client = apikey_open(long_path);
	assert_int_equal(apikey_call(client, "ping", NULL, NULL), APIKEY_UNREACHABLE);
	assert_non_null(strstr(apikey_failure(client), "too long"));
	apikey_close(client);
	apikey_close(NULL);
}

#define WAITING_MAX 8

static void interrupt(int signo)
{
	(void)signo;
}

/* A daemon that accepts nobody, and as many who wait for it as may. */
static int make_busy(const struct sockaddr_un *address, int waiting[WAITING_MAX])
{
	int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	unlink(address->sun_path);
	assert_int_equal(bind(listener, (const struct sockaddr *)address, sizeof *address), 0);
	assert_int_equal(listen(listener, 0), 0);
	for (int i = 0; i < WAITING_MAX; i++) {
		waiting[i] = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		(void)connect(waiting[i], (const struct sockaddr *)address, sizeof *address);
	}
	return listener;
}

/* Signals, however many, neither end the wait for a daemon nor make it longer. */
static void signals_do_not_end_the_wait_for_a_busy_daemon(void **state)
{
	static const struct itimerval often = {{0, 5000}, {0, 5000}}, never = {0};
	const struct sigaction action = {.sa_handler = interrupt};
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct apikey_client *client;
	int listener, waiting[WAITING_MAX];

	(void)state;
	snprintf(address.sun_path, sizeof address.sun_path, "/tmp/apikey-busy-%d.sock",
		(int)getpid());
	listener = make_busy(&address, waiting);
	client = apikey_open(address.sun_path);
	apikey_set_timeout(client, 50);
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
	assert_int_equal(apikey_call(client, "m", NULL, NULL), APIKEY_UNREACHABLE);
	setitimer(ITIMER_REAL, &never, NULL);
	assert_non_null(strstr(apikey_failure(client), "too busy"));
	apikey_close(client);
	for (int i = 0; i < WAITING_MAX; i++)
		close(waiting[i]);
	close(listener);
	unlink(address.sun_path);
}

static void the_socket_comes_from_the_environment(void **state)
{
	struct apikey_client *client;

	(void)state;
	setenv("APIKEYD_SOCKET", "/somewhere/admin.sock", 1);
	client = apikey_open(NULL);
	assert_string_equal(apikey_socket(client), "/somewhere/admin.sock");
	apikey_close(client);
	unsetenv("APIKEYD_SOCKET");
	client = apikey_open(NULL);
	assert_string_equal(apikey_socket(client), "/run/apikeyd/admin.sock");
	apikey_close(client);
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
		cmocka_unit_test(a_silent_daemon_times_out),
		cmocka_unit_test(a_closed_connection_is_replaced_before_a_call),
		cmocka_unit_test(a_lost_call_is_not_made_again_by_itself),
		cmocka_unit_test(without_a_daemon_the_path_is_named),
		cmocka_unit_test(signals_do_not_end_the_wait_for_a_busy_daemon),
		cmocka_unit_test(the_socket_comes_from_the_environment),
		cmocka_unit_test(bad_parameters_are_not_sent),
		cmocka_unit_test(a_long_page_passes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
