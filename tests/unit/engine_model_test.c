/* engine_model_test.c - long random use of the engine against a simple model of it. */
#include <stdlib.h>

#include "tests/engine/world.h"
#include "tests/unit/unit.h"

#define KEYS 3000
#define OPERATIONS 300000

struct model_key {
	bool put[2]; /* its secrets, 2n and 2n + 1 */
	enum key_state state;
	int64_t expires_at;
	unsigned tenant;
};

static const struct text tenants[] = {{"t0", 2}, {"t1", 2}, {"t2", 2}};

static uint32_t next_random(void)
{
	static uint32_t seed = 2463534242;

	seed ^= seed << 13; /* xorshift32, Marsaglia 2003 */
	seed ^= seed >> 17;
	seed ^= seed << 5;
	return seed;
}

static enum apikey_code expected(const struct model_key *m, unsigned secret, const bool *disabled)
{
	if (!m->put[secret])
		return APIKEY_CODE_NOT_FOUND;
	if (m->state == KEY_REVOKED)
		return APIKEY_CODE_REVOKED;
	if (m->expires_at <= NOW)
		return APIKEY_CODE_EXPIRED;
	if (m->state == KEY_DISABLED)
		return APIKEY_CODE_DISABLED;
	return disabled[m->tenant] ? APIKEY_CODE_TENANT_DISABLED : APIKEY_CODE_OK;
}

static void put_random(struct world *w, unsigned n, struct model_key *m)
{
	struct engine_secret secrets[2] = {world_secret(w, 2 * n), world_secret(w, 2 * n + 1)};
	struct engine_key key = world_plain(secrets);
	static const char own[4096];

	m->put[0] = true;
	m->put[1] |= next_random() % 4 == 0;
	m->state = next_random() % 5 > 0 ? KEY_ACTIVE : next_random() % 3;
	m->expires_at = next_random() % 8 > 0 ? ENGINE_NEVER : NOW + (int64_t)(next_random() % 2);
	m->tenant = next_random() % 3;
	secrets[0].superseded = m->put[1];
	key.secret_count = m->put[1] ? 2 : 1;
	key.state = m->state;
	key.expires_at = m->expires_at;
	key.tenant = tenants[m->tenant];
	key.own = (struct text){own, next_random() % (next_random() % 16 == 0 ? sizeof own : 64)};
	assert_true(engine_put(w->engine, &key));
}

static void remove_key(struct world *w, unsigned n, struct model_key *m)
{
	for (unsigned i = 0; i < 2; i++)
		engine_remove(w->engine, world_secret(w, 2 * n + i).digest); /* unknown ones too */
	*m = (struct model_key){.put = {false, false}};
}

static void check_stats(struct world *w, const struct model_key *model)
{
	struct engine_stats stats;
	size_t keys = 0, secrets = 0;

	for (unsigned n = 0; n < KEYS; n++) {
		keys += model[n].put[0];
		secrets += (size_t)model[n].put[0] + model[n].put[1];
	}
	engine_stats(w->engine, &stats);
	assert_int_equal(stats.keys, keys);
	assert_int_equal(stats.secrets, secrets);
}

static void test_against_model(void **state)
{
	struct world *w = *state;
	struct model_key *model = calloc(KEYS, sizeof *model);
	struct engine_stats before, after;
	bool disabled[3] = {false};

	engine_stats(w->engine, &before);
	for (int i = 0; i < OPERATIONS; i++) {
		unsigned n = next_random() % KEYS, secret = next_random() % 2,
			 what = next_random() % 16;
		bool filling = i / (OPERATIONS / 6) % 2 == 0;

		if (what < (filling ? 5 : 1))
			put_random(w, n, &model[n]);
		else if (what < 6)
			remove_key(w, n, &model[n]);
		else if (what == 6 && next_random() % 16 == 0)
			engine_set_tenant(
				w->engine, tenants[n % 3], disabled[n % 3] = !disabled[n % 3]);
		assert_int_equal(
			world_verify(w, 2 * n + secret), expected(&model[n], secret, disabled));
		if (i % 10000 == 0)
			check_stats(w, model);
	}
	for (unsigned n = 0; n < KEYS; n++)
		remove_key(w, n, &model[n]);
	for (unsigned t = 0; t < 3; t++)
		engine_set_tenant(w->engine, tenants[t], false);
	check_stats(w, model);
	engine_stats(w->engine, &after);
	assert_int_equal(after.bytes, before.bytes); /* nothing is left behind */
	free(model);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {T(test_against_model)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
