/* tui_journal_test.c - the latest events, and how many are missing among them. */
#include "tests/unit/unit.h"

#include "apikey-tui/journal.h"
#include "protocol/value.h"
#include "protocol/writer.h"

/* The parameters of a notification with this number. */
static struct apikey_value *event(int64_t seq)
{
	struct buffer b = {.max = 64};
	struct apikey_value *value;

	write_array(&b, 1);
	write_map(&b, 1);
	write_str(&b, "seq");
	write_int(&b, seq);
	value = value_decode(b.data, b.len);
	buffer_free(&b);
	assert_non_null(value);
	return value;
}

static int64_t seq_at(const struct journal *j, uint64_t number)
{
	return apikey_int(apikey_get(journal_at(j, number), "seq"), -1);
}

static void test_events_are_kept_in_their_order(void **state)
{
	struct journal j = {0};

	(void)state;
	assert_null(journal_at(&j, 0));
	journal_add(&j, event(7));
	journal_add(&j, event(8));
	assert_int_equal(j.added, 2);
	assert_int_equal(seq_at(&j, 0), 7);
	assert_int_equal(seq_at(&j, 1), 8);
	assert_null(journal_at(&j, 2));
	assert_int_equal(j.latest, 8);
	journal_free(&j);
}

static void test_the_oldest_goes_where_there_is_no_room(void **state)
{
	struct journal j = {0};

	(void)state;
	for (int64_t seq = 1; seq <= JOURNAL_KEPT + 1; seq++)
		journal_add(&j, event(seq));
	assert_int_equal(j.added, JOURNAL_KEPT + 1);
	assert_null(journal_at(&j, 0));
	assert_int_equal(seq_at(&j, 1), 2);
	assert_int_equal(seq_at(&j, JOURNAL_KEPT), JOURNAL_KEPT + 1);
	assert_int_equal(j.missed, 0);
	journal_free(&j);
}

static void test_what_is_missing_is_counted(void **state)
{
	struct apikey_value *passed = event(9);
	struct journal j = {0};

	(void)state;
	journal_add(&j, event(5)); /* the first may have any number */
	assert_int_equal(j.missed, 0);
	journal_add(&j, event(8));
	assert_int_equal(j.missed, 2);
	journal_pass(&j, apikey_at(passed, 0)); /* not kept, and not missing */
	journal_add(&j, event(10));
	assert_int_equal(j.missed, 2);
	assert_int_equal(j.added, 3);
	journal_resume(&j, 100);
	journal_add(&j, event(20)); /* kept by the daemon, which does not keep all */
	journal_add(&j, event(50));
	journal_add(&j, event(101));
	assert_int_equal(j.missed, 2);
	journal_add(&j, event(103));
	assert_int_equal(j.missed, 3);
	apikey_value_free(passed);
	journal_free(&j);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_events_are_kept_in_their_order),
		cmocka_unit_test(test_the_oldest_goes_where_there_is_no_room),
		cmocka_unit_test(test_what_is_missing_is_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
