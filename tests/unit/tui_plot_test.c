/* tui_plot_test.c - numbers as a picture made of characters. */
#include "tests/unit/unit.h"

#include <string.h>

#include "apikey-tui/kit/plot.h"

#define CELLS 64

/* All rows, with newlines between. */
static const char *picture(const struct plot *p)
{
	static char out[8 * (CELLS * PLOT_CELL + 1)];
	char *at = out;

	*out = '\0';
	for (int row = 0; row < p->rows; row++) {
		plot_row(p, row, at);
		at += strlen(at);
		if (row + 1 < p->rows)
			*at++ = '\n';
	}
	return out;
}

static void test_the_latest_at_the_right(void **state)
{
	static const uint64_t values[] = {9, 0, 1, 4, 8};
	struct plot p = {values, 5, .symbols = SYMBOLS_BLOCK, .columns = 7, .rows = 1};

	(void)state;
	p.highest = 8;
	assert_string_equal(picture(&p), "  \u2588 \u2581\u2584\u2588"); /* 9 is cut off */
	p.highest = 0;
	p.columns = 4;
	assert_int_equal(plot_highest(&p), 8); /* of what is seen */
	assert_string_equal(picture(&p), " \u2581\u2584\u2588");
	p.symbols = SYMBOLS_ASCII;
	assert_string_equal(picture(&p), " .=#");
	p.symbols = SYMBOLS_BRAILLE;
	p.columns = 3;
	assert_string_equal(picture(&p), "\u28b8\u2880\u28fc"); /* two in a cell */
}

static void test_rows_share_the_height(void **state)
{
	static const uint64_t values[] = {1, 50, 75, 100};
	struct plot p = {values, 4, .symbols = SYMBOLS_ASCII, .columns = 4, .rows = 4};

	(void)state;
	assert_string_equal(picture(&p), "   #\n  ##\n ###\n.###");
	p.symbols = SYMBOLS_BRAILLE;
	p.columns = 2;
	p.rows = 2;
	assert_string_equal(picture(&p), " \u28fc\n\u28f8\u28ff");
}

static void test_anything_is_seen_and_nothing_is_not(void **state)
{
	static const uint64_t values[] = {0, 1, UINT64_MAX};
	struct plot p = {values, 3, .symbols = SYMBOLS_BLOCK, .columns = 3, .rows = 1};

	(void)state;
	assert_string_equal(picture(&p), " \u2581\u2588");
	p.count = 1;
	assert_string_equal(picture(&p), "   ");
	p.count = 0;
	p.fit = true;
	assert_string_equal(picture(&p), "   ");
	p.columns = 0;
	assert_string_equal(picture(&p), "");
}

static void test_all_values_over_the_width(void **state)
{
	static const uint64_t values[] = {1, 4, 2, 8, 3, 7};
	struct plot p = {values, 3, true, SYMBOLS_ASCII, .columns = 7, .rows = 1};
	int first, end;

	(void)state;
	p.highest = 7;
	assert_string_equal(picture(&p), "..==:: "); /* all bars are of one width */
	plot_columns(&p, 1, &first, &end);
	assert_int_equal(first, 2);
	assert_int_equal(end, 4);
	p.count = 6;
	p.columns = 3; /* each bar is the highest of two */
	p.highest = 8;
	assert_string_equal(picture(&p), "=#*");
	for (size_t place = 0; place < 6; place++) {
		plot_columns(&p, place, &first, &end);
		assert_int_equal(first, place / 2);
		assert_int_equal(end, place / 2 + 1);
	}
	plot_columns(&p, 6, &first, &end);
	assert_int_equal(end, 0);
}

/* Whatever the numbers, each value stands somewhere, and no column shows two that are not neighbours. */
static void test_every_value_has_its_place(void **state)
{
	static uint64_t values[200];

	(void)state;
	for (size_t count = 1; count <= 200; count += 7)
		for (int columns = 1; columns <= CELLS; columns++)
			for (int symbols = SYMBOLS_BRAILLE; symbols <= SYMBOLS_ASCII; symbols++) {
				struct plot p = {values, count, true, (enum plot_symbols)symbols,
					columns, .rows = 1};
				int before = 0;

				for (size_t place = 0; place < count; place++) {
					int first, end;

					plot_columns(&p, place, &first, &end);
					assert_in_range(first, before > 0 ? before - 1 : 0, before);
					assert_in_range(end, first + 1, columns);
					before = end;
				}
			}
}

static void test_gauges(void **state)
{
	static const struct {
		uint64_t used, limit;
		const char *text;
	} rows[] = {{0, 100, "----"}, {1, 100, "=---"}, {13, 100, "=---"}, {25, 100, "#---"},
		{50, 100, "##--"}, {99, 100, "###="}, {100, 100, "####"}, {200, 100, "####"},
		{0, 0, "####"}, {UINT64_MAX - 1, UINT64_MAX, "###="}};
	char out[4 * PLOT_CELL];

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		plot_gauge(rows[i].used, rows[i].limit, SYMBOLS_ASCII, 4, out);
		assert_string_equal(out, rows[i].text);
	}
	plot_gauge(3, 8, SYMBOLS_BLOCK, 4, out);
	assert_string_equal(out, "\u2588\u258c\u2591\u2591");
	plot_gauge(3, 8, SYMBOLS_ASCII, 0, out);
	assert_string_equal(out, "");
}

static void test_short_numbers(void **state)
{
	static const struct {
		uint64_t n;
		const char *text;
	} rows[] = {{0, "0"}, {999, "999"}, {1000, "1.0k"}, {1999, "1.9k"}, {9999, "9.9k"},
		{10000, "10k"}, {999999, "999k"}, {1000000, "1.0M"}, {UINT64_MAX, "18E"}};
	char out[PLOT_NUMBER];

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		plot_number(rows[i].n, out);
		assert_string_equal(out, rows[i].text);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_latest_at_the_right),
		cmocka_unit_test(test_rows_share_the_height),
		cmocka_unit_test(test_anything_is_seen_and_nothing_is_not),
		cmocka_unit_test(test_all_values_over_the_width),
		cmocka_unit_test(test_every_value_has_its_place),
		cmocka_unit_test(test_gauges),
		cmocka_unit_test(test_short_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
