/* keytext.h - the text of an API key: made, checked, masked.
 *
 *   ak_live_7Hq2mX9d_ + 32 random base62 characters + 6 base62 characters of CRC-32 (RFC 1952, section 8)
 *
 * Everything before the last '_' is the prefix, which is public. */
#ifndef PROTOCOL_KEYTEXT_H
#define PROTOCOL_KEYTEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "protocol/text.h"

#define KEYTEXT_MAX 256      /* longest key that can verify, imported ones included */
#define KEYTEXT_BRAND_MAX 16 /* [a-z][a-z0-9]* */
#define KEYTEXT_ENV_MAX 16   /* likewise */
#define KEYTEXT_PREFIX_ID 8
#define KEYTEXT_RANDOM 32
#define KEYTEXT_CHECKSUM 6
/* Longest key and prefix of our own format, terminators included. */
#define KEYTEXT_OWN_SIZE                                                                           \
	(KEYTEXT_BRAND_MAX + 1 + KEYTEXT_ENV_MAX + 1 + KEYTEXT_PREFIX_ID + 1 + 38 + 1)
#define KEYTEXT_PREFIX_SIZE 96 /* prefixes of imported keys included */
#define KEYTEXT_MASKED_SIZE (KEYTEXT_PREFIX_SIZE + 1 + 3 + 4 + 1)
#define KEY_ID_RANDOM 10
#define KEY_ID_SIZE (2 + KEY_ID_RANDOM + 1) /* "k_" + base62 + NUL */
#define SESSION_ID_SIZE KEY_ID_SIZE         /* likewise "s_" */

/* A source of unbiased numbers below upper, such as libsodium's randombytes_uniform. */
typedef uint32_t random_below(uint32_t upper);

/* Makes a key and, in prefix, its public part. The caller wipes out after use. */
void keytext_make(const char *brand, const char *env, random_below *random,
	char out[KEYTEXT_OWN_SIZE], char prefix[KEYTEXT_PREFIX_SIZE]);
/* Makes a key id, "k_" and KEY_ID_RANDOM base62 characters. */
void key_id_make(random_below *random, char out[KEY_ID_SIZE]);
/* Whether that could be one. */
bool key_id_has_form(struct text id);

enum keytext_kind {
	KEYTEXT_FOREIGN, /* not of our format: may be an imported key */
	KEYTEXT_OWN,     /* our format and the checksum is right */
	KEYTEXT_BROKEN, /* empty, over KEYTEXT_MAX, or our format (this brand) with a wrong checksum */
};
enum keytext_kind keytext_classify(const char *brand, struct text key);
/* All before the last '_' of a key of our own format; data NULL for any other. */
struct text keytext_prefix(struct text key);
/* prefix + "_…" + last four characters. */
void keytext_mask(const char *prefix, const char *last4, char out[KEYTEXT_MASKED_SIZE]);
/* NULL if the word can be a brand or an environment; else the reason. */
const char *keytext_word_check(struct text word);

#endif
