/* writer.c - the store thread: jobs in the order in which they came, many to a commit. */
#include "apikeyd/store/writer.h"

#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#define NS_PER_MS 1000000
#define NS_PER_S 1000000000

struct queue {
	struct writer_job *first, **last;
	unsigned length;
};

struct writer {
	struct writer_options o;
	pthread_t thread;
	pthread_mutex_t lock; /* over the two below */
	pthread_cond_t work;
	struct queue waiting;
	bool stopping;
	bool dead; /* the outcome of a commit is unknown; the thread's own */
};

static void queue_init(struct queue *q)
{
	*q = (struct queue){.last = &q->first};
}

static void queue_put(struct queue *q, struct writer_job *job)
{
	job->next = NULL;
	*q->last = job;
	q->last = &job->next;
	q->length++;
}

static struct writer_job *queue_take(struct queue *q)
{
	struct writer_job *job = q->first;

	if (job == NULL)
		return NULL;
	q->first = job->next;
	if (q->first == NULL)
		q->last = &q->first;
	q->length--;
	return job;
}

static int64_t clock_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * NS_PER_S + t.tv_nsec;
}

static struct writer_job *next_waiting(struct writer *w)
{
	struct writer_job *job;

	pthread_mutex_lock(&w->lock);
	job = queue_take(&w->waiting);
	pthread_mutex_unlock(&w->lock);
	return job;
}

static void set_outcome(
	struct writer_job *job, enum apikey_error outcome, const struct failure *why)
{
	job->outcome = outcome;
	if (outcome != APIKEY_OK)
		job->why = *why;
}

static void tell_if_full(const struct writer *w, const struct failure *why)
{
	if (why->full && w->o.full != NULL)
		w->o.full(w->o.arg, why);
}

static void run_job(struct writer *w, struct writer_job *job)
{
	const struct store_ops *ops = w->o.ops;

	job->why = (struct failure){0};
	if ((job->outcome = ops->savepoint(w->o.store, &job->why)) != APIKEY_OK)
		return;
	if ((job->outcome = job->run(job, w->o.store, &job->why)) == APIKEY_OK)
		job->outcome = ops->release(w->o.store, &job->why);
	if (job->outcome == APIKEY_OK)
		return;
	ops->revert(w->o.store);
	tell_if_full(w, &job->why);
}

/* Commits what the group has done, or its vital jobs. When that fails, no answer of theirs stands: even a refusal may
 * have come from a change that is gone now. Returns whether the disk was full. */
static bool commit(struct writer *w, struct queue *group, bool vital)
{
	struct failure why = {0};
	enum apikey_error error = w->o.ops->commit(w->o.store, &why);

	if (error == APIKEY_OK)
		return false;
	w->dead = error != APIKEY_UNAVAILABLE;
	for (struct writer_job *job = group->first; job != NULL; job = job->next)
		if (job->vital || !vital)
			set_outcome(job, error, &why);
	tell_if_full(w, &why);
	return why.full && !w->dead;
}

static bool has_vital(const struct queue *group)
{
	struct writer_job *job = group->first;

	while (job != NULL && !job->vital)
		job = job->next;
	return job != NULL;
}

/* What must get through a full disk is run again, alone. */
static void run_vital(struct writer *w, struct queue *group)
{
	struct failure why = {0};

	if (!has_vital(group) || w->o.free_reserve == NULL || !w->o.free_reserve(w->o.arg) ||
		w->o.ops->begin(w->o.store, &why) != APIKEY_OK)
		return;
	for (struct writer_job *job = group->first; job != NULL; job = job->next)
		if (job->vital)
			run_job(w, job);
	commit(w, group, true);
}

