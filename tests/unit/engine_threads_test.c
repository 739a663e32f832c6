/* engine_threads_test.c - verifies in full turns from several threads while one thread changes everything; meant for
 * ThreadSanitizer as much as for its own checks. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "apikeyd/engine/digest.h"
#include "tests/engine/world.h"
#include "tests/unit/unit.h"

#define READERS 3
#define STEADY 64      /* keys that are there from first to last, replaced all the time */
#define RESTLESS 20000 /* keys that come and go: enough for the turn to be fetched ahead */
#define CHANGES 20000

struct shared {
	struct world world;
	atomic_bool stop;
	atomic_uint wrong, turns;
};

/* A key with two secrets whose own and shared bytes are one letter, as is its prefix: a mixture would show. */
static void put_key(struct world *w, unsigned n, char letter)
{
	struct engine_secret secrets[2] = {world_secret(w, 2 * n), world_secret(w, 2 * n + 1)};
	struct engine_key key = world_plain(secrets);
	const struct limit limit = {60, 1U << 30};
	char bytes[200];

	memset(bytes, letter, sizeof bytes);
	secrets[0].superseded = true;
	secrets[0].prefix = secrets[1].prefix =
		(struct text){bytes, 1 + (unsigned char)letter % 9U};
	key.own = (struct text){bytes, (unsigned char)letter % 64U + n % 100};
	key.shared = (struct text){bytes, 20};
	key.secret_count = 2;
	if (n < WORLD_LIMITS && letter % 2 == 0) { /* now limited, now not: records of two forms */
		key.limits = &limit;
		key.limit_count = 1;
		key.limit_slot = n;
	}
	if (!engine_put(w->engine, &key))
		abort();
}

static void remove_key(struct world *w, unsigned n)
{
	engine_remove(w->engine, world_secret(w, 2 * n).digest);
	engine_remove(w->engine, world_secret(w, 2 * n + 1).digest);
}

static bool all(struct text t, char letter)
{
	for (size_t i = 0; i < t.len; i++)
		if (t.data[i] != letter)
			return false;
	return true;
}

static bool sound(const struct verdict *v, bool steady)
{
	if (v->code == APIKEY_CODE_NOT_FOUND)
		return !steady && !v->found;
	return v->code == APIKEY_CODE_OK && v->prefix.len > 0 &&
	       all(v->prefix, v->shared.data[0]) && all(v->own, v->shared.data[0]) &&
	       all(v->shared, v->shared.data[0]);
}

static void *read_turns(void *arg)
{
	struct shared *s = arg;
	char text[ENGINE_TURN][WORLD_KEY_SIZE];
	uint32_t random = 1 + (uint32_t)(uintptr_t)&random;
	struct now now = world_now(NOW);

	while (!atomic_load(&s->stop)) {
		struct verify_request requests[ENGINE_TURN] = {0};
		unsigned keys[ENGINE_TURN];

		for (unsigned i = 0; i < ENGINE_TURN; i++) {
			random = random * 1664525 + 1013904223;
			keys[i] = (random >> 8) % (2 * (i % 2 == 0 ? STEADY : STEADY + RESTLESS));
			requests[i].key = world_key(keys[i], text[i]);
		}
		engine_prepare(s->world.engine, requests, ENGINE_TURN);
		for (unsigned i = 0; i < ENGINE_TURN; i++) {
			struct verdict v;

			engine_verify(s->world.engine, &requests[i], &now, &v);
			if (!sound(&v, keys[i] < 2 * STEADY))
				atomic_fetch_add(&s->wrong, 1);
			engine_release(&v);
		}
		atomic_fetch_add(&s->turns, 1);
	}
	return NULL;
}

static void change_all(struct shared *s)
{
	struct engine_stats stats;
	uint32_t random = 7;

	for (unsigned n = 0; n < RESTLESS; n++) /* tables grow beside the readers */
		put_key(&s->world, STEADY + n, 'y');
	for (unsigned i = 0; i < CHANGES; i++) {
		unsigned n = STEADY + (random = random * 1664525 + 1013904223) / 65536 % RESTLESS;

		put_key(&s->world, i % STEADY, (char)('a' + i % 26));
		if (random % 3 == 0)
			remove_key(&s->world, n);
		else
			put_key(&s->world, n, (char)('a' + random % 26));
		engine_set_tenant(s->world.engine, (struct text){"other", 5}, i % 2 == 0);
	}
	for (unsigned n = 0; n < RESTLESS; n++) /* and shrink */
		remove_key(&s->world, STEADY + n);
	engine_stats(s->world.engine, &stats);
	assert_int_equal(stats.keys, STEADY);
	assert_int_equal(stats.secrets, 2 * STEADY);
}

