/* engine_memory_test.c - memory ends at the n-th request for it, n = 1, 2, ...: a change is whole or not there. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tests/engine/world.h"
#include "tests/unit/unit.h"

#define KEYS 60
#define SECRETS 12 /* 720 records of 32 KiB: two steps of the arena, and some tables grow */

static unsigned left; /* requests until one fails; 0: none does */

void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
int __real_mprotect(void *start, size_t size, int access);
int __wrap_mprotect(void *start, size_t size, int access);

static bool memory_ends(void)
{
	return left > 0 && --left == 0;
}

void *__wrap_calloc(size_t count, size_t size)
{
	return memory_ends() ? NULL : __real_calloc(count, size);
}

int __wrap_mprotect(void *start, size_t size, int access)
{
	if (!memory_ends())
		return __real_mprotect(start, size, access);
	errno = ENOMEM;
	return -1;
}

static bool put(struct world *w, unsigned n, enum key_state state)
{
	static const char own[ENGINE_REPLY_MAX];
	struct engine_secret secrets[SECRETS] = {0};
	struct engine_key key = world_plain(secrets);

	for (unsigned i = 0; i < SECRETS; i++) {
		secrets[i] = world_secret(w, SECRETS * n + i);
		secrets[i].superseded = i > 0;
	}
	key.secret_count = SECRETS;
	key.state = state;
	key.own = (struct text){own, sizeof own};
	return engine_put(w->engine, &key);
}

static void check(struct world *w, unsigned n, enum apikey_code code)
{
	for (unsigned i = 0; i < SECRETS; i++)
		assert_int_equal(world_verify(w, SECRETS * n + i), code);
}

/* Puts all keys, then replaces them, with the n-th request for memory failing. False when none failed. */
static bool run(unsigned nth)
{
	struct usage_slot *usage = malloc(sizeof *usage * WORLD_SLOTS);
	struct engine_options options = {.brand = "ak", .usage = usage};
	struct world w = {.usage = usage};
	struct engine_stats stats;
	unsigned failed = 0;

	memset(usage, 0, sizeof *usage * WORLD_SLOTS);
	left = nth;
	w.engine = engine_new(&options);
	for (unsigned n = 0; w.engine != NULL && n < KEYS; n++) {
		bool ok = put(&w, n, KEY_ACTIVE);

		if (!ok) {
			check(&w, n, APIKEY_CODE_NOT_FOUND);
			assert_true(put(&w, n, KEY_ACTIVE)); /* it is only once that it fails */
			failed++;
		}
		if (!put(&w, n, KEY_DISABLED)) {
			check(&w, n, APIKEY_CODE_OK);
			assert_true(put(&w, n, KEY_DISABLED));
			failed++;
		}
	}
	failed += w.engine == NULL;
	if (w.engine != NULL) {
		for (unsigned n = 0; n < KEYS; n += 10)
			check(&w, n, APIKEY_CODE_DISABLED);
		engine_stats(w.engine, &stats);
		assert_int_equal(stats.keys, KEYS);
		assert_int_equal(stats.secrets, KEYS * SECRETS);
	}
	assert_int_equal(failed, left == 0 && nth > 0);
	left = 0;
	engine_free(w.engine);
	free(usage);
	return failed > 0;
}

static void test_memory_ends(void **state)
{
	unsigned nth = 1;

	(void)state;
	while (run(nth))
		nth++;
	assert_true(
		nth > 64 + 64 + 2); /* the tables' first size, their growth, the arena's steps */
}

int main(void)
{
	static const struct CMUnitTest tests[] = {cmocka_unit_test(test_memory_ends)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
