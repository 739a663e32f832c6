/* verify_answer.c - answers of verify, encoded: what is the same for every call was encoded before. */
#include "apikeyd/methods/verify_answer.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "apikeyd/engine/scope.h"
#include "apikeyd/limits.h"
#include "protocol/frame.h"
#include "protocol/writer.h"

#define ANSWER_ROOM                                                                                \
	256 /* what an answer takes at most besides the key's own and shared members and missing scopes */
#define SCOPE_ROOM (SCOPE_MAX_BYTES + 2)
#define HEAD_COUNT 9 /* where in an answer the map's count lies */

/* Copies what was written, for which there must have been room, and frees it; returns how much it is. */
static uint8_t take(struct buffer *b, uint8_t *out)
{
	size_t len = b->len;

	if (b->failed)
		abort();
	memcpy(out, b->data, len);
	buffer_free(b);
	return (uint8_t)len;
}

static void encode_outcome(enum apikey_code code, struct answer_outcome *out)
{
	struct buffer b = {.max = sizeof out->bytes};

	write_str(&b, "valid");
	write_bool(&b, code == APIKEY_CODE_OK);
	write_str(&b, "code");
	write_str(&b, apikey_code_name(code));
	out->len = take(&b, out->bytes);
}

/* Which of the pieces a limit is made from. */
static unsigned piece_of(uint32_t what)
{
	return limit_is_quota(what) ? 1 + (what & 3) : 0;
}

/* Writes a name and a number of four bytes; returns where these are. */
static uint8_t number_place(struct buffer *b, const char *name)
{
	write_str(b, name);
	write_int(b, UINT32_MAX);
	return (uint8_t)(b->len - 4);
}

static void encode_limit(uint32_t what, struct answer_limit *out)
{
	struct buffer b = {.max = sizeof out->bytes};

	write_map(&b, 5);
	if (limit_is_quota(what)) {
		write_str(&b, "period");
		write_str(&b, limit_period_name(what));
	} else {
		out->window = number_place(&b, "window");
	}
	write_str(&b, "of");
	write_str(&b, limit_of_name(what));
	out->limit = number_place(&b, "limit");
	out->remaining = number_place(&b, "remaining");
	write_str(&b, "reset");
	write_int(&b, INT64_MAX);
	out->reset = (uint8_t)(b.len - 8);
	out->len = take(&b, out->bytes);
}

static void encode_limits(struct answer_limit limits[ANSWER_LIMITS])
{
	encode_limit(1, &limits[0]);
	for (int period = 0; period < PERIOD_COUNT; period++)
		for (int of = OF_REQUESTS; of <= OF_UNITS; of++) {
			uint32_t what = limit_quota((enum period)period, (enum limit_of)of);

			encode_limit(what, &limits[piece_of(what)]);
		}
}

void verify_answer_prepare(struct answer_pieces *pieces)
{
	for (unsigned code = 0; code < APIKEY_CODE_COUNT; code++)
		encode_outcome((enum apikey_code)code, &pieces->outcomes[code]);
	encode_limits(pieces->limits);
}

static uint8_t missing_members(
	struct buffer *out, const struct verify_request *q, const struct verdict *v)
{
	if (v->code != APIKEY_CODE_SCOPE_MISSING)
		return 0;
	write_str(out, "missing");
	write_array(out, (uint32_t)__builtin_popcountll(v->missing));
	for (uint32_t i = 0; i < q->need_count; i++)
		if (v->missing & ((uint64_t)1 << i))
			write_text(out, q->needs[i]);
	return 1;
}

static uint8_t retry_members(struct buffer *out, const struct verdict *v)
{
	if ((v->code != APIKEY_CODE_RATE_LIMITED && v->code != APIKEY_CODE_QUOTA_EXCEEDED) ||
		v->retry_after == 0)
		return 0;
	write_str(out, "retry_after");
	write_int(out, v->retry_after);
	return 1;
}

