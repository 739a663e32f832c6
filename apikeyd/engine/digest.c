/* digest.c - BLAKE2b and SipHash, by libsodium. */
#include "apikeyd/engine/digest.h"

#include <sodium.h>
#include <string.h>

_Static_assert(DIGEST_BYTES == crypto_hash_sha256_BYTES, "a SHA-256 fits");
_Static_assert(HASH_KEY_BYTES == crypto_shorthash_KEYBYTES, "the key of hash_bytes()");

bool digest_init(void)
{
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
