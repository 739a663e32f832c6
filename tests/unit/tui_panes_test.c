/* tui_panes_test.c - which panes are seen, and where. */
#include "tests/unit/unit.h"

#include "apikey-tui/kit/panes.h"

#define COUNT 4

static const struct pane twos[COUNT] = {{.least = 2}, {.least = 2}, {.least = 2}, {.least = 2}};
static const struct pane threes[COUNT] = {{.least = 3}, {.least = 3}, {.least = 3}, {.least = 3}};

static struct panes four(void)
{
	return (struct panes){.panes = twos, .count = COUNT, .wanted = {4, 4, 4, 4}};
}

static void check(const struct panes *p, unsigned pane, int y, int x, int h)
{
	assert_int_equal(p->areas[pane].h, h);
	assert_int_equal(p->areas[pane].y, y);
	assert_int_equal(p->areas[pane].x, x);
}

static void test_two_columns(void **state)
{
	struct panes p = four();

	(void)state;
	panes_lay(&p, (struct area){2, 0, 20, 80});
	assert_int_equal(p.areas[0].w, 39);
	check(&p, 0, 3, 0, 4);
	check(&p, 1, 3, 41, 4);
	check(&p, 2, 9, 0, 13); /* what is left over is the last one's */
	check(&p, 3, 9, 41, 13);
}

static void test_as_many_as_there_is_room_for(void **state)
{
	struct panes p = four();

	(void)state;
	panes_lay(&p, (struct area){0, 0, 9, 40}); /* one column: 1 + 4, a gap, 1 + 2 */
	check(&p, 0, 1, 0, 4);
	check(&p, 1, 7, 0, 2);
	assert_int_equal(p.areas[2].h, 0);
	p.focus = 3; /* comes first where it would not be seen */
	panes_lay(&p, (struct area){0, 0, 9, 40});
	check(&p, 3, 1, 0, 4);
	check(&p, 0, 7, 0, 2);
	assert_int_equal(p.areas[1].h, 0);
	p.panes = threes;
	panes_lay(&p, (struct area){0, 0, 9, 40});
	check(&p, 3, 1, 0, 8); /* alone */
}

/* No pane leaves the area or lies on another, and the focus is seen wherever it fits. */
static void test_any_size(void **state)
{
	(void)state;
	for (int h = 0; h < 60; h++)
		for (int w = 1; w < 210; w += 13)
			for (unsigned focus = 0; focus < COUNT; focus++) {
				struct panes p = four();

				p.focus = focus;
				panes_lay(&p, (struct area){1, 1, h, w});
				assert_true(p.areas[focus].h > 0 || h < 3);
				for (unsigned i = 0; i < COUNT; i++) {
					struct area a = p.areas[i];

					assert_true(a.h == 0 || (a.y > 1 && a.y + a.h <= 1 + h &&
									a.x + a.w <= 1 + w));
					for (unsigned j = 0; j < i; j++) {
						struct area b = p.areas[j];

						assert_true(a.h == 0 || b.h == 0 || a.x != b.x ||
							    a.y > b.y + b.h || b.y > a.y + a.h);
					}
				}
			}
}

static void test_the_focus_goes_round(void **state)
{
	struct panes p = four();

	(void)state;
	panes_turn(&p, -1);
	assert_int_equal(p.focus, COUNT - 1);
	panes_turn(&p, 1);
	panes_turn(&p, 1);
	assert_int_equal(p.focus, 1);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_two_columns),
		cmocka_unit_test(test_as_many_as_there_is_room_for),
		cmocka_unit_test(test_any_size),
		cmocka_unit_test(test_the_focus_goes_round),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
