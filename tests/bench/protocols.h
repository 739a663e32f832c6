/* protocols.h - what a load says to each kind of server, and how it tells a right answer. */
#ifndef BENCH_PROTOCOLS_H
#define BENCH_PROTOCOLS_H

#include <stddef.h>
#include <stdint.h>

#define REQUEST_MAX 1024 /* bytes of one request */

/* A request that is ready but for its key and, where the protocol has one, its number. */
struct request {
	uint8_t bytes[REQUEST_MAX];
	size_t len;
	size_t key_at;
	size_t msgid_at; /* of four bytes, most significant first; 0: the protocol has none */
};

struct protocol {
	const char *name;
	/* Lays out a request for keys of key_len bytes. `size` is that of a record, where one is sent. */
	void (*request)(struct request *out, size_t key_len, size_t size);
	/* The length of the answer that data begins with; 0 when more bytes are needed, -1 when it is not the answer
	 * that a good key must get. *msgid is 0 where the protocol has none. `size` is that of a record or answer,
	 * where the protocol does not tell. */
	long (*answer)(const uint8_t *data, size_t len, size_t size, uint32_t *msgid);
};

/* NULL if there is none of that name. */
const struct protocol *protocol_find(const char *name);

#endif
