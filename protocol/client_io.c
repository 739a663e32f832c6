/* client_io.c - a client's connection: begun, written, read and ended without waiting. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "protocol/client.h"
#include "protocol/params.h"
#include "protocol/reader.h"
#include "protocol/value.h"
#include "protocol/writer.h"

#define READ_ROUNDS 16 /* reads of one apikey_process(), so that other work gets its turn */
#define METHOD_MAX 64  /* bytes of a notification's name */

/* A Unix socket connects at once, or waits for room in the listener's queue. */
static int connect_until(int fd, const struct sockaddr_un *address, int64_t deadline)
{
	int left = client_remaining(deadline);
	struct timeval wait = {left / 1000, left % 1000 * 1000};

	if (left == 0)
		(void)fcntl(fd, F_SETFL, O_NONBLOCK);
	else if (left > 0)
		(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait);
	return connect(fd, (const struct sockaddr *)address, sizeof *address);
}

/* A signal of the program's begins the wait anew, and does not make it longer. */
static int open_socket(const struct sockaddr_un *address, int64_t deadline)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int saved;

	if (fd < 0)
		return -1;
	while (connect_until(fd, address, deadline) != 0) {
		if (errno == EINTR)
			continue;
		saved = errno;
		close(fd);
		errno = saved;
		return -1;
	}
	return fd;
}

/* The calls leave the client before the first of them is told, for it may call anew. */
enum apikey_error client_hang_up(struct apikey_client *client, const struct failure *why)
{
	struct pending_table table = client->pending;
	struct failure copy = *why;
	bool in_callback = client->in_callback;

	if (client->fd >= 0)
		close(client->fd);
	client->fd = -1;
	buffer_wipe(&client->in);
	buffer_wipe(&client->out);
	client->pending = (struct pending_table){.next = table.next};
	client->in_callback = true;
	for (uint32_t i = 0; i < table.size; i++) {
		const struct pending *row = &table.rows[(table.next + i) & (table.size - 1)];

		client->why = copy;
		if (row->used && row->done)
			row->done(client, copy.code, NULL, row->arg);
	}
	free(table.rows);
	client->in_callback = in_callback;
	client->why = copy;
	return copy.code;
}

/* Of two processes that read from one connection each would get answers to what the other has asked. */
static bool is_parents(const struct apikey_client *client)
{
	return client->fd >= 0 && client->owner != getpid();
}

static enum apikey_error leave_parents(struct apikey_client *client)
{
	struct failure why;

	fail(&why, APIKEY_UNREACHABLE, "the connection is that of the process before fork()");
	return client_hang_up(client, &why);
}

enum apikey_error client_connect(struct apikey_client *client, int64_t deadline)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct frame_bounds bounds = {CLIENT_MAX_BYTES, CLIENT_MAX_ELEMENTS, true};

	if (is_parents(client))
		leave_parents(client);
	if (client->fd >= 0)
		return APIKEY_OK;
	if (client->closing)
		return fail(&client->why, APIKEY_UNREACHABLE, "the client is being closed");
	if (strlen(client->socket) >= sizeof address.sun_path)
		return fail(&client->why, APIKEY_UNREACHABLE, "the path of the socket is too long");
	memcpy(address.sun_path, client->socket, strlen(client->socket));
	client->fd = open_socket(&address, deadline);
	if (client->fd < 0)
		return fail(&client->why, APIKEY_UNREACHABLE, "cannot connect to %s: %s",
			client->socket,
			errno == EAGAIN ? "the daemon is too busy to answer"
					: strerrordesc_np(errno));
	frame_scan_init(&client->scan, bounds);
	client->owner = getpid();
	client->connections++;
	return APIKEY_OK;
}

enum apikey_error apikey_connect(struct apikey_client *client)
{
	return client_connect(client, 0);
}

