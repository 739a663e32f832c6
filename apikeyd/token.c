/* token.c - what the daemon gives out at random besides keys: tokens of sessions and one-time codes. */
#include "apikeyd/token.h"

#include <sodium/randombytes.h>
#include <sodium/utils.h>
#include <stdio.h>
#include <string.h>

#define BASE64_SIZE sodium_base64_ENCODED_LEN(TOKEN_BYTES, sodium_base64_VARIANT_URLSAFE_NO_PADDING)
#define GROUP 4 /* letters of a code between dashes */

_Static_assert(TOKEN_SIZE >= 3 + BASE64_SIZE, "the size of a token");

void token_make(char out[TOKEN_SIZE])
{
	uint8_t random[TOKEN_BYTES];

	randombytes_buf(random, sizeof random);
	memcpy(out, "as_", 3);
	sodium_bin2base64(out + 3, BASE64_SIZE, random, sizeof random,
		sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	sodium_memzero(random, sizeof random);
}

void session_id_make(char out[SESSION_ID_SIZE])
{
	char id[KEY_ID_SIZE];

	key_id_make(randombytes_uniform, id);
	snprintf(out, SESSION_ID_SIZE, "s%s", id + 1);
}

void code_make(char out[CODE_SIZE])
{
	static const char letters[] = "abcdefghjkmnpqrstuvwxyz123456789";
	size_t len = 0;

	_Static_assert(sizeof letters == 32 + 1, "as many letters as five bits tell apart");
	for (int i = 0; i < CODE_LETTERS; i++) {
		if (i > 0 && i % GROUP == 0)
			out[len++] = '-';
		out[len++] = letters[randombytes_uniform(32)];
	}
	out[len] = '\0';
}

struct text code_canonical(struct pool *pool, struct text typed)
{
	char *out = pool_alloc(pool, typed.len + 1);
	size_t len = 0;

	for (size_t i = 0; i < typed.len; i++) {
		char c = typed.data[i];

		if (c == '-' || c == ' ')
			continue;
		out[len++] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
	}
	return (struct text){out, len};
}
