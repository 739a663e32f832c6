/* cursors_test.c - a cursor opens to its place for whom it was made, tells nothing, and cannot be forged. */
#include "apikeyd/cursors.h"
#include "tests/unit/unit.h"

static const struct cursor_scope here = {"key.list", "acme"};
static const uint8_t pepper[32] = {7}, other_pepper[32] = {8};

struct world {
	struct cursors *c;
	struct pool pool;
};

static int set_up(void **state)
{
	static struct world w;

	w = (struct world){.c = cursors_new(pepper)};
	*state = &w;
	return 0;
}

static int tear_down(void **state)
{
	struct world *w = *state;

	cursors_free(w->c);
	pool_free(&w->pool);
	return 0;
}

static bool opens(struct world *w, struct text cursor, const char *place)
{
	return cursors_open(w->c, &w->pool, &here, &cursor) && text_equal(cursor, text_of(place));
}

static void every_place_comes_back(void **state)
{
	struct world *w = *state;
	static const char bytes[200] = {0, 1, 2};

	assert_null(cursors_seal(w->c, &w->pool, &here, (struct text){0}).data);
	for (size_t len = 0; len <= sizeof bytes; len++) {
		struct text t = cursors_seal(w->c, &w->pool, &here, (struct text){bytes, len});

		assert_true(cursors_open(w->c, &w->pool, &here, &t));
		assert_int_equal(t.len, len);
		assert_memory_equal(t.data, bytes, len);
	}
}

static void a_place_is_always_the_same_cursor(void **state)
{
	struct world *w = *state;
	struct cursors *again = cursors_new(pepper), *sealed = cursors_new(NULL),
		       *other = cursors_new(other_pepper);
	struct text a = cursors_seal(w->c, &w->pool, &here, text_of("42"));

	assert_true(text_equal(a, cursors_seal(again, &w->pool, &here, text_of("42"))));
	assert_false(text_equal(a, cursors_seal(other, &w->pool, &here, text_of("42"))));
	assert_false(opens(w, cursors_seal(sealed, &w->pool, &here, text_of("42")), "42"));
	cursors_free(again);
	cursors_free(sealed);
	cursors_free(other);
}

static void it_is_good_for_one_listing_alone(void **state)
{
	static const struct cursor_scope others[] = {{"key.list", ""}, {"key.list", "acm"},
		{"key.list", "other"}, {"key.lis", "acme"}, {"user.list", "acme"}};
	struct world *w = *state;

	assert_true(opens(w, cursors_seal(w->c, &w->pool, &here, text_of("42")), "42"));
	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
		assert_false(
			opens(w, cursors_seal(w->c, &w->pool, &others[i], text_of("42")), "42"));
}

static void no_other_text_is_one(void **state)
{
	static const char *const strange[] = {"", "0", "AAAA", "=", "a b", "\xff\xff\xff\xff",
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"};
	struct world *w = *state;
	struct text cursor = cursors_seal(w->c, &w->pool, &here, text_of("a place of some length"));

	for (size_t i = 0; i < sizeof strange / sizeof strange[0]; i++) {
		struct text t = text_of(strange[i]);

		assert_false(cursors_open(w->c, &w->pool, &here, &t));
	}
	for (size_t i = 0; i < cursor.len; i++) {
		struct text cut = {cursor.data, i}, changed = pool_text(&w->pool, cursor);

		((char *)changed.data)[i] = changed.data[i] == 'A' ? 'B' : 'A';
		assert_false(cursors_open(w->c, &w->pool, &here, &cut));
		assert_false(cursors_open(w->c, &w->pool, &here, &changed));
	}
}

static void nothing_of_the_place_is_to_be_seen(void **state)
{
	struct world *w = *state;
	struct text a = cursors_seal(w->c, &w->pool, &here, text_of("row 1000001"));
	struct text b = cursors_seal(w->c, &w->pool, &here, text_of("row 1000002"));
	unsigned same = 0;

	assert_int_equal(a.len, b.len);
	for (size_t i = 0; i < a.len; i++)
		same += a.data[i] == b.data[i];
	assert_in_range(same, 0, a.len / 4); /* of 47 letters of 64: one by chance */
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		T(every_place_comes_back),
		T(a_place_is_always_the_same_cursor),
		T(it_is_good_for_one_listing_alone),
		T(no_other_text_is_one),
		T(nothing_of_the_place_is_to_be_seen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
