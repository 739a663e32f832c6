/* logins_test.c - sessions in memory: their ends from both sides, who holds them, and what the store is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "apikeyd/logins.h"
#include "apikeyd/store/writer.h"

#include <cmocka.h> /* last: it defines fail */

#define BEGAN 1000000

struct world {
	struct daemon daemon;
	struct store *store;
	struct pool pool;
	struct session_record record;
	struct failure why;
};

static void ok(struct world *w, enum apikey_error error)
{
	if (error != APIKEY_OK)
		fail_msg("%s", w->why.text);
}

static int set_up(void **state)
{
	struct world *w = calloc(1, sizeof *w);

	ok(w, store_memory.open(NULL, &w->store, &w->why));
	w->daemon.writer =
		writer_start(&(struct writer_options){.ops = &store_memory, .store = w->store});
	w->daemon.logins = logins_new(&w->daemon, &store_memory);
	w->record = (struct session_record){.id = text_of("s_1"),
		.user = text_of("alice"),
		.created_at = BEGAN,
		.seen_at = BEGAN,
		.expires_at = BEGAN + SESSION_LIFE};
	*state = w;
	return 0;
}

/* Everything that was submitted has been done. */
static void finish(struct world *w)
{
	writer_stop(w->daemon.writer);
	w->daemon.writer = NULL;
}

static int tear_down(void **state)
{
	struct world *w = *state;

	finish(w);
	logins_free(w->daemon.logins);
	store_memory.close(w->store);
	pool_free(&w->pool);
	free(w);
	return 0;
}

static void idles(void **state)
{
	struct world *w = *state;
	struct login *login = logins_hold(w->daemon.logins, &w->record);

	assert_true(login_holds(login, BEGAN + SESSION_IDLE - 1));
	assert_false(login_holds(login, BEGAN + SESSION_IDLE));
	assert_true(login_use(login, BEGAN + SESSION_IDLE - 1));
	assert_true(login_use(login, BEGAN + 2 * SESSION_IDLE - 2));
	assert_false(login_use(login, BEGAN + 3 * SESSION_IDLE - 2));
	assert_false(login_use(login, BEGAN)); /* not even by another clock's reading */
	logins_release(w->daemon.logins, login);
}

static void has_an_end_however_much_it_is_used(void **state)
{
	struct world *w = *state;
	struct login *login = logins_hold(w->daemon.logins, &w->record);

	for (int64_t at = 0; at < SESSION_LIFE; at += SESSION_IDLE - 1)
		assert_true(login_use(login, BEGAN + at));
	assert_true(login_use(login, BEGAN + SESSION_LIFE - 1));
	assert_false(login_use(login, BEGAN + SESSION_LIFE));
	logins_release(w->daemon.logins, login);
}

static void ends_for_all_who_hold_it(void **state)
{
	struct world *w = *state;
	struct login *here = logins_hold(w->daemon.logins, &w->record),
		     *there = logins_hold(w->daemon.logins, &w->record);

	assert_int_equal(login_expires_at(here), BEGAN + SESSION_LIFE);
	logins_end(w->daemon.logins, text_of("s_2"));
	assert_true(login_use(here, BEGAN));
	logins_release(w->daemon.logins, here);
	logins_end(w->daemon.logins, text_of("s_1"));
	assert_false(login_use(there, BEGAN));
	logins_release(w->daemon.logins, there);
	logins_release(w->daemon.logins, NULL);
}

static void knows_its_last_use_before_the_store_does(void **state)
{
	struct world *w = *state;
	struct login *login = logins_hold(w->daemon.logins, &w->record);

	assert_true(login_use(login, BEGAN + 100));
	assert_int_equal(logins_seen(w->daemon.logins, &w->record), BEGAN + 100);
	assert_true(logins_good(w->daemon.logins, &w->record, BEGAN + SESSION_IDLE + 99));
	assert_false(logins_good(w->daemon.logins, &w->record, BEGAN + SESSION_IDLE + 100));
	logins_release(w->daemon.logins, login);
	assert_int_equal(logins_seen(w->daemon.logins, &w->record), BEGAN);
}

static bool stored(struct world *w, struct session_record *out)
{
	bool found;

	ok(w, store_memory.session_get(w->store, &w->pool, w->record.digest, out, &found, &w->why));
	return found;
}

static void put(struct world *w)
{
	ok(w, store_memory.begin(w->store, &w->why));
	ok(w, store_memory.session_put(w->store, &w->record, &w->why));
	ok(w, store_memory.commit(w->store, &w->why));
}

static void tells_the_store_after_a_minute(void **state)
{
	struct world *w = *state;
	struct login *login = logins_hold(w->daemon.logins, &w->record);
	struct session_record found;

	put(w);
	login_use(login, BEGAN + 50);
	logins_tick(w->daemon.logins, BEGAN + SESSION_LAG);
	finish(w);
	assert_true(stored(w, &found));
	assert_int_equal(found.seen_at, BEGAN + 50);
	logins_release(w->daemon.logins, login);
}

static void does_not_bring_back_what_is_gone(void **state)
{
	struct world *w = *state;
	struct login *login = logins_hold(w->daemon.logins, &w->record);
	struct session_record found;

	login_use(login, BEGAN + 50);
	logins_tick(w->daemon.logins, BEGAN + SESSION_LAG);
	finish(w);
	assert_false(stored(w, &found));
	logins_release(w->daemon.logins, login);
}

static void has_what_is_over_deleted(void **state)
{
	struct world *w = *state;
	struct session_record found;

	put(w);
	logins_tick(w->daemon.logins, BEGAN + SESSION_IDLE + SESSION_LAG + 1);
	finish(w);
	assert_false(stored(w, &found));
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(idles),
		T(has_an_end_however_much_it_is_used),
		T(ends_for_all_who_hold_it),
		T(knows_its_last_use_before_the_store_does),
		T(tells_the_store_after_a_minute),
		T(does_not_bring_back_what_is_gone),
		T(has_what_is_over_deleted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
