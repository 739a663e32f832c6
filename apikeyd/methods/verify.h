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

struct verify_batch;

/* What it counts and meets are the worker's. */
struct verify_batch *verify_batch_new(struct daemon *daemon, struct stats *stats,
	struct sightings *sightings, struct tally *tally);
void verify_batch_free(struct verify_batch *batch);

/* Takes a request, whose bytes must stay until it is answered; one with bad parameters is answered with its error at once.
 * Answers the batch first when it is full. */
void verify_add(struct verify_batch *batch, const struct frame *frame, const struct now *now,
	struct buffer *out);
/* The same for a whole message of the usual form (verify_read.h). Returns its size, or 0 if data begins with anything
 * else, for which the general way is meant. It spares two thirds of the steps of scanning and decoding. */
size_t verify_add_plain(struct verify_batch *batch, const uint8_t *data, size_t len,
	const struct now *now, struct buffer *out);
/* Answers all that were taken. */
void verify_flush(struct verify_batch *batch, const struct now *now, struct buffer *out);

#endif
