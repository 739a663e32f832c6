/* address.h - addresses and networks: strict parsing and matching. An IPv4-mapped IPv6 address is its IPv4 one. */
#ifndef ENGINE_ADDRESS_H
#define ENGINE_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "protocol/text.h"

#define ADDRESS_TEXT_SIZE 46 /* INET6_ADDRSTRLEN */
#define CIDR_TEXT_SIZE (ADDRESS_TEXT_SIZE + 4)

/* IPv4 is kept as ::ffff:a.b.c.d. */
struct address {
	uint8_t bytes[16];
};

struct cidr {
	struct address base;
	uint8_t bits; /* of 128 */
};

/* False for anything but one address in its plain form: no leading zeros, zone, port, space or short form. */
bool address_parse(struct text t, struct address *out);
void address_format(const struct address *a, char out[ADDRESS_TEXT_SIZE]);

/* NULL and *out, or the reason: an address alone is itself with all bits; host bits beyond the prefix are refused. */
const char *cidr_parse(struct text t, struct cidr *out);
void cidr_format(const struct cidr *c, char out[CIDR_TEXT_SIZE]);
bool cidr_contains(const struct cidr *c, const struct address *a);

#endif
