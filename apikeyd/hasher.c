/* hasher.c - the worker for hashes that are slow on purpose: lanes of bounded length that take turns. */
#include "apikeyd/hasher.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#define NICENESS 15 /* what loops and the store want, they get first */

struct lane {
	struct hasher_job *first, **last;
	unsigned length;
};

struct hasher {
	pthread_t thread;
	pthread_mutex_t lock; /* over what follows */
	pthread_cond_t work;
	struct lane lanes[HASHER_LANES];
	unsigned turn; /* the lane that comes first next time */
	bool stopping;
};

static unsigned waiting_of(const struct lane *lane, uid_t uid)
{
	unsigned count = 0;

	for (const struct hasher_job *job = lane->first; job != NULL; job = job->next)
		count += job->uid == uid && !job->favoured;
	return count;
}

static void lane_put(struct lane *lane, struct hasher_job *job)
{
	job->next = NULL;
	*lane->last = job;
	lane->last = &job->next;
	lane->length++;
}

/* Where the job stands that gives its place to this one: the last of who has most; NULL: none has so many more. */
static struct hasher_job **crowding(struct lane *lane, const struct hasher_job *job)
{
	unsigned most = job->favoured ? 0 : waiting_of(lane, job->uid) + 1;
	struct hasher_job **found = NULL;

	for (struct hasher_job **at = &lane->first; *at != NULL; at = &(*at)->next) {
		unsigned count = (*at)->favoured ? 0 : waiting_of(lane, (*at)->uid);

		if (count > most || (found != NULL && count == most)) {
			most = count;
			found = at;
		}
	}
	return found;
}

static struct hasher_job *lane_remove(struct lane *lane, struct hasher_job **at)
{
	struct hasher_job *job = *at;

	*at = job->next;
	if (*at == NULL)
		lane->last = at;
	lane->length--;
	return job;
}

static struct hasher_job *lane_take(struct lane *lane)
{
	return lane->first != NULL ? lane_remove(lane, &lane->first) : NULL;
}

/* The next job, and whoever had it comes last the next time; the lock is held. */
static struct hasher_job *take_in_turn(struct hasher *h)
{
	struct hasher_job *job = NULL;

	for (unsigned i = 0; i < HASHER_LANES && job == NULL; i++) {
		job = lane_take(&h->lanes[h->turn]);
		h->turn = (h->turn + 1) % HASHER_LANES;
	}
	return job;
}

/* Waits for a job; NULL when there is none and will be none. */
static struct hasher_job *next_job(struct hasher *h, bool *stopping)
{
	struct hasher_job *job;

	pthread_mutex_lock(&h->lock);
	while ((job = take_in_turn(h)) == NULL && !h->stopping)
		pthread_cond_wait(&h->work, &h->lock);
	*stopping = h->stopping;
	pthread_mutex_unlock(&h->lock);
	return job;
}

static void *hasher_main(void *arg)
{
	struct hasher *h = arg;
	struct hasher_job *job;
	bool stopping;

	/* On Linux a thread has a niceness of its own. Where it may not be set, the kernel shares evenly. */
	(void)setpriority(PRIO_PROCESS, (id_t)gettid(), NICENESS);
	while ((job = next_job(h, &stopping)) != NULL) {
		if (!stopping)
			job->run(job);
		job->done(job, stopping ? APIKEY_UNAVAILABLE : APIKEY_OK);
	}
	return NULL;
}

struct hasher *hasher_start(void)
{
	struct hasher *h = calloc(1, sizeof *h);

	if (h == NULL)
		abort();
	for (unsigned i = 0; i < HASHER_LANES; i++)
		h->lanes[i].last = &h->lanes[i].first;
	pthread_mutex_init(&h->lock, NULL);
	pthread_cond_init(&h->work, NULL);
	if (pthread_create(&h->thread, NULL, hasher_main, h) != 0)
		abort();
	return h;
}

enum apikey_error hasher_submit(struct hasher *h, enum hasher_lane lane, struct hasher_job *job)
{
	struct lane *queue = &h->lanes[lane];
	struct hasher_job *loser = NULL, **at = NULL;
	enum apikey_error error = APIKEY_OK;

	pthread_mutex_lock(&h->lock);
	if (!h->stopping && queue->length == HASHER_QUEUE_MAX &&
		(at = crowding(queue, job)) != NULL)
		loser = lane_remove(queue, at);
	if (h->stopping) {
		error = APIKEY_UNAVAILABLE;
	} else if (queue->length == HASHER_QUEUE_MAX) {
		error = APIKEY_BUSY;
	} else {
		lane_put(queue, job);
		pthread_cond_signal(&h->work);
	}
	pthread_mutex_unlock(&h->lock);
	if (loser != NULL)
		loser->done(loser, APIKEY_BUSY);
	return error;
}

void hasher_stop(struct hasher *h)
{
	if (h == NULL)
		return;
	pthread_mutex_lock(&h->lock);
	h->stopping = true;
	pthread_cond_signal(&h->work);
	pthread_mutex_unlock(&h->lock);
	pthread_join(h->thread, NULL);
	pthread_cond_destroy(&h->work);
	pthread_mutex_destroy(&h->lock);
	free(h);
}
