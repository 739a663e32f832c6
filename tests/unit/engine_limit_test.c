/* engine_limit_test.c - keys with limits in the engine: order of checks, dry runs, secrets that share, exactness under
 * threads. */
#include <pthread.h>
#include <stdatomic.h>

#include "tests/engine/world.h"
#include "tests/unit/unit.h"

#define THREADS 4
#define SECRETS 8
#define ALLOWED 20000

static enum apikey_code ask(struct world *w, unsigned n, int64_t cost, int64_t units, int64_t at)
{
	char text[WORLD_KEY_SIZE];
	struct verify_request request = {.key = world_key(n, text), .cost = cost, .units = units};

	return world_ask(w, &request, at);
}

static void units_then_rate_then_quota(void **state)
{
	struct world *w = *state;
	struct limit limits[] = {{60, 2}, {limit_quota(PERIOD_DAY, OF_UNITS), 10}};
	struct engine_secret secret = world_secret(w, 1);
	struct engine_key key = world_plain(&secret);

	key.limits = limits;
	key.limit_count = 2;
	key.limit_slot = 7;
	key.units_per_request = 8;
	w->limits_changed[7] = 0;
	assert_true(engine_put(w->engine, &key));
	assert_int_equal(w->limits_changed[7], CHANGED);
	assert_int_equal(ask(w, 1, 3, 9, NOW), APIKEY_CODE_UNITS_EXCEEDED);
	assert_int_equal(ask(w, 1, 1, 8, NOW), APIKEY_CODE_OK);
	assert_int_equal(ask(w, 1, 1, 8, NOW), APIKEY_CODE_QUOTA_EXCEEDED);
	assert_int_equal(ask(w, 1, 2, 8, NOW), APIKEY_CODE_RATE_LIMITED);
	assert_int_equal(ask(w, 1, 1, 2, NOW), APIKEY_CODE_OK);
	assert_int_equal(ask(w, 1, 1, 0, NOW), APIKEY_CODE_RATE_LIMITED);
	assert_int_equal(ask(w, 1, 1, 0, NOW + 120), APIKEY_CODE_OK);
	assert_int_equal(w->usage[secret.slot].allowed, 3);
	assert_int_equal(w->usage[secret.slot].denied, 4);
}

/* Its record carries the slot, a later one without limits does not. */
static void limits_come_and_go(void **state)
{
	struct world *w = *state;
	struct limit limit = {60, 1};
	struct engine_secret secret = world_secret(w, 1);
	struct engine_key key = world_plain(&secret);

	assert_true(engine_put(w->engine, &key));
	assert_int_equal(ask(w, 1, 1, 0, NOW), APIKEY_CODE_OK);
	key.limits = &limit;
	key.limit_count = 1;
	key.limit_slot = 3;
	assert_true(engine_put(w->engine, &key));
	assert_int_equal(ask(w, 1, 1, 0, NOW), APIKEY_CODE_OK);
	assert_int_equal(ask(w, 1, 1, 0, NOW), APIKEY_CODE_RATE_LIMITED);
	limit.most = 2;
	assert_true(engine_put(w->engine, &key));
	assert_int_equal(ask(w, 1, 1, 0, NOW), APIKEY_CODE_OK);
	key.limit_count = 0;
	assert_true(engine_put(w->engine, &key));
	assert_int_equal(ask(w, 1, 1, 0, NOW), APIKEY_CODE_OK);
	engine_remove(w->engine, secret.digest);
	assert_int_equal(ask(w, 1, 1, 0, NOW), APIKEY_CODE_NOT_FOUND);
}

static void a_dry_run_and_an_explanation_use_nothing(void **state)
{
	struct world *w = *state;
	struct limit limit = {60, 1};
	struct engine_secret secret = world_secret(w, 1);
	struct engine_key key = world_plain(&secret);
	struct verify_request request = {.cost = 1, .dry_run = true};
	struct now now = world_now(NOW);
	char text[WORLD_KEY_SIZE];
	struct verdict v;

	key.limits = &limit;
	key.limit_count = 1;
	key.expires_at = NOW;
	assert_true(engine_put(w->engine, &key));
	request.key = world_key(1, text);
	engine_prepare(w->engine, &request, 1);
	assert_int_equal(
		engine_explain(w->engine, &request, false, &now, &v), 1u << APIKEY_CODE_EXPIRED);
	assert_int_equal(v.code, APIKEY_CODE_EXPIRED);
	engine_release(&v);
	request.cost = 2;
	assert_int_equal(engine_explain(w->engine, &request, true, &now, &v),
		1u << APIKEY_CODE_EXPIRED | 1u << APIKEY_CODE_RATE_LIMITED);
	assert_int_equal(v.limit_count, 1);
	assert_int_equal(v.limits[0].remaining, 1);
	assert_int_equal(v.retry_after, 0);
	engine_release(&v);
	request.cost = 1;
	key.expires_at = ENGINE_NEVER;
	assert_true(engine_put(w->engine, &key));
	for (int i = 0; i < 3; i++)
		assert_int_equal(world_ask(w, &request, NOW), APIKEY_CODE_OK);
	assert_int_equal(w->usage[secret.slot].allowed, 0);
	assert_int_equal(ask(w, 1, 1, 0, NOW), APIKEY_CODE_OK);
	assert_int_equal(world_ask(w, &request, NOW), APIKEY_CODE_RATE_LIMITED);
	request.digest[0] ^= 1;
	assert_int_equal(
		engine_explain(w->engine, &request, true, &now, &v), 1u << APIKEY_CODE_NOT_FOUND);
	assert_null(v.shard);
}

struct crowd {
	struct world *world;
	atomic_uint allowed;
};

/* Every thread asks with every secret until all are refused. */
static void *drain(void *arg)
{
	struct crowd *crowd = arg;

	for (unsigned refused = 0, n = 0; refused < SECRETS; n = (n + 1) % SECRETS) {
		if (ask(crowd->world, n, 1, 1, NOW) == APIKEY_CODE_OK) {
			atomic_fetch_add(&crowd->allowed, 1);
			refused = 0;
		} else {
			refused++;
		}
	}
	return NULL;
}

/* Secrets of one key lie in many shards; meanwhile the key is put again and again, its limits in another order. */
static void exactly_the_limit_passes(void **state)
{
	struct world *w = *state;
	struct limit limits[2][2] = {
		{{3600, ALLOWED}, {60, 2 * ALLOWED}}, {{60, 2 * ALLOWED}, {3600, ALLOWED}}};
	struct engine_secret secrets[SECRETS] = {0};
	struct engine_key key = world_plain(secrets);
	struct crowd crowd = {.world = w};
	pthread_t threads[THREADS];

	for (unsigned n = 0; n < SECRETS; n++) {
		secrets[n] = world_secret(w, n);
		secrets[n].superseded = n + 1 < SECRETS;
	}
	key.secret_count = SECRETS;
	key.limits = limits[0];
	key.limit_count = 2;
	assert_true(engine_put(w->engine, &key));
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, drain, &crowd), 0);
	for (int i = 0; i < 500; i++) {
		key.limits = limits[i % 2];
		assert_true(engine_put(w->engine, &key));
	}
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(crowd.allowed, ALLOWED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(units_then_rate_then_quota),
		T(limits_come_and_go),
		T(a_dry_run_and_an_explanation_use_nothing),
		T(exactly_the_limit_passes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
