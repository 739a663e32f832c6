/* hasher_test.c - the worker for slow hashes: lanes are bounded and take turns, and every job ends once. */
#include "apikeyd/hasher.h"

#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <string.h>
#include <sys/resource.h>

#include "tests/unit/unit.h"

#define JOBS (2 + 2 * HASHER_QUEUE_MAX)

struct job {
	struct hasher_job job;
	struct world *world;
	unsigned runs, ends;
	enum apikey_error outcome;
	int niceness;
};

struct world {
	struct hasher *hasher;
	struct job jobs[JOBS];
	struct job *ended[JOBS]; /* in order */
	unsigned ended_count;    /* the hasher's until it has stopped, or until `end` is posted */
	sem_t begun, gate, end;  /* the first job says that it runs, and waits at the gate */
};

static void on_run(struct hasher_job *job)
{
	struct job *j = (struct job *)job;

	j->runs++;
	j->niceness = getpriority(PRIO_PROCESS, 0);
	if (j == &j->world->jobs[0]) {
		sem_post(&j->world->begun);
		sem_wait(&j->world->gate);
	}
}

static void on_done(struct hasher_job *job, enum apikey_error outcome)
{
	struct job *j = (struct job *)job;

	j->ends++;
	j->outcome = outcome;
	j->world->ended[j->world->ended_count++] = j;
	sem_post(&j->world->end);
}

static enum apikey_error submit(struct world *w, unsigned number, enum hasher_lane lane)
{
	return hasher_submit(w->hasher, lane, &w->jobs[number].job);
}

/* Its thread is at the first job, so that everything after it waits. */
static int open_world(void **state)
{
	static struct world world;
	struct world *w = *state = &world;

	memset(w, 0, sizeof *w);
	for (unsigned i = 0; i < JOBS; i++)
		w->jobs[i] = (struct job){.job = {.run = on_run, .done = on_done}, .world = w};
	sem_init(&w->begun, 0, 0);
	sem_init(&w->gate, 0, 0);
	sem_init(&w->end, 0, 0);
	w->hasher = hasher_start();
	assert_int_equal(submit(w, 0, HASHER_KEYS), APIKEY_OK);
	sem_wait(&w->begun);
	return 0;
}

static int close_world(void **state)
{
	struct world *w = *state;

	hasher_stop(w->hasher);
	return 0;
}

static void wait_for(struct world *w, unsigned jobs)
{
	for (unsigned i = 0; i < jobs; i++)
		sem_wait(&w->end);
}

static void a_lane_is_bounded_by_itself(void **state)
{
	struct world *w = *state;

	for (unsigned i = 1; i <= HASHER_QUEUE_MAX; i++)
		assert_int_equal(submit(w, i, HASHER_KEYS), APIKEY_OK);
	assert_int_equal(submit(w, HASHER_QUEUE_MAX + 1, HASHER_KEYS), APIKEY_BUSY);
	assert_int_equal(submit(w, HASHER_QUEUE_MAX + 1, HASHER_PASSWORDS), APIKEY_OK);
	sem_post(&w->gate);
	wait_for(w, HASHER_QUEUE_MAX + 2);
	for (unsigned i = 0; i <= HASHER_QUEUE_MAX + 1; i++) {
		assert_int_equal(w->jobs[i].runs, 1);
		assert_int_equal(w->jobs[i].ends, 1);
		assert_int_equal(w->jobs[i].outcome, APIKEY_OK);
	}
	assert_int_equal(submit(w, HASHER_QUEUE_MAX + 2, HASHER_KEYS), APIKEY_OK); /* room again */
	wait_for(w, 1);
}

/* However many keys wait, of passwords each waits for one of them at most, and keeps its order. */
static void lanes_take_turns(void **state)
{
	static const unsigned order[] = {0, 7, 1, 8, 2, 9, 3, 4, 5, 6};
	struct world *w = *state;

	for (unsigned i = 1; i <= 6; i++)
		assert_int_equal(submit(w, i, HASHER_KEYS), APIKEY_OK);
	for (unsigned i = 7; i <= 9; i++)
		assert_int_equal(submit(w, i, HASHER_PASSWORDS), APIKEY_OK);
	sem_post(&w->gate);
	wait_for(w, 10);
	for (unsigned i = 0; i < 10; i++)
		assert_ptr_equal(w->ended[i], &w->jobs[order[i]]);
}

static enum apikey_error submit_as(struct world *w, unsigned number, uid_t uid, bool favoured)
{
	w->jobs[number].job.uid = uid;
	w->jobs[number].job.favoured = favoured;
	return submit(w, number, HASHER_PASSWORDS);
}

