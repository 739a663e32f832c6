/* writer.c - writes MessagePack. Formats: github.com/msgpack/msgpack/blob/master/spec.md */
#include "protocol/writer.h"

#include <assert.h>
#include <string.h>

/* The first bytes of one kind of value: with the count in the byte itself below fix_end, then with a count of
 * one, two and four bytes (0 where there is none). */
struct kind {
	uint32_t fix_end;
	uint8_t fix, one, two, four;
};

static const struct kind str = {32, 0xa0, 0xd9, 0xda, 0xdb};
static const struct kind array = {16, 0x90, 0, 0xdc, 0xdd};
static const struct kind map = {16, 0x80, 0, 0xde, 0xdf};

/* Writes the first byte and the low `width` bytes of value, big end first. */
static void put(struct buffer *b, uint8_t first, uint64_t value, unsigned width)
{
	uint8_t *p = buffer_reserve(b, 1 + width);

	if (p == NULL)
		return;
	p[0] = first;
	for (unsigned i = width; i > 0; i--, value >>= 8)
		p[i] = (uint8_t)value;
	b->len += 1 + width;
}

static void put_count(struct buffer *b, const struct kind *kind, uint32_t count)
{
	if (count < kind->fix_end)
		put(b, (uint8_t)(kind->fix | count), 0, 0);
	else if (count <= UINT8_MAX && kind->one != 0)
		put(b, kind->one, count, 1);
	else if (count <= UINT16_MAX)
		put(b, kind->two, count, 2);
	else
		put(b, kind->four, count, 4);
}

void write_nil(struct buffer *b)
{
	put(b, 0xc0, 0, 0);
}

void write_bool(struct buffer *b, bool value)
{
	put(b, value ? 0xc3 : 0xc2, 0, 0);
}

static void write_negative(struct buffer *b, int64_t value)
{
	if (value >= -32)
		put(b, (uint8_t)value, 0, 0);
	else if (value >= INT8_MIN)
		put(b, 0xd0, (uint64_t)value, 1);
	else if (value >= INT16_MIN)
		put(b, 0xd1, (uint64_t)value, 2);
	else if (value >= INT32_MIN)
		put(b, 0xd2, (uint64_t)value, 4);
	else
		put(b, 0xd3, (uint64_t)value, 8);
}

void write_int(struct buffer *b, int64_t value)
{
	if (value < 0)
		write_negative(b, value);
	else if (value < 128)
		put(b, (uint8_t)value, 0, 0);
	else if (value <= UINT8_MAX)
		put(b, 0xcc, (uint64_t)value, 1);
	else if (value <= UINT16_MAX)
		put(b, 0xcd, (uint64_t)value, 2);
	else if (value <= UINT32_MAX)
		put(b, 0xce, (uint64_t)value, 4);
	else
		put(b, 0xcf, (uint64_t)value, 8);
}

void write_float(struct buffer *b, double value)
{
	uint64_t bits;

	static_assert(sizeof(bits) == sizeof(value), "a double is IEEE 754 binary64");
	memcpy(&bits, &value, sizeof(bits));
	put(b, 0xcb, bits, 8);
}

void write_text(struct buffer *b, struct text value)
{
	if (value.data == NULL) {
		write_nil(b);
		return;
	}
	if (value.len > UINT32_MAX) {
		b->failed = true;
		return;
	}
	put_count(b, &str, (uint32_t)value.len);
	buffer_append(b, value.data, value.len);
}

void write_str(struct buffer *b, const char *value)
{
	write_text(b, (struct text){value, value == NULL ? 0 : strlen(value)});
}

void write_array(struct buffer *b, uint32_t count)
{
	put_count(b, &array, count);
}

void write_map(struct buffer *b, uint32_t count)
{
	put_count(b, &map, count);
}

static size_t begin(struct buffer *b, const struct kind *kind)
{
	size_t at = b->len;

	put(b, kind->two, 0, 2);
	return at;
}

static void end(struct buffer *b, size_t at, uint16_t count)
{
	if (b->failed)
		return;
	b->data[at + 1] = (uint8_t)(count >> 8);
	b->data[at + 2] = (uint8_t)count;
}

size_t write_map_begin(struct buffer *b)
{
	return begin(b, &map);
}

void write_map_end(struct buffer *b, size_t at, uint16_t count)
{
	end(b, at, count);
}

size_t write_array_begin(struct buffer *b)
{
	return begin(b, &array);
}

void write_array_end(struct buffer *b, size_t at, uint16_t count)
{
	end(b, at, count);
}

void write_raw(struct buffer *b, const void *data, size_t len)
{
	buffer_append(b, data, len);
}
