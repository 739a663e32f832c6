/* engine_test.c - verdicts in their order, counting, changes, and long random use against a simple model. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "protocol/keytext.h"
#include "tests/engine/world.h"

#define TEXT(s) ((struct text){s, sizeof(s) - 1})

static int setup(void **state)
{
	struct world *w = malloc(sizeof *w);

	world_open(w);
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	world_close(*state);
	free(*state);
	return 0;
}

static void put(struct world *w, const struct engine_key *key)
{
	assert_true(engine_put(w->engine, key));
}

/* A key with everything against it: one obstacle after the other is taken away, and the next one shows. */
static void test_order(void **state)
{
	struct world *w = *state;
	struct text scope = TEXT("a:read"), needs[] = {TEXT("a:read"), TEXT("a:write")};
	struct engine_secret secret = world_secret(w, 1);
	struct engine_key key = world_plain(&secret);
	struct address ip, elsewhere;
	char text[WORLD_KEY_SIZE];
	struct verify_request ask = {
		.key = TEXT(""), .tenant = TEXT("other"), .needs = needs, .need_count = 2};
	struct cidr home;

	assert_null(cidr_parse(TEXT("192.0.2.0/24"), &home));
	assert_true(address_parse(TEXT("192.0.2.9"), &ip));
	assert_true(address_parse(TEXT("198.51.100.9"), &elsewhere));
	secret.revoked = true;
	secret.expires_at = NOW;
	key.state = KEY_DISABLED;
	key.cidrs = &home;
	key.cidr_count = 1;
	key.scopes = &scope;
	key.scope_count = 1;
	put(w, &key);
	assert_true(engine_set_owner(w->engine, key.tenant, key.owner, true));
	assert_true(engine_set_tenant(w->engine, key.tenant, true));

	assert_int_equal(world_ask(w, &ask, NOW), APIKEY_CODE_MALFORMED);
	ask.key = world_key(1, text);
	assert_int_equal(world_ask(w, &ask, NOW), APIKEY_CODE_NOT_FOUND);
	ask.tenant = key.tenant;
	assert_int_equal(world_ask(w, &ask, NOW), APIKEY_CODE_REVOKED);
	secret.revoked = false;
	key.state = KEY_REVOKED;
	put(w, &key);
	assert_int_equal(world_ask(w, &ask, NOW), APIKEY_CODE_REVOKED);
	key.state = KEY_DISABLED;
	put(w, &key);
	assert_int_equal(world_ask(w, &ask, NOW), APIKEY_CODE_EXPIRED);
	secret.expires_at = ENGINE_NEVER;
	key.expires_at = NOW;
	put(w, &key);
	assert_int_equal(world_ask(w, &ask, NOW), APIKEY_CODE_EXPIRED);
	key.expires_at = NOW + 1;
	put(w, &key);
	assert_int_equal(world_ask(w, &ask, NOW), APIKEY_CODE_DISABLED);
	key.state = KEY_ACTIVE;
	put(w, &key);
	assert_int_equal(world_ask(w, &ask, NOW), APIKEY_CODE_OWNER_DISABLED);
	assert_true(engine_set_owner(w->engine, key.tenant, key.owner, false));
	assert_int_equal(world_ask(w, &ask, NOW), APIKEY_CODE_TENANT_DISABLED);
	assert_true(engine_set_tenant(w->engine, key.tenant, false));
	assert_int_equal(world_ask(w, &ask, NOW), APIKEY_CODE_IP_DENIED);
	ask.ip = &elsewhere;
	assert_int_equal(world_ask(w, &ask, NOW), APIKEY_CODE_IP_DENIED);
	ask.ip = &ip;
	assert_int_equal(world_ask(w, &ask, NOW), APIKEY_CODE_SCOPE_MISSING);
	ask.need_count = 1;
	assert_int_equal(world_ask(w, &ask, NOW), APIKEY_CODE_OK);
	assert_int_equal(world_ask(w, &ask, NOW + 1), APIKEY_CODE_EXPIRED);
}

