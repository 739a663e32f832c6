/* bcrypt.c - the only door to libcrypt: keys checked against hashes that other systems made of them. */
#include "apikeyd/bcrypt.h"

#include <crypt.h>
#include <string.h>

#define HEAD_BYTES 7 /* $2b$10$ */
#define DIGITS "0123456789"
#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

static bool has_form(struct text hash)
{
	static const char alphabet[] = "./" LETTERS DIGITS;

	if (hash.len != BCRYPT_BYTES || memcmp(hash.data, "$2", 2) != 0 ||
		memchr("aby", hash.data[2], 3) == NULL || hash.data[3] != '$' ||
		memchr(DIGITS, hash.data[4], 10) == NULL ||
		memchr(DIGITS, hash.data[5], 10) == NULL || hash.data[6] != '$')
		return false;
	for (size_t i = HEAD_BYTES; i < hash.len; i++)
		if (memchr(alphabet, hash.data[i], sizeof alphabet - 1) == NULL)
			return false;
	return true;
}

const char *bcrypt_check(struct text hash)
{
	int cost;

	if (!has_form(hash))
		return "must be 60 characters that begin with $2a$, $2b$ or $2y$";
	cost = (hash.data[4] - '0') * 10 + hash.data[5] - '0';
	if (cost < BCRYPT_COST_MIN || cost > BCRYPT_COST_MAX)
		return "its cost must be 4 to 14";
	return NULL;
}

/* Takes as long for a wrong key as for a right one; how far two hashes agree tells nothing about the key. */
bool bcrypt_matches(struct text key, const char *hash)
{
	struct crypt_data data = {0};
	char text[512];
	const char *made;
	bool same;

	if (key.len >= sizeof text || memchr(key.data, '\0', key.len) != NULL)
		return false;
	memcpy(text, key.data, key.len);
	text[key.len] = '\0';
	made = crypt_rn(text, hash, &data, sizeof data); /* sanitizers take crypt_r() away */
	same = made != NULL && strcmp(made, hash) == 0;
	explicit_bzero(text, sizeof text);
	explicit_bzero(&data, sizeof data);
	return same;
}
