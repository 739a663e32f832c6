/* tui_feed_test.c - the rows of a listing of no known length, from a model that answers when the test says so. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apikey-tui/feed.h"
#include "protocol/value.h"
#include "protocol/writer.h"

/* The model's side: a listing of numbers from 0 on, and the call that is on its way. */
struct model {
	enum model_link link;
	unsigned version, calls;
	long count; /* rows there are */
	long given; /* by the pages since the first */
	model_done *done;
	void *arg;
	struct apikey_value *answer;
};

enum model_link model_link(const struct model *m)
{
	return m->link;
}

unsigned model_version(const struct model *m)
{
	return m->version;
}

void model_read(struct model *m, const char *method, struct apikey_params *params, model_done *done,
	void *arg)
{
	assert_string_equal(method, "thing.list");
	assert_null(m->done); /* one at a time */
	apikey_params_free(params);
	m->calls++;
	m->done = done;
	m->arg = arg;
}

struct apikey_value *model_take(struct model *m)
{
	struct apikey_value *answer = m->answer;

	m->answer = NULL;
	return answer;
}

void model_forget(struct model *m, const void *arg)
{
	if (m->arg == arg)
		m->done = NULL;
}

/* A page of so many rows, and a cursor where there are more. */
static struct apikey_value *page(struct model *m, long rows)
{
	struct buffer b = {.max = 1 << 20};
	struct apikey_value *value;
	char name[32];

	rows = rows < m->count - m->given ? rows : m->count - m->given;
	write_map(&b, 2);
	write_str(&b, "things");
	write_array(&b, (uint32_t)rows);
	for (long i = 0; i < rows; i++) {
		snprintf(name, sizeof name, "%ld", m->given + i);
		write_str(&b, name);
	}
	m->given += rows;
	write_str(&b, "next");
	write_str(&b, m->given < m->count ? "more" : NULL);
	value = value_decode(b.data, b.len);
	buffer_free(&b);
	assert_non_null(value);
	return value;
}

/* Answers the call that is on its way; what the callback does may be the next. */
static void answer(struct model *m, enum apikey_error error, long rows)
{
	model_done *done = m->done;

	assert_non_null(done);
	m->done = NULL;
	m->answer = error == APIKEY_OK ? page(m, rows) : NULL;
	done(m->arg, error, m->answer, "why not");
	apikey_value_free(m->answer);
	m->answer = NULL;
}

static long number(const struct feed *f, size_t index)
{
	const char *text = apikey_string(feed_row(f, index));

	return text != NULL ? strtol(text, NULL, 10) : -1;
}

static bool even(void *arg, const struct apikey_value *row)
{
	(void)arg;
	return strtol(apikey_string(row), NULL, 10) % 2 == 0;
}

static const struct feed_source all = {.method = "thing.list", .rows = "things"};
static const struct feed_source evens = {.method = "thing.list", .rows = "things", .wanted = even};

static void test_pages_come_as_far_as_they_are_looked_at(void **state)
{
	struct model m = {.link = LINK_UP, .count = 25};
	struct feed f;

	(void)state;
	feed_open(&f, &m, &all, NULL, 0);
	feed_update(&f, 5, 0);
	feed_update(&f, 5, 0);
	assert_int_equal(m.calls, 1);
	answer(&m, APIKEY_OK, 10);
	assert_true(f.known);
	assert_int_equal(number(&f, 9), 9);
	assert_null(feed_row(&f, 10));
	feed_update(&f, 10, 0);
	assert_null(m.done); /* all that is looked at is there */
	feed_update(&f, 11, 0);
	answer(&m, APIKEY_OK, 10);
	assert_int_equal(number(&f, 19), 19);
	feed_update(&f, 100, 0);
	answer(&m, APIKEY_OK, 10);
	feed_update(&f, 100, 0);
	assert_null(m.done); /* there are no more */
	assert_int_equal(f.shown.count, 25);
	assert_true(f.shown.complete);
	feed_close(&f);
}

