/* digest_test.c - digests against Python's hashlib.blake2b, and the table hash. */
#include <string.h>

#include "apikeyd/engine/digest.h"
#include "tests/unit/unit.h"

/* hashlib.blake2b(bytes(range(32)) + b"k" * length, digest_size=32), which is the reference's code and not libsodium's:
 * around the end of the first block, 96. */
static const struct {
	size_t length;
	const char *digest;
} known[] = {
	{1, "e73d7b470ac95bca8ff540b55b64e38e6041f38552b6e1b956c4734b4196798f"},
	{55, "d4ca59126d0ec06905c6f0ea653400b91a172fff7152bee06ad5c81b993c967e"},
	{96, "a367ccc05d71bab73aaca47b90c2b487d49aa280fa4a3b9c62b262b8ec7d70c3"},
	{97, "0cf94970ff1f01b908c22d7d95e10e029908f7958dd764e31ce6d0cc15c7e039"},
	{256, "8e6466f71c12bdf24c259a080ea31fcd6b00a4208ac6375c60c821f5c4c10e86"},
};

static void to_hex(const uint8_t *bytes, size_t count, char *out)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < count; i++) {
		*out++ = digits[bytes[i] >> 4];
		*out++ = digits[bytes[i] & 15];
	}
	*out = '\0';
}

static void test_known(void **state)
{
	enum { KNOWN = sizeof known / sizeof known[0] };
	uint8_t pepper[PEPPER_BYTES], digest[DIGEST_BYTES], digests[KNOWN][DIGEST_BYTES] = {{0}};
	char key[256], hex[2 * DIGEST_BYTES + 1];
	struct digest_job jobs[KNOWN];

	(void)state;
	assert_true(digest_init());
	memset(key, 'k', sizeof key);
	for (unsigned i = 0; i < sizeof pepper; i++)
		pepper[i] = (uint8_t)i;
	for (size_t i = 0; i < KNOWN; i++)
		jobs[i] = (struct digest_job){{key, known[i].length}, digests[i]};
	digest_keys(pepper, jobs, KNOWN);
	for (size_t i = 0; i < KNOWN; i++) {
		digest_key(pepper, jobs[i].key, digest);
		to_hex(digest, sizeof digest, hex);
		assert_string_equal(hex, known[i].digest);
		assert_memory_equal(digests[i], digest, sizeof digest);
	}
}

/* hashlib.blake2b(bytes(range(32)) + b"hash", digest_size=32, person=b"foreign hash") and hashlib.sha256(b"abc"). */
static void test_known_foreign(void **state)
{
	uint8_t pepper[PEPPER_BYTES], digest[DIGEST_BYTES];
	char hex[2 * DIGEST_BYTES + 1];

	(void)state;
	for (unsigned i = 0; i < sizeof pepper; i++)
		pepper[i] = (uint8_t)i;
	digest_foreign(pepper, (struct text){"hash", 4}, digest);
	to_hex(digest, sizeof digest, hex);
	assert_string_equal(
		hex, "d2b43364995d9f4bd533f0506f4e5bf981b16479ed874222f5f39ff1a0150586");
	digest_sha256((struct text){"abc", 3}, digest);
	to_hex(digest, sizeof digest, hex);
	assert_string_equal(
		hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

/* Every number of keys of every length, around the end of a block too, against one at a time by libsodium: the same code
 * where the processor has no vectors for four. */
static void test_many(void **state)
{
	enum { MOST = 11, LONGEST = 100 };
	uint8_t pepper[PEPPER_BYTES], one[DIGEST_BYTES], many[MOST][DIGEST_BYTES];
	char keys[MOST][LONGEST + MOST];
	struct digest_job jobs[MOST];

	(void)state;
	assert_true(digest_init());
	for (unsigned i = 0; i < sizeof pepper; i++)
		pepper[i] = (uint8_t)(200 + i);
	for (unsigned i = 0; i < MOST; i++)
		for (unsigned j = 0; j < sizeof keys[i]; j++)
			keys[i][j] = (char)(i * 31 + j * 7);
	for (size_t count = 0; count <= MOST; count++)
		for (size_t length = 1; length <= LONGEST; length++) {
			for (size_t i = 0; i < count; i++)
				jobs[i] = (struct digest_job){{keys[i], length + i}, many[i]};
			digest_keys(pepper, jobs, count);
			for (size_t i = 0; i < count; i++) {
				digest_key(pepper, jobs[i].key, one);
				assert_memory_equal(many[i], one, sizeof one);
			}
		}
}

static void test_pepper_matters(void **state)
{
	uint8_t pepper[PEPPER_BYTES] = {0}, one[DIGEST_BYTES], other[DIGEST_BYTES];

	(void)state;
	digest_key(pepper, (struct text){"key", 3}, one);
	pepper[PEPPER_BYTES - 1] = 1;
	digest_key(pepper, (struct text){"key", 3}, other);
	assert_memory_not_equal(one, other, DIGEST_BYTES);
}

static void test_hash(void **state)
{
	uint8_t key[HASH_KEY_BYTES], other[HASH_KEY_BYTES];
	unsigned differ = 0;

	(void)state;
	hash_key_make(key);
	hash_key_make(other);
	for (unsigned i = 0; i < 64; i++) {
		assert_int_equal(hash_bytes(key, &i, sizeof i), hash_bytes(key, &i, sizeof i));
		differ += hash_bytes(key, &i, sizeof i) != hash_bytes(other, &i, sizeof i);
	}
	assert_true(differ > 32);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known),
		cmocka_unit_test(test_known_foreign),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_pepper_matters),
		cmocka_unit_test(test_hash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