static void test_threads(void **state)
{
	struct shared *s = calloc(1, sizeof *s);
	pthread_t readers[READERS];

	(void)state;
	world_open(&s->world);
	for (unsigned n = 0; n < STEADY; n++)
		put_key(&s->world, n, 'z');
	for (unsigned i = 0; i < READERS; i++)
		assert_int_equal(pthread_create(&readers[i], NULL, read_turns, s), 0);
	change_all(s);
	while (atomic_load(&s->turns) < 100)
		sched_yield();
	atomic_store(&s->stop, true);
	for (unsigned i = 0; i < READERS; i++)
		pthread_join(readers[i], NULL);
	assert_int_equal(s->wrong, 0);
	world_close(&s->world);
	free(s);
}

/* Counting from several threads loses nothing. */
static void *ask_often(void *arg)
{
	for (int i = 0; i < 20000; i++)
		if (world_verify(arg, 1) != APIKEY_CODE_OK)
			abort();
	return NULL;
}

static void test_counts(void **state)
{
	struct world w;
	pthread_t threads[READERS];

	(void)state;
	world_open(&w);
	struct engine_secret secret = world_secret(&w, 1);
	struct engine_key key = world_plain(&secret);

	assert_true(engine_put(w.engine, &key));
	for (unsigned i = 0; i < READERS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, ask_often, &w), 0);
	for (unsigned i = 0; i < READERS; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(w.usage[1].allowed, 20000 * READERS);
	world_close(&w);
}

#define MOVES 3000 /* of keys from another system's hash to their own digest */

struct moving {
	struct world world;
	atomic_uint at; /* the key that moves */
	atomic_uint asked[MOVES];
};

static struct engine_secret hashed_secret(const struct world *w, unsigned n)
{
	struct engine_secret secret = world_secret(w, n);
	char key[WORLD_KEY_SIZE];
	uint8_t hash[DIGEST_BYTES];

	digest_sha256(world_key(n, key), hash);
	engine_digest_foreign(
		w->engine, (struct text){(const char *)hash, sizeof hash}, secret.digest);
	secret.sha256 = true;
	return secret;
}

static void *ask_for_the_moving(void *arg)
{
	struct moving *m = arg;
	unsigned n;

	while ((n = atomic_load(&m->at)) < MOVES) {
		if (world_verify(&m->world, n) != APIKEY_CODE_OK)
			abort();
		atomic_fetch_add(&m->asked[n], 1);
	}
	return NULL;
}

/* Whoever asks while a key gets its native digest finds it, and is counted. */
static void test_moves(void **state)
{
	struct moving *m = calloc(1, sizeof *m);
	pthread_t threads[READERS];
	struct engine_stats stats;

	(void)state;
	world_open(&m->world);
	for (unsigned n = 0; n < MOVES; n++) {
		struct engine_secret secret = hashed_secret(&m->world, n);
		struct engine_key key = world_plain(&secret);

		assert_true(engine_put(m->world.engine, &key));
	}
	for (unsigned i = 0; i < READERS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, ask_for_the_moving, m), 0);
	for (unsigned n = 0; n < MOVES; n++) {
		struct engine_secret hashed = hashed_secret(&m->world, n);
		struct engine_secret secret = world_secret(&m->world, n);
		struct engine_key key = world_plain(&secret);

		while (atomic_load(&m->asked[n]) < READERS)
			sched_yield();
		secret.former = hashed.digest;
		assert_true(engine_put(m->world.engine, &key));
		atomic_store(&m->at, n + 1);
	}
	for (unsigned i = 0; i < READERS; i++)
		pthread_join(threads[i], NULL);
	engine_stats(m->world.engine, &stats);
	assert_int_equal(stats.keys, MOVES);
	assert_int_equal(stats.secrets, MOVES);
	for (unsigned n = 0; n < MOVES; n++)
		assert_int_equal(m->world.usage[n].allowed, m->asked[n]);
	world_close(&m->world);
	free(m);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_threads),
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_moves),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