static void ask_text(struct world *w, struct text key, enum apikey_code code)
{
	struct verify_request ask = {.key = key};

	assert_int_equal(world_ask(w, &ask, NOW), code);
}

static uint32_t zero(uint32_t upper)
{
	(void)upper;
	return 0;
}

/* The bounds of a key's length, and a checksum that is looked at only on a miss. */
static void test_malformed(void **state)
{
	struct world *w = *state;
	char own[KEYTEXT_OWN_SIZE], prefix[KEYTEXT_PREFIX_SIZE], longest[KEYTEXT_MAX + 1];
	struct engine_secret secret = world_secret(w, 1);
	struct engine_key key = world_plain(&secret);

	memset(longest, 'x', sizeof longest);
	ask_text(w, (struct text){longest, KEYTEXT_MAX + 1}, APIKEY_CODE_MALFORMED);
	ask_text(w, (struct text){longest, KEYTEXT_MAX}, APIKEY_CODE_NOT_FOUND);
	ask_text(w, (struct text){longest, 1}, APIKEY_CODE_NOT_FOUND);
	ask_text(w, (struct text){longest, 0}, APIKEY_CODE_MALFORMED);
	ask_text(w, (struct text){NULL, 0}, APIKEY_CODE_MALFORMED);
	engine_digest(w->engine, (struct text){longest, KEYTEXT_MAX}, secret.digest);
	put(w, &key);
	ask_text(w, (struct text){longest, KEYTEXT_MAX}, APIKEY_CODE_OK);

	keytext_make("ak", "live", zero, own, prefix);
	ask_text(w, (struct text){own, strlen(own)}, APIKEY_CODE_NOT_FOUND);
	own[strlen(own) - 1] ^= 1;
	ask_text(w, (struct text){own, strlen(own)}, APIKEY_CODE_MALFORMED);
	engine_digest(w->engine, (struct text){own, strlen(own)}, secret.digest);
	put(w, &key);
	ask_text(w, (struct text){own, strlen(own)}, APIKEY_CODE_OK);
}

static void test_answer(void **state)
{
	struct world *w = *state;
	struct text scope = TEXT("b:*");
	struct engine_secret secrets[2] = {world_secret(w, 1), world_secret(w, 2)};
	struct engine_key key = world_plain(secrets);
	struct text needs[ENGINE_SCOPES_MAX];
	char text[WORLD_KEY_SIZE];
	struct verify_request ask = {
		.key = world_key(1, text), .needs = needs, .need_count = ENGINE_SCOPES_MAX};
	struct now now = world_now(NOW);
	struct verdict v;

	for (unsigned i = 0; i < ENGINE_SCOPES_MAX; i++)
		needs[i] = i % 3 == 0 ? TEXT("a:read") : TEXT("b:read");
	key.scopes = &scope;
	key.scope_count = 1;
	key.secret_count = 2;
	secrets[0].superseded = true;
	secrets[0].expires_at = NOW + 60;
	secrets[0].prefix = TEXT("old");
	put(w, &key);
	engine_prepare(w->engine, &ask, 1);
	engine_verify(w->engine, &ask, &now, &v);
	assert_int_equal(v.code, APIKEY_CODE_SCOPE_MISSING);
	assert_true(v.missing == 0x9249249249249249);
	assert_true(v.found && v.superseded && v.shard != NULL);
	assert_int_equal(v.grace_ends, NOW + 60);
	assert_true(text_equal(v.prefix, TEXT("old")));
	assert_true(text_equal(v.own, TEXT("own")) && text_equal(v.shared, TEXT("shared")));
	assert_int_equal(v.own_members, 1);
	assert_int_equal(v.shared_members, 2);
	engine_release(&v);
	assert_null(v.shard);

	ask = (struct verify_request){.key = world_key(2, text)};
	engine_prepare(w->engine, &ask, 1);
	engine_verify(w->engine, &ask, &now, &v);
	assert_int_equal(v.code, APIKEY_CODE_OK);
	assert_true(!v.superseded && v.grace_ends == ENGINE_NEVER && v.missing == 0);
	engine_release(&v);

	ask.tenant = TEXT("acm");
	engine_verify(w->engine, &ask, &now, &v);
	assert_int_equal(v.code, APIKEY_CODE_NOT_FOUND);
	assert_true(!v.found && v.own.data == NULL && v.shard == NULL);
	engine_release(&v);
}

