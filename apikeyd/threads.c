/* threads.c - the daemon's threads: workers, writer, hasher, keeper; started and stopped in their order. */
#include "apikeyd/threads.h"

#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

#include "apikeyd/alerts.h"
#include "apikeyd/announce.h"
#include "apikeyd/clock.h"
#include "apikeyd/connection.h"
#include "apikeyd/hasher.h"
#include "apikeyd/keeper.h"
#include "apikeyd/log.h"
#include "apikeyd/mailbox.h"
#include "apikeyd/refusals.h"
#include "apikeyd/store/writer.h"

#define FULL_EVERY 60 /* seconds between two events of a disk that is full */
#define LAST_WORDS 5  /* seconds that workers have for what was answered before the end */

static void tell_full(void *arg, const struct failure *why)
{
	struct daemon *d = arg;
	int64_t now = clock_wall(d->clock);

	if (now - d->full_at < FULL_EVERY)
		return;
	d->full_at = now;
	announce_server(d, "server.disk_full", why->text);
}

static bool give_up_reserve(void *arg)
{
	return data_dir_free_reserve(((struct daemon *)arg)->dir);
}

/* Nobody can know what is on the disk now: only a new start finds out. Who asked is told so. */
static void end_at_once(void *arg)
{
	const struct daemon *d = arg;

	log_error("the store failed while committing; ending, so that the next start finds out "
		  "what is on the disk");
	mailbox_wait(d->workers, d->worker_count, LAST_WORDS);
	_exit(EX_IOERR);
}

static struct writer *start_writer(struct daemon *d, const struct threads_options *options)
{
	const struct writer_options o = {.ops = options->ops,
		.store = options->store,
		.full = tell_full,
		.free_reserve = give_up_reserve,
		.fatal = end_at_once,
		.arg = d};

	return writer_start(&o);
}

static void start_workers(struct daemon *d, struct peer_counts *peers)
{
	const struct worker_options o = {.daemon = d,
		.peers = peers,
		.in_size = CONNECTION_IN_MAX,
		.tick = connection_tick,
		.flush = connection_flush,
		.route = {.deliver = mailbox_deliver,
			.tell = mailbox_tell,
			.recall = mailbox_recall,
			.become = mailbox_become}};

	d->workers = calloc(d->worker_count, sizeof *d->workers);
	d->stats = calloc(d->worker_count, sizeof *d->stats);
	d->sightings = calloc(d->worker_count, sizeof *d->sightings);
	d->tallies = calloc(d->worker_count, sizeof *d->tallies);
	if (d->workers == NULL || d->stats == NULL || d->sightings == NULL || d->tallies == NULL)
		abort();
	for (unsigned i = 0; i < d->worker_count; i++) {
		d->workers[i] = worker_start(&o);
		d->stats[i] = &d->workers[i]->stats;
		d->sightings[i] = d->workers[i]->sightings;
		d->tallies[i] = d->workers[i]->tally;
	}
}

void threads_start(struct daemon *d, const struct threads_options *options)
{
	d->dir = options->dir;
	d->writer = start_writer(d, options);
	d->hasher = hasher_start();
	start_workers(d, options->peers);
	d->keeper = keeper_start(d, data_dir_path(options->dir), options->counters);
}

static void stop_workers(struct daemon *d)
{
	for (unsigned i = 0; i < d->worker_count; i++)
		mailbox_stop(d->workers[i]);
	for (unsigned i = 0; i < d->worker_count; i++)
		worker_wait(d->workers[i]);
}

static void free_workers(struct daemon *d)
{
	for (unsigned i = 0; i < d->worker_count; i++)
		worker_free(d->workers[i]);
	free(d->workers);
	free(d->stats);
	free(d->sightings);
	free(d->tallies);
}

void threads_stop(struct daemon *d)
{
	stop_workers(d);
	hasher_stop(d->hasher);
	refusals_finish(d->refusals, clock_wall(d->clock));
	keeper_stop(d->keeper); /* before the writer, to which it gives work */
	writer_stop(d->writer);
	alerts_finish(d->alerts, clock_wall(d->clock));
	free_workers(d); /* what came late was still brought to them */
}
