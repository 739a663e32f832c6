/* tui_kit_test.c - the parts of the kit that need no terminal: lines, tables, forms and dialogs as they take keys. */
#include "tests/unit/unit.h"

#include "apikey-tui/kit/dialog.h"
#include "apikey-tui/kit/form.h"
#include "apikey-tui/kit/table.h"

static struct term_event key(int code)
{
	return (struct term_event){.type = TERM_KEY, .key = code, .text = ""};
}

static struct term_event letter(const char *text)
{
	return (struct term_event){.type = TERM_KEY, .key = (unsigned char)*text, .text = text};
}

static void press(struct line *l, int code)
{
	struct term_event event = key(code);

	assert_true(line_key(l, &event));
}

static void put(struct line *l, const char *text)
{
	struct term_event event = letter(text);

	assert_true(line_key(l, &event));
}

static void test_line_edits(void **state)
{
	struct line l = {.max = 100};

	(void)state;
	line_set(&l, "ab \u65e5");
	press(&l, TERM_LEFT);
	put(&l, "c");
	assert_string_equal(l.text, "ab c\u65e5");
	press(&l, TERM_END);
	press(&l, TERM_BACKSPACE);
	assert_string_equal(l.text, "ab c");
	press(&l, TERM_HOME);
	press(&l, TERM_BACKSPACE);
	press(&l, TERM_DELETE);
	assert_string_equal(l.text, "b c");
	press(&l, TERM_END);
	press(&l, TERM_DELETE);
	press(&l, TERM_RIGHT);
	press(&l, TERM_CTRL('w'));
	assert_string_equal(l.text, "b ");
	press(&l, TERM_CTRL('u'));
	assert_string_equal(l.text, "");
	press(&l, TERM_LEFT);
	press(&l, TERM_CTRL('w'));
	assert_int_equal(l.len + l.at, 0);
}

static void test_line_has_a_maximum_and_keeps_characters_whole(void **state)
{
	struct line l = {.max = 4};

	(void)state;
	line_paste(&l, "ab\u65e5c");
	assert_string_equal(l.text, "abc"); /* what does not fit is left out whole */
	put(&l, "d");
	put(&l, "e");
	assert_string_equal(l.text, "abcd");
}

static void test_a_paste_is_one_line(void **state)
{
	struct line l = {.max = 100};

	(void)state;
	line_paste(&l, "a\r\nb\tc\033d\x7f");
	assert_string_equal(l.text, "a  b c d ");
	line_set(&l, "");
	line_paste(&l, "a whole line\r\n\n");
	assert_string_equal(l.text, "a whole line");
	line_paste(&l, "\n");
	assert_string_equal(l.text, "a whole line");
}

static void test_what_a_line_is_set_to_keeps_its_newlines(void **state)
{
	struct line l = {.max = 4};

	(void)state;
	line_set(&l, "a\n\nbc");
	assert_string_equal(l.text, "a\n\nb");
	press(&l, TERM_BACKSPACE);
	press(&l, TERM_BACKSPACE);
	put(&l, "d");
	assert_string_equal(l.text, "a\nd");
}

static void test_table_moves_within_its_rows(void **state)
{
	static const struct {
		enum motion motion;
		size_t selected;
	} steps[] = {{MOTION_UP, 0}, {MOTION_DOWN, 1}, {MOTION_PAGE_DOWN, 10}, {MOTION_END, 24},
		{MOTION_DOWN, 24}, {MOTION_PAGE_DOWN, 24}, {MOTION_PAGE_UP, 15},
		{MOTION_PAGE_UP, 6}, {MOTION_PAGE_UP, 0}, {MOTION_END, 24}, {MOTION_HOME, 0}};
	struct table t = {.rows = 25, .height = 10};

	(void)state;
	for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
		table_move(&t, steps[i].motion);
		assert_int_equal(t.selected, steps[i].selected);
	}
	t.selected = 24;
	t.rows = 3; /* rows went away */
	table_move(&t, MOTION_NONE);
	assert_int_equal(t.selected, 2);
	t.rows = 0;
	for (int motion = MOTION_NONE; motion <= MOTION_END; motion++)
		table_move(&t, (enum motion)motion);
	assert_int_equal(t.selected, 0);
}

