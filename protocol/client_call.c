/* client_call.c - calls that wait for their answer, over those that do not. */
#include <poll.h>

#include "protocol/client.h"

/* A call on its way. */
struct call {
	bool done;
	enum apikey_error error;
	struct apikey_value *result;
	struct failure why;
};

enum apikey_error apikey_wait(struct apikey_client *client, int milliseconds)
{
	struct pollfd ready = {.fd = client->fd, .events = apikey_events(client)};

	if (client->fd >= 0 && !client->in_callback && poll(&ready, 1, milliseconds) <= 0)
		return APIKEY_OK;
	return apikey_process(client);
}

static void call_done(struct apikey_client *client, enum apikey_error error,
	const struct apikey_value *result, void *arg)
{
	struct call *call = arg;

	call->done = true;
	call->error = error;
	if (result)
		call->result = apikey_take(client);
	else
		call->why = client->why;
}

/* Whatever happens, the call is done when this returns: the last means is to hang up. */
static void wait_for(struct apikey_client *client, const struct call *call, int64_t deadline)
{
	struct failure late;
	int left;

	while (!call->done && (left = client_remaining(deadline)) != 0)
		(void)apikey_wait(client, left);
	if (call->done)
		return;
	fail(&late, APIKEY_TIMED_OUT, "no answer from %s in time", client->socket);
	client_hang_up(client, &late);
}

enum apikey_error client_call(struct apikey_client *client, const char *method,
	const struct apikey_params *params, int64_t deadline, const struct apikey_value **result)
{
	struct call call = {.done = false};
	enum apikey_error r;

	if (result)
		*result = NULL;
	if (client->in_callback)
		return fail(&client->why, APIKEY_BAD_REQUEST, "called from within a callback");
	if ((r = client_connect(client, deadline)) != APIKEY_OK ||
		(r = apikey_send(client, method, params, call_done, &call)) != APIKEY_OK)
		return r;
	client_flush(client);
	wait_for(client, &call, deadline);
	if (call.error)
		client->why = call.why;
	apikey_value_free(client->current);
	client->current = call.result;
	if (result)
		*result = call.result;
	return call.error;
}

/* A connection that the daemon has closed meanwhile shows it when it is read. */
enum apikey_error apikey_call(struct apikey_client *client, const char *method,
	const struct apikey_params *params, const struct apikey_value **result)
{
	if (client->fd >= 0 && !client->in_callback)
		(void)apikey_process(client);
	return client_call(client, method, params, client_deadline(client), result);
}
