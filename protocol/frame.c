/* frame.c - finds whole MessagePack-RPC messages in a stream, within bounds, before anything is decoded. */
#include "protocol/frame.h"

#include "protocol/reader.h"

#define METHOD_NAME_MAX 64 /* bytes; a longer one can only be unknown */

void frame_scan_init(struct frame_scan *s, struct frame_bounds bounds)
{
	*s = (struct frame_scan){.bounds = bounds};
}

/* The message itself: an array of 3 or 4 tells what it must be. */
static bool take_outer(struct frame_scan *s, const struct value_format *f, uint64_t count)
{
	if (f->type != VALUE_ARRAY || (count != 3 && count != 4))
		return false;
	s->type = count == 3 ? FRAME_NOTIFICATION : s->bounds.client ? FRAME_REPLY : FRAME_REQUEST;
	s->part[0] = f->head;
	s->elements = 1;
	return true;
}

/* The type and the msgid are judged as soon as they are there. */
static bool take_member(struct frame_scan *s, const uint8_t *p, size_t head)
{
	struct reader r = {p, p + head};
	int64_t n;

	if (s->members > 1 || (s->members == 1 && s->type == FRAME_NOTIFICATION))
		return true;
	if (!read_int(&r, &n))
		return false;
	if (s->members == 0)
		return n == (int64_t)s->type;
	s->msgid = (uint32_t)n;
	s->has_msgid = n >= 0 && n <= UINT32_MAX;
	return s->has_msgid;
}

/* The next value, and all that it announces, needs the message to be so long. Past our bounds the message is
 * stepped over; false where it cannot even be followed. */
static bool fits(struct frame_scan *s, uint64_t size)
{
	if (size <= s->bounds.max_bytes && s->elements <= s->bounds.max_elements)
		return true;
	s->fault = APIKEY_TOO_LARGE;
	return size <= FRAME_MAX_SKIP || size <= s->bounds.max_bytes;
}

/* A value has ended at pos, and with it, perhaps, the containers around it. */
static void leave(struct frame_scan *s)
{
	while (s->depth > 0) {
		if (s->depth == 1)
			s->part[++s->members] = s->pos;
		if (--s->left[s->depth] > 0)
			return;
		s->depth--;
	}
}

/* Takes the value whose whole header is at p: APIKEY_OK, or why the stream cannot be followed. */
static enum apikey_error take(struct frame_scan *s, const uint8_t *p)
{
	const struct value_format *f = &value_formats[*p];
	uint64_t count = f->head == 1 ? *p & f->mask : value_count(p);
	uint64_t inside = count * f->values;

	if (f->type == VALUE_NONE || f->type == VALUE_EXT)
		return APIKEY_BAD_REQUEST;
	if (s->depth == 0 ? !take_outer(s, f, count) : s->depth == 1 && !take_member(s, p, f->head))
		return APIKEY_BAD_REQUEST;
	if (f->values > 0 && s->depth == FRAME_MAX_DEPTH)
		return APIKEY_BAD_REQUEST;
	s->pos += f->head + count * f->bytes;
	s->elements += inside;
	if (!fits(s, s->pos + inside))
		return APIKEY_TOO_LARGE;
	if (inside > 0)
		s->left[++s->depth] = inside;
	else
		leave(s);
	return APIKEY_OK;
}

/* Whether the next value's whole header is among the bytes at p. What it will need counts at once, because the
 * caller's buffer may be full at max_bytes. */
static bool has_header(struct frame_scan *s, const uint8_t *p, size_t bytes)
{
	size_t head = bytes > 0 ? value_formats[*p].head : 1;

	if (head <= bytes)
		return true;
	fits(s, s->pos + head);
	return false;
}

static int want_more(struct frame_scan *s, size_t end, size_t *used)
{
	if (s->fault != APIKEY_OK)
		*used = (s->pos < end ? s->pos : end) - s->dropped;
	s->dropped += *used;
	return 0;
}

static int hang_up(const struct frame_scan *s, enum apikey_error why, struct frame *out)
{
	*out = (struct frame){
		.type = s->type, .msgid = s->msgid, .fault = s->has_msgid ? why : APIKEY_OK};
	return -1;
}

static struct text method_name(const uint8_t *p, size_t len)
{
	struct reader r = {p, p + len};
	struct text name;

	return read_str(&r, &name) && name.len <= METHOD_NAME_MAX ? name : (struct text){0};
}

/* The members after type and msgid: method and params, or error and result. */
static void fill(const struct frame_scan *s, const uint8_t *data, struct frame *out)
{
	const size_t *part = &s->part[s->members - 2];
	const uint8_t *first = data + part[0], *second = data + part[1];
	size_t first_len = part[1] - part[0], second_len = part[2] - part[1];

	if (s->type == FRAME_REPLY) {
		out->params = first;
		out->params_len = first_len;
		out->result = second;
		out->result_len = second_len;
	} else {
		out->method = method_name(first, first_len);
		out->params = second;
		out->params_len = second_len;
	}
}

/* All that the next message does not set by itself. */
static void restart(struct frame_scan *s)
{
	s->pos = s->dropped = s->elements = 0;
	s->depth = s->members = 0;
	s->has_msgid = false;
	s->fault = APIKEY_OK;
}

int frame_next(
	struct frame_scan *s, const uint8_t *data, size_t len, struct frame *out, size_t *used)
{
	size_t end = s->dropped + len;

	*used = 0;
	while (s->pos == 0 || s->depth > 0) {
		size_t ahead = s->pos < end ? end - s->pos : 0;
		const uint8_t *p = data + len - ahead;
		enum apikey_error e;

		if (!has_header(s, p, ahead))
			return want_more(s, end, used);
		e = take(s, p);
		if (e != APIKEY_OK)
			return hang_up(s, e, out);
	}
	if (s->pos > end)
		return want_more(s, end, used);
	*used = s->pos - s->dropped;
	*out = (struct frame){.type = s->type, .msgid = s->msgid, .fault = s->fault};
	if (s->fault == APIKEY_OK)
		fill(s, data, out);
	restart(s);
	return 1;
}
