/* verify.c - the method verify: collects the requests of a turn, answers them together.
 *
 * One pass decodes, one digests and fetches the look-ups into the cache, one answers: that overlaps the cache misses
 * of a turn. The pieces of an answer that do not change from call to call were encoded when the key last changed. */
#include "apikeyd/methods/verify.h"

#include <stdlib.h>
#include <string.h>

#include "apikeyd/args.h"
#include "apikeyd/engine/engine.h"
#include "apikeyd/reply.h"
#include "protocol/reader.h"
#include "protocol/writer.h"

#define ANSWER_ROOM                                                                                \
	512 /* the most that an answer takes besides the key's own and shared members and missing scopes */

struct verify_batch {
	struct daemon *daemon;
	struct stats *stats;
	unsigned count;
	uint32_t msgids[VERIFY_BATCH];
	struct verify_request requests[VERIFY_BATCH];
	struct address addresses[VERIFY_BATCH];
	struct text needs[VERIFY_BATCH][ENGINE_SCOPES_MAX];
};

struct verify_batch *verify_batch_new(struct daemon *daemon, struct stats *stats)
{
	struct verify_batch *batch = calloc(1, sizeof *batch);

	if (batch == NULL)
		abort();
	batch->daemon = daemon;
	batch->stats = stats;
	return batch;
}

void verify_batch_free(struct verify_batch *batch)
{
	free(batch);
}

/* The commonest request names nothing but the key: [{"key": …}]. */
static bool parse_plain(const struct frame *frame, struct verify_request *q)
{
	static const uint8_t head[] = {0x91, 0x81, 0xa3, 'k', 'e', 'y'};
	struct reader r;

	if (frame->params_len < sizeof head || memcmp(frame->params, head, sizeof head) != 0)
		return false;
	r = reader_of(frame->params + sizeof head, frame->params_len - sizeof head);
	return read_bytes(&r, &q->key);
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

static enum apikey_error parse_full(struct verify_batch *batch, const struct frame *frame,
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

void verify_add(
	struct verify_batch *batch, const struct frame *frame, int64_t now, struct buffer *out)
{
	struct verify_request *q;
	struct failure why;

	if (batch->count == VERIFY_BATCH)
		verify_flush(batch, now, out);
	q = &batch->requests[batch->count];
	*q = (struct verify_request){.cost = 1};
	if (!parse_plain(frame, q) && parse_full(batch, frame, q, &why) != APIKEY_OK)
		goto error;
	if (batch->daemon->engine == NULL && sealed(&why))
		goto error;
	batch->msgids[batch->count++] = frame->msgid;
	return;
error:
	reply_error(out, frame->msgid, &why);
	stats_add(&batch->stats->errors, 1);
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

/* The map's count is filled in at the end: it is always in the 16-bit form. */
static void write_verdict(
	struct buffer *out, uint32_t msgid, const struct verify_request *q, const struct verdict *v)
{
	static const uint8_t head[] = {0x94, FRAME_REPLY, 0xce};
	uint8_t id[] = {(uint8_t)(msgid >> 24), (uint8_t)(msgid >> 16), (uint8_t)(msgid >> 8),
		(uint8_t)msgid, 0xc0};
	uint16_t members = 2;
	size_t at;

	if (buffer_reserve(out, ANSWER_ROOM + v->own.len + v->shared.len) == NULL)
		return;
	write_raw(out, head, sizeof head);
	write_raw(out, id, sizeof id);
	at = write_map_begin(out);
	write_raw(out, "\xa5valid", 6);
	write_bool(out, v->code == APIKEY_CODE_OK);
	write_raw(out,
		"\xa4"
		"code",
		5);
	write_str(out, apikey_code_name(v->code));
	if (v->found) {
		write_raw(out, v->own.data, v->own.len);
		write_raw(out, "\xa6prefix", 7);
		write_text(out, v->prefix);
		write_raw(out, v->shared.data, v->shared.len);
		members += v->own_members + 1 + v->shared_members;
		members += grace_members(out, v) + missing_members(out, q, v);
	}
	write_map_end(out, at, members);
}

void verify_flush(struct verify_batch *batch, int64_t now, struct buffer *out)
{
	struct verdict v;

	if (batch->count == 0)
		return;
	engine_prepare(batch->daemon->engine, batch->requests, batch->count);
	for (unsigned i = 0; i < batch->count; i++) {
		engine_verify(batch->daemon->engine, &batch->requests[i], now, &v);
		write_verdict(out, batch->msgids[i], &batch->requests[i], &v);
		engine_release(&v);
		stats_add(&batch->stats->verifies[v.code], 1);
	}
	batch->count = 0;
}
