/* password.h - passwords of people: what one must be, and how it is kept.
 *
 * Kept is Argon2id (RFC 9106) over the peppered digest of the password, so that the store alone does not even let anybody
 * begin to guess. Making and checking one take some 70 ms and PASSWORD_MEMORY bytes: on the worker for slow hashes. */
#ifndef APIKEYD_PASSWORD_H
#define APIKEYD_PASSWORD_H

#include <stdbool.h>
#include <stdint.h>

#include "include/apikey.h"
#include "protocol/text.h"

#define PASSWORD_MIN_BYTES 15
#define PASSWORD_MAX_BYTES 1024
#define PASSWORD_MEMORY (64 * 1024 * 1024) /* bytes that one hash takes while it is made */
#define PASSWORD_PASSES 2
#define PASSWORD_HASH_SIZE 128 /* with its terminator */
#define PASSWORD_DIGEST_BYTES 32

/* NULL if that user may have the password; else the reason, a static half sentence such as "must have at least 15 bytes".
 * There are no rules on what it is made of: what is refused is what is tried first. */
const char *password_check(struct text password, struct text username);

/* Makes what is kept of a password that has this digest. APIKEY_NO_MEMORY: there is not enough for now. */
enum apikey_error password_hash(
	const uint8_t digest[PASSWORD_DIGEST_BYTES], char out[PASSWORD_HASH_SIZE]);
/* Whether the digest is that of the password which the hash was made from. A hash of NULL matches nothing, and costs as
 * much as any other: nobody learns from the time that there is none. */
enum apikey_error password_matches(
	const uint8_t digest[PASSWORD_DIGEST_BYTES], const char *hash, bool *matches);

#endif