static unsigned crowded_out(const struct world *w)
{
	unsigned count = 0;

	for (unsigned i = 0; i < JOBS; i++)
		count += w->jobs[i].ends == 1 && w->jobs[i].outcome == APIKEY_BUSY &&
			 w->jobs[i].runs == 0;
	return count;
}

/* One account has all places until another comes, which gets half of them, from the last one back. */
static void accounts_share_a_full_lane(void **state)
{
	const unsigned half = HASHER_QUEUE_MAX / 2;
	struct world *w = *state;

	for (unsigned i = 1; i <= HASHER_QUEUE_MAX; i++)
		assert_int_equal(submit_as(w, i, 1000, false), APIKEY_OK);
	assert_int_equal(submit_as(w, JOBS - 1, 1000, false), APIKEY_BUSY);
	for (unsigned i = 1; i <= half; i++) {
		assert_int_equal(submit_as(w, HASHER_QUEUE_MAX + i, 1001, false), APIKEY_OK);
		assert_int_equal(crowded_out(w), i);
		assert_ptr_equal(w->ended[i - 1], &w->jobs[HASHER_QUEUE_MAX + 1 - i]);
	}
	assert_int_equal(submit_as(w, JOBS - 1, 1001, false), APIKEY_BUSY);
	assert_int_equal(submit_as(w, JOBS - 1, 1000, false), APIKEY_BUSY);
	sem_post(&w->gate);
	wait_for(w, 1 + HASHER_QUEUE_MAX + half);
	assert_int_equal(crowded_out(w), half);
}

static void the_favoured_get_in_whoever_waits(void **state)
{
	struct world *w = *state;

	for (unsigned i = 1; i <= HASHER_QUEUE_MAX; i++)
		assert_int_equal(submit_as(w, i, 1000 + i, false), APIKEY_OK);
	for (unsigned i = 1; i <= HASHER_QUEUE_MAX; i++)
		assert_int_equal(submit_as(w, HASHER_QUEUE_MAX + i, 0, true), APIKEY_OK);
	assert_int_equal(crowded_out(w), HASHER_QUEUE_MAX);
	assert_int_equal(submit_as(w, JOBS - 1, 0, true), APIKEY_BUSY);
	assert_int_equal(submit_as(w, JOBS - 1, 2000, false), APIKEY_BUSY);
	sem_post(&w->gate);
	wait_for(w, 1 + 2 * HASHER_QUEUE_MAX);
}

static void *post_gate(void *arg)
{
	struct world *w = arg;

	/* Once nothing is taken any more it is stopping, with the first job still at the gate. */
	while (submit(w, 4, HASHER_PASSWORDS) == APIKEY_BUSY)
		sched_yield();
	sem_post(&w->gate);
	return NULL;
}

static void a_stop_runs_no_more_and_ends_all(void **state)
{
	struct world *w = *state;
	pthread_t thread;

	for (unsigned i = 5; i < 5 + HASHER_QUEUE_MAX; i++)
		assert_int_equal(submit(w, i, HASHER_PASSWORDS), APIKEY_OK);
	assert_int_equal(submit(w, 1, HASHER_KEYS), APIKEY_OK);
	assert_int_equal(pthread_create(&thread, NULL, post_gate, w), 0);
	hasher_stop(w->hasher);
	w->hasher = NULL;
	pthread_join(thread, NULL);
	assert_int_equal(w->jobs[0].outcome, APIKEY_OK);
	assert_int_equal(w->ended_count, HASHER_QUEUE_MAX + 2);
	for (unsigned i = 1; i < w->ended_count; i++) {
		assert_int_equal(w->ended[i]->runs, 0);
		assert_int_equal(w->ended[i]->ends, 1);
		assert_int_equal(w->ended[i]->outcome, APIKEY_UNAVAILABLE);
	}
}

static void it_is_nice(void **state)
{
	struct world *w = *state;
	int own = getpriority(PRIO_PROCESS, 0);

	sem_post(&w->gate);
	wait_for(w, 1);
	assert_true(w->jobs[0].niceness > own ||
		    own >= 5); /* a run that is as nice itself tells nothing */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			a_lane_is_bounded_by_itself, open_world, close_world),
		cmocka_unit_test_setup_teardown(lanes_take_turns, open_world, close_world),
		cmocka_unit_test_setup_teardown(
			accounts_share_a_full_lane, open_world, close_world),
		cmocka_unit_test_setup_teardown(
			the_favoured_get_in_whoever_waits, open_world, close_world),
		cmocka_unit_test_setup_teardown(
			a_stop_runs_no_more_and_ends_all, open_world, close_world),
		cmocka_unit_test_setup_teardown(it_is_nice, open_world, close_world),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
