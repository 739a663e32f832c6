/* keytext_fuzz.c - no bytes are taken for a key of ours but those we would make, and what we make is ours. */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "protocol/keytext.h"

static const uint8_t *random_bytes;
static size_t random_left;

static uint32_t from_input(uint32_t upper)
{
	return random_left > 0 ? (random_left--, *random_bytes++) % upper : 0;
}

static void check_made(const uint8_t *data, size_t size)
{
	char key[KEYTEXT_OWN_SIZE], prefix[KEYTEXT_PREFIX_SIZE];

	random_bytes = data;
	random_left = size;
	keytext_make("ak", "live", from_input, key, prefix);
	CHECK(keytext_classify("ak", text_of(key)) == KEYTEXT_OWN);
	CHECK(text_equal(keytext_prefix(text_of(key)), text_of(prefix)));
	if (size > 1) {
		key[data[0] % strlen(key)] ^= data[1];
		CHECK((keytext_classify("ak", text_of(key)) == KEYTEXT_OWN) == (data[1] == 0));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *copy = malloc(size > 0 ? size : 1), masked[KEYTEXT_MASKED_SIZE];
	struct text key = {copy, size}, prefix;

	CHECK(copy != NULL);
	memcpy(copy, data, size);
	prefix = keytext_prefix(key);
	switch (keytext_classify("ak", key)) {
	case KEYTEXT_OWN:
		CHECK(prefix.data == copy &&
			prefix.len == size - KEYTEXT_RANDOM - KEYTEXT_CHECKSUM - 1);
		copy[size - 1] ^= 1;
		CHECK(keytext_classify("ak", key) != KEYTEXT_OWN);
		break;
	case KEYTEXT_BROKEN:
		CHECK(size == 0 || size > KEYTEXT_MAX || prefix.data != NULL);
		break;
	case KEYTEXT_FOREIGN:
		CHECK(size > 0 && size <= KEYTEXT_MAX);
		CHECK(prefix.data == NULL || memcmp(copy, "ak_", 3) != 0);
		break;
	}
	if (size > 0) {
		copy[size - 1] = '\0';
		keytext_mask(copy, copy, masked);
		CHECK(strlen(masked) < sizeof(masked));
	}
	free(copy);
	check_made(data, size);
	return 0;
}