void apikey_disconnect(struct apikey_client *client)
{
	struct failure why;

	fail(&why, APIKEY_UNREACHABLE, "the connection was closed");
	client_hang_up(client, &why);
}

short apikey_events(const struct apikey_client *client)
{
	if (client->fd < 0)
		return 0;
	return client->out.len > 0 ? POLLIN | POLLOUT : POLLIN;
}

static void write_request(
	struct buffer *out, uint32_t msgid, const char *method, const struct apikey_params *params)
{
	write_array(out, 4);
	write_int(out, FRAME_REQUEST);
	write_int(out, msgid);
	write_str(out, method);
	write_array(out, 1);
	params_write(params, out);
}

enum apikey_error apikey_send(struct apikey_client *client, const char *method,
	const struct apikey_params *params, apikey_reply_fn *done, void *arg)
{
	size_t need = 4 * WRITE_HEADER_MAX + strlen(method) + params_size(params);
	struct pending *row;
	uint32_t msgid;

	if (client->fd < 0)
		return fail(&client->why, APIKEY_UNREACHABLE, "not connected");
	if (params_check(params, &client->why) != APIKEY_OK)
		return client->why.code;
	if (need > client->out.max - client->out.len)
		return fail(&client->why, APIKEY_BUSY, "too much waits to be sent");
	if (!buffer_reserve(&client->out, need)) {
		client->out.failed = false;
		return fail(&client->why, APIKEY_NO_MEMORY, "no memory");
	}
	row = pending_add(&client->pending, &msgid);
	if (!row)
		return fail(&client->why, APIKEY_NO_MEMORY, "no memory");
	row->done = done;
	row->arg = arg;
	write_request(&client->out, msgid, method, params);
	return APIKEY_OK;
}

/* Forgets the first n bytes, and overwrites what that leaves behind: a key may have been in it. */
static void forget(struct buffer *b, size_t n)
{
	buffer_consume(b, n);
	if (n > 0)
		explicit_bzero(b->data + b->len, n);
}

/* A peer that reads no more may have said why: what cannot be sent is dropped, reading goes on. */
void client_flush(struct apikey_client *client)
{
	struct buffer *out = &client->out;
	ssize_t n;

	while (out->len > 0) {
		n = send(client->fd, out->data, out->len, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n >= 0)
			forget(out, (size_t)n);
		else if (errno == EAGAIN)
			return;
		else if (errno != EINTR)
			forget(out, out->len);
	}
}

static enum apikey_error broken(struct apikey_client *client, const char *what)
{
	return fail(&client->why, APIKEY_BROKEN, "%s does not speak the protocol: %s",
		client->socket, what);
}

/* "code: sentence"; a code that is not known stays in the sentence. */
static enum apikey_error read_error(struct apikey_client *client, struct text error)
{
	const char *colon = memchr(error.data, ':', error.len);
	size_t code_len = colon ? (size_t)(colon - error.data) : error.len;
	enum apikey_error code = error_from_name(error.data, code_len);

	if (code == APIKEY_BROKEN) {
		code = APIKEY_INTERNAL;
	} else if (colon) {
		error.len -= code_len + 1;
		error.data = colon + 1;
	}
	if (error.len > 0 && *error.data == ' ') {
		error.data++;
		error.len--;
	}
	return fail(&client->why, code, "%.*s",
		(int)(error.len < FAILURE_TEXT_MAX ? error.len : FAILURE_TEXT_MAX), error.data);
}

/* The tree of these bytes becomes the latest result. */
static bool keep(struct apikey_client *client, const uint8_t *data, size_t len)
{
	apikey_value_free(apikey_take(client));
	client->current = value_decode(data, len);
	return client->current != NULL;
}

static enum apikey_error take_reply(struct apikey_client *client, const struct frame *frame)
{
	struct reader reader = reader_of(frame->params, frame->params_len);
	enum apikey_error error = APIKEY_OK;
	struct pending call;
	struct text text;

