/* client_fuzz.c - whatever a daemon sends, the client library tells each call once how it ended, and hangs up or
 * goes on. */
#include "tests/fuzz/fuzz.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "protocol/client.h"

#define CALLS 3
#define METHOD_NAME_MAX 64 /* bytes of the name that a notification brings */

static unsigned told;

/* Reads everything that a value holds. */
static size_t walk(const struct apikey_value *value)
{
	const char *text = apikey_string(value);
	size_t sum = (size_t)apikey_int(value, 0) + (size_t)apikey_bool(value, false);

	for (size_t i = 0; text != NULL && i <= apikey_length(value); i++)
		sum += (unsigned char)text[i];
	for (size_t i = 0; i < apikey_count(value); i++) {
		const char *key = apikey_key_at(value, i);

		sum += walk(apikey_at(value, i)) + (key != NULL ? strlen(key) : 0);
	}
	return sum;
}

static void on_reply(struct apikey_client *client, enum apikey_error error,
	const struct apikey_value *result, void *arg)
{
	struct apikey_verdict verdict;

	(void)arg;
	told++;
	walk(result);
	if (error != APIKEY_OK)
		CHECK(result == NULL && strlen(apikey_failure(client)) <= FAILURE_TEXT_MAX);
	else if (apikey_read_verdict(result, &verdict) == APIKEY_OK)
		CHECK(verdict.valid == (verdict.code == APIKEY_CODE_OK));
	else
		CHECK(!verdict.valid);
}

static void on_notification(struct apikey_client *client, const char *method,
	const struct apikey_value *params, void *arg)
{
	(void)client;
	(void)arg;
	CHECK(memchr(method, '\0', METHOD_NAME_MAX + 1) != NULL);
	walk(params);
}

/* As apikey_connect() leaves it, but to us. */
static void join(struct apikey_client *client, int fd)
{
	struct frame_bounds bounds = {CLIENT_MAX_BYTES, CLIENT_MAX_ELEMENTS, true};

	client->fd = fd;
	client->connections++;
	frame_scan_init(&client->scan, bounds);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct apikey_client *client = apikey_open("/nowhere");
	int ends[2];

	CHECK(client != NULL && socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
	told = 0;
	join(client, ends[0]);
	apikey_on_notification(client, on_notification, NULL);
	for (int i = 0; i < CALLS; i++)
		CHECK(apikey_send(client, "verify", NULL, on_reply, NULL) == APIKEY_OK);
	CHECK(write(ends[1], data, size) == (ssize_t)size);
	shutdown(ends[1], SHUT_WR);
	while (apikey_fd(client) >= 0)
		(void)apikey_process(client);
	CHECK(told == CALLS && apikey_pending(client) == 0);
	apikey_close(client);
	close(ends[1]);
	return 0;
}
