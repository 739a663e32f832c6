/* reader.h - a cursor over scanned MessagePack: reads one value after the other, allocates nothing.
 *
 * Format: github.com/msgpack/msgpack/blob/master/spec.md. Every function returns false, without moving, when
 * the next value is of another type or does not fit in what is left. Borrowed pointers live as long as the
 * bytes read from. */
#ifndef PROTOCOL_READER_H
#define PROTOCOL_READER_H

#include <stdbool.h>
#include <stdint.h>

#include "protocol/text.h"

struct reader {
	const uint8_t *p, *end;
};

enum value_type {
	VALUE_NONE, /* nothing left, or a reserved byte */
	VALUE_NIL,
	VALUE_BOOL,
	VALUE_INT,
	VALUE_FLOAT,
	VALUE_STR,
	VALUE_BIN,
	VALUE_ARRAY,
	VALUE_MAP,
	VALUE_EXT,
};

/* What each first byte begins. The header is `head` bytes: that byte and the big-endian count or number after it.
 * The count is in the first byte's `mask` bits where that is all there is. The value then goes on for `bytes`
 * times and holds `values` times that count. */
struct value_format {
	uint8_t type, head, mask, bytes, values;
};

extern const struct value_format value_formats[256];
/* The count or number of the whole header at p. */
uint64_t value_count(const uint8_t *p);

struct reader reader_of(const uint8_t *data, size_t len);
enum value_type read_type(const struct reader *r);
bool read_nil(struct reader *r);
bool read_bool(struct reader *r, bool *out);
/* Any integer from -2^63 to 2^63-1; larger ones are refused. */
bool read_int(struct reader *r, int64_t *out);
bool read_str(struct reader *r, struct text *out);
/* A str or a bin. */
bool read_bytes(struct reader *r, struct text *out);
bool read_array(struct reader *r, uint32_t *count);
bool read_map(struct reader *r, uint32_t *count);
/* Steps over one whole value, however deep; *out, if not NULL, is the bytes of it. */
bool read_raw(struct reader *r, struct text *out);

#endif
