/* foreign_test.c - keys by the beginning of their text: the longest first, of one tenant or of any. */
#include "apikeyd/foreign.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/unit.h"

#define TEXT(s) ((struct text){s, sizeof(s) - 1})

static int setup(void **state)
{
	*state = foreign_new();
	return 0;
}

static int teardown(void **state)
{
	foreign_free(*state);
	return 0;
}

static void put(struct foreign *f, const char *tenant, const char *prefix, uint8_t mark)
{
	struct foreign_key key = {.digest = {mark}};

	snprintf(key.prefix, sizeof key.prefix, "%s", prefix);
	foreign_put(f, text_of(tenant), &key);
}

/* The marks of those found, as text. */
static const char *found(struct foreign *f, struct text key, const char *tenant)
{
	static char marks[FOREIGN_FOUND_MAX + 1];
	struct foreign_key keys[FOREIGN_FOUND_MAX];
	const struct verify_request request = {.key = key, .tenant = text_of(tenant)};
	unsigned count = foreign_find(f, &request, keys);

	for (unsigned i = 0; i < count; i++)
		marks[i] = (char)keys[i].digest[0];
	marks[count] = '\0';
	return marks;
}

static void the_longest_come_first_up_to_the_bound(void **state)
{
	struct foreign *f = *state;

	put(f, "acme", "k", '1');
	assert_string_equal(found(f, TEXT("key"), NULL), "1");
	put(f, "acme", "key", '3');
	put(f, "acme", "ke", '2');
	put(f, "acme", "key-", '4');
	assert_string_equal(found(f, TEXT("key-x"), NULL), "4321");
	assert_string_equal(found(f, TEXT("key"), NULL), "321");
	put(f, "acme", "key-x", '5');
	assert_string_equal(found(f, TEXT("key-x"), NULL), "5432");
	assert_string_equal(found(f, TEXT("other"), NULL), "");
	assert_string_equal(found(f, TEXT(""), NULL), "");
}

static void a_prefix_of_any_length_is_found(void **state)
{
	struct foreign *f = *state;
	char text[2 * KEYTEXT_PREFIX_SIZE];

	memset(text, 'a', sizeof text);
	for (size_t len = 1; len < KEYTEXT_PREFIX_SIZE; len++) {
		char prefix[KEYTEXT_PREFIX_SIZE] = "";

		memcpy(prefix, text, len);
		put(f, "acme", prefix, '!');
		assert_string_equal(found(f, (struct text){text, sizeof text}, NULL), "!");
		foreign_remove(f, text_of(prefix));
		assert_string_equal(found(f, (struct text){text, sizeof text}, NULL), "");
	}
}

static void tenants_are_apart(void **state)
{
	struct foreign *f = *state;
	struct verify_request request = {.key = TEXT("key-1")};
	struct foreign_key keys[FOREIGN_FOUND_MAX];
	const struct text bound = TEXT("acme");

	put(f, "acme", "key", 'a');
	put(f, "zeta", "key-", 'z');
	assert_string_equal(found(f, TEXT("key-1"), NULL), "za");
	assert_string_equal(found(f, TEXT("key-1"), "acme"), "a");
	assert_string_equal(found(f, TEXT("key-1"), "none"), "");
	request.bound = &bound;
	request.bound_count = 1;
	assert_int_equal(foreign_find(f, &request, keys), 1);
	assert_int_equal(keys[0].digest[0], 'a');
	request.tenant = TEXT("zeta");
	assert_int_equal(foreign_find(f, &request, keys), 0);
}

static void no_tenant_hides_another(void **state)
{
	struct foreign *f = *state;

	put(f, "acme", "key", 'a');
	put(f, "zeta", "key-", '1');
	put(f, "zeta", "key-1", '2');
	put(f, "zeta", "key-12", '3');
	put(f, "zeta", "key-123", '4');
	put(f, "zeta", "key-1234", '5');
	assert_string_equal(found(f, TEXT("key-12345"), NULL), "5a43");
	put(f, "acme", "k", 'b');
	assert_string_equal(found(f, TEXT("key-12345"), NULL), "5a4b");
	assert_string_equal(found(f, TEXT("key-12345"), "zeta"), "5432");
}

static void one_takes_the_place_of_another(void **state)
{
	struct foreign *f = *state;

	assert_false(foreign_any(f));
	put(f, "acme", "key", '1');
	put(f, "acme", "key", '2');
	assert_string_equal(found(f, TEXT("key"), NULL), "2");
	foreign_remove(f, TEXT("key"));
	foreign_remove(f, TEXT("key"));
	assert_string_equal(found(f, TEXT("key"), NULL), "");
	assert_true(foreign_any(f));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			the_longest_come_first_up_to_the_bound, setup, teardown),
		cmocka_unit_test_setup_teardown(a_prefix_of_any_length_is_found, setup, teardown),
		cmocka_unit_test_setup_teardown(tenants_are_apart, setup, teardown),
		cmocka_unit_test_setup_teardown(no_tenant_hides_another, setup, teardown),
		cmocka_unit_test_setup_teardown(one_takes_the_place_of_another, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
