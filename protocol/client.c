/* client.c - a client's life, its settings, and the table of calls that wait for their replies. */
#include "protocol/client.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define DEFAULT_SOCKET "/run/apikeyd/admin.sock"
#define DEFAULT_TIMEOUT_MS 5000
#define FIRST_PENDING 16

struct apikey_client *apikey_open(const char *socket)
{
	struct apikey_client *client = calloc(1, sizeof *client);
	const char *env = getenv("APIKEYD_SOCKET");

	if (!client)
		return NULL;
	if (!socket)
		socket = env && *env ? env : DEFAULT_SOCKET;
	client->socket = strdup(socket);
	client->fd = -1;
	client->timeout_ms = DEFAULT_TIMEOUT_MS;
	client->in.max = CLIENT_MAX_BYTES + CLIENT_READ_SIZE;
	client->out.max = CLIENT_MAX_QUEUE;
	if (!client->socket) {
		free(client);
		return NULL;
	}
	return client;
}

void apikey_close(struct apikey_client *client)
{
	if (!client)
		return;
	client->closing = true;
	apikey_disconnect(client);
	apikey_value_free(client->current);
	free(client->pending.rows);
	free(client->socket);
	free(client);
}

const char *apikey_socket(const struct apikey_client *client)
{
	return client->socket;
}

const char *apikey_failure(const struct apikey_client *client)
{
	return client->why.text;
}

void apikey_set_timeout(struct apikey_client *client, int milliseconds)
{
	client->timeout_ms = milliseconds;
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t client_deadline(const struct apikey_client *client)
{
	return client->timeout_ms < 0 ? -1 : now_ms() + client->timeout_ms;
}

int client_remaining(int64_t deadline)
{
	int64_t left = deadline < 0 ? 0 : deadline - now_ms();

	if (deadline < 0)
		return -1;
	return left > 0 ? (int)left : 0;
}

int apikey_fd(const struct apikey_client *client)
{
	return client->fd;
}

size_t apikey_pending(const struct apikey_client *client)
{
	return client->pending.used;
}

void apikey_on_notification(struct apikey_client *client, apikey_notify_fn *fn, void *arg)
{
	client->notify = fn;
	client->notify_arg = arg;
}

struct apikey_value *apikey_take(struct apikey_client *client)
{
	struct apikey_value *value = client->current;

	client->current = NULL;
	return value;
}

static struct pending *row_of(struct pending_table *table, uint32_t msgid)
{
	return &table->rows[msgid & (table->size - 1)];
}

static bool pending_grow(struct pending_table *table)
{
	struct pending_table larger = {
		.size = table->size ? table->size * 2 : FIRST_PENDING,
		.used = table->used,
		.next = table->next,
	};

	larger.rows = calloc(larger.size, sizeof *larger.rows);
	if (!larger.rows)
		return false;
	for (uint32_t i = 0; i < table->size; i++)
		if (table->rows[i].used)
			*row_of(&larger, table->rows[i].msgid) = table->rows[i];
	free(table->rows);
	*table = larger;
	return true;
}

struct pending *pending_add(struct pending_table *table, uint32_t *msgid)
{
	struct pending *row;

	if (table->used == table->size && !pending_grow(table))
		return NULL;
	do
		row = row_of(table, table->next++);
	while (row->used);
	*row = (struct pending){.msgid = table->next - 1, .used = true};
	*msgid = row->msgid;
	table->used++;
	return row;
}

bool pending_remove(struct pending_table *table, uint32_t msgid, struct pending *out)
{
	struct pending *row = table->size ? row_of(table, msgid) : NULL;

	if (!row || !row->used || row->msgid != msgid)
		return false;
	*out = *row;
	row->used = false;
	table->used--;
	return true;
}
