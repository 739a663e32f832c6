/* value.h - answers as trees: the inside of apikey_value. */
#ifndef PROTOCOL_VALUE_H
#define PROTOCOL_VALUE_H

#include <stddef.h>
#include <stdint.h>

#include "include/apikey.h"

/* The tree of one whole MessagePack value that frame_next() has let pass: the decoder behind it
 * trusts length headers. The bytes are copied. NULL: no memory, or not exactly one value. The
 * caller frees it with apikey_value_free(). */
struct apikey_value *value_decode(const uint8_t *data, size_t len);

#endif
