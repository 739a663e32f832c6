/* verify.c - the method verify: collects the requests of a turn, answers them together.
 *
 * One pass decodes, one digests and fetches the look-ups into the cache, one answers: that overlaps the cache misses
 * of a turn. The pieces of an answer that do not change from call to call were encoded when the key last changed. */
#include "apikeyd/methods/verify.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "apikeyd/args.h"
#include "apikeyd/engine/engine.h"
#include "apikeyd/engine/scope.h"
#include "apikeyd/limits.h"
#include "apikeyd/methods/verify_late.h"
#include "apikeyd/methods/verify_read.h"
#include "apikeyd/rehash.h"
#include "apikeyd/reply.h"
#include "apikeyd/sightings.h"
#include "apikeyd/tally.h"
#include "protocol/reader.h"
#include "protocol/writer.h"

#define ANSWER_ROOM                                                                                \
	256 /* what an answer takes at most besides the key's own and shared members and missing scopes */
#define SCOPE_ROOM (SCOPE_MAX_BYTES + 2)
#define HEAD_COUNT 9 /* where in an answer the map's count lies */

/* "valid" and "code" with their values, encoded. */
struct outcome {
	uint8_t len;
	uint8_t bytes[47];
};

#define FORM_SIZE                                                                                  \
	72 /* bytes of the longest element of "limits"; all are copied, since that is quicker */
#define FORMS 5 /* a rate's, and four kinds of quotas' */

/* An element of "limits", encoded but for its numbers: four bytes for each, eight for the time, at these places. */
struct form {
	uint8_t len, window, limit, remaining, reset; /* window 0: a quota has none */
	uint8_t bytes[FORM_SIZE];
};

struct verify_batch {
	struct daemon *daemon;
	struct stats *stats;
	struct sightings *sightings;
	struct tally *tally;
	struct outcome outcomes[APIKEY_CODE_COUNT];
	struct form forms[FORMS];
	struct verify_turn turn;
	unsigned count;
	uint32_t msgids[VERIFY_BATCH];
	struct text params[VERIFY_BATCH]; /* as they came */
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

/* Which form a limit has. */
static unsigned form_of(uint32_t what)
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

static void encode_form(uint32_t what, struct form *out)
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
	if (b.failed)
		abort();
	memcpy(out->bytes, b.data, b.len);
	out->len = (uint8_t)b.len;
	buffer_free(&b);
}

static void encode_forms(struct form forms[FORMS])
{
	encode_form(1, &forms[0]);
	for (int period = 0; period < PERIOD_COUNT; period++)
		for (int of = OF_REQUESTS; of <= OF_UNITS; of++) {
			uint32_t what = limit_quota((enum period)period, (enum limit_of)of);

			encode_form(what, &forms[form_of(what)]);
		}
}

struct verify_batch *verify_batch_new(struct daemon *daemon, struct stats *stats,
	struct sightings *sightings, struct tally *tally)
{
	struct verify_batch *batch = calloc(1, sizeof *batch);

