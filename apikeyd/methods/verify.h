/* verify.h - the method verify: collects the requests of a turn, answers them together. */
#ifndef METHODS_VERIFY_H
#define METHODS_VERIFY_H

#include "apikeyd/daemon.h"
#include "apikeyd/engine/calendar.h"
#include "apikeyd/stats.h"
#include "protocol/buffer.h"
#include "protocol/frame.h"

#define VERIFY_BATCH                                                                               \
	32 /* requests whose look-ups overlap; bounds what a turn writes at once, too */

struct answer_route;
struct verify_batch;
struct verify_late;

/* What it counts and meets are the worker's. */
struct verify_batch *verify_batch_new(struct daemon *daemon, struct stats *stats,
	struct sightings *sightings, struct tally *tally);
void verify_batch_free(struct verify_batch *batch);

/* Whose requests are collected, and where their answers go. All of it is borrowed until verify_flush(). */
struct verify_turn {
	const struct now *now;
	const struct answer_route *route; /* for an answer that comes later */
	unsigned *late;                   /* and how many of them do is added here */
	const struct text *bound;         /* tenants, as in struct verify_request */
	unsigned bound_count;
	struct buffer *out;
};
/* Before the first request of a turn. */
void verify_begin(struct verify_batch *batch, const struct verify_turn *turn);
/* Takes a request, whose bytes must stay until it is answered; one with bad parameters is answered with its error at once.
 * Answers the batch first when it is full. */
void verify_add(struct verify_batch *batch, const struct frame *frame);
/* The same for a whole message of the usual form (verify_read.h). Returns its size, or 0 if data begins with anything
 * else, for which the general way is meant. It spares two thirds of the steps of scanning and decoding. */
size_t verify_add_plain(struct verify_batch *batch, const uint8_t *data, size_t len);
/* Answers all that were taken, but for those that wait for the hasher. */
void verify_flush(struct verify_batch *batch);
/* Answers one that has waited for it, in a turn of its own. */
void verify_late_answer(struct verify_batch *batch, const struct verify_late *late);

#endif
