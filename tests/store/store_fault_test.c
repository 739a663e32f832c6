/* store_fault_test.c - the n-th write, sync, read fails, n = 1, 2, … until nothing fails any more: what the store has
 * acknowledged is there after the next open, what it has refused is not, and nothing is half done. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "apikeyd/store/store.h"
#include "tests/store/faults.h"
#include "tests/store/keys.h"

#include <cmocka.h> /* last: it defines fail */

#define GROUPS 6
#define GROUP 12 /* jobs of one commit */
#define KEYS (GROUPS * GROUP)
#define N_MAX 100000
/* How many faults are passed over after the n-th: under a sanitizer a run takes ten times as long, so there it is the
 * first ones, and ever fewer of the later. */
#ifdef SANITIZED
#define PASSED_OVER(n) ((n) / 8)
#else
#define PASSED_OVER(n) 0U
#endif

static const struct store_ops *const ops = &store_sqlite;

enum fate { REFUSED, ACKNOWLEDGED, UNKNOWN };

/* What a store has said to the jobs of one run, each of which inserts a key; the last of a group also puts a note into
 * the first key of the group. */
struct run {
	char *dir;
	struct pool pool;
	struct failure why;
	enum fate fate[KEYS];
	bool renamed[GROUPS];
	bool stopped;
};

static struct key_record *expected_key(struct run *r, unsigned n)
{
	struct key_record *key = test_key(&r->pool, n);

	if (n % GROUP == 0 && r->renamed[n / GROUP])
		key->name = text_of("renamed");
	return key;
}

static enum apikey_error change(struct run *r, struct store *s, unsigned n)
{
	struct key_record *first = test_key(&r->pool, n - n % GROUP);

	if (ops->key_insert(s, test_key(&r->pool, n), &r->why) != APIKEY_OK)
		return r->why.code;
	if (n % GROUP != GROUP - 1 || r->fate[n - n % GROUP] == REFUSED)
		return APIKEY_OK;
	first->name = text_of("renamed");
	return ops->key_update(s, first, &r->why);
}

/* One job, as the writer runs it. */
static enum apikey_error run_job(struct run *r, struct store *s, unsigned n)
{
	enum apikey_error error;

	if ((error = ops->savepoint(s, &r->why)) != APIKEY_OK)
		return error;
	if ((error = change(r, s, n)) == APIKEY_OK)
		error = ops->release(s, &r->why);
	if (error != APIKEY_OK)
		ops->revert(s);
	return error;
}

static void set_fate(struct run *r, unsigned group, enum fate fate)
{
	for (unsigned n = group * GROUP; n < (group + 1) * GROUP; n++)
		if (r->fate[n] != REFUSED)
			r->fate[n] = fate;
	r->renamed[group] =
		r->fate[group * GROUP] != REFUSED && r->fate[(group + 1) * GROUP - 1] != REFUSED;
	r->stopped = fate == UNKNOWN;
}

static void run_group(struct run *r, struct store *s, unsigned group)
{
	enum apikey_error error = ops->begin(s, &r->why);

	if (error != APIKEY_OK) {
		assert_int_equal(error, APIKEY_UNAVAILABLE);
		return;
	}
	for (unsigned n = group * GROUP; n < (group + 1) * GROUP; n++) {
		error = run_job(r, s, n);
		assert_true(error == APIKEY_OK || error == APIKEY_UNAVAILABLE);
		r->fate[n] = error == APIKEY_OK ? ACKNOWLEDGED : REFUSED;
	}
	error = ops->commit(s, &r->why);
	if (error == APIKEY_OK)
		set_fate(r, group, ACKNOWLEDGED);
	else if (error == APIKEY_UNAVAILABLE)
		set_fate(r, group, REFUSED);
	else {
		assert_int_equal(error, APIKEY_OUTCOME_UNKNOWN);
		set_fate(r, group, UNKNOWN);
	}
}

struct seen {
	struct run *r;
	bool keys[KEYS];
};

static bool see(const struct key_record *key, void *arg)
{
	struct seen *seen = arg;
	unsigned n = (unsigned)atoi(key->id + strlen("k_Id"));

	assert_true(n < KEYS && !seen->keys[n]);
	assert_true(test_same(key, expected_key(seen->r, n)));
	seen->keys[n] = true;
	return true;
}

