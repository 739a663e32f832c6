/* clock_test.c - both clocks over leaps, restarts and reboots, with a system whose clocks the test sets. */
#include <string.h>
#include <time.h>

#include "apikeyd/clock.h"
#include "apikeyd/log.h"
#include "tests/unit/unit.h"

#define EPOCH 1700000000
#define YEARS (INT64_C(10) * 366 * 86400)

static struct {
	int64_t real_ms, boot_ms;
	unsigned errors, notices;
} machine;

int __wrap_clock_gettime(clockid_t id, struct timespec *out);
int __wrap_clock_gettime(clockid_t id, struct timespec *out)
{
	int64_t ms = id == CLOCK_REALTIME ? machine.real_ms : machine.boot_ms;

	*out = (struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
	return 0;
}

void log_at(enum log_level level, const char *format, ...)
{
	(void)format;
	*(level == LOG_LEVEL_ERROR ? &machine.errors : &machine.notices) += 1;
}

static struct clock_page page;
static struct clock *c;

static int setup(void **state)
{
	(void)state;
	memset(&machine, 0, sizeof machine);
	memset(&page, 0, sizeof page);
	machine.real_ms = EPOCH * INT64_C(1000);
	machine.boot_ms = 5000;
	c = clock_new(&page);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	clock_free(c);
	return 0;
}

static struct now read_now(void)
{
	struct now now = {0};

	clock_read(c, &now);
	return now;
}

/* So many seconds pass, with a tick each. */
static void pass(int64_t seconds)
{
	while (seconds-- > 0) {
		machine.real_ms += 1000;
		machine.boot_ms += 1000;
		clock_tick(c);
	}
}

static void it_goes_with_the_system(void **state)
{
	struct now before = read_now(), after;

	(void)state;
	assert_true(before.wall == EPOCH);
	pass(100);
	after = read_now();
	assert_true(after.wall == EPOCH + 100 && after.steady_ms == before.steady_ms + 100000);
	assert_true(after.periods[PERIOD_DAY].begin <= after.wall);
	assert_int_equal(machine.errors + machine.notices, 0);
}

static void small_steps_are_followed_but_never_back(void **state)
{
	(void)state;
	machine.real_ms += 30000;
	pass(1);
	assert_true(read_now().wall == EPOCH + 31);
	machine.real_ms -= 10000;
	pass(1);
	assert_true(read_now().wall == EPOCH + 31);
	pass(20);
	assert_true(read_now().wall == EPOCH + 42);
	assert_int_equal(machine.errors, 0);
}

static void a_leap_forward_is_believed_after_a_while(void **state)
{
	int64_t steady = read_now().steady_ms;

	(void)state;
	machine.real_ms += YEARS * 1000;
	pass(CLOCK_STEP_HOLDS);
	assert_int_equal(machine.errors, 1);
	assert_true(read_now().wall == EPOCH + CLOCK_STEP_HOLDS);
	assert_true(read_now().steady_ms == steady + CLOCK_STEP_HOLDS * 1000);
	pass(2);
	assert_int_equal(machine.errors, 2);
	assert_true(read_now().wall == EPOCH + CLOCK_STEP_HOLDS + 2 + YEARS);
	assert_true(read_now().steady_ms == steady + (CLOCK_STEP_HOLDS + 2) * 1000);
}

static void a_leap_that_ends_is_forgotten(void **state)
{
	(void)state;
	machine.real_ms += YEARS * 1000;
	pass(CLOCK_STEP_HOLDS - 10);
	machine.real_ms -= YEARS * 1000;
	pass(1);
	assert_int_equal(machine.notices, 1);
	machine.real_ms += YEARS * 1000;
	pass(CLOCK_STEP_HOLDS - 10);
	assert_true(read_now().wall == EPOCH + 2 * (CLOCK_STEP_HOLDS - 10) + 1);
	machine.real_ms += YEARS * 1000; /* another leap begins anew */
	pass(CLOCK_STEP_HOLDS - 10);
	assert_true(read_now().wall < EPOCH + YEARS);
	assert_int_equal(machine.errors, 3);
}

static void a_leap_back_is_followed_by_a_restart_only(void **state)
{
	(void)state;
	machine.real_ms -= 86400000;
	pass(3 * CLOCK_STEP_HOLDS);
	assert_int_equal(machine.errors, 1);
	assert_true(read_now().wall == EPOCH + 3 * CLOCK_STEP_HOLDS);
	clock_free(c);
	c = clock_new(&page);
	assert_true(read_now().wall == EPOCH + 3 * CLOCK_STEP_HOLDS - 86400);
}

static void the_steady_clock_goes_on_over_a_restart(void **state)
{
	int64_t steady = read_now().steady_ms;

	(void)state;
	clock_free(c); /* as kill -9 would leave the page */
	machine.boot_ms += 7000;
	machine.real_ms += 7000 + YEARS * 1000;
	c = clock_new(&page);
	assert_true(read_now().steady_ms == steady + 7000);
}

static void after_a_reboot_it_goes_on_where_it_was(void **state)
{
	int64_t steady;

	(void)state;
	pass(1000);
	steady = read_now().steady_ms;
	for (int64_t boot_ms = 1000; boot_ms < 10000000; boot_ms *= 100) {
		clock_free(c);
		machine.boot_ms = boot_ms;
		page.boot_id[3] ^= 1;
		c = clock_new(&page);
		assert_true(read_now().steady_ms == steady);
		machine.boot_ms += 5;
		assert_true(read_now().steady_ms == steady + 5);
		steady += 5;
	}
	clock_free(c); /* a time since boot that shrank within the same boot */
	machine.boot_ms = 1;
	c = clock_new(&page);
	assert_true(read_now().steady_ms == steady);
}

/* A page with a flipped bit gives times that windows can be counted in. */
static void a_damaged_page_is_not_believed(void **state)
{
	static const int64_t flips[] = {INT64_MIN, INT64_C(1) << 62, INT64_C(1) << 42};

	(void)state;
	for (unsigned i = 0; i < 2 * (sizeof flips / sizeof flips[0]); i++) {
		int64_t *damaged = i % 2 == 0 ? &page.base_ms : (int64_t *)&page.last_ms, steady;

		pass(100);
		clock_free(c);
		*damaged ^= flips[i / 2];
		c = clock_new(&page);
		steady = read_now().steady_ms;
		assert_true(steady >= 0 && steady < (int64_t)UINT32_MAX * 1000);
		pass(1);
		assert_true(read_now().steady_ms == steady + 1000);
	}
}

static void it_never_goes_back_while_it_runs(void **state)
{
	int64_t steady = read_now().steady_ms;

	(void)state;
	machine.boot_ms -= 3000;
	assert_true(read_now().steady_ms == steady);
	assert_true(read_now().wall == EPOCH);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(it_goes_with_the_system, setup, teardown),
		cmocka_unit_test_setup_teardown(
			small_steps_are_followed_but_never_back, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_leap_forward_is_believed_after_a_while, setup, teardown),
		cmocka_unit_test_setup_teardown(a_leap_that_ends_is_forgotten, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_leap_back_is_followed_by_a_restart_only, setup, teardown),
		cmocka_unit_test_setup_teardown(
			the_steady_clock_goes_on_over_a_restart, setup, teardown),
		cmocka_unit_test_setup_teardown(
			after_a_reboot_it_goes_on_where_it_was, setup, teardown),
		cmocka_unit_test_setup_teardown(a_damaged_page_is_not_believed, setup, teardown),
		cmocka_unit_test_setup_teardown(it_never_goes_back_while_it_runs, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