	if (batch == NULL)
		abort();
	batch->daemon = daemon;
	batch->stats = stats;
	batch->sightings = sightings;
	batch->tally = tally;
	for (unsigned code = 0; code < APIKEY_CODE_COUNT; code++)
		encode_outcome((enum apikey_code)code, &batch->outcomes[code]);
	encode_forms(batch->forms);
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
	q->resource = arg_text(&args, "resource");
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

void verify_begin(struct verify_batch *batch, const struct verify_turn *turn)
{
	batch->turn = *turn;
}

/* The next place in the batch. */
static struct verify_request *next_request(struct verify_batch *batch)
{
	if (batch->count == VERIFY_BATCH)
		verify_flush(batch);
	batch->requests[batch->count] = (struct verify_request){
		.cost = 1, .bound = batch->turn.bound, .bound_count = batch->turn.bound_count};
	return &batch->requests[batch->count];
}

static void keep(struct verify_batch *batch, uint32_t msgid, struct text params)
{
	batch->msgids[batch->count] = msgid;
	batch->params[batch->count++] = params;
}

static void refuse(struct verify_batch *batch, uint32_t msgid, const struct failure *why)
{
	reply_error(batch->turn.out, msgid, why);
	stats_add(&batch->stats->errors, 1);
}

void verify_add(struct verify_batch *batch, const struct frame *frame)
{
	struct verify_request *q = next_request(batch);
	struct failure why;

	if (parse(batch, frame, q, &why) == APIKEY_OK &&
		(batch->daemon->engine != NULL || sealed(&why) == APIKEY_OK))
		keep(batch, frame->msgid,
			(struct text){(const char *)frame->params, frame->params_len});
	else
		refuse(batch, frame->msgid, &why);
}

size_t verify_add_plain(struct verify_batch *batch, const uint8_t *data, size_t len)
{
	struct verify_reading reading;
	size_t used;

	if (batch->daemon->engine == NULL)
		return 0;
	reading.request = next_request(batch);
	reading.address = &batch->addresses[batch->count];
	reading.needs = batch->needs[batch->count];
	used = verify_read(data, len, &reading);
	if (used > 0)
		keep(batch, reading.msgid, reading.params);
	return used;
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
static uint8_t *put_head(uint8_t *p, uint32_t msgid, const struct outcome *outcome)
{
	const uint8_t head[] = {0x94, FRAME_REPLY, 0xce, (uint8_t)(msgid >> 24),
		(uint8_t)(msgid >> 16), (uint8_t)(msgid >> 8), (uint8_t)msgid, 0xc0, 0xde, 0, 0};

	return put(put(p, head, sizeof head), outcome->bytes, outcome->len);
}

static void put_number(uint8_t *p, uint32_t number)
{
	number = htobe32(number);
	memcpy(p, &number, sizeof number);
}

static uint8_t *put_limit(uint8_t *p, const struct form *form, const struct limit_view *view)
{
	uint64_t reset = htobe64((uint64_t)view->reset);

	memcpy(p, form->bytes, sizeof form->bytes);
	if (form->window != 0)
		put_number(p + form->window, view->limit.what);
	put_number(p + form->limit, view->limit.most);
	put_number(p + form->remaining, view->remaining);
	memcpy(p + form->reset, &reset, sizeof reset);
	return p + form->len;
}

/* "limits": [ … ] */
static uint8_t *put_limits(uint8_t *p, const struct form forms[FORMS], const struct verdict *v)
{
	p = put(p, "\xa6limits", 7);
	*p++ = (uint8_t)(0x90 | v->limit_count);
	for (unsigned i = 0; i < v->limit_count; i++)
		p = put_limit(p, &forms[form_of(v->limits[i].limit.what)], &v->limits[i]);
	return p;
}

/* Flat stores into room made once: what is the same for every call was encoded before. The map's count, always in its
 * 16-bit form, is filled in at the end. */
static void write_verdict(struct buffer *out, const struct verify_batch *batch, unsigned place,
	const struct verdict *v)
{
	const struct verify_request *q = &batch->requests[place];
	size_t room = ANSWER_ROOM + v->own.len + v->shared.len + q->need_count * SCOPE_ROOM +
		      v->limit_count * FORM_SIZE;
	uint8_t *start = buffer_reserve(out, room), *p;
	size_t count_at = out->len + HEAD_COUNT;
	uint16_t members = 2;

	if (start == NULL)
		return;
	p = put_head(start, batch->msgids[place], &batch->outcomes[v->code]);
	if (v->found) {
		p = put(p, v->own.data, v->own.len);
		p = put(p, "\xa6prefix", 7);
		p = put_str(p, v->prefix);
		p = put(p, v->shared.data, v->shared.len);
		members += v->own_members + 1 + v->shared_members;
	}
	if (v->limit_count > 0) {
		p = put_limits(p, batch->forms, v);
		members++;
	}
	out->len += (size_t)(p - start);
	if (v->found)
		members +=
			grace_members(out, v) + missing_members(out, q, v) + retry_members(out, v);
	out->data[count_at] = (uint8_t)(members >> 8);
	out->data[count_at + 1] = (uint8_t)members;
}

/* Answers with a verdict, counts it, and lets go of it. */
static void conclude(struct verify_batch *batch, unsigned place, struct verdict *v, bool watched)
{
	const struct verify_request *q = &batch->requests[place];

	write_verdict(batch->turn.out, batch, place, v);
	sightings_note(batch->sightings, q, v, batch->turn.now->wall);
	if (watched)
		tally_note(batch->tally, q, v);
	if (v->foreign)
		rehash_later(batch->daemon, v->prefix, v->former, q->digest, batch->turn.now->wall);
	engine_release(v);
	stats_add(&batch->stats->verifies[v->code], 1);
	if (v->code == APIKEY_CODE_NOT_FOUND || v->code == APIKEY_CODE_MALFORMED)
		stats_add(&batch->stats->unknown[source_of(q->ip)], 1);
}

/* Whether it may be a key that is known by its bcrypt: then the hasher looks, and the answer comes later. */
static bool put_off(struct verify_batch *batch, unsigned place)
{
	const struct verify_request *q = &batch->requests[place];
	struct foreign *foreign = registry_foreign(batch->daemon->registry);
	struct foreign_key found[FOREIGN_FOUND_MAX];
	unsigned count = foreign_find(foreign, q, found);
	struct verify_late *late;
	struct failure why;

	if (count == 0)
		return false;
	late = verify_late_new(batch->params[place], q->key);
	late->daemon = batch->daemon;
	late->route = *batch->turn.route;
	late->msgid = batch->msgids[place];
	late->now = batch->turn.now->wall;
	memcpy(late->native, q->digest, DIGEST_BYTES);
	memcpy(late->found, found, count * sizeof *found);
	late->found_count = count;
	if (verify_late_submit(late) == APIKEY_OK) {
		++*batch->turn.late;
		return true;
	}
	fail(&why, APIKEY_BUSY, "too many keys wait to be checked by a slow hash; try again");
	refuse(batch, late->msgid, &why);
	verify_late_free(late);
	return true;
}

/* Only after a miss, and only where there are such keys. One may get its native digest just between the two looks, so it
 * is looked for once more. */
static bool look_further(struct verify_batch *batch, unsigned place, struct verdict *v)
{
	if (v->code != APIKEY_CODE_NOT_FOUND ||
		!foreign_any(registry_foreign(batch->daemon->registry)))
		return false;
	if (put_off(batch, place))
		return true;
	engine_verify(batch->daemon->engine, &batch->requests[place], batch->turn.now, v);
	return false;
}

void verify_flush(struct verify_batch *batch)
{
	struct verdict v;
	bool watched;

	if (batch->count == 0)
		return;
	watched = tally_begin(batch->tally);
	engine_prepare(batch->daemon->engine, batch->requests, batch->count);
	for (unsigned i = 0; i < batch->count; i++) {
		engine_verify(batch->daemon->engine, &batch->requests[i], batch->turn.now, &v);
		if (!look_further(batch, i, &v))
			conclude(batch, i, &v, watched);
	}
	if (watched)
		tally_end(batch->tally);
	batch->count = 0;
}

/* By its native digest, if it has that by now; else by the one it had, if the hasher has found that it is right. The one
 * may take the other's place between the two looks, so there is a third. */
static void judge_late(
	const struct verify_batch *batch, const struct verify_late *late, struct verdict *v)
{
	const uint8_t *const digests[] = {
		late->native, late->match != NULL ? late->match->digest : NULL, late->native};
	struct verify_request q = batch->requests[0];

	for (size_t i = 0; i < sizeof digests / sizeof *digests; i++) {
		if (digests[i] == NULL)
			return;
		memcpy(q.digest, digests[i], DIGEST_BYTES);
		engine_verify(batch->daemon->engine, &q, batch->turn.now, v);
		if (v->code != APIKEY_CODE_NOT_FOUND)
			return;
	}
}

void verify_late_answer(struct verify_batch *batch, const struct verify_late *late)
{
	const struct frame frame = {
		.msgid = late->msgid, .params = late->params, .params_len = late->params_len};
	struct verdict v;
	struct failure why;
	bool watched;

	if (late->outcome != APIKEY_OK) {
		fail(&why, late->outcome, "the daemon stops");
		refuse(batch, late->msgid, &why);
		return;
	}
	verify_add(batch, &frame);
	if (batch->count == 0)
		return; /* refused; never, since it was not the first time */
	watched = tally_begin(batch->tally);
	judge_late(batch, late, &v);
	memcpy(batch->requests[0].digest, late->native, DIGEST_BYTES);
	conclude(batch, 0, &v, watched);
	if (watched)
		tally_end(batch->tally);
	batch->count = 0;
}
