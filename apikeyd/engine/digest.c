/* digest.c - BLAKE2b and SipHash, by libsodium. */
#include "apikeyd/engine/digest.h"

#include <sodium.h>
#include <string.h>

#include "apikeyd/engine/blake2b4.h"

_Static_assert(DIGEST_BYTES == crypto_hash_sha256_BYTES, "a SHA-256 fits");
_Static_assert(HASH_KEY_BYTES == crypto_shorthash_KEYBYTES, "the key of hash_bytes()");

static bool four_at_once;

bool digest_init(void)
{
	four_at_once = blake2b4_available();
	return sodium_init() >= 0;
}

void digest_key(const uint8_t pepper[PEPPER_BYTES], struct text key, uint8_t out[DIGEST_BYTES])
{
	crypto_generichash_blake2b_state state; /* zeroed by the last step */

	crypto_generichash_blake2b_init(&state, NULL, 0, DIGEST_BYTES);
	crypto_generichash_blake2b_update(&state, pepper, PEPPER_BYTES);
	crypto_generichash_blake2b_update(&state, (const uint8_t *)key.data, key.len);
	crypto_generichash_blake2b_final(&state, out, DIGEST_BYTES);
}

static bool is_one_block(const struct digest_job *job)
{
	return PEPPER_BYTES + job->key.len <= BLAKE2B_BLOCK_BYTES;
}

/* One to four of one block each; lanes without a message go along empty. */
static void digest_four(
	const uint8_t pepper[PEPPER_BYTES], const struct digest_job *const jobs[], size_t count)
{
	struct blake2b_block blocks[BLAKE2B4_LANES];
	uint8_t digests[BLAKE2B4_LANES][BLAKE2B4_OUT_BYTES];

	memset(blocks, 0, sizeof blocks);
	for (size_t i = 0; i < count; i++) {
		memcpy(blocks[i].bytes, pepper, PEPPER_BYTES);
		memcpy(blocks[i].bytes + PEPPER_BYTES, jobs[i]->key.data, jobs[i]->key.len);
		blocks[i].size = PEPPER_BYTES + jobs[i]->key.len;
	}
	blake2b4(blocks, digests);
	for (size_t i = 0; i < count; i++)
		memcpy(jobs[i]->out, digests[i], DIGEST_BYTES);
	sodium_memzero(blocks, sizeof blocks);
}

void digest_keys(const uint8_t pepper[PEPPER_BYTES], const struct digest_job *jobs, size_t count)
{
	const struct digest_job *four[BLAKE2B4_LANES];
	size_t waiting = 0;

	for (size_t i = 0; i < count; i++) {
		if (!four_at_once || !is_one_block(&jobs[i])) {
			digest_key(pepper, jobs[i].key, jobs[i].out);
			continue;
		}
		four[waiting++] = &jobs[i];
		if (waiting == BLAKE2B4_LANES) {
			digest_four(pepper, four, waiting);
			waiting = 0;
		}
	}
	if (waiting == 1)
		digest_key(pepper, four[0]->key, four[0]->out);
	else if (waiting > 1)
		digest_four(pepper, four, waiting);
}

void digest_foreign(const uint8_t pepper[PEPPER_BYTES], struct text hash, uint8_t out[DIGEST_BYTES])
{
	static const uint8_t domain[crypto_generichash_blake2b_PERSONALBYTES] = "foreign hash";
	crypto_generichash_blake2b_state state; /* zeroed by the last step */

	crypto_generichash_blake2b_init_salt_personal(&state, NULL, 0, DIGEST_BYTES, NULL, domain);
	crypto_generichash_blake2b_update(&state, pepper, PEPPER_BYTES);
	crypto_generichash_blake2b_update(&state, (const uint8_t *)hash.data, hash.len);
	crypto_generichash_blake2b_final(&state, out, DIGEST_BYTES);
}

void digest_sha256(struct text key, uint8_t out[DIGEST_BYTES])
{
	crypto_hash_sha256(out, (const uint8_t *)key.data, key.len);
}

void digest_wipe(void *secret, size_t size)
{
	sodium_memzero(secret, size);
}

void hash_key_make(uint8_t out[HASH_KEY_BYTES])
{
	randombytes_buf(out, HASH_KEY_BYTES);
}

uint32_t hash_bytes(const uint8_t key[HASH_KEY_BYTES], const void *data, size_t size)
{
	uint8_t full[crypto_shorthash_BYTES];
	uint32_t hash;

	crypto_shorthash(full, data, size, key);
	memcpy(&hash, full, sizeof hash);
	return hash;
}
