/* text.c - the rules for text that people give to things. The door to libunistring. */
#include "protocol/text.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unictype.h>
#include <uninorm.h>
#include <unistr.h>

/* Letters of every script, marks, numbers, punctuation and symbols are welcome; these are not. */
#define UNWANTED                                                                                   \
	(UC_CATEGORY_MASK_Cc | UC_CATEGORY_MASK_Cf | UC_CATEGORY_MASK_Cs | UC_CATEGORY_MASK_Co |   \
		UC_CATEGORY_MASK_Zs | UC_CATEGORY_MASK_Zl | UC_CATEGORY_MASK_Zp)

struct text text_of(const char *terminated)
{
	return (struct text){terminated, terminated == NULL ? 0 : strlen(terminated)};
}

bool text_equal(struct text a, struct text b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

bool text_is_utf8(struct text t)
{
	const uint8_t *at = (const uint8_t *)t.data, *end = at + t.len;
	uint64_t eight;

	for (; end - at >= (ptrdiff_t)sizeof eight; at += sizeof eight) {
		memcpy(&eight, at, sizeof eight);
		if ((eight & UINT64_C(0x8080808080808080)) != 0)
			break;
	}
	return u8_check(at, (size_t)(end - at)) == NULL;
}

/* All bytes but the first of each are 10xxxxxx (RFC 3629, section 3). */
size_t text_characters(struct text t)
{
	size_t count = 0;

	for (size_t i = 0; i < t.len; i++)
		count += ((unsigned char)t.data[i] & 0xc0) != 0x80;
	return count;
}

int text_compare(struct text a, struct text b)
{
	size_t common = a.len < b.len ? a.len : b.len;
	int order = common > 0 ? memcmp(a.data, b.data, common) : 0;

	return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

static bool is_plain_ascii(ucs4_t c)
{
	return c >= 0x20 && c < 0x7f;
}

static const char *character_check(ucs4_t c, bool lines)
{
	if (is_plain_ascii(c) || (lines && c == '\n'))
		return NULL;
	if (!uc_is_general_category_withtable(c, UNWANTED))
		return NULL;
	if (uc_is_general_category_withtable(c, UC_CATEGORY_MASK_Cc))
		return "must not hold control characters";
	if (uc_is_general_category_withtable(c, UC_CATEGORY_MASK_Cf))
		return "must not hold invisible format characters";
	if (uc_is_general_category_withtable(c, UC_CATEGORY_MASK_Co))
		return "must not hold private-use characters";
	return "must not hold separators other than the plain space";
}

static const char *nfc_check(const uint8_t *s, size_t len)
{
	uint8_t small[512];
	size_t n = sizeof(small);
	uint8_t *normal = u8_normalize(UNINORM_NFC, s, len, small, &n);
	bool same = normal != NULL && n == len && memcmp(normal, s, len) == 0;

	if (normal != small)
		free(normal);
	return same ? NULL : "must be in Unicode normalization form C";
}

const char *text_check(struct text t, size_t min, size_t max, bool lines)
{
	const uint8_t *s = (const uint8_t *)t.data;
	const char *reason;
	bool ascii = true;
	ucs4_t c;

	if (t.len < min)
		return t.len == 0 ? "must not be empty" : "is too short";
	if (t.len > max)
		return "is too long";
	for (size_t i = 0, n; i < t.len; i += n) {
		int step = u8_mbtoucr(&c, s + i, t.len - i);

		if (step < 1)
			return "must be UTF-8";
		if ((reason = character_check(c, lines)) != NULL)
			return reason;
		ascii = ascii && c < 0x80;
		n = (size_t)step;
	}
	if (t.len > 0 && (t.data[0] == ' ' || t.data[t.len - 1] == ' '))
		return "must not begin or end with a space";
	return ascii ? NULL : nfc_check(s, t.len);
}

const char *word_check(struct text t)
{
	if (t.len == 0)
		return "must not be empty";
	if (t.len > WORD_MAX_BYTES)
		return "is too long";
	for (size_t i = 0; i < t.len; i++) {
		char c = t.data[i];

		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
			    c == '-'))
			return "must hold a-z, 0-9, '.', '_' and '-' only";
	}
	return NULL;
}

/* Writes one character as it is shown, terminated, and returns how many bytes of s it was. */
static size_t escape_one(const uint8_t *s, size_t len, char shown[16])
{
	ucs4_t c;
	int n = u8_mbtoucr(&c, s, len);

	if (n < 1 || (c < 0x80 && !is_plain_ascii(c))) {
		snprintf(shown, 16, "\\x%02x", *s);
		return 1;
	}
	if (character_check(c, false) != NULL) {
		snprintf(shown, 16, "\\u{%04x}", (unsigned)c);
		return (size_t)n;
	}
	memcpy(shown, s, (size_t)n);
	shown[n] = '\0';
	return (size_t)n;
}

size_t text_escape(struct text t, char *out, size_t size)
{
	size_t at = 0;
	char shown[16];

	if (size == 0)
		return 0;
	for (size_t i = 0; i < t.len;) {
		size_t len;

		i += escape_one((const uint8_t *)t.data + i, t.len - i, shown);
		len = strlen(shown);
		if (len > size - 1 - at)
			break;
		memcpy(out + at, shown, len);
		at += len;
	}
	out[at] = '\0';
	return at;
}
