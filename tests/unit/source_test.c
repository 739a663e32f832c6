/* source_test.c - each network's first and last address, and their neighbours. */
#include "apikeyd/engine/source.h"

#include "tests/unit/unit.h"

static void both_ends_of_each_network(void **state)
{
	static const struct {
		const char *address;
		enum source source;
	} rows[] = {
		{"126.255.255.255", SOURCE_IPV4},
		{"127.0.0.0", SOURCE_LOOPBACK},
		{"127.255.255.255", SOURCE_LOOPBACK},
		{"128.0.0.0", SOURCE_IPV4},
		{"9.255.255.255", SOURCE_IPV4},
		{"10.0.0.0", SOURCE_PRIVATE},
		{"10.255.255.255", SOURCE_PRIVATE},
		{"11.0.0.0", SOURCE_IPV4},
		{"172.15.255.255", SOURCE_IPV4},
		{"172.16.0.0", SOURCE_PRIVATE},
		{"172.31.255.255", SOURCE_PRIVATE},
		{"172.32.0.0", SOURCE_IPV4},
		{"192.167.255.255", SOURCE_IPV4},
		{"192.168.0.0", SOURCE_PRIVATE},
		{"192.168.255.255", SOURCE_PRIVATE},
		{"192.169.0.0", SOURCE_IPV4},
		{"169.253.255.255", SOURCE_IPV4},
		{"169.254.0.0", SOURCE_PRIVATE},
		{"169.254.255.255", SOURCE_PRIVATE},
		{"169.255.0.0", SOURCE_IPV4},
		{"100.63.255.255", SOURCE_IPV4},
		{"100.64.0.0", SOURCE_PRIVATE},
		{"100.127.255.255", SOURCE_PRIVATE},
		{"100.128.0.0", SOURCE_IPV4},
		{"0.0.0.0", SOURCE_IPV4},
		{"255.255.255.255", SOURCE_IPV4},
		{"::ffff:10.0.0.1", SOURCE_PRIVATE},
		{"::", SOURCE_IPV6},
		{"::1", SOURCE_LOOPBACK},
		{"::2", SOURCE_IPV6},
		{"fbff::", SOURCE_IPV6},
		{"fc00::", SOURCE_PRIVATE},
		{"fdff:ffff::", SOURCE_PRIVATE},
		{"fe00::", SOURCE_IPV6},
		{"fe7f::", SOURCE_IPV6},
		{"fe80::", SOURCE_PRIVATE},
		{"febf::", SOURCE_PRIVATE},
		{"fec0::", SOURCE_IPV6},
		{"2001:db8::1", SOURCE_IPV6},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct address a;

		assert_true(address_parse(text_of(rows[i].address), &a));
		print_message("%s\n", rows[i].address);
		assert_string_equal(source_name(source_of(&a)), source_name(rows[i].source));
	}
	assert_int_equal(source_of(NULL), SOURCE_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(both_ends_of_each_network)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
