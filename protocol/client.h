/* client.h - the inside of apikey_client: one connection and the calls that wait on it. */
#ifndef PROTOCOL_CLIENT_H
#define PROTOCOL_CLIENT_H

#include <sys/types.h>

#include "protocol/buffer.h"
#include "protocol/error.h"
#include "protocol/frame.h"

/* Bounds on what a daemon may send: a page of 1,000 keys with every field at its longest. */
#define CLIENT_MAX_BYTES (32 * 1024 * 1024)
#define CLIENT_MAX_ELEMENTS (4 * 1024 * 1024)
#define CLIENT_READ_SIZE (64 * 1024) /* bytes of one read */
/* Bytes that may wait to be sent. */
#define CLIENT_MAX_QUEUE (16 * 1024 * 1024)

/* A call without its reply; done may be NULL. */
struct pending {
	apikey_reply_fn *done;
	void *arg;
	uint32_t msgid;
	bool used;
};

/* The unanswered calls. A call is at its msgid modulo the size, a power of two. */
struct pending_table {
	struct pending *rows;
	uint32_t size, used;
	uint32_t next; /* msgid */
};

struct apikey_client {
	char *socket;
	int fd;      /* -1: not connected */
	pid_t owner; /* the process that connected it */
	int timeout_ms;
	unsigned connections; /* made so far; tells one connection from the next */
	bool in_callback;
	bool closing; /* for good: callbacks that are told of it begin nothing anew */
	struct frame_scan scan;
	struct buffer in, out;
	struct pending_table pending;
	apikey_notify_fn *notify;
	void *notify_arg;
	struct apikey_value *current; /* the latest result, owned until taken or replaced */
	struct failure why;
};

/* Makes room for one more call and gives it a msgid; NULL: no memory. */
struct pending *pending_add(struct pending_table *table, uint32_t *msgid);
/* Removes the call of this msgid and copies it to *out; false where there is none. */
bool pending_remove(struct pending_table *table, uint32_t msgid, struct pending *out);

/* Connects unless connected, waiting for room in the daemon's queue until this moment of the monotonic
 * clock (milliseconds; 0: not at all, negative: for ever). */
enum apikey_error client_connect(struct apikey_client *client, int64_t deadline);
/* Sends what is possible without waiting. */
void client_flush(struct apikey_client *client);
/* Ends the connection and tells everybody who waits why; returns why->code. */
enum apikey_error client_hang_up(struct apikey_client *client, const struct failure *why);
/* apikey_call(), failing at this moment of the monotonic clock (milliseconds; negative: never). */
enum apikey_error client_call(struct apikey_client *client, const char *method,
	const struct apikey_params *params, int64_t deadline, const struct apikey_value **result);
/* The deadline of a call that begins now. */
int64_t client_deadline(const struct apikey_client *client);
/* Milliseconds until then, at least 0; negative where it never comes. */
int client_remaining(int64_t deadline);

#endif
