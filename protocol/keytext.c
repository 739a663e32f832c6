/* keytext.c - the text of an API key: made, checked, masked. */
#include "protocol/keytext.h"

#include <stdio.h>
#include <string.h>

#define TAIL (KEYTEXT_RANDOM + KEYTEXT_CHECKSUM) /* what follows the last '_' */

static const char base62[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

static bool is_base62(struct text t)
{
	for (size_t i = 0; i < t.len; i++) {
		char c = t.data[i];

		if (!((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z')))
			return false;
	}
	return true;
}

/* CRC-32 four bits at a time (RFC 1952, section 8): only new keys and keys not found are checked, and sixteen
 * words need no start-up. */
static uint32_t crc32(struct text t)
{
	static const uint32_t table[16] = {0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac,
		0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c, 0xedb88320, 0xf00f9344, 0xd6d6a3e8,
		0xcb61b38c, 0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c};
	uint32_t crc = 0xffffffff;

	for (size_t i = 0; i < t.len; i++) {
		crc ^= (unsigned char)t.data[i];
		crc = crc >> 4 ^ table[crc & 15];
		crc = crc >> 4 ^ table[crc & 15];
	}
	return ~crc;
}

/* Six digits, the most significant first: 62^6 is above 2^32. */
static void checksum(struct text t, char out[KEYTEXT_CHECKSUM])
{
	uint32_t crc = crc32(t);

	for (int i = KEYTEXT_CHECKSUM - 1; i >= 0; i--, crc /= 62)
		out[i] = base62[crc % 62];
}

static void fill(random_below *random, char *out, size_t n)
{
	for (size_t i = 0; i < n; i++)
		out[i] = base62[random(62)];
}

void keytext_make(const char *brand, const char *env, random_below *random,
	char out[KEYTEXT_OWN_SIZE], char prefix[KEYTEXT_PREFIX_SIZE])
{
	char id[KEYTEXT_PREFIX_ID + 1] = "";
	size_t len;

	fill(random, id, KEYTEXT_PREFIX_ID);
	len = (size_t)snprintf(prefix, KEYTEXT_PREFIX_SIZE, "%.*s_%.*s_%s", KEYTEXT_BRAND_MAX,
		brand, KEYTEXT_ENV_MAX, env, id);
	memcpy(out, prefix, len);
	out[len++] = '_';
	fill(random, out + len, KEYTEXT_RANDOM);
	len += KEYTEXT_RANDOM;
	checksum((struct text){out, len}, out + len);
	out[len + KEYTEXT_CHECKSUM] = '\0';
}

void key_id_make(random_below *random, char out[KEY_ID_SIZE])
{
	memcpy(out, "k_", 2);
	fill(random, out + 2, KEY_ID_RANDOM);
	out[2 + KEY_ID_RANDOM] = '\0';
}

bool key_id_has_form(struct text id)
{
	return id.len == KEY_ID_SIZE - 1 && memcmp(id.data, "k_", 2) == 0 &&
	       is_base62((struct text){id.data + 2, KEY_ID_RANDOM});
}

const char *keytext_word_check(struct text word)
{
	if (word.len == 0)
		return "must not be empty";
	if (word.len > KEYTEXT_BRAND_MAX)
		return "must be at most 16 bytes";
	if (word.data[0] < 'a' || word.data[0] > 'z')
		return "must begin with a letter from a to z";
	for (size_t i = 1; i < word.len; i++)
		if (!((word.data[i] >= 'a' && word.data[i] <= 'z') ||
			    (word.data[i] >= '0' && word.data[i] <= '9')))
			return "must hold a-z and 0-9 only";
	return NULL;
}

/* Cuts '_' and the n base62 characters after it off the end of *t. */
static bool cut_end(struct text *t, size_t n)
{
	if (t->len <= n || t->data[t->len - n - 1] != '_' ||
		!is_base62((struct text){t->data + t->len - n, n}))
		return false;
	t->len -= n + 1;
	return true;
}

/* Whether the key has the shape of our own format; *brand is its first word. */
static bool is_own(struct text key, struct text *brand)
{
	const char *split;
	struct text env;

	if (!cut_end(&key, TAIL) || !cut_end(&key, KEYTEXT_PREFIX_ID))
		return false;
	split = memchr(key.data, '_', key.len);
	if (split == NULL)
		return false;
	*brand = (struct text){key.data, (size_t)(split - key.data)};
	env = (struct text){split + 1, key.len - brand->len - 1};
	return keytext_word_check(*brand) == NULL && keytext_word_check(env) == NULL;
}

enum keytext_kind keytext_classify(const char *brand, struct text key)
{
	char sum[KEYTEXT_CHECKSUM];
	struct text named;
	size_t covered;

	if (key.len == 0 || key.len > KEYTEXT_MAX)
		return KEYTEXT_BROKEN;
	if (!is_own(key, &named) || !text_equal(named, text_of(brand)))
		return KEYTEXT_FOREIGN;
	covered = key.len - KEYTEXT_CHECKSUM;
	checksum((struct text){key.data, covered}, sum);
	return memcmp(sum, key.data + covered, sizeof(sum)) == 0 ? KEYTEXT_OWN : KEYTEXT_BROKEN;
}

struct text keytext_prefix(struct text key)
{
	struct text brand;

	return is_own(key, &brand) ? (struct text){key.data, key.len - TAIL - 1} : (struct text){0};
}

void keytext_mask(const char *prefix, const char *last4, char out[KEYTEXT_MASKED_SIZE])
{
	snprintf(out, KEYTEXT_MASKED_SIZE, "%.*s_…%.4s", KEYTEXT_PREFIX_SIZE - 1, prefix, last4);
}
