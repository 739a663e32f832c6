/* note_test.c - what is kept of calls beside what they change: requests by their id, notes; on every store. */
#include <string.h>

#include "tests/store/world.h"
#include "tests/unit/unit.h"

static void put_request(
	struct world *w, const char *id, const char *answer, int64_t at, int64_t oldest)
{
	struct request_record r = {.actor = text_of("anna"), .request_id = text_of(id), .at = at};

	if (answer != NULL)
		r.answer = text_of(answer);
	memset(r.digest, id[0], sizeof r.digest);
	begin(w);
	ok(w, w->ops->request_put(w->store, &r, oldest, &w->why));
	commit(w);
}

static bool has_request(struct world *w, const char *actor, const char *id, int64_t oldest,
	struct request_record *out)
{
	bool found = false;

	ok(w, w->ops->request_get(w->store, &w->pool, text_of(actor), text_of(id), oldest, out,
		      &found, &w->why));
	return found;
}

static void remembers_requests(void **state)
{
	struct world *w = *state;
	struct request_record r;

	put_request(w, "a", "first", 100, 0);
	put_request(w, "b", NULL, 200, 0);
	assert_true(has_request(w, "anna", "a", 100, &r));
	assert_true(text_equal(r.answer, text_of("first")));
	assert_int_equal(r.at, 100);
	assert_int_equal(r.digest[31], 'a');
	assert_true(has_request(w, "anna", "b", 0, &r));
	assert_null(r.answer.data);
	assert_false(has_request(w, "anna", "a", 101, &r));
	assert_false(has_request(w, "bert", "a", 0, &r));
	put_request(w, "a", "second", 300, 0);
	assert_true(has_request(w, "anna", "a", 0, &r));
	assert_true(text_equal(r.answer, text_of("second")));
	put_request(w, "c", "", 400, 300);
	assert_false(has_request(w, "anna", "b", 0, &r));
	assert_true(has_request(w, "anna", "a", 0, &r));
}

static void keeps_notes(void **state)
{
	struct world *w = *state;
	struct text value;

	ok(w, w->ops->note_get(w->store, &w->pool, "pepper_check", &value, &w->why));
	assert_null(value.data);
	begin(w);
	ok(w, w->ops->note_put(w->store, "pepper_check", text_of("one"), &w->why));
	ok(w, w->ops->note_put(w->store, "other", text_of(""), &w->why));
	ok(w, w->ops->note_put(w->store, "pepper_check", text_of("two"), &w->why));
	commit(w);
	ok(w, w->ops->note_get(w->store, &w->pool, "pepper_check", &value, &w->why));
	assert_true(text_equal(value, text_of("two")));
	ok(w, w->ops->note_get(w->store, &w->pool, "other", &value, &w->why));
	assert_non_null(value.data);
	assert_int_equal(value.len, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {T(remembers_requests), T(keeps_notes)};

	return world_run(tests, sizeof tests / sizeof *tests);
}