static void test_unwanted_rows_are_gone_through(void **state)
{
	struct model m = {.link = LINK_UP, .count = 25};
	struct feed f;

	(void)state;
	feed_open(&f, &m, &evens, NULL, 0);
	feed_update(&f, 7, 0);
	answer(&m, APIKEY_OK, 10);
	answer(&m, APIKEY_OK, 10); /* five are not enough: the next page is asked for at once */
	assert_null(m.done);
	assert_int_equal(number(&f, 9), 18);
	assert_int_equal(f.shown.seen, 20);
	feed_close(&f);
}

static void test_what_is_held_stays_until_the_new_rows_are_there(void **state)
{
	struct model m = {.link = LINK_UP, .count = 5};
	struct feed f;

	(void)state;
	feed_open(&f, &m, &all, NULL, 0);
	feed_update(&f, 5, 0);
	answer(&m, APIKEY_OK, 10);
	m.version++;
	m.count = 3;
	m.given = 0;
	feed_update(&f, 5, 1000);
	assert_int_equal(number(&f, 4), 4);
	m.version++;
	feed_update(&f, 5, 1001); /* news do not throw away what is on its way */
	answer(&m, APIKEY_OK, 10);
	assert_int_equal(f.shown.count, 3);
	assert_int_equal(f.renewed, 2);
	feed_close(&f);
}

/* A renewal that took long has a longer rest after it: nothing is asked before that, though there is news. */
static void test_a_long_renewal_has_a_rest_after_it(void **state)
{
	struct model m = {.link = LINK_UP, .count = 1};
	struct feed f;

	(void)state;
	feed_open(&f, &m, &all, NULL, 0);
	feed_update(&f, 1, 0);
	feed_update(&f, 1, 100);
	answer(&m, APIKEY_OK, 10);
	m.version++;
	assert_true(f.rest_until > 101);
	feed_update(&f, 1, f.rest_until - 1);
	assert_null(m.done);
	feed_update(&f, 1, f.rest_until);
	assert_non_null(m.done);
	feed_close(&f);
}

static void test_a_refusal_is_told_and_tried_again_later(void **state)
{
	struct model m = {.link = LINK_UP, .count = 1};
	struct feed f;

	(void)state;
	feed_open(&f, &m, &all, NULL, 0);
	feed_update(&f, 1, 0);
	answer(&m, APIKEY_FORBIDDEN, 0);
	assert_string_equal(f.trouble, "why not");
	feed_update(&f, 1, f.retry_at - 1);
	assert_null(m.done);
	feed_update(&f, 1, f.retry_at);
	answer(&m, APIKEY_OK, 10);
	assert_string_equal(f.trouble, "");
	assert_int_equal(f.shown.count, 1);
	feed_close(&f);
}

static void test_nothing_is_asked_without_a_connection(void **state)
{
	struct model m = {.link = LINK_DOWN, .count = 1};
	struct feed f;

	(void)state;
	feed_open(&f, &m, &all, NULL, 0);
	feed_update(&f, 1, 0);
	assert_int_equal(m.calls, 0);
	m.link = LINK_UP;
	feed_update(&f, 1, 0);
	answer(&m, APIKEY_UNREACHABLE, 0);
	assert_string_equal(f.trouble, ""); /* the frame says that there is no connection */
	feed_close(&f);
}

static void test_another_question_forgets_the_call_on_its_way(void **state)
{
	struct model m = {.link = LINK_UP, .count = 4};
	struct feed f;

	(void)state;
	feed_open(&f, &m, &all, NULL, 0);
	feed_update(&f, 1, 0);
	feed_reset(&f);
	assert_null(m.done);
	assert_false(f.known);
	feed_update(&f, 1, 0);
	answer(&m, APIKEY_OK, 10);
	assert_true(f.known);
	feed_close(&f);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pages_come_as_far_as_they_are_looked_at),
		cmocka_unit_test(test_unwanted_rows_are_gone_through),
		cmocka_unit_test(test_what_is_held_stays_until_the_new_rows_are_there),
		cmocka_unit_test(test_a_long_renewal_has_a_rest_after_it),
		cmocka_unit_test(test_a_refusal_is_told_and_tried_again_later),
		cmocka_unit_test(test_nothing_is_asked_without_a_connection),
		cmocka_unit_test(test_another_question_forgets_the_call_on_its_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
