/* digest.h - the engine's only door to libsodium: what keys are looked up by, and hashes for tables. */
#ifndef ENGINE_DIGEST_H
#define ENGINE_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "apikeyd/engine/engine.h"
#include "protocol/text.h"

#define HASH_KEY_BYTES 16

/* Lets libsodium choose the code for this processor; any number of times. False: no source of random numbers. */
bool digest_init(void);
/* BLAKE2b-256 over pepper ‖ key. One block, and so one step, for keys of up to 96 bytes; longer ones take more. */
void digest_key(const uint8_t pepper[PEPPER_BYTES], struct text key, uint8_t out[DIGEST_BYTES]);
/* The same for many: a key, and where its digest goes. Where the processor can, four at a time (blake2b4.h). */
struct digest_job {
	struct text key;
	uint8_t *out;
};
void digest_keys(const uint8_t pepper[PEPPER_BYTES], const struct digest_job *jobs, size_t count);
/* The same over another system's hash of a key, in a domain of its own (BLAKE2's personalisation), so that nobody who
 * knows the hash can send it as a key. */
void digest_foreign(
	const uint8_t pepper[PEPPER_BYTES], struct text hash, uint8_t out[DIGEST_BYTES]);
void digest_sha256(struct text key, uint8_t out[DIGEST_BYTES]);
void digest_wipe(void *secret, size_t size);

/* A key of its own for hash_bytes(), drawn at random. */
void hash_key_make(uint8_t out[HASH_KEY_BYTES]);
/* SipHash-2-4, so that nobody can name things such that they collide. */
uint32_t hash_bytes(const uint8_t key[HASH_KEY_BYTES], const void *data, size_t size);

#endif
