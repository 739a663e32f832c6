/* frame.c - finds whole MessagePack-RPC messages in a stream, within bounds, before anything is decoded. */
#include "protocol/frame.h"

#include "protocol/reader.h"

#define METHOD_NAME_MAX 64 /* bytes; a longer one can only be unknown */

void frame_scan_init(struct frame_scan *s, struct frame_bounds bounds)
{
	*s = (struct frame_scan){.bounds = bounds};
}

/* Past this size nothing is followed any more. */
static size_t follow_max(const struct frame_scan *s)
{
	return s->bounds.max_bytes > FRAME_MAX_SKIP ? s->bounds.max_bytes : FRAME_MAX_SKIP;
}

/* The message itself: an array of 3 or 4 tells what it must be. */
static enum apikey_error take_outer(
	struct frame_scan *s, const struct value_format *f, uint64_t count)
{
	if (f->type != VALUE_ARRAY || (count != 3 && count != 4))
		return APIKEY_BAD_REQUEST;
	s->type = count == 3 ? FRAME_NOTIFICATION : s->bounds.client ? FRAME_REPLY : FRAME_REQUEST;
	s->elements = 1;
	return APIKEY_OK;
}

/* The type and the msgid are judged as soon as they are there. */
static enum apikey_error take_member(struct frame_scan *s, const uint8_t *p, size_t head)
{
	struct reader r = reader_of(p, head);
	int64_t n;

	if (s->members >= (s->type == FRAME_NOTIFICATION ? 1 : 2))
		return APIKEY_OK;
	if (!read_int(&r, &n))
		return APIKEY_BAD_REQUEST;
	if (s->members == 0)
		return n == (int64_t)s->type ? APIKEY_OK : APIKEY_BAD_REQUEST;
	if (n < 0 || n > UINT32_MAX)
		return APIKEY_BAD_REQUEST;
	s->msgid = (uint32_t)n;
	s->has_msgid = true;
	return APIKEY_OK;
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

/* Bounds on what is announced: past our own the message is stepped over, past follow_max() it is given up. */
static enum apikey_error check_bounds(struct frame_scan *s, uint64_t inside)
{
	s->elements += inside;
	if (s->pos + inside > follow_max(s))
		return APIKEY_TOO_LARGE;
	if (s->pos + inside > s->bounds.max_bytes || s->elements > s->bounds.max_elements)
		s->fault = APIKEY_TOO_LARGE;
	return APIKEY_OK;
}

/* Takes the value whose whole header is at p: APIKEY_OK, or why the stream cannot be followed. */
static enum apikey_error take(struct frame_scan *s, const uint8_t *p)
{
	const struct value_format *f = &value_formats[*p];
	uint64_t count = f->head == 1 ? *p & f->mask : value_count(p);
	bool holds = f->values > 0;
	enum apikey_error e = APIKEY_OK;

	if (f->type == VALUE_NONE || f->type == VALUE_EXT || (holds && s->depth == FRAME_MAX_DEPTH))
		return APIKEY_BAD_REQUEST;
	if (s->depth == 0)
		e = take_outer(s, f, count);
	else if (s->depth == 1)
		e = take_member(s, p, f->head);
	if (e != APIKEY_OK)
		return e;
	s->pos += f->head + count * f->bytes;
	e = check_bounds(s, count * f->values);
	if (e != APIKEY_OK)
		return e;
	if (s->depth == 0)
		s->part[0] = s->pos;
	if (holds && count > 0)
		s->left[++s->depth] = count * f->values;
	else
		leave(s);
	return APIKEY_OK;
}

/* Whether the next value's whole header is there. Its end counts before it is, because the caller's buffer may
 * be full at max_bytes. */
static bool has_header(struct frame_scan *s, const uint8_t *data, size_t end)
{
	size_t head;

	if (s->pos >= end)
		return false;
	head = value_formats[data[s->pos - s->dropped]].head;
	if (s->pos + head > s->bounds.max_bytes)
		s->fault = APIKEY_TOO_LARGE;
	return head <= end - s->pos;
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
	struct reader r = reader_of(p, len);
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

int frame_next(
	struct frame_scan *s, const uint8_t *data, size_t len, struct frame *out, size_t *used)
{
	size_t end = s->dropped + len;

	*used = 0;
	while (s->pos == 0 || s->depth > 0) {
		enum apikey_error e;

		if (!has_header(s, data, end))
			return want_more(s, end, used);
		e = take(s, data + (s->pos - s->dropped));
		if (e != APIKEY_OK)
			return hang_up(s, e, out);
	}
	if (s->pos > end)
		return want_more(s, end, used);
	*used = s->pos - s->dropped;
	*out = (struct frame){.type = s->type, .msgid = s->msgid, .fault = s->fault};
	if (s->fault == APIKEY_OK)
		fill(s, data, out);
	*s = (struct frame_scan){.bounds = s->bounds};
	return 1;
}