static void test_counts(void **state)
{
	static const uint8_t mapped[16] = {[10] = 0xff, [11] = 0xff, 192, 0, 2, 9};
	struct world *w = *state;
	struct engine_secret secret = world_secret(w, 7);
	struct engine_key key = world_plain(&secret);
	char text[WORLD_KEY_SIZE];
	struct address ip;
	struct verify_request ask = {.key = world_key(7, text), .units = 5, .ip = &ip};
	struct usage_slot *u = &w->usage[7];

	assert_true(address_parse(TEXT("192.0.2.9"), &ip));
	put(w, &key);
	world_ask(w, &ask, NOW);
	world_ask(w, &ask, NOW + 1);
	assert_int_equal(u->allowed, 2);
	assert_int_equal(u->units, 10);
	assert_int_equal(u->last_used_at, NOW + 1);
	assert_memory_equal(u->last_ip, mapped, 16);
	key.state = KEY_DISABLED;
	put(w, &key);
	ask.ip = NULL;
	world_ask(w, &ask, NOW + 2);
	assert_int_equal(u->allowed, 2);
	assert_int_equal(u->denied, 1);
	assert_int_equal(u->units, 10);
	assert_int_equal(u->last_used_at, NOW + 2);
	assert_memory_equal(u->last_ip, mapped, 16); /* the last one known */
	ask.dry_run = true;
	world_ask(w, &ask, NOW + 3);
	ask.dry_run = false;
	ask.tenant = TEXT("other");
	world_ask(w, &ask, NOW + 3);
	assert_int_equal(u->allowed + u->denied, 3);
	assert_int_equal(u->last_used_at, NOW + 2);
}

/* Units may be any that requests name. */
static void test_units_stay_at_the_most(void **state)
{
	struct world *w = *state;
	struct engine_secret secret = world_secret(w, 7);
	struct engine_key key = world_plain(&secret);
	char text[WORLD_KEY_SIZE];
	struct verify_request ask = {.key = world_key(7, text), .units = 5};

	put(w, &key);
	w->usage[7].units = INT64_MAX - 9;
	world_ask(w, &ask, NOW);
	assert_true(w->usage[7].units == INT64_MAX - 4);
	for (unsigned i = 0; i < 2; i++) {
		world_ask(w, &ask, NOW);
		assert_true(w->usage[7].units == INT64_MAX);
	}
}

/* What is switched off stays so for keys that come later, and only there. */
static void test_parties(void **state)
{
	struct world *w = *state;
	struct engine_secret secrets[3] = {
		world_secret(w, 1), world_secret(w, 2), world_secret(w, 3)};
	struct engine_key key = world_plain(secrets);

	assert_true(engine_set_owner(w->engine, TEXT("acme"), TEXT("ann"), true));
	assert_true(engine_set_owner(w->engine, TEXT("acme"), TEXT("ann"), true));
	put(w, &key);
	key.secrets = &secrets[1];
	key.tenant = TEXT("umbrella"); /* another ann */
	put(w, &key);
	key.secrets = &secrets[2];
	key.owner = TEXT("acme"); /* named like a tenant */
	put(w, &key);
	assert_int_equal(world_verify(w, 1), APIKEY_CODE_OWNER_DISABLED);
	assert_int_equal(world_verify(w, 2), APIKEY_CODE_OK);
	assert_true(engine_set_tenant(w->engine, TEXT("acme"), true));
	assert_int_equal(world_verify(w, 3), APIKEY_CODE_OK);
	assert_true(engine_set_owner(w->engine, TEXT("acme"), TEXT("ann"), false));
	assert_int_equal(world_verify(w, 1), APIKEY_CODE_TENANT_DISABLED);
	engine_remove(w->engine, secrets[0].digest);
	key = world_plain(secrets);
	put(w, &key);
	assert_int_equal(world_verify(w, 1), APIKEY_CODE_TENANT_DISABLED);
	assert_true(engine_set_tenant(w->engine, TEXT("acme"), false));
	assert_int_equal(world_verify(w, 1), APIKEY_CODE_OK);
}

