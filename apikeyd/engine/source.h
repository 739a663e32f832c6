/* source.h - what kind of place a request comes from, by its address. */
#ifndef ENGINE_SOURCE_H
#define ENGINE_SOURCE_H

#include "apikeyd/engine/address.h"

enum source {
	SOURCE_NONE, /* no address was given */
	SOURCE_LOOPBACK,
	SOURCE_PRIVATE, /* not routed in the Internet: RFC 1918, 3927, 4193, 4291, 6598 */
	SOURCE_IPV4,    /* the rest of each family */
	SOURCE_IPV6,
	SOURCE_COUNT,
};

/* ip NULL: none was given. */
enum source source_of(const struct address *ip);
const char *source_name(enum source source);

#endif
