/* record_test.c - a key as one run of bytes: back as it was, or refused. */
#include <stdlib.h>
#include <string.h>

#include "apikeyd/store/record.h"
#include "tests/store/keys.h"
#include "tests/unit/unit.h"

#define KEYS 64

/* In memory of just that size, so that a read past the end is found. */
static bool decode_copy(struct text bytes, size_t len, struct key_record *out)
{
	char *copy = malloc(len > 0 ? len : 1);
	bool good;

	assert_non_null(copy);
	memcpy(copy, bytes.data, len);
	good = record_decode((struct text){copy, len}, out);
	free(copy);
	return good;
}

static struct key_record *filled_key(struct pool *pool, unsigned n)
{
	struct key_record *key = test_key(pool, n);

	key->limit_slot = n % 3 == 0 ? 0 : UINT32_MAX - n;
	key->past = (struct past_usage){n, INT64_MAX - n, -(int64_t)n};
	key->secrets[0].requests_before = n % 2 == 0 ? 0 : INT64_MAX;
	return key;
}

static void comes_back_as_it_was(void **state)
{
	(void)state;
	for (unsigned n = 0; n < KEYS; n++) {
		struct pool pool = {0};
		struct key_record *key = filled_key(&pool, n), back;

		while (key->secret_count < STORE_SECRETS_MAX && n % 4 == 0)
			test_add_secret(&pool, key, KEYS * key->secret_count + n);
		memset(&back, 0xa5, sizeof back);
		assert_true(record_decode(record_encode(&pool, key), &back));
		assert_true(test_same(key, &back));
		assert_int_equal(back.limit_slot, key->limit_slot);
		assert_memory_equal(&back.past, &key->past, sizeof back.past);
		assert_int_equal(back.secrets[0].requests_before, key->secrets[0].requests_before);
		pool_free(&pool);
	}
}

static void refuses_every_part_of_one(void **state)
{
	struct pool pool = {0};
	struct text bytes = record_encode(&pool, filled_key(&pool, 1));
	struct key_record back;

	(void)state;
	for (size_t len = 0; len < bytes.len; len++)
		assert_false(decode_copy(bytes, len, &back));
	assert_true(decode_copy(bytes, bytes.len, &back));
	assert_false(record_decode((struct text){NULL, 0}, &back));
	pool_free(&pool);
}

static void finds_every_flipped_bit(void **state)
{
	struct pool pool = {0};
	struct text bytes = record_encode(&pool, filled_key(&pool, 2));
	char *changed = (char *)bytes.data; /* the pool's */
	struct key_record back;

	(void)state;
	for (size_t bit = 0; bit < 8 * bytes.len; bit++) {
		changed[bit / 8] ^= (char)(1 << bit % 8);
		assert_false(record_decode(bytes, &back));
		changed[bit / 8] ^= (char)(1 << bit % 8);
	}
	assert_true(record_decode(bytes, &back));
	pool_free(&pool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(comes_back_as_it_was),
		cmocka_unit_test(refuses_every_part_of_one),
		cmocka_unit_test(finds_every_flipped_bit)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
