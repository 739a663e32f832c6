/* verify.c - the method verify: collects the requests of a turn, answers them together.
 *
 * One pass decodes, one digests and fetches the look-ups into the cache, one answers: that overlaps the cache misses
 * of a turn. The pieces of an answer that do not change from call to call were encoded when the key last changed. */
#include "apikeyd/methods/verify.h"

#include <stdlib.h>
#include <string.h>

#include "apikeyd/args.h"
#include "apikeyd/engine/engine.h"
#include "apikeyd/engine/scope.h"
#include "apikeyd/reply.h"
#include "protocol/reader.h"
#include "protocol/writer.h"

#define ANSWER_ROOM                                                                                \
	256 /* what an answer takes at most besides the key's own and shared members and missing scopes */
#define SCOPE_ROOM (SCOPE_MAX_BYTES + 2)
#define HEAD_COUNT 9 /* where in an answer the map's count lies */
#define PLAIN_MIN                                                                                  \
	32 /* a plain request is longer; the parts looked at before its key are within it */

/* "valid" and "code" with their values, encoded. */
struct outcome {
	uint8_t len;
	uint8_t bytes[47];
};

struct verify_batch {
	struct daemon *daemon;
	struct stats *stats;
	struct outcome outcomes[APIKEY_CODE_COUNT];
	unsigned count;
	uint32_t msgids[VERIFY_BATCH];
	struct verify_request requests[VERIFY_BATCH];
	struct address addresses[VERIFY_BATCH];
	struct text needs[VERIFY_BATCH][ENGINE_SCOPES_MAX];
};

static void encode_outcome(enum apikey_code code, struct outcome *out)
{
	struct buffer b = {.max = sizeof out->bytes};

	write_str(&b, "valid");
	write_bool(&b, code == APIKEY_CODE_OK);
	write_str(&b, "code");
	write_str(&b, apikey_code_name(code));
	if (b.failed)
		abort();
	memcpy(out->bytes, b.data, b.len);
	out->len = (uint8_t)b.len;
	buffer_free(&b);
}

struct verify_batch *verify_batch_new(struct daemon *daemon, struct stats *stats)
{
	struct verify_batch *batch = calloc(1, sizeof *batch);

	if (batch == NULL)
		abort();
	batch->daemon = daemon;
	batch->stats = stats;
	for (unsigned code = 0; code < APIKEY_CODE_COUNT; code++)
		encode_outcome((enum apikey_code)code, &batch->outcomes[code]);
	return batch;
}

void verify_batch_free(struct verify_batch *batch)
{
	free(batch);
}

static uint32_t read_needs(const struct arg *arg, struct text *out)
{
	struct reader r = reader_of((const uint8_t *)arg->text.data, arg->text.len);
	uint32_t count = 0;

	if (read_array(&r, &count))
		for (uint32_t i = 0; i < count; i++)
			(void)read_str(&r, &out[i]);
	return count;
}

static enum apikey_error parse(struct verify_batch *batch, const struct frame *frame,
	struct verify_request *q, struct failure *why)
{
	struct text params = {(const char *)frame->params, frame->params_len};
	const struct arg *arg;
	struct args args;

	if (args_parse(&method_table[METHOD_VERIFY], params, &args, why) != APIKEY_OK)
		return why->code;
	q->key = arg_text(&args, "key");
	q->tenant = arg_text(&args, "tenant");
	q->units = arg_number(&args, "units", 0);
	q->cost = arg_number(&args, "cost", 1);
	q->dry_run = arg_number(&args, "dry_run", 0) != 0;
	if ((arg = arg_set(&args, "ip")) != NULL &&
		address_parse(arg->text, &batch->addresses[batch->count]))
		q->ip = &batch->addresses[batch->count];
	if ((arg = arg_set(&args, "scopes")) != NULL) {
		q->needs = batch->needs[batch->count];
		q->need_count = read_needs(arg, batch->needs[batch->count]);
	}
	return APIKEY_OK;
}

/* Without a pepper nothing can be said of any key: an error, never "not valid". */
static enum apikey_error sealed(struct failure *why)
{
	return fail(why, APIKEY_UNAVAILABLE, "the daemon is sealed: it has no usable pepper");
}

/* The next place in the batch. */
static struct verify_request *next_request(
	struct verify_batch *batch, int64_t now, struct buffer *out)
{
	if (batch->count == VERIFY_BATCH)
		verify_flush(batch, now, out);
	batch->requests[batch->count] = (struct verify_request){.cost = 1};
	return &batch->requests[batch->count];
}

