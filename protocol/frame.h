/* frame.h - finds whole MessagePack-RPC messages in a stream, within bounds, before anything is decoded.
 *
 * The msgpack-c unpacker trusts length headers (five bytes can reserve 12 GiB), so nothing reaches a decoder
 * that has not passed here. The scanner allocates nothing and looks at each byte of structure once, however
 * the bytes arrive. Message shapes: github.com/msgpack-rpc/msgpack-rpc/blob/master/spec.md */
#ifndef PROTOCOL_FRAME_H
#define PROTOCOL_FRAME_H

#include <stddef.h>
#include <stdint.h>

#include "include/apikey.h"
#include "protocol/text.h"

#define FRAME_MAX_DEPTH 8      /* arrays and maps in each other, the message itself included */
#define FRAME_MAX_ELEMENTS 256 /* values of a request, containers and map keys included */
#define FRAME_MAX_VERIFY 4096  /* bytes of a request on verify.sock */
#define FRAME_MAX_ADMIN 65536  /* bytes of a request on admin.sock */
#define FRAME_MAX_SKIP (1024 * 1024) /* a message past its bound is stepped over up to this size */

enum frame_type {
	FRAME_REQUEST = 0,
	FRAME_REPLY = 1,
	FRAME_NOTIFICATION = 2,
};

/* Who reads: a daemon takes requests and notifications, a client replies and notifications. */
struct frame_bounds {
	size_t max_bytes;
	uint32_t max_elements;
	bool client;
};

/* One message. Pointers are borrowed from the scanned bytes. With fault set (too_large, bad_request) only
 * type and msgid hold, and only for a request: it can be answered and the stream goes on. */
struct frame {
	enum frame_type type;
	uint32_t msgid;
	enum apikey_error fault;
	struct text method;    /* data is NULL where the method is no string */
	const uint8_t *params; /* request, notification: the params value; reply: the error value */
	size_t params_len;
	const uint8_t *result; /* reply only */
	size_t result_len;
};

/* Progress through one message. Opaque but for pos, which is 0 only between messages. */
struct frame_scan {
	struct frame_bounds bounds;
	size_t pos; /* where the next value begins, from the message's first byte; may lie ahead of the bytes */
	size_t dropped; /* bytes of an over-long message the caller has already been told to forget */
	size_t elements;                  /* values begun or announced */
	size_t left[FRAME_MAX_DEPTH + 1]; /* values still to begin at each depth */
	size_t part[5]; /* where each member of the outer array begins, and the end */
	uint8_t depth, members;
	enum frame_type type;
	bool has_msgid;
	uint32_t msgid;
	enum apikey_error fault;
};

/* Before the first byte of a stream. */
void frame_scan_init(struct frame_scan *s, struct frame_bounds bounds);

/* Looks at the len bytes at data, which begin with the current message (the same bytes again, and more, on
 * each call until it is complete). *used is set to the number of bytes the caller must now forget.
 *   1  a message: *out is filled in; *used is its size (of what is still in data); the scan starts anew
 *   0  more bytes are needed; *used is 0, or, inside an over-long message, what need not be kept
 *  -1  the stream cannot be followed: hang up. If out->fault is not APIKEY_OK a request with out->msgid
 *      was begun and deserves that error first. */
int frame_next(
	struct frame_scan *s, const uint8_t *data, size_t len, struct frame *out, size_t *used);

#endif
