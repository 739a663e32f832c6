/* world.c - an engine with keys made from numbers, for tests. */
#include "tests/engine/world.h"

#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/unit.h"

void world_open(struct world *w)
{
	struct engine_options options = {.pepper = {1, 2, 3}, .brand = "ak"};

	w->usage = calloc(WORLD_SLOTS, sizeof *w->usage);
	w->limits = calloc(WORLD_LIMITS, sizeof *w->limits);
	assert_non_null(w->usage);
	assert_non_null(w->limits);
	options.usage = w->usage;
	options.limits = w->limits;
	options.limits_changed = w->limits_changed;
	w->engine = engine_new(&options);
	assert_non_null(w->engine);
}

void world_close(struct world *w)
{
	engine_free(w->engine);
	free(w->usage);
	free(w->limits);
}

int world_set_up(void **state)
{
	struct world *w = malloc(sizeof *w);

	world_open(w);
	*state = w;
	return 0;
}

int world_tear_down(void **state)
{
	world_close(*state);
	free(*state);
	return 0;
}

struct text world_key(unsigned n, char out[WORLD_KEY_SIZE])
{
	int len = snprintf(out, WORLD_KEY_SIZE, "legacy-%u", n);

	return (struct text){out, (size_t)len};
}

struct engine_secret world_secret(const struct world *w, unsigned n)
{
	struct engine_secret secret = {
		.prefix = {"p", 1}, .expires_at = ENGINE_NEVER, .slot = n % WORLD_SLOTS};
	char key[WORLD_KEY_SIZE];

	engine_digest(w->engine, world_key(n, key), secret.digest);
	return secret;
}

struct engine_key world_plain(const struct engine_secret *secret)
{
	return (struct engine_key){
		.state = KEY_ACTIVE,
		.expires_at = ENGINE_NEVER,
		.tenant = {"acme", 4},
		.owner = {"ann", 3},
		.own = {"own", 3},
		.shared = {"shared", 6},
		.own_members = 1,
		.shared_members = 2,
		.secrets = secret,
		.secret_count = 1,
	};
}

struct now world_now(int64_t seconds)
{
	struct now now = {0};

	now_set(&now, seconds * 1000, seconds * 1000);
	return now;
}

enum apikey_code world_ask(struct world *w, struct verify_request *request, int64_t seconds)
{
	struct now now = world_now(seconds);
	struct verdict v;

	engine_prepare(w->engine, request, 1);
	engine_verify(w->engine, request, &now, &v);
	engine_release(&v);
	return v.code;
}

enum apikey_code world_verify(struct world *w, unsigned n)
{
	char key[WORLD_KEY_SIZE];
	struct verify_request request = {.key = world_key(n, key)};

	return world_ask(w, &request, NOW);
}
