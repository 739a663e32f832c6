/* engine_test.c - verdicts in their order, counting, changes, bounds. */
#include <stdlib.h>
#include <string.h>

#include "protocol/keytext.h"
#include "tests/engine/world.h"
#include "tests/unit/unit.h"

#define TEXT(s) ((struct text){s, sizeof(s) - 1})

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

/* Keys that follow a plan are put as they are stored, so a digest may be there before the change that moves to it. */
static void test_moves_to_what_is_there(void **state)
{
	struct world *w = *state;
	struct engine_secret former = world_secret(w, 1), secret = world_secret(w, 2);
	struct engine_key key = world_plain(&former);
	struct engine_stats stats;

	put(w, &key);
	key.secrets = &secret;
	put(w, &key);
	secret.former = former.digest;
	put(w, &key);
	assert_int_equal(world_verify(w, 1), APIKEY_CODE_NOT_FOUND);
	assert_int_equal(world_verify(w, 2), APIKEY_CODE_OK);
	engine_stats(w->engine, &stats);
	assert_int_equal(stats.keys, 1);
	assert_int_equal(stats.secrets, 1);
	engine_remove(w->engine, secret.digest);
	assert_int_equal(world_verify(w, 2), APIKEY_CODE_NOT_FOUND);
	engine_stats(w->engine, &stats);
	assert_int_equal(stats.keys, 0);
	assert_int_equal(stats.secrets, 0);
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

int main(void)
{
	static const struct CMUnitTest tests[] = {
		T(test_order),
		T(test_malformed),
		T(test_answer),
		T(test_counts),
		T(test_units_stay_at_the_most),
		T(test_parties),
		T(test_moves_to_what_is_there),
		T(test_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
