/* buffer.h - a flat byte buffer with a hard maximum. */
#ifndef PROTOCOL_BUFFER_H
#define PROTOCOL_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Zero-initialise with a max; data is owned. Once an append would pass max or memory ends, failed is set
 * and stays set and nothing more is appended: check it once, at the end. */
struct buffer {
	uint8_t *data;
	size_t len, cap, max;
	bool failed;
};

/* Room for n more bytes: a pointer to write them at (then add to len), or NULL with failed set. */
uint8_t *buffer_reserve(struct buffer *b, size_t n);
void buffer_append(struct buffer *b, const void *data, size_t n);
/* Forgets the first n bytes. */
void buffer_consume(struct buffer *b, size_t n);
/* Frees; buffer_wipe overwrites the bytes with zero first, for buffers that held a secret. */
void buffer_free(struct buffer *b);
void buffer_wipe(struct buffer *b);

#endif
