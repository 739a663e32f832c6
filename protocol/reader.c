/* reader.c - a cursor over MessagePack; the one table of its formats. */
#include "protocol/reader.h"

/* clang-format off */
#define TIMES_4(...) __VA_ARGS__, __VA_ARGS__, __VA_ARGS__, __VA_ARGS__
#define TIMES_16(...) TIMES_4(TIMES_4(__VA_ARGS__))
#define TIMES_32(...) TIMES_16(__VA_ARGS__), TIMES_16(__VA_ARGS__)
#define INT(head) {VALUE_INT, head, 0, 0, 0}
#define FLOAT(head) {VALUE_FLOAT, head, 0, 0, 0}
#define EXT(head) {VALUE_EXT, head, 0, 0, 0}
#define STR(head, mask) {VALUE_STR, head, mask, 1, 0}
#define BIN(head) {VALUE_BIN, head, 0, 1, 0}
#define ARRAY(head, mask) {VALUE_ARRAY, head, mask, 0, 1}
#define MAP(head, mask) {VALUE_MAP, head, mask, 0, 2}
#define OTHER(type) {type, 1, 0, 0, 0}

const struct value_format value_formats[256] = {
	/* 00 */ TIMES_32(INT(1)), TIMES_32(INT(1)), TIMES_32(INT(1)), TIMES_32(INT(1)),
	/* 80 */ TIMES_16(MAP(1, 0x0f)),
	/* 90 */ TIMES_16(ARRAY(1, 0x0f)),
	/* a0 */ TIMES_32(STR(1, 0x1f)),
	/* c0 */ OTHER(VALUE_NIL), OTHER(VALUE_NONE), OTHER(VALUE_BOOL), OTHER(VALUE_BOOL),
	/* c4 */ BIN(2), BIN(3), BIN(5),
	/* c7 */ EXT(2), EXT(3), EXT(5),
	/* ca */ FLOAT(5), FLOAT(9),
	/* cc */ INT(2), INT(3), INT(5), INT(9),
	/* d0 */ INT(2), INT(3), INT(5), INT(9),
	/* d4 */ TIMES_4(EXT(1)), EXT(1),
	/* d9 */ STR(2, 0), STR(3, 0), STR(5, 0),
	/* dc */ ARRAY(3, 0), ARRAY(5, 0),
	/* de */ MAP(3, 0), MAP(5, 0),
	/* e0 */ TIMES_32(INT(1)),
};
/* clang-format on */

uint64_t value_count(const uint8_t *p)
{
	const struct value_format *f = &value_formats[*p];
	uint64_t count = *p & f->mask;

	for (unsigned i = 1; i < f->head; i++)
		count = count << 8 | p[i];
	return count;
}

struct reader reader_of(const uint8_t *data, size_t len)
{
	return (struct reader){data, len > 0 ? data + len : data};
}

/* The format of the next value, if its header is there. */
static const struct value_format *peek(const struct reader *r)
{
	const struct value_format *f;

	if (r->p == r->end)
		return NULL;
	f = &value_formats[*r->p];
	return (size_t)(r->end - r->p) >= f->head ? f : NULL;
}

enum value_type read_type(const struct reader *r)
{
	return r->p == r->end ? VALUE_NONE : (enum value_type)value_formats[*r->p].type;
}

bool read_nil(struct reader *r)
{
	if (read_type(r) != VALUE_NIL)
		return false;
	r->p++;
	return true;
}

bool read_bool(struct reader *r, bool *out)
{
	if (read_type(r) != VALUE_BOOL)
		return false;
	*out = *r->p++ == 0xc3;
	return true;
}

/* What the bits after the first byte mean: a number without a sign, or with one in their width. */
static int64_t with_sign(uint8_t first, uint64_t bits)
{
	switch (first) {
	case 0xd0:
		return (int8_t)bits;
	case 0xd1:
		return (int16_t)bits;
	case 0xd2:
		return (int32_t)bits;
	default:
		return (int64_t)bits;
	}
}

bool read_int(struct reader *r, int64_t *out)
{
	const struct value_format *f = peek(r);
	uint64_t bits;

	if (f == NULL || f->type != VALUE_INT)
		return false;
	if (f->head == 1) {
		*out = (int8_t)*r->p++;
		return true;
	}
	bits = value_count(r->p);
	if (*r->p == 0xcf && bits > INT64_MAX)
		return false;
	*out = with_sign(*r->p, bits);
	r->p += f->head;
	return true;
}

static bool read_run(struct reader *r, struct text *out)
{
	const struct value_format *f = peek(r);
	uint64_t len;

	if (f == NULL)
		return false;
	len = value_count(r->p);
	if (len > (uint64_t)(r->end - r->p) - f->head)
		return false;
	*out = (struct text){(const char *)r->p + f->head, (size_t)len};
	r->p += f->head + len;
	return true;
}

bool read_str(struct reader *r, struct text *out)
{
	return read_type(r) == VALUE_STR && read_run(r, out);
}

bool read_bytes(struct reader *r, struct text *out)
{
	enum value_type type = read_type(r);

	return (type == VALUE_STR || type == VALUE_BIN) && read_run(r, out);
}

static bool read_container(struct reader *r, enum value_type type, uint32_t *count)
{
	const struct value_format *f = peek(r);

	if (f == NULL || f->type != type)
		return false;
	*count = (uint32_t)value_count(r->p);
	r->p += f->head;
	return true;
}

bool read_array(struct reader *r, uint32_t *count)
{
	return read_container(r, VALUE_ARRAY, count);
}

bool read_map(struct reader *r, uint32_t *count)
{
	return read_container(r, VALUE_MAP, count);
}

/* Steps over one scalar or string, or into an array or map: *inside is how many values it holds. */
static bool step(struct reader *r, uint64_t *inside)
{
	const struct value_format *f = peek(r);
	uint64_t count, bytes;

	if (f == NULL || f->type == VALUE_NONE || f->type == VALUE_EXT)
		return false;
	count = value_count(r->p);
	*inside = count * f->values;
	bytes = f->head + count * f->bytes;
	if (bytes > (uint64_t)(r->end - r->p))
		return false;
	r->p += bytes;
	return true;
}

bool read_raw(struct reader *r, struct text *out)
{
	struct reader ahead = *r;
	uint64_t inside;

	for (uint64_t to_come = 1; to_come > 0; to_come += inside - 1)
		if (!step(&ahead, &inside))
			return false;
	if (out != NULL)
		*out = (struct text){(const char *)r->p, (size_t)(ahead.p - r->p)};
	*r = ahead;
	return true;
}
