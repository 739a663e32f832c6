/* address_test.c - what is an address and a network, what is not, and which holds which. */
#include <string.h>

#include "apikeyd/engine/address.h"
#include "tests/unit/unit.h"

#define TEXT(s) ((struct text){s, sizeof(s) - 1})
#define COUNT(a) (sizeof(a) / sizeof(a)[0])

static struct text text(const char *s)
{
	return (struct text){s, strlen(s)};
}

static void test_addresses(void **state)
{
	static const char *const same[][2] = {
		{"192.0.2.1", "192.0.2.1"},
		{"0.0.0.0", "0.0.0.0"},
		{"255.255.255.255", "255.255.255.255"},
		{"::", "::"},
		{"::1", "::1"},
		{"2001:DB8::1", "2001:db8::1"},
		{"2001:0db8:0:0:0:0:0:1", "2001:db8::1"},
		{"::ffff:192.0.2.1", "192.0.2.1"},
		{"::ffff:c000:201", "192.0.2.1"},
		{"ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255",
			"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
	};
	char out[ADDRESS_TEXT_SIZE];
	struct address a;

	(void)state;
	for (size_t i = 0; i < COUNT(same); i++) {
		assert_true(address_parse(text(same[i][0]), &a));
		address_format(&a, out);
		assert_string_equal(out, same[i][1]);
	}
}

static void test_no_addresses(void **state)
{
	const struct text bad[] = {TEXT(""), {NULL, 0}, TEXT(" "), TEXT("010.0.0.1"),
		TEXT("10.0.0.01"), TEXT("10.1"), TEXT("10"), TEXT("167772161"), TEXT("0x0a.0.0.1"),
		TEXT("10.0.0.256"), TEXT("10.0.0.1.1"), TEXT("10.0.0.1."), TEXT(".10.0.0.1"),
		TEXT("10.0.0.1 "), TEXT(" 10.0.0.1"), TEXT("10.0.0.1\n"), TEXT("10.0.0.1\0"),
		TEXT("10.0.0.1\0x"), TEXT("10.0.0.1:80"), TEXT("10.0.0.1/8"), TEXT("-1.0.0.0"),
		TEXT("+1.0.0.0"), TEXT("fe80::1%eth0"), TEXT("fe80::1%"), TEXT("[::1]"),
		TEXT("[::1]:80"), TEXT("::1 "), TEXT(":::"), TEXT(":"), TEXT("1::2::3"),
		TEXT("12345::"), TEXT("1:2:3:4:5:6:7"), TEXT("1:2:3:4:5:6:7:8:9"),
		TEXT("::ffff:010.0.0.1"), TEXT("::ffff:10.1"), TEXT("::g"), TEXT("localhost"),
		TEXT("any"), TEXT("ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.2555")};
	struct address a;
	struct cidr c;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		assert_false(address_parse(bad[i], &a));
		if (bad[i].data == NULL || strchr(bad[i].data, '/') == NULL)
			assert_non_null(cidr_parse(bad[i], &c));
	}
}

static void test_networks(void **state)
{
	static const char *const same[][2] = {
		{"10.0.0.0/8", "10.0.0.0/8"},
		{"0.0.0.0/0", "0.0.0.0/0"},
		{"192.0.2.1", "192.0.2.1/32"},
		{"192.0.2.1/32", "192.0.2.1/32"},
		{"192.0.2.128/25", "192.0.2.128/25"},
		{"::/0", "::/0"},
		{"2001:db8::/32", "2001:db8::/32"},
		{"2001:db8::1", "2001:db8::1/128"},
		{"::ffff:10.0.0.0/104", "10.0.0.0/8"},
		{"::ffff:0:0/96", "0.0.0.0/0"},
		{"::fffe:0:0/95", "::fffe:0:0/95"},
	};
	char out[CIDR_TEXT_SIZE];
	struct cidr c;

	(void)state;
	for (size_t i = 0; i < COUNT(same); i++) {
		assert_null(cidr_parse(text(same[i][0]), &c));
		cidr_format(&c, out);
		assert_string_equal(out, same[i][1]);
		assert_null(cidr_parse(text(out), &c)); /* and what is shown can be given */
	}
}

