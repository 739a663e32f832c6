/* writer_test.c - the store thread: every job answered once and in order, groups that fail, a full disk. */
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apikeyd/store/writer.h"
#include "tests/store/keys.h"
#include "tests/unit/unit.h"

#define THREADS 4
#define JOBS 500 /* of each thread */

/* The store in memory, with commits that fail as the test says and groups that are counted. */
static struct {
	struct store_ops ops;
	sem_t arrived, gate; /* held: idle() waits here, so that jobs gather in the queue */
	bool held;
	unsigned commits, in_group, largest;
	enum apikey_error commit;         /* how commits end, until the reserve is freed */
	bool full;                        /* and whether the disk is */
	enum apikey_error reserve_commit; /* how they end then */
	bool has_reserve;
	unsigned reserves, fatals, fulls;
} fake;

static void fake_idle(struct store *s)
{
	(void)s;
	if (fake.held) {
		fake.held = false;
		sem_post(&fake.arrived);
		sem_wait(&fake.gate);
	}
}

static enum apikey_error fake_savepoint(struct store *s, struct failure *why)
{
	fake.in_group++;
	return store_memory.savepoint(s, why);
}

static enum apikey_error fake_commit(struct store *s, struct failure *why)
{
	fake.commits++;
	if (fake.in_group > fake.largest)
		fake.largest = fake.in_group;
	fake.in_group = 0;
	if (fake.commit == APIKEY_OK)
		return store_memory.commit(s, why);
	store_memory.rollback(s);
	why->code = fake.commit;
	why->full = fake.full;
	snprintf(why->text, sizeof why->text, "as told");
	return fake.commit;
}

static bool free_reserve(void *arg)
{
	bool had = fake.has_reserve;

	(void)arg;
	fake.reserves++;
	fake.has_reserve = false;
	if (had)
		fake.commit = fake.reserve_commit;
	return had;
}

static void count_full(void *arg, const struct failure *why)
{
	(void)arg;
	if (!why->full)
		abort();
	fake.fulls++;
}

static void count_fatal(void *arg)
{
	(void)arg;
	fake.fatals++;
}

struct world {
	struct store *store;
	struct writer *writer;
	struct pool pool;
	struct job *done[THREADS * JOBS + WRITER_QUEUE_MAX + 8]; /* in the order of done() */
	unsigned done_count;
	sem_t finished;
};

struct job {
	struct writer_job base;
	struct world *w;
	const struct key_record *key; /* to insert; NULL: none */
	enum apikey_error refuse;     /* after the insert */
	unsigned runs, dones, thread;
	enum apikey_error outcome;
};

static enum apikey_error run(struct writer_job *base, struct store *store, struct failure *why)
{
	struct job *job = (struct job *)base;

	job->runs++;
	if (job->key != NULL && fake.ops.key_insert(store, job->key, why) != APIKEY_OK)
		return why->code;
	if (job->refuse != APIKEY_OK)
		snprintf(why->text, sizeof why->text, "refused");
	return job->refuse;
}

static void done(struct writer_job *base, enum apikey_error outcome, const struct failure *why)
{
	struct job *job = (struct job *)base;

	job->dones++;
	job->outcome = outcome;
	if (outcome != APIKEY_OK && why->text[0] == '\0')
		abort();
	job->w->done[job->w->done_count++] = job;
	sem_post(&job->w->finished);
}

static int set_up(void **state)
{
	struct world *w = calloc(1, sizeof *w);
	struct failure why;

	memset(&fake, 0, sizeof fake);
	fake.ops = store_memory;
	fake.ops.savepoint = fake_savepoint;
	fake.ops.commit = fake_commit;
	sem_init(&w->finished, 0, 0);
	sem_init(&fake.arrived, 0, 0);
	sem_init(&fake.gate, 0, 0);
	fake.ops.idle = fake_idle;
	if (store_memory.open(NULL, &w->store, &why) != APIKEY_OK)
		return -1;
	*state = w;
	return 0;
}

/* With `held`, nothing runs before the gate is opened. */
static void start(struct world *w, bool held)
{
	fake.held = held;
	w->writer = writer_start(&(struct writer_options){.ops = &fake.ops,
		.store = w->store,
		.full = count_full,
		.free_reserve = free_reserve,
		.fatal = count_fatal});
	if (held)
		sem_wait(&fake.arrived);
}

static void stop(struct world *w)
{
	writer_stop(w->writer);
	w->writer = NULL;
}

static int tear_down(void **state)
{
	struct world *w = *state;

	writer_stop(w->writer);
	store_memory.close(w->store);
	pool_free(&w->pool);
	free(w);
	return 0;
}

static struct job *make_job(struct world *w, unsigned key)
{
	struct job *job = pool_alloc(&w->pool, sizeof *job);