/* Takes jobs off the queue and runs them until the group is full, its time is over or nothing waits. */
static void run_group(struct writer *w, struct queue *group)
{
	int64_t deadline = clock_ns() + (int64_t)WRITER_GROUP_MS * NS_PER_MS;
	struct failure why = {0};
	enum apikey_error error = w->o.ops->begin(w->o.store, &why);
	struct writer_job *job;

	while (group->length < WRITER_GROUP_MAX && (job = next_waiting(w)) != NULL) {
		queue_put(group, job);
		if (error == APIKEY_OK)
			run_job(w, job);
		else
			set_outcome(job, error, &why);
		if (clock_ns() >= deadline)
			break;
	}
	if (error == APIKEY_OK && commit(w, group, false))
		run_vital(w, group);
}

static void stop_taking(struct writer *w)
{
	pthread_mutex_lock(&w->lock);
	w->stopping = true;
	pthread_cond_signal(&w->work);
	pthread_mutex_unlock(&w->lock);
}

/* Who waited is told what is known for sure. */
static void refuse_waiting(struct writer *w)
{
	struct writer_job *job;

	stop_taking(w);
	while ((job = next_waiting(w)) != NULL) {
		job->outcome = fail(&job->why, APIKEY_UNAVAILABLE,
			"the store has failed and is about to restart");
		job->done(job, job->outcome, &job->why);
	}
}

static void finish(struct writer *w, struct queue *group)
{
	struct writer_job *job;

	while ((job = queue_take(group)) != NULL)
		job->done(job, job->outcome, &job->why);
	if (!w->dead)
		return;
	refuse_waiting(w);
	if (w->o.fatal != NULL)
		w->o.fatal(w->o.arg);
}

/* Waits for work; false when there is none and will be none. */
static bool wait_for_work(struct writer *w)
{
	bool work;

	if (writer_queue_length(w) == 0 && !w->dead)
		w->o.ops->idle(w->o.store);
	pthread_mutex_lock(&w->lock);
	while (w->waiting.first == NULL && !w->stopping)
		pthread_cond_wait(&w->work, &w->lock);
	work = w->waiting.first != NULL;
	pthread_mutex_unlock(&w->lock);
	return work;
}

static void *writer_main(void *arg)
{
	struct writer *w = arg;
	struct queue group;

	pthread_setname_np(pthread_self(), "writer");
	while (wait_for_work(w)) {
		queue_init(&group);
		run_group(w, &group);
		finish(w, &group);
	}
	return NULL;
}

struct writer *writer_start(const struct writer_options *options)
{
	struct writer *w = calloc(1, sizeof *w);

	if (w == NULL)
		abort();
	w->o = *options;
	queue_init(&w->waiting);
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->work, NULL);
	if (pthread_create(&w->thread, NULL, writer_main, w) != 0)
		abort();
	return w;
}

static enum apikey_error submit(struct writer *w, struct writer_job *job, unsigned most)
{
	enum apikey_error error = APIKEY_OK;

	pthread_mutex_lock(&w->lock);
	if (w->stopping)
		error = APIKEY_UNAVAILABLE;
	else if (w->waiting.length >= most)
		error = APIKEY_BUSY;
	else
		queue_put(&w->waiting, job);
	pthread_cond_signal(&w->work);
	pthread_mutex_unlock(&w->lock);
	return error;
}

enum apikey_error writer_submit(struct writer *w, struct writer_job *job)
{
	return submit(w, job, WRITER_QUEUE_MAX);
}

enum apikey_error writer_submit_again(struct writer *w, struct writer_job *job)
{
	return submit(w, job, UINT_MAX);
}

void writer_stop(struct writer *w)
{
	if (w == NULL)
		return;
	stop_taking(w);
	pthread_join(w->thread, NULL);
	pthread_cond_destroy(&w->work);
	pthread_mutex_destroy(&w->lock);
	free(w);
}

unsigned writer_queue_length(struct writer *w)
{
	unsigned length;

	pthread_mutex_lock(&w->lock);
	length = w->waiting.length;
	pthread_mutex_unlock(&w->lock);
	return length;
}