/* What is there is what was said; what is unknown is there for the whole group or not at all. */
static void assert_keys(const struct seen *seen)
{
	for (unsigned n = 0; n < KEYS; n++)
		if (seen->r->fate[n] != UNKNOWN)
			assert_int_equal(seen->keys[n], seen->r->fate[n] == ACKNOWLEDGED);
	for (unsigned n = 1; n < KEYS; n++)
		if (n % GROUP > 0 && seen->r->fate[n] == UNKNOWN && seen->r->fate[n - 1] == UNKNOWN)
			assert_int_equal(seen->keys[n], seen->keys[n - 1]);
}

/* Reads everything, by load and by a listing. */
static void assert_contents(struct run *r, struct store *s, bool must)
{
	struct key_query query = {.limit = STORE_PAGE_MAX, .match = text_of("k_id")};
	struct seen loaded = {.r = r}, listed = {.r = r};
	struct key_page page;
	enum apikey_error error;

	if ((error = ops->load(s, see, &loaded, &r->why)) == APIKEY_OK &&
		(error = ops->key_list(s, &r->pool, &query, &page, &r->why)) == APIKEY_OK) {
		for (unsigned i = 0; i < page.count; i++)
			see(page.keys[i], &listed);
		assert_keys(&loaded);
		assert_memory_equal(loaded.keys, listed.keys, sizeof loaded.keys);
	} else if (must || error != APIKEY_UNAVAILABLE) {
		fail_msg("%s", r->why.text);
	}
}

/* Opens the store and runs the groups from one to before another; with an empty cache, so that changes read. */
static void work(struct run *r, unsigned from, unsigned to)
{
	struct store *s;

	if (ops->open(r->dir, &s, &r->why) != APIKEY_OK) {
		assert_int_equal(r->why.code, APIKEY_UNAVAILABLE);
		return;
	}
	for (unsigned group = from; group < to && !r->stopped; group++) {
		run_group(r, s, group);
		if (!r->stopped && group + 1 == to)
			assert_contents(r, s, false);
		ops->idle(s);
	}
	ops->close(s);
}

/* One run with one fault; false when the run has ended without meeting it. */
static bool survives(enum fault_kind kind, unsigned n, bool lasting)
{
	struct run r = {.dir = test_directory()};
	struct store *s;
	bool fired;

	faults_set(kind, n, lasting);
	work(&r, 0, GROUPS / 2);
	if (!r.stopped)
		work(&r, GROUPS / 2, GROUPS);
	fired = faults_fired();
	faults_set(kind, 0, false);
	if (ops->open(r.dir, &s, &r.why) != APIKEY_OK)
		fail_msg("fault %d, %u: %s", kind, n, r.why.text);
	assert_contents(&r, s, true);
	ops->close(s);
	pool_free(&r.pool);
	test_remove_directory(r.dir);
	return fired;
}

static void survive_all(enum fault_kind kind, unsigned at_least)
{
	for (int lasting = 0; lasting < 2; lasting++) {
		unsigned n = 1;

		/* Lasting faults differ little from one to the next. */
		while (n < N_MAX && survives(kind, n, lasting != 0))
			n += (lasting != 0 ? 5 : 1) + PASSED_OVER(n);
		assert_in_range(n, at_least, N_MAX - 1);
	}
}

static void survives_files_that_do_not_open(void **state)
{
	(void)state;
	survive_all(FAULT_OPEN, 2);
}

static void survives_failing_reads(void **state)
{
	(void)state;
	survive_all(FAULT_READ, 5);
}

static void survives_failing_writes(void **state)
{
	(void)state;
	survive_all(FAULT_WRITE, 100);
}

static void survives_half_writes(void **state)
{
	(void)state;
	survive_all(FAULT_HALF, 100);
}

static void survives_a_full_disk(void **state)
{
	(void)state;
	survive_all(FAULT_FULL, 100);
}

static void survives_failing_syncs(void **state)
{
	(void)state;
	survive_all(FAULT_SYNC, GROUPS);
}

static void survives_failing_truncates(void **state)
{
	(void)state;
	survive_all(FAULT_TRUNCATE, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(survives_files_that_do_not_open),
		cmocka_unit_test(survives_failing_reads), cmocka_unit_test(survives_failing_writes),
		cmocka_unit_test(survives_half_writes), cmocka_unit_test(survives_a_full_disk),
		cmocka_unit_test(survives_failing_syncs),
		cmocka_unit_test(survives_failing_truncates)};

	if (access("/dev/shm", W_OK) == 0)
		setenv("TMPDIR", "/dev/shm", 0); /* a thousand stores are made */
	faults_install();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
