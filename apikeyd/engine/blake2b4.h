/* blake2b4.h - BLAKE2b-256 (RFC 7693) of four short messages side by side, each in one lane of a vector.
 *
 * Alone, a message keeps a fraction of the processor's units busy: each step waits for the one before. Four that do not
 * know of each other take little longer than one (Gueron and Krasnov, "Simultaneous hashing of multiple messages",
 * 2012, https://eprint.iacr.org/2012/371). libsodium has no such call; digest_test holds both against each other. */
#ifndef ENGINE_BLAKE2B4_H
#define ENGINE_BLAKE2B4_H

#include <stdbool.h>
#include <stdint.h>

#define BLAKE2B4_LANES 4
#define BLAKE2B_BLOCK_BYTES 128
#define BLAKE2B4_OUT_BYTES 32

/* A message of one block: zeros follow its bytes. */
struct blake2b_block {
	_Alignas(32) uint8_t bytes[BLAKE2B_BLOCK_BYTES];
	uint64_t size; /* of the message, at most a block */
};

/* Whether this processor can: without, blake2b4() must not be called. */
bool blake2b4_available(void);
void blake2b4(const struct blake2b_block in[BLAKE2B4_LANES],
	uint8_t out[BLAKE2B4_LANES][BLAKE2B4_OUT_BYTES]);

#endif
