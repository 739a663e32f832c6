/* world.h - a store, open and empty, for each test of the suites that every store must pass. */
#ifndef TESTS_STORE_WORLD_H
#define TESTS_STORE_WORLD_H

#include "apikeyd/store/store.h"

struct CMUnitTest;

/* One store in a directory of its own, and memory of the test. */
struct world {
	const struct store_ops *ops;
	char *dir;
	struct store *store;
	struct pool pool;
	struct failure why;
};

/* A test's *state is a struct world. */
#define T(name) cmocka_unit_test_setup_teardown(name, world_open, world_close)
int world_open(void **state);
int world_close(void **state);
/* Runs the tests on every store there is; returns how many failed. */
int world_run(const struct CMUnitTest *tests, size_t count);

/* Fails the test, with what the store says, unless it is APIKEY_OK. */
void ok(struct world *w, enum apikey_error error);
void begin(struct world *w);
void commit(struct world *w);
/* Puts in keys 0 to count - 1 (tests/store/keys.h), each by its own savepoint, in one transaction. */
void fill(struct world *w, unsigned count);

#endif
