/* tui_cells_test.c - text as cells of a terminal: widths, cuts, wraps, and nothing hostile. */
#include "tests/unit/unit.h"

#include <locale.h>
#include <string.h>

#include "apikey-tui/kit/cells.h"

static const struct {
	const char *text;
	int room;
	const wchar_t *shown;
	int width;
} fits[] = {
	{"abc", 3, L"abc", 3},
	{"abcd", 3, L"ab\u2026", 3},
	{"abcd", 1, L"\u2026", 1},
	{"abcd", 0, L"", 0},
	{"", 5, L"", 0},
	{"\u65e5\u672c", 4, L"\u65e5\u672c", 4},
	{"\u65e5\u672c", 3, L"\u65e5\u2026", 3},
	{"\u65e5\u672c\u8a9e", 4, L"\u65e5\u2026", 3}, /* half of a wide one is not drawn */
	{"\u65e5\u672c", 2, L"\u2026", 1},
	{"e\u0301x", 2, L"e\u0301x", 2},
	{"\u0301x", 9, L"\\u{0301}x", 9},
	{"a\033[2Jb", 20, L"a\\x1b[2Jb", 9},
	{"a\nb", 20, L"a\\x0ab", 6},
	{"\u202e", 20, L"\\u{202e}", 8},
	{"\u200b", 20, L"\\u{200b}", 8},
	{"x\ufe0fy", 20, L"xy", 2},
	{"\xff\xc3", 20, L"\\xff\\xc3", 8},
	{"\xe6\x97", 20, L"\\xe6\\x97", 8},
	{"\xf5\x80\x80\x80", 40, L"\\xf5\\x80\\x80\\x80", 16},
};

static void test_fit(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof fits / sizeof fits[0]; i++) {
		struct cells cells;

		cells_fit(text_of(fits[i].text), fits[i].room, false, &cells);
		assert_int_equal(wcscmp(cells.text, fits[i].shown), 0);
		assert_int_equal(cells.width, fits[i].width);
		assert_int_equal(cells.count, (int)wcslen(fits[i].shown));
	}
}

/* However narrow: never wider than there is room, and the cut is said. */
static void test_fit_at_every_width(void **state)
{
	static const char text[] = "a\u65e5\u0301\033b\u202e\u672cc\xff";
	int whole = cells_width(text_of(text), false);
	struct cells cells;

	(void)state;
	for (int room = 0; room < whole + 3; room++) {
		cells_fit(text_of(text), room, false, &cells);
		assert_true(cells.width <= room);
		assert_true(cells.cut == (room > 0 && room < whole));
	}
	assert_int_equal(cells.width, whole);
}

static void test_ascii(void **state)
{
	struct cells cells;

	(void)state;
	cells_fit(text_of("\u00fc\u2026x"), 40, true, &cells);
	assert_int_equal(wcscmp(cells.text, L"\\u{00fc}...x"), 0);
	cells_fit(text_of("abcdef"), 4, true, &cells);
	assert_int_equal(wcscmp(cells.text, L"abc~"), 0);
}

static void test_text_longer_than_any_line(void **state)
{
	static char text[3 * CELLS_MAX];
	struct cells cells;

	(void)state;
	memset(text, '\001', sizeof text - 1);
	cells_fit(text_of(text), 100000, false, &cells);
	assert_true(cells.cut && cells.count <= CELLS_MAX && cells.width <= CELLS_MAX);
}

static const struct {
	const char *text;
	int width;
	const char *lines[6];
} wraps[] = {
	{"one two three", 7, {"one two", "three"}},
	{"one two three", 8, {"one two", "three"}},
	{"one two three", 5, {"one", "two", "three"}},
	{"abcdefgh", 3, {"abc", "def", "gh"}},
	{"a\nb\n\nc", 9, {"a", "b", "", "c"}},
	{"\u65e5\u672c\u8a9e", 5, {"\u65e5\u672c", "\u8a9e"}},
	{"\u65e5\u672c", 1, {"\u65e5", "\u672c"}},
	{"abc", 0, {"a", "b", "c"}},
	{"", 5, {""}},
};

static void test_wrap(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof wraps / sizeof wraps[0]; i++) {
		struct text rest = text_of(wraps[i].text);
		size_t n = 0;

		do {
			struct text line = cells_wrap(&rest, wraps[i].width, false);

			assert_non_null(wraps[i].lines[n]);
			assert_true(text_equal(line, text_of(wraps[i].lines[n])));
			n++;
		} while (rest.len > 0);
		assert_null(wraps[i].lines[n]);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fit),
		cmocka_unit_test(test_fit_at_every_width),
		cmocka_unit_test(test_ascii),
		cmocka_unit_test(test_text_longer_than_any_line),
		cmocka_unit_test(test_wrap),
	};

	setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
