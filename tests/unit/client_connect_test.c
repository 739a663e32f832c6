/* client_connect_test.c - the client's connection: where it goes, how long it waits, and what comes after it is lost. */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/client/script.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_silent_daemon_times_out),
		cmocka_unit_test(a_closed_connection_is_replaced_before_a_call),
		cmocka_unit_test(a_lost_call_is_not_made_again_by_itself),
		cmocka_unit_test(without_a_daemon_the_path_is_named),
		cmocka_unit_test(signals_do_not_end_the_wait_for_a_busy_daemon),
		cmocka_unit_test(the_socket_comes_from_the_environment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