static uint8_t grace_members(struct buffer *out, const struct verdict *v)
{
	if (!v->superseded)
		return 0;
	write_str(out, "superseded");
	write_bool(out, true);
	if (v->grace_ends == ENGINE_NEVER)
		return 1;
	write_str(out, "grace_ends");
	write_int(out, v->grace_ends);
	return 2;
}

static uint8_t *put(uint8_t *p, const void *data, size_t len)
{
	memcpy(p, data, len);
	return p + len;
}

static uint8_t *put_str(uint8_t *p, struct text t)
{
	if (t.len >= 32)
		*p++ = 0xd9;
	*p++ = (uint8_t)(t.len >= 32 ? t.len : 0xa0 | t.len);
	return put(p, t.data, t.len);
}

/* [1, msgid, nil, { */
static uint8_t *put_head(uint8_t *p, uint32_t msgid, const struct answer_outcome *outcome)
{
	const uint8_t head[] = {0x94, FRAME_REPLY, 0xce, (uint8_t)(msgid >> 24),
		(uint8_t)(msgid >> 16), (uint8_t)(msgid >> 8), (uint8_t)msgid, 0xc0, 0xde, 0, 0};

	p = put(p, head, sizeof head);
	memcpy(p, outcome->bytes, sizeof outcome->bytes); /* a copy of one known size is quick */
	return p + outcome->len;
}

static void put_number(uint8_t *p, uint32_t number)
{
	number = htobe32(number);
	memcpy(p, &number, sizeof number);
}

static uint8_t *put_limit(
	uint8_t *p, const struct answer_limit *piece, const struct limit_view *view)
{
	uint64_t reset = htobe64((uint64_t)view->reset);

	memcpy(p, piece->bytes, sizeof piece->bytes);
	if (piece->window != 0)
		put_number(p + piece->window, view->limit.what);
	put_number(p + piece->limit, view->limit.most);
	put_number(p + piece->remaining, view->remaining);
	memcpy(p + piece->reset, &reset, sizeof reset);
	return p + piece->len;
}

/* "limits": [ … ] */
static uint8_t *put_limits(
	uint8_t *p, const struct answer_limit pieces[ANSWER_LIMITS], const struct verdict *v)
{
	p = put(p, "\xa6limits", 7);
	*p++ = (uint8_t)(0x90 | v->limit_count);
	for (unsigned i = 0; i < v->limit_count; i++)
		p = put_limit(p, &pieces[piece_of(v->limits[i].limit.what)], &v->limits[i]);
	return p;
}

/* Flat stores into room made once. The map's count, always in its 16-bit form, is filled in at the end. */
void verify_answer(struct buffer *out, const struct answer_pieces *pieces, uint32_t msgid,
	const struct verify_request *q, const struct verdict *v)
{
	size_t room = ANSWER_ROOM + v->own.len + v->shared.len + q->need_count * SCOPE_ROOM +
		      v->limit_count * ANSWER_LIMIT_SIZE;
	uint8_t *start = buffer_reserve(out, room), *p;
	size_t count_at = out->len + HEAD_COUNT;
	uint16_t members = 2;

	if (start == NULL)
		return;
	p = put_head(start, msgid, &pieces->outcomes[v->code]);
	if (v->found) {
		p = put(p, v->own.data, v->own.len);
		p = put(p, "\xa6prefix", 7);
		p = put_str(p, v->prefix);
		p = put(p, v->shared.data, v->shared.len);
		members += v->own_members + 1 + v->shared_members;
	}
	if (v->limit_count > 0) {
		p = put_limits(p, pieces->limits, v);
		members++;
	}
	out->len += (size_t)(p - start);
	if (v->found)
		members +=
			grace_members(out, v) + missing_members(out, q, v) + retry_members(out, v);
	out->data[count_at] = (uint8_t)(members >> 8);
	out->data[count_at + 1] = (uint8_t)members;
}