	job->base.run = run;
	job->base.done = done;
	job->w = w;
	job->key = test_key(&w->pool, key);
	return job;
}

static void submit(struct world *w, struct job *job)
{
	assert_int_equal(writer_submit(w->writer, &job->base), APIKEY_OK);
}

static void wait_for(struct world *w, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		sem_wait(&w->finished);
}

static bool has_key(struct world *w, unsigned n)
{
	struct key_record key;
	struct failure why;

	return store_memory.key_get(w->store, &w->pool, text_of(test_id(n)), &key, &why) ==
	       APIKEY_OK;
}

struct submitter {
	struct world *w;
	struct job *jobs[JOBS];
};

static void *submit_all(void *arg)
{
	struct submitter *s = arg;

	for (unsigned i = 0; i < JOBS; i++)
		if (writer_submit(s->w->writer, &s->jobs[i]->base) != APIKEY_OK)
			abort();
	return NULL;
}

static void answers_every_job_once_and_in_order(void **state)
{
	struct world *w = *state;
	struct submitter submitters[THREADS];
	pthread_t threads[THREADS];
	unsigned next[THREADS] = {0};

	start(w, false);
	for (unsigned t = 0; t < THREADS; t++) {
		submitters[t].w = w;
		for (unsigned i = 0; i < JOBS; i++) {
			struct job *job = make_job(w, t * JOBS + i);

			job->thread = t;
			job->refuse = i % 7 == 3 ? APIKEY_CONFLICT : APIKEY_OK;
			submitters[t].jobs[i] = job;
		}
		pthread_create(&threads[t], NULL, submit_all, &submitters[t]);
	}
	wait_for(w, THREADS * JOBS);
	for (unsigned t = 0; t < THREADS; t++)
		pthread_join(threads[t], NULL);
	for (unsigned i = 0; i < THREADS * JOBS; i++) {
		struct job *job = w->done[i];

		assert_ptr_equal(job, submitters[job->thread].jobs[next[job->thread]++]);
		assert_int_equal(job->outcome, job->refuse);
		assert_int_equal(job->runs, 1);
		assert_int_equal(job->dones, 1);
	}
	stop(w);
	for (unsigned n = 0; n < THREADS * JOBS; n++)
		assert_int_equal(has_key(w, n), n % JOBS % 7 != 3);
}

static void commits_many_jobs_together(void **state)
{
	struct world *w = *state;

	start(w, true);
	for (unsigned n = 0; n < 10 * WRITER_GROUP_MAX; n++)
		submit(w, make_job(w, n));
	sem_post(&fake.gate);
	wait_for(w, 10 * WRITER_GROUP_MAX);
	stop(w);
	assert_in_range(fake.largest, 2, WRITER_GROUP_MAX);
	assert_in_range(fake.commits, 10, 10 * WRITER_GROUP_MAX - 1);
}

static void says_busy_when_the_queue_is_full_but_to_what_it_has_begun(void **state)
{
	struct world *w = *state;
	struct job *one_more = make_job(w, 0), *begun = make_job(w, 1);

	start(w, true);
	for (unsigned i = 0; i < WRITER_QUEUE_MAX; i++) {
		struct job *job = make_job(w, i);

		job->key = NULL;
		submit(w, job);
	}
	assert_int_equal(writer_queue_length(w->writer), WRITER_QUEUE_MAX);
	assert_int_equal(writer_submit(w->writer, &one_more->base), APIKEY_BUSY);
	assert_int_equal(writer_submit_again(w->writer, &begun->base), APIKEY_OK);
	sem_post(&fake.gate);
	wait_for(w, WRITER_QUEUE_MAX + 1);
	assert_int_equal(begun->dones, 1);
	assert_int_equal(one_more->dones, 0);
	submit(w, one_more);
	wait_for(w, 1);
	assert_int_equal(one_more->outcome, APIKEY_OK);
}

static void finishes_what_was_submitted_before_it_stops(void **state)
{
	struct world *w = *state;

	start(w, false);
	for (unsigned n = 0; n < 300; n++)
		submit(w, make_job(w, n));
	stop(w);
	assert_int_equal(w->done_count, 300);
	assert_true(has_key(w, 299));
}

/* Four jobs while commits end as told: the second is refused, the last is vital. They may go in one group or, where the
 * machine is slow, in several: what comes of them is the same. */
