/* source.c - what kind of place a request comes from, by its address. */
#include "apikeyd/engine/source.h"

#include <stddef.h>

/* ::ffff:a.b.c.d/(96 + bits) */
#define IPV4(a, b, c, d, bits)                                                                     \
	{                                                                                          \
		{{[10] = 0xff, [11] = 0xff, a, b, c, d}}, 96 + (bits)                              \
	}

/* The IANA registries of special-purpose addresses (RFC 6890), as far as clients have them. The first that holds an
 * address is its. */
static const struct {
	struct cidr network;
	enum source source;
} networks[] = {
	{IPV4(127, 0, 0, 0, 8), SOURCE_LOOPBACK},
	{IPV4(10, 0, 0, 0, 8), SOURCE_PRIVATE},
	{IPV4(172, 16, 0, 0, 12), SOURCE_PRIVATE},
	{IPV4(192, 168, 0, 0, 16), SOURCE_PRIVATE},
	{IPV4(169, 254, 0, 0, 16), SOURCE_PRIVATE},
	{IPV4(100, 64, 0, 0, 10), SOURCE_PRIVATE},
	{IPV4(0, 0, 0, 0, 0), SOURCE_IPV4},
	{{{{[15] = 1}}, 128}, SOURCE_LOOPBACK},
	{{{{0xfc}}, 7}, SOURCE_PRIVATE},
	{{{{0xfe, 0x80}}, 10}, SOURCE_PRIVATE},
};

enum source source_of(const struct address *ip)
{
	if (ip == NULL)
		return SOURCE_NONE;
	for (size_t i = 0; i < sizeof networks / sizeof networks[0]; i++)
		if (cidr_contains(&networks[i].network, ip))
			return networks[i].source;
	return SOURCE_IPV6;
}

const char *source_name(enum source source)
{
	static const char *const names[SOURCE_COUNT] = {[SOURCE_NONE] = "none",
		[SOURCE_LOOPBACK] = "loopback",
		[SOURCE_PRIVATE] = "private",
		[SOURCE_IPV4] = "ipv4",
		[SOURCE_IPV6] = "ipv6"};

	return names[source];
}
