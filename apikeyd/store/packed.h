/* packed.h - numbers in as few bytes as they need: seven bits in each, the lowest first (LEB128). */
#ifndef STORE_PACKED_H
#define STORE_PACKED_H

#include <stdint.h>

#include "protocol/text.h"

#define PACKED_MAX 10 /* bytes of a number */

/* Returns where the next goes. A negative number takes all ten bytes. */
char *packed_put(char *to, int64_t number);
int64_t packed_take_long(struct text *in);

/* in is what is left to read; its data is NULL once it was not what was expected. Nearly every number has one byte. */
static inline int64_t packed_take(struct text *in)
{
	uint8_t byte;

	if (in->len == 0 || (byte = (uint8_t)*in->data) >= 0x80)
		return packed_take_long(in);
	in->data++;
	in->len--;
	return byte;
}

#endif