static void run_four(struct world *w, struct job *jobs[4], enum apikey_error commit)
{
	fake.commit = commit;
	start(w, true);
	for (unsigned n = 0; n < 4; n++) {
		jobs[n] = make_job(w, n);
		jobs[n]->base.vital = n == 3;
		jobs[n]->refuse = n == 1 ? APIKEY_CONFLICT : APIKEY_OK;
		submit(w, jobs[n]);
	}
	sem_post(&fake.gate);
	wait_for(w, 4);
	for (unsigned n = 0; n < 4; n++) {
		assert_ptr_equal(w->done[n], jobs[n]);
		assert_int_equal(jobs[n]->dones, 1);
	}
}

static void a_full_disk_refuses_the_group(void **state)
{
	struct world *w = *state;
	struct job *jobs[4];

	fake.full = true;
	run_four(w, jobs, APIKEY_UNAVAILABLE);
	stop(w);
	for (unsigned n = 0; n < 4; n++) {
		assert_int_equal(jobs[n]->outcome, APIKEY_UNAVAILABLE);
		assert_int_equal(jobs[n]->runs, 1);
		assert_false(has_key(w, n));
	}
	assert_int_equal(fake.reserves, 1);
	assert_int_equal(fake.fatals, 0);
	assert_in_range(fake.fulls, 1, 4);
}

/* A store that cannot be written for another reason is not helped by it. */
static void the_reserve_is_for_a_full_disk(void **state)
{
	struct world *w = *state;
	struct job *jobs[4];

	fake.has_reserve = true;
	run_four(w, jobs, APIKEY_UNAVAILABLE);
	stop(w);
	for (unsigned n = 0; n < 4; n++)
		assert_int_equal(jobs[n]->outcome, APIKEY_UNAVAILABLE);
	assert_int_equal(fake.reserves, 0);
	assert_int_equal(fake.fulls, 0);
}

static void what_is_vital_uses_the_reserve(void **state)
{
	struct world *w = *state;
	struct job *jobs[4];

	fake.full = fake.has_reserve = true;
	run_four(w, jobs, APIKEY_UNAVAILABLE);
	stop(w);
	for (unsigned n = 0; n < 4; n++) {
		assert_int_equal(jobs[n]->outcome, n == 3 ? APIKEY_OK : APIKEY_UNAVAILABLE);
		assert_int_equal(jobs[n]->runs, n == 3 ? 2 : 1);
		assert_int_equal(has_key(w, n), n == 3);
	}
	assert_int_equal(fake.reserves, 1);
	assert_int_equal(fake.fatals, 0);
}

static void a_reserve_can_end_unknown(void **state)
{
	struct world *w = *state;
	struct job *jobs[4];

	fake.full = fake.has_reserve = true;
	fake.reserve_commit = APIKEY_OUTCOME_UNKNOWN;
	run_four(w, jobs, APIKEY_UNAVAILABLE);
	stop(w);
	for (unsigned n = 0; n < 4; n++)
		assert_int_equal(
			jobs[n]->outcome, n == 3 ? APIKEY_OUTCOME_UNKNOWN : APIKEY_UNAVAILABLE);
	assert_int_equal(fake.fatals, 1);
}

/* Who waited behind it has not been run, and is told before all ends. */
static void an_unknown_outcome_ends_all(void **state)
{
	enum { COUNT = WRITER_GROUP_MAX + 8 };
	struct world *w = *state;
	struct job *jobs[COUNT], *later = make_job(w, COUNT);

	fake.commit = APIKEY_OUTCOME_UNKNOWN;
	fake.has_reserve = true;
	start(w, true);
	for (unsigned n = 0; n < COUNT; n++) {
		jobs[n] = make_job(w, n);
		jobs[n]->base.vital = n == 0;
		submit(w, jobs[n]);
	}
	sem_post(&fake.gate);
	wait_for(w, COUNT);
	for (unsigned n = 0; n < COUNT; n++)
		assert_int_equal(jobs[n]->outcome,
			jobs[n]->runs > 0 ? APIKEY_OUTCOME_UNKNOWN : APIKEY_UNAVAILABLE);
	assert_int_equal(jobs[0]->runs, 1);
	assert_int_equal(jobs[COUNT - 1]->runs, 0);
	assert_int_equal(fake.commits, 1);
	assert_int_equal(writer_submit(w->writer, &later->base), APIKEY_UNAVAILABLE);
	stop(w);
	assert_int_equal(later->dones, 0);
	assert_int_equal(fake.fatals, 1);
	assert_int_equal(fake.reserves, 0);
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {T(answers_every_job_once_and_in_order),
		T(commits_many_jobs_together),
		T(says_busy_when_the_queue_is_full_but_to_what_it_has_begun),
		T(finishes_what_was_submitted_before_it_stops), T(a_full_disk_refuses_the_group),
		T(the_reserve_is_for_a_full_disk), T(what_is_vital_uses_the_reserve),
		T(a_reserve_can_end_unknown), T(an_unknown_outcome_ends_all)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
