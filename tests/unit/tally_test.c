/* tally_test.c - counts of what is watched are exact, and the keys used most are found among many. */
#include "apikeyd/tally.h"

#include <stdio.h>
#include <string.h>

#include "apikeyd/key_reply.h"
#include "protocol/buffer.h"
#include "tests/unit/unit.h"

#define MANY 5000 /* keys, far more than a tally keeps */

static const struct tally_scope all, acme = {.tenant = "acme"}, key_1 = {.key = "k_0000000001"},
				     key_1_acme = {.tenant = "acme", .key = "k_0000000001"};

/* One verify of key number n of a tenant, n 0: of an unknown key. */
static void verify(struct tally *t, const char *tenant, unsigned n, enum apikey_code code)
{
	struct key_record key = {.name = text_of("demo"),
		.tenant = text_of(tenant),
		.owner = text_of("bob"),
		.env = text_of("live"),
		.expires_at = STORE_NEVER};
	struct buffer own = {.max = 1024}, shared = {.max = 1024};
	struct verify_request request = {.digest = {(uint8_t)n, (uint8_t)(n >> 8)}};
	struct verdict verdict = {.code = code, .found = n > 0};

	snprintf(key.id, sizeof key.id, "k_%010u", n);
	key_reply_own(&own, &key);
	key_reply_shared(&shared, &key, NULL, 0);
	verdict.own = (struct text){(const char *)own.data, own.len};
	verdict.shared = (struct text){(const char *)shared.data, shared.len};
	if (tally_begin(t)) {
		tally_note(t, &request, &verdict);
		tally_end(t);
	}
	buffer_free(&own);
	buffer_free(&shared);
}

static uint64_t sum(const struct tally_counts *counts)
{
	uint64_t n = 0;

	for (unsigned code = 0; code < APIKEY_CODE_COUNT; code++)
		n += counts->codes[code];
	return n;
}

static void nothing_is_counted_while_nobody_watches(void **state)
{
	struct tally *t = tally_new();
	static struct tally_counts counts;

	(void)state;
	assert_false(tally_begin(t));
	assert_false(tally_take(t, 0, &all, &counts));
	tally_watch(t, 0, &all);
	verify(t, "acme", 1, APIKEY_CODE_OK);
	tally_unwatch(t, 0);
	assert_false(tally_begin(t));
	assert_false(tally_take(t, 0, &all, &counts));
	tally_watch(t, 0, &all);
	assert_true(tally_take(t, 0, &all, &counts));
	assert_int_equal(sum(&counts), 0);
	tally_free(t);
}

static void each_watch_counts_its_own(void **state)
{
	static const struct {
		const struct tally_scope *scope;
		uint64_t all, ok;
	} rows[] = {{&all, 6, 3}, {&acme, 3, 2}, {&key_1, 2, 1}, {&key_1_acme, 2, 1}};
	struct tally *t = tally_new();
	static struct tally_counts counts;

	(void)state;
	for (unsigned i = 0; i < 4; i++)
		tally_watch(t, i, rows[i].scope);
	verify(t, "acme", 1, APIKEY_CODE_OK);
	verify(t, "acme", 1, APIKEY_CODE_RATE_LIMITED);
	verify(t, "acme", 2, APIKEY_CODE_OK);
	verify(t, "other", 3, APIKEY_CODE_OK);
	verify(t, "acme", 0, APIKEY_CODE_NOT_FOUND);
	verify(t, "acme", 0, APIKEY_CODE_MALFORMED);
	for (unsigned i = 0; i < 4; i++) {
		assert_true(tally_take(t, i, rows[i].scope, &counts));
		assert_int_equal(sum(&counts), rows[i].all);
		assert_int_equal(counts.codes[APIKEY_CODE_OK], rows[i].ok);
		assert_true(tally_take(t, i, rows[i].scope, &counts));
		assert_int_equal(sum(&counts), 0);
	}
	tally_free(t);
}

static void a_number_with_another_meaning_gives_nothing(void **state)
{
	struct tally *t = tally_new();
	static struct tally_counts counts;

	(void)state;
	tally_watch(t, 7, &acme);
	tally_unwatch(t, 7);
	tally_watch(t, 7, &key_1);
	verify(t, "acme", 1, APIKEY_CODE_OK);
	assert_false(tally_take(t, 7, &acme, &counts));
	assert_true(tally_take(t, 7, &key_1, &counts));
	assert_int_equal(sum(&counts), 1);
	tally_free(t);
}

static void all_places_can_be_taken(void **state)
{
	struct tally *t = tally_new();
	static struct tally_counts counts;
	struct tally_scope scope = {.tenant = "acme"};

	(void)state;
	for (unsigned i = 0; i < TALLY_WATCHES; i++) {
		snprintf(scope.key, sizeof scope.key, "k_%010u", i + 1);
		tally_watch(t, i, &scope);
	}
	verify(t, "acme", TALLY_WATCHES, APIKEY_CODE_OK);
	assert_true(tally_take(t, TALLY_WATCHES - 1, &scope, &counts));
	assert_int_equal(sum(&counts), 1);
	for (unsigned i = 0; i < TALLY_WATCHES; i++)
		tally_unwatch(t, i);
	assert_false(tally_begin(t));
	tally_free(t);
}

static const struct tally_key *place_of(const struct tally_counts *counts, const char *id)
{
	for (unsigned i = 0; i < TALLY_KEYS; i++)
		if (strcmp(counts->keys[i].id, id) == 0)
			return &counts->keys[i];
	return NULL;
}

/* Space-Saving's promise: who has more than its share of its set is there, and what is said of it brackets the truth. */
static void much_used_keys_are_found_among_many(void **state)
{
	struct tally *t = tally_new();
	static struct tally_counts counts;
	const struct tally_key *key;
	char id[KEY_ID_SIZE];

	(void)state;
	tally_watch(t, 0, &all);
	for (unsigned i = 1; i <= MANY; i++) {
		verify(t, "acme", 100 + i, APIKEY_CODE_OK);
		verify(t, "acme", 1 + i % 5, APIKEY_CODE_OK);
	}
	assert_true(tally_take(t, 0, &all, &counts));
	assert_int_equal(sum(&counts), 2 * MANY);
	for (unsigned n = 1; n <= 5; n++) {
		snprintf(id, sizeof id, "k_%010u", n);
		key = place_of(&counts, id);
		assert_non_null(key);
		assert_true(key->count >= MANY / 5);
		assert_true(key->count - key->doubtful <= MANY / 5);
		assert_int_equal(key->digest[0], n);
	}
	tally_free(t);
}

static void dry_runs_are_not_counted(void **state)
{
	struct tally *t = tally_new();
	const struct verify_request request = {.dry_run = true};
	const struct verdict verdict = {.code = APIKEY_CODE_NOT_FOUND};
	static struct tally_counts counts;

	(void)state;
	tally_watch(t, 0, &all);
	assert_true(tally_begin(t));
	tally_note(t, &request, &verdict);
	tally_end(t);
	assert_true(tally_take(t, 0, &all, &counts));
	assert_int_equal(sum(&counts), 0);
	tally_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_counted_while_nobody_watches),
		cmocka_unit_test(each_watch_counts_its_own),
		cmocka_unit_test(a_number_with_another_meaning_gives_nothing),
		cmocka_unit_test(all_places_can_be_taken),
		cmocka_unit_test(much_used_keys_are_found_among_many),
		cmocka_unit_test(dry_runs_are_not_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