static const char *not_empty(const char *text)
{
	return *text == '\0' ? "empty" : NULL;
}

static const struct form_field fields[] = {
	{"A", "", not_empty, 10},
	{"B", "", NULL, 10},
	{"C", "", not_empty, 10},
};

static enum form_result form_press(struct form *f, int code)
{
	struct term_event event = key(code);

	return form_key(f, &event);
}

static void test_form_submits_only_when_every_field_is_good(void **state)
{
	static struct form f = {.fields = fields, .count = 3, .button = "Go"};

	(void)state;
	form_open(&f);
	assert_int_equal(form_press(&f, TERM_ENTER), FORM_STAYS);
	assert_string_equal(f.faults[0], "empty"); /* checked where it was left */
	assert_int_equal(f.focus, 1);
	form_press(&f, TERM_BACKTAB);
	form_press(&f, TERM_UP);
	assert_int_equal(f.focus, 3);
	assert_int_equal(form_press(&f, TERM_ENTER), FORM_STAYS);
	assert_int_equal(f.focus, 0); /* the first that is wrong */
	form_paste(&f, "x");
	form_press(&f, TERM_BACKTAB);
	assert_int_equal(form_press(&f, TERM_ENTER), FORM_STAYS);
	assert_int_equal(f.focus, 2);
	form_paste(&f, "y");
	form_press(&f, TERM_TAB);
	assert_int_equal(form_press(&f, TERM_ENTER), FORM_SUBMITS);
	assert_int_equal(form_press(&f, TERM_ESC), FORM_CANCELS);
}

static enum dialog_answer dialog_press(struct dialog *d, struct term_event event)
{
	return dialog_key(d, &event);
}

static void test_only_y_proceeds(void **state)
{
	static const int not_yes[] = {TERM_ENTER, ' ', 'Y', 'j', TERM_TAB, TERM_RIGHT, TERM_DOWN};
	static const int no[] = {'n', 'q', TERM_ESC, TERM_LEFT};
	static struct dialog d;

	(void)state;
	dialog_open(&d);
	for (size_t i = 0; i < sizeof not_yes / sizeof not_yes[0]; i++)
		assert_int_equal(dialog_press(&d, key(not_yes[i])), DIALOG_WAITS);
	dialog_paste(&d, "y");
	assert_true(d.open);
	assert_int_equal(dialog_press(&d, key('y')), DIALOG_YES);
	assert_false(d.open);
	for (size_t i = 0; i < sizeof no / sizeof no[0]; i++) {
		dialog_open(&d);
		assert_int_equal(dialog_press(&d, key(no[i])), DIALOG_NO);
		assert_false(d.open);
	}
}

static void test_a_word_has_to_be_typed(void **state)
{
	static struct dialog d = {.word = "yes!"};

	(void)state;
	dialog_open(&d);
	assert_int_equal(dialog_press(&d, letter("y")), DIALOG_WAITS);
	assert_int_equal(dialog_press(&d, key(TERM_ENTER)), DIALOG_WAITS);
	dialog_paste(&d, "es!");
	assert_int_equal(dialog_press(&d, key(TERM_ENTER)), DIALOG_YES);
	dialog_open(&d);
	assert_string_equal(d.typed.text, "");
	assert_int_equal(dialog_press(&d, key(TERM_ESC)), DIALOG_NO);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_line_edits),
		cmocka_unit_test(test_line_has_a_maximum_and_keeps_characters_whole),
		cmocka_unit_test(test_a_paste_is_one_line),
		cmocka_unit_test(test_what_a_line_is_set_to_keeps_its_newlines),
		cmocka_unit_test(test_table_moves_within_its_rows),
		cmocka_unit_test(test_form_submits_only_when_every_field_is_good),
		cmocka_unit_test(test_only_y_proceeds),
		cmocka_unit_test(test_a_word_has_to_be_typed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