	apikey_value_free(apikey_take(client));
	if (!pending_remove(&client->pending, frame->msgid, &call))
		return broken(client, "an answer that nobody asked for");
	if (read_str(&reader, &text))
		error = read_error(client, text);
	else if (!read_nil(&reader))
		error = broken(client, "an error that is no text");
	else if (!keep(client, frame->result, frame->result_len))
		error = fail(&client->why, APIKEY_NO_MEMORY, "no memory for the answer");
	if (call.done)
		call.done(client, error, error ? NULL : client->current, call.arg);
	return APIKEY_OK;
}

static enum apikey_error take_notification(struct apikey_client *client, const struct frame *frame)
{
	char method[METHOD_MAX + 1];

	if (!client->notify || !frame->method.data || frame->method.len > METHOD_MAX)
		return APIKEY_OK;
	memcpy(method, frame->method.data, frame->method.len);
	method[frame->method.len] = '\0';
	if (!keep(client, frame->params, frame->params_len))
		return fail(&client->why, APIKEY_NO_MEMORY, "no memory for a notification");
	client->notify(client, method, client->current, client->notify_arg);
	return APIKEY_OK;
}

static enum apikey_error take_frame(struct apikey_client *client, const struct frame *frame)
{
	enum apikey_error r;

	if (frame->fault)
		return broken(client, "a message past all bounds");
	client->in_callback = true;
	r = frame->type == FRAME_REPLY ? take_reply(client, frame)
				       : take_notification(client, frame);
	client->in_callback = false;
	return r;
}

/* Serves every whole message in the buffer. A callback may end the connection, and with it the
 * buffer, or begin another. */
static enum apikey_error dispatch(struct apikey_client *client)
{
	const unsigned connection = client->connections;
	enum apikey_error r = APIKEY_OK;
	size_t at = 0, used;
	struct frame frame;
	int got = 1;

	while (r == APIKEY_OK && got == 1) {
		got = frame_next(
			&client->scan, client->in.data + at, client->in.len - at, &frame, &used);
		at += used;
		if (got < 0)
			return broken(client, "a stream of something else");
		if (got > 0)
			r = take_frame(client, &frame);
		if (client->fd < 0 || client->connections != connection)
			return r;
	}
	forget(&client->in, at);
	return r;
}

/* Reads once. *more says whether it is worth trying again. */
static enum apikey_error fill(struct apikey_client *client, bool *more)
{
	uint8_t *room = buffer_reserve(&client->in, CLIENT_READ_SIZE);
	ssize_t n;

	*more = false;
	if (!room)
		return fail(&client->why, APIKEY_NO_MEMORY, "no memory for the answer");
	n = recv(client->fd, room, CLIENT_READ_SIZE, MSG_DONTWAIT);
	if (n > 0) {
		client->in.len += (size_t)n;
		*more = n == CLIENT_READ_SIZE;
		return dispatch(client);
	}
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return APIKEY_OK;
	return fail(&client->why, APIKEY_UNREACHABLE, "%s closed the connection", client->socket);
}

enum apikey_error apikey_process(struct apikey_client *client)
{
	const unsigned connection = client->connections;
	enum apikey_error r = APIKEY_OK;
	bool more = true;

	if (client->in_callback)
		return fail(&client->why, APIKEY_BAD_REQUEST, "called from within a callback");
	if (client->fd < 0)
		return fail(&client->why, APIKEY_UNREACHABLE, "not connected");
	if (is_parents(client))
		return leave_parents(client);
	client_flush(client);
	for (int i = 0; i < READ_ROUNDS && more && r == APIKEY_OK; i++) {
		r = fill(client, &more);
		if (client->fd < 0 || client->connections != connection)
			return r;
	}
	if (r != APIKEY_OK)
		return client_hang_up(client, &client->why);
	if (client->out.len > 0)
		client_flush(client);
	return APIKEY_OK;
}
