/* page_test.c - pages of keys: their bounds, and cursors that are forged or outlive their key; on every store. */
#include <string.h>

#include "tests/store/keys.h"
#include "tests/store/world.h"
#include "tests/unit/unit.h"

#define NOW 2050

static enum apikey_error list(struct world *w, const struct key_query *q, struct key_page *page)
{
	return w->ops->key_list(w->store, &w->pool, q, page, &w->why);
}

static void assert_cursor_refused(struct world *w, struct key_query q, struct text cursor)
{
	struct key_page page;

	q.cursor = cursor;
	assert_int_equal(list(w, &q, &page), APIKEY_INVALID_ARGUMENT);
	assert_non_null(strstr(w->why.text, "cursor"));
}

static void refuses_a_forged_cursor(void **state)
{
	struct world *w = *state;
	struct key_query q = {.limit = 5, .sort = SORT_NAME, .now = NOW};
	struct key_page page;
	struct text cursor;

	fill(w, 20);
	ok(w, list(w, &q, &page));
	cursor = page.next;
	assert_non_null(cursor.data);
	for (size_t i = 0; i < cursor.len; i++) {
		struct text forged = pool_text(&w->pool, cursor);

		((char *)forged.data)[i] ^= 1;
		assert_cursor_refused(w, q, forged);
		((char *)forged.data)[i] ^= 0x80;
		assert_cursor_refused(w, q, forged);
		assert_cursor_refused(w, q, (struct text){cursor.data, i});
	}
	q.descending = true;
	assert_cursor_refused(w, q, cursor);
	q.descending = false;
	q.sort = SORT_OWNER;
	assert_cursor_refused(w, q, cursor);
	q.sort = SORT_NAME;
	q.cursor = cursor;
	ok(w, list(w, &q, &page));
}

static void refuses_a_page_out_of_bounds(void **state)
{
	struct world *w = *state;
	struct key_query q = {.limit = 0};
	struct key_page page;

	assert_int_equal(list(w, &q, &page), APIKEY_INVALID_ARGUMENT);
	q.limit = STORE_PAGE_MAX + 1;
	assert_int_equal(list(w, &q, &page), APIKEY_INVALID_ARGUMENT);
	q.limit = STORE_PAGE_MAX;
	ok(w, list(w, &q, &page));
	q.sort = SORT_COUNT;
	assert_int_equal(list(w, &q, &page), APIKEY_INVALID_ARGUMENT);
}

/* A cursor stays good while keys come and go, its own included. */
static void goes_on_after_the_key_of_the_cursor_is_gone(void **state)
{
	struct world *w = *state;
	struct key_query q = {.limit = 5, .now = NOW};
	struct key_page page;

	fill(w, 20);
	ok(w, list(w, &q, &page));
	q.cursor = page.next;
	begin(w);
	ok(w, w->ops->key_delete(w->store, test_id(4), &w->why));
	ok(w, w->ops->key_delete(w->store, test_id(5), &w->why));
	commit(w);
	ok(w, list(w, &q, &page));
	assert_string_equal(page.keys[0]->id, test_id(6));
	assert_int_equal(page.total, 18);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(refuses_a_forged_cursor),
		T(refuses_a_page_out_of_bounds),
		T(goes_on_after_the_key_of_the_cursor_is_gone),
	};

	return world_run(tests, sizeof tests / sizeof *tests);
}
