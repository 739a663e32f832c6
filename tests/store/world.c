/* world.c - a store, open and empty, for each test of the suites that every store must pass. */
#include "tests/store/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "tests/store/keys.h"

#include <cmocka.h> /* last: it defines fail */

static const struct store_ops *backend;

void ok(struct world *w, enum apikey_error error)
{
	if (error != APIKEY_OK)
		fail_msg("%s", w->why.text);
}

int world_open(void **state)
{
	struct world *w = calloc(1, sizeof *w);

	assert_non_null(w);
	w->ops = backend;
	w->dir = test_directory();
	*state = w;
	return w->ops->open(w->dir, &w->store, &w->why) == APIKEY_OK ? 0 : -1;
}

int world_close(void **state)
{
	struct world *w = *state;

	w->ops->close(w->store);
	test_remove_directory(w->dir);
	pool_free(&w->pool);
	free(w);
	return 0;
}

int world_run(const struct CMUnitTest *tests, size_t count)
{
	static const struct store_ops *const backends[] = {&store_memory, &store_sqlite};
	int failed = 0;

	for (size_t i = 0; i < sizeof backends / sizeof *backends; i++) {
		backend = backends[i];
		failed += _cmocka_run_group_tests(backend->name, tests, count, NULL, NULL);
	}
	return failed;
}

void begin(struct world *w)
{
	ok(w, w->ops->begin(w->store, &w->why));
}

void commit(struct world *w)
{
	ok(w, w->ops->commit(w->store, &w->why));
}

void fill(struct world *w, unsigned count)
{
	begin(w);
	for (unsigned n = 0; n < count; n++) {
		ok(w, w->ops->savepoint(w->store, &w->why));
		ok(w, w->ops->key_insert(w->store, test_key(&w->pool, n), &w->why));
		ok(w, w->ops->release(w->store, &w->why));
	}
	commit(w);
}
