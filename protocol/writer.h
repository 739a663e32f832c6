/* writer.h - writes MessagePack into a buffer, integers and lengths in the shortest form, floats as 64 bits.
 * Errors stay in buffer.failed. */
#ifndef PROTOCOL_WRITER_H
#define PROTOCOL_WRITER_H

#include <stdbool.h>
#include <stdint.h>

#include "protocol/buffer.h"
#include "protocol/text.h"

/* The most bytes that a header of a string, array, map or an integer can take. */
#define WRITE_HEADER_MAX 9

void write_nil(struct buffer *b);
void write_bool(struct buffer *b, bool value);
void write_int(struct buffer *b, int64_t value);
void write_float(struct buffer *b, double value);
void write_text(struct buffer *b, struct text value); /* nil where data is NULL */
void write_str(struct buffer *b, const char *value);  /* nil where value is NULL */
void write_array(struct buffer *b, uint32_t count);
void write_map(struct buffer *b, uint32_t count);
/* A map or array whose count is known only at the end: begin writes a 16-bit header, end fills it in. */
size_t write_map_begin(struct buffer *b);
void write_map_end(struct buffer *b, size_t at, uint16_t count);
size_t write_array_begin(struct buffer *b);
void write_array_end(struct buffer *b, size_t at, uint16_t count);
/* Already encoded bytes. */
void write_raw(struct buffer *b, const void *data, size_t len);

#endif
