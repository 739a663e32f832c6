/* script.h - a daemon that follows a script: what the client library is tested against. */
#ifndef TESTS_CLIENT_SCRIPT_H
#define TESTS_CLIENT_SCRIPT_H

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/buffer.h"
#include "protocol/client.h"
#include "protocol/frame.h"
#include "tests/unit/unit.h"

#define SCRIPT_HANG_MS 20000 /* when a test is given up */
#define SCRIPT_REQUESTS_MAX 8

enum step_type {
	STEP_END,
	STEP_ACCEPT,  /* the next connection; the one before is closed */
	STEP_READ,    /* one request, remembered by its place among all */
	STEP_REPLY,   /* to request `request`: error text (or NULL) and result bytes */
	STEP_TRICKLE, /* likewise, a byte at a time */
	STEP_RAW,     /* these bytes */
	STEP_CLOSE,   /* the connection */
	STEP_AWAIT,   /* the client's end of the connection */
};

struct step {
	enum step_type type;
	unsigned request;
	const char *error;
	const void *bytes;
	size_t len;
};

/* Initializers of steps. */
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
#define TRICKLE(n, b)                                                                              \
	{                                                                                          \
		.type = STEP_TRICKLE, .request = (n), .bytes = (b), .len = sizeof(b) - 1           \
	}
#define ERROR(n, text)                                                                             \
	{                                                                                          \
		.type = STEP_REPLY, .request = (n), .error = (text)                                \
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

struct script {
	char path[64];
	int listener, fd;
	pthread_t thread;
	const struct step *steps;
	struct buffer in;
	struct frame_scan scan;
	uint32_t msgids[SCRIPT_REQUESTS_MAX];
	char methods[SCRIPT_REQUESTS_MAX][32];
	struct apikey_value *params[SCRIPT_REQUESTS_MAX];
	unsigned requests;
};

/* Listens at script->path, then follows the steps in a thread of its own. */
void script_start(struct script *script, const struct step *steps);
/* Waits for the last step; what was read stays until script_free(). */
void script_join(struct script *script);
void script_free(struct script *script);

/* A client of the script, given up after SCRIPT_HANG_MS; and closes it, then joins and frees the script. */
struct apikey_client *script_open(const struct script *script);
void script_end(struct script *script, struct apikey_client *client);

#endif
