/* packed.c - numbers in as few bytes as they need. */
#include "apikeyd/store/packed.h"

char *packed_put(char *to, int64_t number)
{
	uint64_t n = (uint64_t)number;

	for (; n >= 0x80; n >>= 7)
		*to++ = (char)(n | 0x80);
	*to++ = (char)n;
	return to;
}

int64_t packed_take_long(struct text *in)
{
	uint64_t n = 0;

	for (size_t i = 0; i < in->len && i < PACKED_MAX; i++) {
		uint8_t byte = (uint8_t)in->data[i];

		n |= (uint64_t)(byte & 0x7f) << (7 * i);
		if (byte < 0x80) {
			in->data += i + 1;
			in->len -= i + 1;
			return (int64_t)n;
		}
	}
	*in = (struct text){NULL, 0};
	return 0;
}