/* Past a bound nothing changes; at it, all is well. */
static void test_bounds(void **state)
{
	struct world *w = *state;
	struct engine_secret secrets[ENGINE_SECRETS_MAX + 1];
	struct engine_key plain, key;
	struct text scopes[ENGINE_SCOPES_MAX + 1];
	struct cidr cidrs[ENGINE_CIDRS_MAX + 1] = {{.bits = 0}};
	char *bytes = calloc(1, ENGINE_REPLY_MAX + 1);
	struct engine_stats stats;

	for (unsigned i = 0; i <= ENGINE_SECRETS_MAX; i++) {
		secrets[i] = world_secret(w, i);
		secrets[i].superseded = i > 0;
	}
	for (unsigned i = 0; i <= ENGINE_SCOPES_MAX; i++)
		scopes[i] = (struct text){bytes, 64};
	plain = world_plain(secrets);
	plain.scopes = scopes;
	plain.cidrs = cidrs;
	put(w, &plain);
#define REFUSED(member, value)                                                                     \
	key = plain, key.member = (value), assert_false(engine_put(w->engine, &key))
	REFUSED(secret_count, ENGINE_SECRETS_MAX + 1);
	REFUSED(scope_count, ENGINE_SCOPES_MAX + 1);
	REFUSED(cidr_count, ENGINE_CIDRS_MAX + 1);
	REFUSED(own, ((struct text){bytes, ENGINE_REPLY_MAX + 1}));
	REFUSED(shared, ((struct text){bytes, ENGINE_REPLY_MAX + 1}));
	secrets[0].prefix = (struct text){bytes, KEYTEXT_PREFIX_SIZE};
	REFUSED(state, KEY_DISABLED);
#undef REFUSED
	assert_int_equal(world_verify(w, 0), APIKEY_CODE_OK);
	secrets[0].prefix = (struct text){bytes, KEYTEXT_PREFIX_SIZE - 1};
	key = plain;
	key.secret_count = ENGINE_SECRETS_MAX;
	key.scope_count = ENGINE_SCOPES_MAX;
	key.cidr_count = ENGINE_CIDRS_MAX;
	key.own = key.shared = (struct text){bytes, ENGINE_REPLY_MAX};
	put(w, &key);
	engine_stats(w->engine, &stats);
	assert_int_equal(stats.keys, 1);
	assert_int_equal(stats.secrets, ENGINE_SECRETS_MAX);
	assert_true(stats.bytes > (ENGINE_SECRETS_MAX + 1) * ENGINE_REPLY_MAX);
	free(bytes);
}

/* ---- long random use ---- */

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
	put(w, &key);
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
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_order, setup, teardown),
		cmocka_unit_test_setup_teardown(test_malformed, setup, teardown),
		cmocka_unit_test_setup_teardown(test_answer, setup, teardown),
		cmocka_unit_test_setup_teardown(test_counts, setup, teardown),
		cmocka_unit_test_setup_teardown(test_units_stay_at_the_most, setup, teardown),
		cmocka_unit_test_setup_teardown(test_parties, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bounds, setup, teardown),
		cmocka_unit_test_setup_teardown(test_against_model, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