void verify_add(
	struct verify_batch *batch, const struct frame *frame, int64_t now, struct buffer *out)
{
	struct verify_request *q = next_request(batch, now, out);
	struct failure why;

	if (parse(batch, frame, q, &why) == APIKEY_OK &&
		(batch->daemon->engine != NULL || sealed(&why) == APIKEY_OK)) {
		batch->msgids[batch->count++] = frame->msgid;
		return;
	}
	reply_error(out, frame->msgid, &why);
	stats_add(&batch->stats->errors, 1);
}

/* A number of 1 to 4 bytes as its header says; NULL for any other header. */
static const uint8_t *plain_msgid(const uint8_t *p, uint32_t *out)
{
	unsigned bytes;

	if (*p < 0x80) {
		*out = *p;
		return p + 1;
	}
	if (*p < 0xcc || *p > 0xce)
		return NULL;
	bytes = 1u << (*p - 0xcc);
	*out = 0;
	for (unsigned i = 1; i <= bytes; i++)
		*out = *out << 8 | p[i];
	return p + 1 + bytes;
}

size_t verify_add_plain(struct verify_batch *batch, const uint8_t *data, size_t len, int64_t now,
	struct buffer *out)
{
	static const uint8_t name[] = {
		0xa6, 'v', 'e', 'r', 'i', 'f', 'y', 0x91, 0x81, 0xa3, 'k', 'e', 'y'};
	const uint8_t *p, *end = data + len;
	struct text key;
	uint32_t msgid;

	if (len < PLAIN_MIN || data[0] != 0x94 || data[1] != FRAME_REQUEST ||
		(p = plain_msgid(data + 2, &msgid)) == NULL || memcmp(p, name, sizeof name) != 0)
		return 0;
	p += sizeof name;
	if (*p >= 0xa0 && *p < 0xc0)
		key = (struct text){(const char *)p + 1, *p & 0x1f};
	else if (*p == 0xd9)
		key = (struct text){(const char *)p + 2, p[1]};
	else
		return 0;
	if (key.len > (size_t)(end - (const uint8_t *)key.data) || batch->daemon->engine == NULL)
		return 0;
	next_request(batch, now, out)->key = key;
	batch->msgids[batch->count++] = msgid;
	return (size_t)((const uint8_t *)key.data + key.len - data);
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
static uint8_t *put_head(uint8_t *p, uint32_t msgid, const struct outcome *outcome)
{
	const uint8_t head[] = {0x94, FRAME_REPLY, 0xce, (uint8_t)(msgid >> 24),
		(uint8_t)(msgid >> 16), (uint8_t)(msgid >> 8), (uint8_t)msgid, 0xc0, 0xde, 0, 0};

	return put(put(p, head, sizeof head), outcome->bytes, outcome->len);
}

/* Flat stores into room made once: what is the same for every call was encoded before. The map's count, always in its
 * 16-bit form, is filled in at the end. */
static void write_verdict(struct buffer *out, uint32_t msgid, const struct outcome *outcome,
	const struct verify_request *q, const struct verdict *v)
{
	size_t room = ANSWER_ROOM + v->own.len + v->shared.len + q->need_count * SCOPE_ROOM;
	uint8_t *start = buffer_reserve(out, room), *p;
	size_t count_at = out->len + HEAD_COUNT;
	uint16_t members = 2;

	if (start == NULL)
		return;
	p = put_head(start, msgid, outcome);
	if (v->found) {
		p = put(p, v->own.data, v->own.len);
		p = put(p, "\xa6prefix", 7);
		p = put_str(p, v->prefix);
		p = put(p, v->shared.data, v->shared.len);
		members += v->own_members + 1 + v->shared_members;
	}
	out->len += (size_t)(p - start);
	if (v->found)
		members += grace_members(out, v) + missing_members(out, q, v);
	out->data[count_at] = (uint8_t)(members >> 8);
	out->data[count_at + 1] = (uint8_t)members;
}

void verify_flush(struct verify_batch *batch, int64_t now, struct buffer *out)
{
	struct verdict v;

	if (batch->count == 0)
		return;
	engine_prepare(batch->daemon->engine, batch->requests, batch->count);
	for (unsigned i = 0; i < batch->count; i++) {
		engine_verify(batch->daemon->engine, &batch->requests[i], now, &v);
		write_verdict(
			out, batch->msgids[i], &batch->outcomes[v.code], &batch->requests[i], &v);
		engine_release(&v);
		stats_add(&batch->stats->verifies[v.code], 1);
	}
	batch->count = 0;
}
