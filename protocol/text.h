/* text.h - borrowed pieces of text, and the rules for text that people give to things. */
#ifndef PROTOCOL_TEXT_H
#define PROTOCOL_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* A borrowed run of bytes, not terminated; data is NULL where there is none. */
struct text {
	const char *data;
	size_t len;
};

#define NAME_MAX_BYTES 128 /* names of keys */
#define WORD_MAX_BYTES 64  /* tenants, owners, plans, environments */
#define UTF8_MAX_BYTES 4   /* of one character */

struct text text_of(const char *terminated);
bool text_equal(struct text a, struct text b);
/* Less than, equal to or greater than zero, byte by byte, as for memcmp(). */
int text_compare(struct text a, struct text b);

/* How many characters the text has, which is UTF-8. */
size_t text_characters(struct text t);
/* What a str of MessagePack must be, and no more. Passes over ASCII eight bytes at a time. */
bool text_is_utf8(struct text t);
/* NULL if the text is NFC UTF-8 of min to max bytes, without control, format, surrogate, private-use or
 * separator characters but the plain space, and without a space at either end; else the reason, a static
 * half sentence such as "must not hold control characters". With lines, newlines are allowed (notes).
 * Unicode categories and normalization are libunistring's. */
const char *text_check(struct text t, size_t min, size_t max, bool lines);
/* NULL if the text is a canonical word, [a-z0-9._-]{1,64}; else the reason. */
const char *word_check(struct text t);

/* Writes t into out (size bytes, always terminated) with every character that text_check() would refuse
 * shown as \xNN or \u{NNNN}, for terminals and logs. Returns the length written; cut where it does not fit. */
size_t text_escape(struct text t, char *out, size_t size);

#endif
