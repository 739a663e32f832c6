/* vitals.c - whether the threads that serve still do: each is asked through its own queue, and has until the next time. */
#include "apikeyd/vitals.h"

#include <stdlib.h>

#include "apikeyd/log.h"
#include "apikeyd/store/writer.h"
#include "apikeyd/worker.h"

struct asked_worker {
	struct worker_message message;
	atomic_bool waiting; /* for its answer */
};

struct asked_writer {
	struct writer_job job;
	atomic_bool waiting;
};

struct vitals {
	struct daemon *daemon;
	struct asked_writer writer;
	struct asked_worker workers[];
};

static void worker_answers(struct worker *w, struct worker_message *message)
{
	(void)w;
	atomic_store(&((struct asked_worker *)message)->waiting, false);
}

static enum apikey_error nothing(struct writer_job *job, struct store *store, struct failure *why)
{
	(void)job;
	(void)store;
	(void)why;
	return APIKEY_OK;
}

static void writer_answers(
	struct writer_job *job, enum apikey_error outcome, const struct failure *why)
{
	(void)outcome;
	(void)why;
	atomic_store(&((struct asked_writer *)job)->waiting, false);
}

struct vitals *vitals_new(struct daemon *d)
{
	struct vitals *v = calloc(1, sizeof *v + d->worker_count * sizeof v->workers[0]);

	if (v == NULL)
		abort();
	v->daemon = d;
	v->writer.job.run = nothing;
	v->writer.job.done = writer_answers;
	for (unsigned i = 0; i < d->worker_count; i++)
		v->workers[i].message.run = worker_answers;
	return v;
}

void vitals_free(struct vitals *v)
{
	free(v);
}

static bool check_worker(struct asked_worker *asked, struct worker *w, unsigned number)
{
	if (atomic_load(&asked->waiting)) {
		log_error("worker %u has not answered: no sign of life is given", number);
		return false;
	}
	atomic_store(&asked->waiting, true);
	worker_post(w, &asked->message);
	return true;
}

/* One whose queue is full has work enough to show that it lives, and is asked the next time. */
static bool check_writer(struct asked_writer *asked, struct writer *w)
{
	if (atomic_load(&asked->waiting)) {
		log_error("the store's thread has not answered: no sign of life is given");
		return false;
	}
	atomic_store(&asked->waiting, true);
	if (writer_submit(w, &asked->job) != APIKEY_OK)
		atomic_store(&asked->waiting, false);
	return true;
}

bool vitals_check(struct vitals *v)
{
	bool alive = check_writer(&v->writer, v->daemon->writer);

	for (unsigned i = 0; i < v->daemon->worker_count; i++)
		alive = check_worker(&v->workers[i], v->daemon->workers[i], i) && alive;
	return alive;
}
