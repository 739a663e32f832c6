/* tui_pages_test.c - rows of a listing too long to hold: the right ones, by few fetches, from either end. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apikey-tui/pages.h"
#include "protocol/value.h"
#include "protocol/writer.h"

/* A daemon with keys numbered first, first + 1, …; row i is key first + i. */
struct listing {
	long first, count;
	unsigned fetches;
};

static struct apikey_value *page_of(const struct listing *l, const struct pages_fetch *f)
{
	long begin = f->cursor != NULL ? strtol(f->cursor, NULL, 10) : 0;
	long end = begin + PAGES_ROWS < l->count ? begin + PAGES_ROWS : l->count;
	struct buffer b = {.max = 1 << 20};
	struct apikey_value *value;
	char text[32];

	write_map(&b, 3);
	write_str(&b, "total");
	write_int(&b, l->count);
	write_str(&b, "next");
	snprintf(text, sizeof text, "%ld", end);
	write_str(&b, end < l->count ? text : NULL);
	write_str(&b, "keys");
	write_array(&b, (uint32_t)(end - begin));
	for (long i = begin; i < end; i++) {
		write_map(&b, 1);
		write_str(&b, "id");
		snprintf(text, sizeof text, "%ld", l->first + (f->from_end ? l->count - 1 - i : i));
		write_str(&b, text);
	}
	value = value_decode(b.data, b.len);
	buffer_free(&b);
	assert_non_null(value);
	return value;
}

static bool fetch_one(struct pages *p, struct listing *l)
{
	struct pages_fetch f;

	if (!pages_next(p, &f))
		return false;
	l->fetches++;
	assert_true(l->fetches < 10000);
	pages_put(p, &f, page_of(l, &f));
	return true;
}

/* Asks for a row until it is there, as a screen does. */
static long row(struct pages *p, struct listing *l, size_t index)
{
	const struct apikey_value *key;

	while ((key = pages_row(p, index)) == NULL)
		assert_true(fetch_one(p, l));
	return strtol(apikey_string(apikey_get(key, "id")), NULL, 10);
}

static void test_every_row_forwards_and_backwards(void **state)
{
	static const long counts[] = {1, 99, 100, 101, 2500};

	(void)state;
	for (size_t c = 0; c < sizeof counts / sizeof counts[0]; c++) {
		struct listing l = {.first = 7, .count = counts[c]};
		struct pages *p = pages_new();

		assert_false(pages_known(p));
		assert_true(fetch_one(p, &l));
		assert_true(pages_known(p));
		assert_int_equal(pages_total(p), counts[c]);
		for (long i = 0; i < counts[c]; i++)
			assert_int_equal(row(p, &l, (size_t)i), 7 + i);
		for (long i = counts[c] - 1; i >= 0; i--)
			assert_int_equal(row(p, &l, (size_t)i), 7 + i);
		assert_true(l.fetches <= 2 * (unsigned)(counts[c] / PAGES_ROWS + 1));
		assert_null(pages_row(p, (size_t)counts[c]));
		pages_free(p);
	}
}

static void test_both_ends_of_a_million_cost_two_fetches(void **state)
{
	struct listing l = {.count = 1000000};
	struct pages *p = pages_new();

	(void)state;
	fetch_one(p, &l);
	assert_int_equal(row(p, &l, 999999), 999999);
	assert_int_equal(row(p, &l, 999950), 999950);
	assert_int_equal(row(p, &l, 50), 50);
	assert_int_equal(l.fetches, 2);
	assert_int_equal(row(p, &l, 999350), 999350); /* back along the chain from the end */
	assert_true(l.fetches <= 2 + 6);
	pages_free(p);
}

static void test_any_jump_gets_there(void **state)
{
	struct listing l = {.count = 30000};
	struct pages *p = pages_new();

	(void)state;
	fetch_one(p, &l);
	assert_int_equal(row(p, &l, 14000), 14000);
	assert_int_equal(row(p, &l, 16001), 16001);
	assert_int_equal(row(p, &l, 3), 3);
	assert_int_equal(row(p, &l, 15000), 15000);
	pages_free(p);
}

/* Stale rows are given until the new ones are there; then all is as the daemon says. */
static void test_changes(void **state)
{
	struct listing l = {.first = 0, .count = 450};
	struct pages *p = pages_new();
	size_t index;

	(void)state;
	for (size_t i = 0; i < 450; i++)
		row(p, &l, i);
	assert_true(pages_find(p, "230", &index) && index == 230);
	l.first = -3; /* three more at the start */
	l.count = 453;
	pages_stale(p);
	assert_int_equal(row(p, &l, 210), 210); /* still the old one */
	assert_false(pages_find(p, "230", &index));
	while (fetch_one(p, &l))
		;
	assert_int_equal(row(p, &l, 210), 207);
	assert_true(pages_find(p, "207", &index) && index == 210);
	assert_int_equal(pages_total(p), 453);
	for (size_t i = 0; i < 453; i++) {
		row(p, &l, i);
		while (fetch_one(p, &l))
			;
		assert_int_equal(row(p, &l, i), (long)i - 3);
	}
	l.first = 0;
	l.count = 0; /* all gone */
	pages_stale(p);
	row(p, &l, 0);
	while (fetch_one(p, &l))
		;
	assert_int_equal(pages_total(p), 0);
	assert_null(pages_row(p, 0));
	l.count = 2; /* and some come */
	pages_stale(p);
	while (fetch_one(p, &l))
		;
	assert_int_equal(row(p, &l, 1), 1);
	pages_free(p);
}

static void test_another_listing(void **state)
{
	struct listing old = {.first = 0, .count = 500}, new = {.first = 1000, .count = 150};
	struct pages *p = pages_new();
	struct pages_fetch late;

	(void)state;
	fetch_one(p, &old);
	assert_null(pages_row(p, 400));
	assert_true(pages_next(p, &late));
	pages_reset(p);
	assert_false(pages_known(p));
	assert_int_equal(row(p, &old, 5), 5);      /* until the first page of the new one */
	pages_put(p, &late, page_of(&old, &late)); /* an answer to what nobody wants any more */
	assert_false(pages_known(p));
	assert_true(fetch_one(p, &new));
	assert_true(pages_known(p));
	assert_int_equal(row(p, &new, 5), 1005);
	assert_int_equal(row(p, &new, 149), 1149);
	pages_free(p);
}

/* A daemon that counts more rows than it gives is not asked again and again. */
static void test_a_wrong_total_is_no_endless_loop(void **state)
{
	struct listing l = {.count = 3}, lying = {.count = 3};
	struct pages *p = pages_new();
	struct pages_fetch f;
	struct buffer b = {.max = 256};

	(void)state;
	write_map(&b, 2);
	write_str(&b, "total");
	write_int(&b, 10);
	write_str(&b, "keys");
	write_array(&b, 0);
	assert_true(pages_next(p, &f));
	pages_put(p, &f, value_decode(b.data, b.len));
	buffer_free(&b);
	assert_null(pages_row(p, 4));
	assert_false(pages_next(p, &f));
	pages_stale(p);
	assert_null(pages_row(p, 4));
	assert_true(fetch_one(p, &l));
	assert_int_equal(row(p, &lying, 2), 2);
	pages_free(p);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_row_forwards_and_backwards),
		cmocka_unit_test(test_both_ends_of_a_million_cost_two_fetches),
		cmocka_unit_test(test_any_jump_gets_there),
		cmocka_unit_test(test_changes),
		cmocka_unit_test(test_another_listing),
		cmocka_unit_test(test_a_wrong_total_is_no_endless_loop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
