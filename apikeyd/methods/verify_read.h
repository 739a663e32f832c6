/* verify_read.h - a verify read straight from the stream, in one pass, where it is of the usual form.
 *
 * The general way (frame, args) looks at every byte three times: to find the message's end, to check its bounds, to read
 * it. For most messages once will do. What is read here is always what the general way would read; whatever is
 * unusual, or wrong in any way, is left to it. */
#ifndef METHODS_VERIFY_READ_H
#define METHODS_VERIFY_READ_H

#include <stddef.h>
#include <stdint.h>

#include "apikeyd/engine/engine.h"

#define VERIFY_READ_SCOPES 15 /* as many as the shortest header of an array can say */

/* Where to put what is read; the request points into the data, the address and the needs. */
struct verify_reading {
	struct verify_request *request; /* with the defaults of what may be absent */
	struct address *address;
	struct text *needs; /* room for VERIFY_READ_SCOPES */
	uint32_t msgid;
	struct text params; /* the parameters as they came, for a second look */
};

/* The size of the whole message that data begins with, if it is one of the usual form; else 0. */
size_t verify_read(const uint8_t *data, size_t len, struct verify_reading *out);

#endif
