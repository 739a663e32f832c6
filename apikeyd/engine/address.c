/* address.c - inet_pton() and inet_ntop() behind bounds, and bits compared. */
#include "apikeyd/engine/address.h"

#include <arpa/inet.h>
#include <string.h>

#define IPV4_BITS 96 /* bits of ::ffff:0:0/96, before those of an IPv4 address */

static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

static bool is_ipv4(const struct address *a)
{
	return memcmp(a->bytes, mapped, sizeof mapped) == 0;
}

static bool cidr_is_ipv4(const struct cidr *c)
{
	return c->bits >= IPV4_BITS && is_ipv4(&c->base);
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Four numbers up to 255 without leading zeros, parted by dots: what inet_pton() takes, in a third of its steps. */
static bool parse_ipv4(struct text t, uint8_t out[4])
{
	const char *p = t.data, *end = t.data + t.len;

	for (int i = 0; i < 4; i++) {
		const char *begin;
		unsigned number = 0;

		if (i > 0 && (p == end || *p++ != '.'))
			return false;
		for (begin = p; p < end && p < begin + 3 && is_digit(*p); p++)
			number = number * 10 + (unsigned)(*p - '0');
		if (p == begin || number > 255 || (*begin == '0' && p > begin + 1))
			return false;
		out[i] = (uint8_t)number;
	}
	return p == end;
}

bool address_parse(struct text t, struct address *out)
{
	char text[ADDRESS_TEXT_SIZE];

	if (t.len == 0 || t.len >= sizeof text)
		return false;
	memcpy(out->bytes, mapped, sizeof mapped);
	if (parse_ipv4(t, out->bytes + sizeof mapped))
		return true;
	if (memchr(t.data, '\0', t.len) != NULL)
		return false;
	memcpy(text, t.data, t.len);
	text[t.len] = '\0';
	return inet_pton(AF_INET6, text, out->bytes) == 1;
}

void address_format(const struct address *a, char out[ADDRESS_TEXT_SIZE])
{
	if (is_ipv4(a))
		inet_ntop(AF_INET, a->bytes + sizeof mapped, out, ADDRESS_TEXT_SIZE);
	else
		inet_ntop(AF_INET6, a->bytes, out, ADDRESS_TEXT_SIZE);
}

/* A number of one to three digits without leading zeros; -1 for anything else. */
static int parse_bits(struct text t)
{
	int bits = 0;

	if (t.len == 0 || t.len > 3 || (t.len > 1 && t.data[0] == '0'))
		return -1;
	for (size_t i = 0; i < t.len; i++) {
		if (t.data[i] < '0' || t.data[i] > '9')
			return -1;
		bits = bits * 10 + (t.data[i] - '0');
	}
	return bits;
}

/* Whether the first `bits` bits are equal. */
static bool same_bits(const struct address *a, const struct address *b, unsigned bits)
{
	unsigned whole = bits / 8, rest = bits % 8;

	if (memcmp(a->bytes, b->bytes, whole) != 0)
		return false;
	return rest == 0 || ((a->bytes[whole] ^ b->bytes[whole]) >> (8 - rest)) == 0;
}

/* The address with all bits beyond the prefix cleared. */
static struct address network_of(const struct address *a, unsigned bits)
{
	struct address network = {0};

	memcpy(network.bytes, a->bytes, bits / 8);
	if (bits % 8 != 0)
		network.bytes[bits / 8] = (uint8_t)(a->bytes[bits / 8] & (0xff00 >> bits % 8));
	return network;
}

const char *cidr_parse(struct text t, struct cidr *out)
{
	const char *slash = t.len > 0 ? memchr(t.data, '/', t.len) : NULL;
	struct text address = {t.data, slash != NULL ? (size_t)(slash - t.data) : t.len};
	bool dotted = address.len > 0 && memchr(t.data, ':', address.len) == NULL;
	struct cidr c = {.bits = 128};
	struct address network;

	if (!address_parse(address, &c.base))
		return "must be an address or a network such as 192.0.2.0/24 or 2001:db8::/32";
	if (slash != NULL) {
		int bits = parse_bits((struct text){slash + 1, t.len - address.len - 1});

		if (bits < 0 || bits > (dotted ? 32 : 128))
			return "must end in a prefix length from 0 to 32 (IPv4) or 128 (IPv6)";
		c.bits = (uint8_t)(bits + (dotted ? IPV4_BITS : 0));
	}
	network = network_of(&c.base, c.bits);
	if (memcmp(&network, &c.base, sizeof network) != 0)
		return "must not have bits set beyond its prefix length";
	*out = c;
	return NULL;
}

/* The digits of a number below 1000. */
static void format_bits(unsigned bits, char *out)
{
	if (bits >= 100)
		*out++ = (char)('0' + bits / 100);
	if (bits >= 10)
		*out++ = (char)('0' + bits / 10 % 10);
	*out++ = (char)('0' + bits % 10);
	*out = '\0';
}

void cidr_format(const struct cidr *c, char out[CIDR_TEXT_SIZE])
{
	size_t len;

	address_format(&c->base, out);
	len = strlen(out);
	out[len] = '/';
	format_bits(c->bits - (cidr_is_ipv4(c) ? IPV4_BITS : 0U), out + len + 1);
}

bool cidr_contains(const struct cidr *c, const struct address *a)
{
	/* An IPv4 address is in no IPv6 network, not even in ::/0, although it is kept as a mapped one. */
	return cidr_is_ipv4(c) == is_ipv4(a) && same_bits(&c->base, a, c->bits);
}
