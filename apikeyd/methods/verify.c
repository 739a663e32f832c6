/* verify.c - the method verify: collects the requests of a turn, answers them together.
 *
 * One pass decodes, one digests and fetches the look-ups into the cache, one answers: that overlaps the cache misses
 * of a turn. */
#include "apikeyd/methods/verify.h"

#include <stdlib.h>
#include <string.h>

#include "apikeyd/args.h"
#include "apikeyd/engine/engine.h"
#include "apikeyd/methods/verify_answer.h"
#include "apikeyd/methods/verify_late.h"
#include "apikeyd/methods/verify_read.h"
#include "apikeyd/rehash.h"
#include "apikeyd/reply.h"
#include "apikeyd/sightings.h"
#include "apikeyd/tally.h"
#include "protocol/reader.h"

struct verify_batch {
	struct daemon *daemon;
	struct stats *stats;
	struct sightings *sightings;
	struct tally *tally;
	struct answer_pieces pieces;
	struct verify_turn turn;
	unsigned count;
	struct verify_request blank; /* of this turn: what each begins as */
	uint32_t msgids[VERIFY_BATCH];
	struct text params[VERIFY_BATCH]; /* as they came */
	struct verify_request requests[VERIFY_BATCH];
	struct address addresses[VERIFY_BATCH];
	struct text needs[VERIFY_BATCH][ENGINE_SCOPES_MAX];
};

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
	verify_answer_prepare(&batch->pieces);
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
	batch->blank = (struct verify_request){
		.cost = 1, .bound = turn->bound, .bound_count = turn->bound_count};
}

/* The next place in the batch. */
static struct verify_request *next_request(struct verify_batch *batch)
{
	if (batch->count == VERIFY_BATCH)
		verify_flush(batch);
	batch->requests[batch->count] = batch->blank;
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

/* Answers with a verdict, counts it, and lets go of it. */
static void conclude(struct verify_batch *batch, unsigned place, struct verdict *v, bool watched)
{
	const struct verify_request *q = &batch->requests[place];

	verify_answer(batch->turn.out, &batch->pieces, batch->msgids[place], q, v);
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

/* Why the hasher has not looked: other jobs came first, or it stops. */
static void refuse_late(
	struct verify_batch *batch, const struct verify_late *late, enum apikey_error error)
{
	struct failure why;

	fail(&why, error, "%s",
		error == APIKEY_BUSY ? "too many keys wait to be checked by a slow hash; try again"
				     : "the daemon stops");
	refuse(batch, late->msgid, &why);
}

/* Whether it may be a key that is known by its bcrypt: then the hasher looks, and the answer comes later. */
static bool put_off(struct verify_batch *batch, unsigned place)
{
	const struct verify_request *q = &batch->requests[place];
	struct foreign *foreign = registry_foreign(batch->daemon->registry);
	struct foreign_key found[FOREIGN_FOUND_MAX];
	unsigned count = foreign_find(foreign, q, found);
	struct verify_late *late;
	enum apikey_error error;

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
	if ((error = verify_late_submit(late)) == APIKEY_OK) {
		++*batch->turn.late;
		return true;
	}
	refuse_late(batch, late, error);
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
	bool watched;

	if (late->outcome != APIKEY_OK) {
		refuse_late(batch, late, late->outcome);
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
