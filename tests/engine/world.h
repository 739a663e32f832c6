/* world.h - an engine with keys made from numbers, for tests. */
#ifndef TESTS_ENGINE_WORLD_H
#define TESTS_ENGINE_WORLD_H

#include "apikeyd/engine/engine.h"

#define WORLD_SLOTS 65536
#define WORLD_LIMITS 64
#define WORLD_KEY_SIZE 64
#define NOW 1700000000

struct world {
	struct engine *engine;
	struct usage_slot *usage;
	struct limit_slot *limits;
	uint8_t limits_changed[WORLD_LIMITS];
};

void world_open(struct world *w);
void world_close(struct world *w);

/* A test's *state is an open struct world. */
#define T(name) cmocka_unit_test_setup_teardown(name, world_set_up, world_tear_down)
int world_set_up(void **state);
int world_tear_down(void **state);

/* The text of secret n, the same each time. */
struct text world_key(unsigned n, char out[WORLD_KEY_SIZE]);
/* A plain active secret n: no expiry, slot n, prefix "p". */
struct engine_secret world_secret(const struct world *w, unsigned n);
/* A plain active key with one secret, of tenant "acme", owner "ann", without scopes or networks. */
struct engine_key world_plain(const struct engine_secret *secret);

/* That second on both clocks. */
struct now world_now(int64_t seconds);
/* Prepares and verifies one request; the answer is released, so its texts are gone, but shard says nothing more. */
enum apikey_code world_ask(struct world *w, struct verify_request *request, int64_t seconds);
/* The verdict on secret n, nothing else asked. */
enum apikey_code world_verify(struct world *w, unsigned n);

#endif
