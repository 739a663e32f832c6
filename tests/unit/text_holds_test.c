/* text_holds_test.c - what is searched holds a text wherever memmem() finds it, at every length and place. */
#include "apikeyd/store/model.h"

#include <stdlib.h>
#include <string.h>

#include "tests/unit/unit.h"

#define LONGEST 70 /* some blocks and their rests */

/* The text ends where the page's owner would see a byte too much: at the end of its memory. */
static bool holds(const char *hay, size_t len, const char *needle, size_t needle_len)
{
	char *copy = malloc(len > 0 ? len : 1);
	bool found;

	memcpy(copy, hay, len);
	found = text_holds((struct text){copy, len}, (struct text){needle, needle_len});
	free(copy);
	return found;
}

static void every_length_at_every_place(void **state)
{
	char hay[LONGEST];

	(void)state;
	for (size_t len = 0; len <= LONGEST; len++)
		for (size_t needle = 1; needle <= len; needle++)
			for (size_t at = 0; at + needle <= len; at++) {
				memset(hay, 'a', sizeof hay);
				memset(hay + at, 'b', needle);
				assert_true(holds(hay, len, hay + at, needle));
				hay[at + needle / 2] = 'c';
				assert_true(holds(hay, len, hay + at, needle));
			}
}

/* Few letters, so that first and last byte often meet by chance. */
static void the_same_as_memmem(void **state)
{
	char hay[LONGEST], needle[8];

	(void)state;
	srandom(1);
	for (unsigned n = 0; n < 200000; n++) {
		size_t len = (size_t)random() % (LONGEST + 1);
		size_t needle_len = 1 + (size_t)random() % sizeof needle;

		for (size_t i = 0; i < len; i++)
			hay[i] = (char)('a' + random() % 3);
		for (size_t i = 0; i < needle_len; i++)
			needle[i] = (char)('a' + random() % 3);
		assert_int_equal(holds(hay, len, needle, needle_len),
			memmem(hay, len, needle, needle_len) != NULL);
	}
}

static void nothing_is_everywhere(void **state)
{
	(void)state;
	assert_true(holds("", 0, "", 0));
	assert_true(holds("a", 1, "", 0));
	assert_false(holds("", 0, "a", 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_length_at_every_place),
		cmocka_unit_test(the_same_as_memmem),
		cmocka_unit_test(nothing_is_everywhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
