/* csv_test.c - rows of comma-separated values, as spreadsheets and people write them. */
#include "apikeyctl/csv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/unit.h"

/* Each row as "line:field|field", rows parted by spaces; "!" where it cannot be read on. */
static const char *rows_of(const char *text)
{
	static char out[4096];
	char *copy = strdup(text), *fields[CSV_FIELDS_MAX];
	struct csv csv = csv_of(copy);
	size_t count, at = 0;
	int found;

	out[0] = '\0';
	while ((found = csv_next(&csv, fields, &count)) > 0) {
		at += (size_t)snprintf(
			out + at, sizeof out - at, "%s%zu:", at > 0 ? " " : "", csv.line);
		for (size_t i = 0; i < count; i++)
			at += (size_t)snprintf(
				out + at, sizeof out - at, "%s%s", i > 0 ? "|" : "", fields[i]);
	}
	if (found < 0)
		snprintf(out + at, sizeof out - at, "%s!%zu", at > 0 ? " " : "", csv.line);
	free(copy);
	return out;
}

static void rows_and_their_lines(void **state)
{
	(void)state;
	assert_string_equal(rows_of(""), "");
	assert_string_equal(rows_of("\n\r\n\n"), "");
	assert_string_equal(rows_of("a,b\nc,d\n"), "1:a|b 2:c|d");
	assert_string_equal(rows_of("a,b\nc,d"), "1:a|b 2:c|d");
	assert_string_equal(rows_of("a,b\r\nc,d\r\n"), "1:a|b 2:c|d");
	assert_string_equal(rows_of("a,b\r\nc,d\r"), "1:a|b 2:c|d");
	assert_string_equal(rows_of("\n\na\n\nb\n"), "3:a 5:b");
	assert_string_equal(rows_of("\xef\xbb\xbf"
				    "a,b"),
		"1:a|b");
}

static void empty_fields(void **state)
{
	(void)state;
	assert_string_equal(rows_of(","), "1:|");
	assert_string_equal(rows_of(",,\n,"), "1:|| 2:|");
	assert_string_equal(rows_of("a,\nb"), "1:a| 2:b");
	assert_string_equal(rows_of("\"\",\"\"\n"), "1:|");
	assert_string_equal(rows_of("\"\""), "1:");
}

static void quotes(void **state)
{
	(void)state;
	assert_string_equal(rows_of("\"a,b\",c"), "1:a,b|c");
	assert_string_equal(rows_of("\"say \"\"hi\"\"\"\r\nx"), "1:say \"hi\" 2:x");
	assert_string_equal(rows_of("\"two\nlines\",b\nc"), "1:two\nlines|b 3:c");
	assert_string_equal(rows_of("\"\"\"\"\n"), "1:\"");
	assert_string_equal(
		rows_of("a\"b,c"), "1:a\"b|c"); /* only at the beginning it means something */
	assert_string_equal(rows_of("x\n\"a"), "1:x !2");
	assert_string_equal(rows_of("\"a\"b"), "!1");
	assert_string_equal(rows_of("\"a\"\"\n"), "!1");
}

static void fields_are_bounded(void **state)
{
	char text[2 * CSV_FIELDS_MAX + 2];

	(void)state;
	memset(text, ',', sizeof text);
	text[CSV_FIELDS_MAX - 1] = '\0';
	assert_true(rows_of(text)[0] == '1');
	text[CSV_FIELDS_MAX - 1] = ',';
	text[CSV_FIELDS_MAX] = '\0';
	assert_string_equal(rows_of(text), "!1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_and_their_lines),
		cmocka_unit_test(empty_fields),
		cmocka_unit_test(quotes),
		cmocka_unit_test(fields_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
