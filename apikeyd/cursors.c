/* cursors.c - where a listing goes on, as its reader holds it: sealed, so that it tells nothing of what others do. */
#include "apikeyd/cursors.h"

#include <sodium/crypto_generichash.h>
#include <sodium/crypto_stream_xchacha20.h>
#include <sodium/randombytes.h>
#include <sodium/utils.h>
#include <stdlib.h>
#include <string.h>

#define TAG_BYTES crypto_stream_xchacha20_NONCEBYTES
#define BASE64 sodium_base64_VARIANT_URLSAFE_NO_PADDING

struct cursors {
	uint8_t tag_key[crypto_generichash_KEYBYTES];
	uint8_t stream_key[crypto_stream_xchacha20_KEYBYTES];
};

_Static_assert(sizeof(struct cursors) == crypto_generichash_BYTES_MAX, "derived in one hash");

struct cursors *cursors_new(const uint8_t *pepper)
{
	static const uint8_t purpose[] = "apikeyd cursors";
	struct cursors *c = calloc(1, sizeof *c);

	if (c == NULL)
		abort();
	if (pepper == NULL)
		randombytes_buf(c, sizeof *c);
	else
		crypto_generichash((uint8_t *)c, sizeof *c, purpose, sizeof purpose - 1, pepper,
			crypto_generichash_KEYBYTES);
	return c;
}

void cursors_free(struct cursors *c)
{
	if (c == NULL)
		return;
	sodium_memzero(c, sizeof *c);
	free(c);
}

/* Over the scope's names with the NULs that end them, then the place. */
static void make_tag(const struct cursors *c, const struct cursor_scope *scope,
	const uint8_t *place, size_t len, uint8_t out[TAG_BYTES])
{
	crypto_generichash_state state;

	crypto_generichash_init(&state, c->tag_key, sizeof c->tag_key, TAG_BYTES);
	crypto_generichash_update(
		&state, (const uint8_t *)scope->method, strlen(scope->method) + 1);
	crypto_generichash_update(
		&state, (const uint8_t *)scope->tenant, strlen(scope->tenant) + 1);
	crypto_generichash_update(&state, place, len);
	crypto_generichash_final(&state, out, TAG_BYTES);
}

struct text cursors_seal(const struct cursors *c, struct pool *pool,
	const struct cursor_scope *scope, struct text place)
{
	size_t len = TAG_BYTES + place.len, size = sodium_base64_encoded_len(len, BASE64);
	uint8_t *sealed;
	char *out;

	if (place.data == NULL)
		return place;
	sealed = pool_alloc(pool, len);
	out = pool_alloc(pool, size);
	make_tag(c, scope, (const uint8_t *)place.data, place.len, sealed);
	crypto_stream_xchacha20_xor(
		sealed + TAG_BYTES, (const uint8_t *)place.data, place.len, sealed, c->stream_key);
	return text_of(sodium_bin2base64(out, size, sealed, len, BASE64));
}

bool cursors_open(const struct cursors *c, struct pool *pool, const struct cursor_scope *scope,
	struct text *cursor)
{
	uint8_t tag[TAG_BYTES], *bytes = pool_alloc(pool, cursor->len + 1);
	uint8_t *place = bytes + TAG_BYTES;
	size_t len;

	if (sodium_base642bin(
		    bytes, cursor->len, cursor->data, cursor->len, NULL, &len, NULL, BASE64) != 0 ||
		len < TAG_BYTES)
		return false;
	len -= TAG_BYTES;
	crypto_stream_xchacha20_xor(place, place, len, bytes, c->stream_key);
	make_tag(c, scope, place, len, tag);
	*cursor = (struct text){(const char *)place, len};
	return sodium_memcmp(tag, bytes, TAG_BYTES) == 0;
}