static void test_no_networks(void **state)
{
	const struct text bad[] = {TEXT("10.0.0.0/33"), TEXT("10.0.0.1/33"), TEXT("10.0.0.1/8"),
		TEXT("10.0.0.1/31"), TEXT("10.0.0.0/"), TEXT("10.0.0.0/08"), TEXT("10.0.0.0/00"),
		TEXT("10.0.0.0/-1"), TEXT("10.0.0.0/+8"), TEXT("10.0.0.0/ 8"), TEXT("10.0.0.0/8 "),
		TEXT("10.0.0.0/8/8"), TEXT("10.0.0.0/255.0.0.0"), TEXT("10.0.0.0/8\0"), TEXT("/8"),
		TEXT("10.0.0.0/4294967304"), TEXT("10.0.0.0/264"), TEXT("2001:db8::/129"),
		TEXT("2001:db8::1/32"), TEXT("2001:db8::/31x"), TEXT("::1/127"),
		TEXT("::ffff:10.0.0.0/8"), TEXT("::ffff:10.0.0.1/104"), TEXT("010.0.0.0/8"),
		TEXT("10/8")};
	struct cidr c = {.bits = 7};

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_non_null(cidr_parse(bad[i], &c));
	assert_int_equal(c.bits, 7); /* untouched */
}

static bool holds(const char *network, const char *address)
{
	struct address a;
	struct cidr c;

	assert_null(cidr_parse(text(network), &c));
	assert_true(address_parse(text(address), &a));
	return cidr_contains(&c, &a);
}

static void test_contains(void **state)
{
	(void)state;
	assert_true(holds("10.0.0.0/8", "10.255.255.255"));
	assert_false(holds("10.0.0.0/8", "11.0.0.0"));
	assert_false(holds("10.0.0.0/8", "9.255.255.255"));
	assert_true(holds("10.0.0.0/8", "::ffff:10.1.2.3"));
	assert_true(holds("192.0.2.4/30", "192.0.2.7"));
	assert_false(holds("192.0.2.4/30", "192.0.2.8"));
	assert_false(holds("192.0.2.4/30", "192.0.2.3"));
	assert_true(holds("192.0.2.1", "192.0.2.1"));
	assert_false(holds("192.0.2.1", "192.0.2.0"));
	assert_true(holds("2001:db8:8000::/33", "2001:db8:ffff::1"));
	assert_false(holds("2001:db8:8000::/33", "2001:db8:7fff::1"));
	/* The two families do not meet, whatever the bits say. */
	assert_true(holds("0.0.0.0/0", "203.0.113.9"));
	assert_false(holds("0.0.0.0/0", "::1"));
	assert_true(holds("::/0", "2001:db8::1"));
	assert_false(holds("::/0", "203.0.113.9"));
	assert_false(holds("::/64", "::ffff:203.0.113.9"));
}

/* Every prefix length: the last address inside, and the first bit that leads outside. */
static void test_every_length(void **state)
{
	struct address base;

	(void)state;
	assert_true(address_parse(text("2001:db8:5555:aaaa:5555:aaaa:5555:aaaa"), &base));
	for (unsigned bits = 1; bits <= 128; bits++) {
		struct cidr c = {.base = base, .bits = (uint8_t)bits};
		struct address a = base;

		for (unsigned i = bits; i < 128; i++)
			a.bytes[i / 8] ^= (uint8_t)(0x80 >> i % 8);
		assert_true(cidr_contains(&c, &a));
		a.bytes[(bits - 1) / 8] ^= (uint8_t)(0x80 >> (bits - 1) % 8);
		assert_false(cidr_contains(&c, &a));
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_no_addresses),
		cmocka_unit_test(test_networks),
		cmocka_unit_test(test_no_networks),
		cmocka_unit_test(test_contains),
		cmocka_unit_test(test_every_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
