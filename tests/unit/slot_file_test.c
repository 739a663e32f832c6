/* slot_file_test.c - what is counted outlives the process, and of a power cut what was last brought to the disk. */
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/slots.h"

#define PLACES_AT 2048 /* where it says where the log ends */

static void a_slot_is_zeroed_and_its_own(void **state)
{
	struct slot_file *f = open_slots();
	struct failure why;
	uint32_t first, second, again;

	(void)state;
	assert_int_equal(slot_file_take(f, &first, &why), APIKEY_OK);
	assert_int_equal(slot_file_take(f, &second, &why), APIKEY_OK);
	assert_int_not_equal(first, second);
	count(f, first, 7);
	slot_file_give_back(f, first);
	assert_int_equal(slot_file_take(f, &again, &why), APIKEY_OK);
	assert_int_equal(again, first);
	assert_int_equal(slot_of(f, again)->allowed, 0);
	slot_file_close(f);
}

/* A process that ends without a word leaves the mapping as it was: nothing needs a sync. */
static void within_a_boot_the_mapping_counts(void **state)
{
	struct slot_file *dead = open_slots(), *f;

	(void)state;
	count(dead, 0, 5);
	sync_slots(dead);
	slot_of(dead, 0)->allowed = 6; /* not marked, not synced: as if killed right after */
	f = open_slots();
	assert_int_equal(slot_of(f, 0)->allowed, 6);
	slot_file_close(f);
	slot_file_close(dead);
}

static void after_another_boot_what_was_kept_counts(void **state)
{
	struct slot_file *f = open_slots();

	(void)state;
	count(f, 0, 5);
	count(f, 100, 9);
	sync_slots(f);
	slot_of(f, 0)->allowed = 6; /* reaches the mapping, but not what is kept */
	end_boot(f);
	f = open_slots();
	assert_int_equal(slot_of(f, 0)->allowed, 5);
	assert_int_equal(slot_of(f, 100)->allowed, 9);
	slot_file_close(f);
}

/* The power may fail between the end of one user of a slot and the next sync. */
static void a_used_slot_never_comes_back_with_what_it_held(void **state)
{
	struct slot_file *dead = open_slots(), *f;
	struct failure why;
	uint32_t slot, other, again;

	(void)state;
	assert_int_equal(slot_file_take(dead, &slot, &why), APIKEY_OK);
	assert_int_equal(slot_file_take(dead, &other, &why), APIKEY_OK);
	count(dead, slot, 7);
	count(dead, other, 8);
	sync_slots(dead);
	slot_file_give_back(dead, slot);
	assert_int_equal(slot_file_take(dead, &again, &why), APIKEY_OK);
	assert_int_equal(again, slot);
	next_boot();
	f = open_slots();
	assert_int_equal(slot_of(f, slot)->allowed, 0);
	assert_int_equal(slot_of(f, other)->allowed, 8);
	slot_file_close(f);
	slot_file_close(dead);
}

static void runs_of_changed_pages_are_kept_whole(void **state)
{
	static const uint32_t pages[] = {0, 1, 2, 9, 40, 41, 105, 106, 200};
	struct slot_file *f = open_slots();
	struct failure why = {0};

	(void)state;
	assert_int_equal(slot_file_claim(f, 201 * USAGE_SLOTS_A_PAGE, &why), APIKEY_OK);
	sync_slots(f);
	for (size_t i = 0; i < sizeof pages / sizeof *pages; i++)
		count(f, pages[i] * USAGE_SLOTS_A_PAGE, 100 + i);
	for (uint32_t page = 41; page < 106; page++) /* more than one write takes */
		count(f, page * USAGE_SLOTS_A_PAGE + 1, page);
	end_boot(f);
	f = open_slots();
	for (size_t i = 0; i < sizeof pages / sizeof *pages; i++)
		assert_int_equal(slot_of(f, pages[i] * USAGE_SLOTS_A_PAGE)->allowed, 100 + i);
	for (uint32_t page = 41; page < 106; page++)
		assert_int_equal(slot_of(f, page * USAGE_SLOTS_A_PAGE + 1)->allowed, page);
	slot_file_close(f);
}

static void only_marked_slots_are_kept(void **state)
{
	struct slot_file *f = open_slots();

	(void)state;
	sync_slots(f); /* takes the marks that a start sets */
	count(f, 0, 5);
	slot_of(f, 1)->allowed = 9;
	end_boot(f);
	f = open_slots();
	assert_int_equal(slot_of(f, 0)->allowed, 5);
	assert_int_equal(slot_of(f, 1)->allowed, 0);
	slot_file_close(f);
}

#define PIECES 8

static const struct slot_kind packed = {.name = "usage.counters",
	.magic = "apikeyd packed1",
	.slot_size = PIECES * 16,
	.most = 1 << 16,
	.what = "pieces",
	.packed = true};

static struct slot_file *open_packed(void)
{
	struct slot_file *f = NULL;
	struct failure why = {0};

	assert_int_equal(slot_file_open(path_of(""), &packed, &f, &why), APIKEY_OK);
	return f;
}

/* So many pieces of it are used, each as little as can be. */
static void use_pieces(struct slot_file *f, uint32_t slot, uint32_t pieces)
{
	uint64_t(*all)[PIECES][2] = slot_file_slots(f);

	for (uint32_t i = 0; i < PIECES; i++)
		all[slot][i][i % 2] = i < pieces ? 1 + i : 0;
	slot_file_changed(f)[slot] = CHANGED;
}

static void assert_pieces(struct slot_file *f, uint32_t slot, uint32_t pieces)
{
	uint64_t(*all)[PIECES][2] = slot_file_slots(f);

	for (uint32_t i = 0; i < PIECES; i++)
		assert_int_equal(all[slot][i][i % 2], i < pieces ? 1 + i : 0);
}

static void of_a_packed_slot_all_that_is_used_is_kept(void **state)
{
	struct slot_file *f = open_packed();
	struct failure why = {0};

	(void)state;
	assert_int_equal(slot_file_claim(f, PIECES, &why), APIKEY_OK);
	for (uint32_t n = 0; n <= PIECES; n++)
		use_pieces(f, n, n);
	end_boot(f);
	f = open_packed();
	for (uint32_t n = 0; n <= PIECES; n++)
		assert_pieces(f, n, n);
	for (uint32_t n = 0; n <= PIECES; n++)
		use_pieces(f, n, PIECES - n);
	end_boot(f);
	f = open_packed();
	for (uint32_t n = 0; n <= PIECES; n++)
		assert_pieces(f, n, PIECES - n);
	slot_file_close(f);
}

/* So much that the log is brought into the pages and begins anew, some times, at four times what it is a log of. */
static void a_long_log_begins_anew(void **state)
{
	enum { SLOTS = 16000, ROUNDS = 40 };
	struct slot_file *f = open_slots();
	struct failure why = {0};
	struct stat counters, log;

	(void)state;
	assert_int_equal(slot_file_claim(f, SLOTS, &why), APIKEY_OK);
	for (unsigned round = 1; round <= ROUNDS; round++) {
		for (uint32_t slot = 0; slot < SLOTS; slot++)
			if (round <= ROUNDS / 2 || slot % 3 == 0)
				count(f, slot, round * 100000 + slot);
		sync_slots(f);
	}
	assert_int_equal(stat(path_of("usage.counters"), &counters), 0);
	assert_int_equal(stat(path_of("usage.counters.log"), &log), 0);
	assert_in_range(log.st_size, 4 * counters.st_size, 4 * counters.st_size + 2 * 1024 * 1024);
	end_boot(f);
	f = open_slots();
	for (uint32_t slot = 0; slot < SLOTS; slot++)
		assert_int_equal(slot_of(f, slot)->allowed,
			(slot % 3 == 0 ? ROUNDS : ROUNDS / 2) * 100000 + slot);
	slot_file_close(f);
}

/* Wherever it is torn: what lies before holds, and nothing of what lies after. */
static void a_torn_log_holds_up_to_there(void **state)
{
	enum { BLOCK = 4096, BLOCKS = 4 };

	(void)state;
	for (unsigned torn = 0; torn < BLOCKS; torn++)
		for (unsigned at = 0; at < 56; at += 8) { /* its head, and an entry */
			struct slot_file *f = open_slots();

			sync_slots(f);
			for (unsigned block = 0; block < BLOCKS; block++) {
				count(f, block, 7 + block);
				sync_slots(f);
			}
			patch("usage.counters.log", (off_t)torn * BLOCK + at, "\xde\xad\xbe\xef",
				4);
			end_boot(f);
			f = open_slots();
			for (unsigned block = 0; block < BLOCKS; block++)
				assert_int_equal(
					slot_of(f, block)->allowed, block < torn ? 7 + block : 0);
			slot_file_close(f);
			remove_files();
		}
}

/* Killed after it wrote blocks and before it noted that; started again within the boot, it writes over the first of them.
 * Then the power fails: those that come after have the right generation and numbers, and are not of the new ones. */
static void blocks_of_a_killed_run_do_not_come_back(void **state)
{
	struct slot_file *dead = open_slots(), *f, *again;
	char places[72]; /* where the log ends, in the header of the mapping */

	(void)state;
	for (unsigned i = 1; i <= 5; i++) {
		count(dead, 3, i);
		sync_slots(dead);
		if (i == 2)
			memcpy(places, (char *)slot_file_slots(dead) - 4096 + PLACES_AT,
				sizeof places);
	}
	patch("usage.counters", PLACES_AT, places, sizeof places);
	f = open_slots();
	assert_int_equal(slot_of(f, 3)->allowed, 5);
	count(f, 3, 9);
	sync_slots(f);
	next_boot();
	again = open_slots();
	assert_int_equal(slot_of(again, 3)->allowed, 9);
	slot_file_close(again);
	slot_file_close(f);
	slot_file_close(dead);
}

/* What could not be written is still to be, and a slot that could not be zeroed is not given out. */
static void a_full_disk_loses_nothing(void **state)
{
	struct rlimit none = {0, RLIM_INFINITY}, was;
	struct slot_file *f = open_slots();
	struct failure why = {0};
	uint32_t slot, again;

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &was), 0);
	none.rlim_max = was.rlim_max;
	assert_int_equal(slot_file_take(f, &slot, &why), APIKEY_OK);
	count(f, slot, 5);
	slot_file_give_back(f, slot);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
	assert_int_equal(slot_file_sync(f, &why), APIKEY_UNAVAILABLE);
	assert_string_equal(
		why.text, "usage.counters: what was counted cannot be written: File too large");
	assert_true(slot_file_changed(f)[slot] & CHANGED_KEEP);
	assert_int_equal(slot_file_take(f, &again, &why), APIKEY_UNAVAILABLE);
	assert_non_null(strstr(why.text, "cannot be zeroed"));
	assert_int_equal(
		slot_of(f, slot)->allowed, 5); /* so that the next start knows that it was used */
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &was), 0);
	sync_slots(f);
	assert_false(slot_file_changed(f)[slot] & CHANGED_KEEP);
	assert_int_equal(slot_file_take(f, &again, &why), APIKEY_OK);
	assert_int_equal(again, slot);
	assert_int_equal(slot_of(f, again)->allowed, 0);
	slot_file_close(f);
}

/* What was only allocated is neither read nor marked: a start of a store that was never asked costs nothing. */
static void only_what_is_not_zero_is_marked_at_start(void **state)
{
	struct slot_file *f = open_slots();
	struct failure why = {0};

	(void)state;
	assert_int_equal(slot_file_claim(f, 40000, &why), APIKEY_OK);
	count(f, 30000, 1);
	slot_file_close(f);
	f = open_slots();
	for (uint32_t slot = 0; slot <= 40000; slot++)
		assert_int_equal(slot_file_changed(f)[slot], slot == 30000 ? CHANGED : 0);
	assert_true(slot_file_fold_due(f, 30000 / USAGE_SLOTS_A_PAGE));
	assert_true(slot_file_fold_take(f, 30000 / USAGE_SLOTS_A_PAGE));
	assert_false(slot_file_fold_due(f, 30000 / USAGE_SLOTS_A_PAGE));
	slot_file_close(f);
}

static void damage_is_refused(void **state)
{
	struct slot_file *f = open_slots();
	struct failure why = {0};

	(void)state;
	slot_file_close(f);
	patch("usage.counters", 0, "x", 1);
	f = NULL;
	assert_int_equal(slot_file_open(path_of(""), &slots_usage, &f, &why), APIKEY_INTERNAL);
	assert_null(f);
	assert_non_null(strstr(why.text, "usage.counters is damaged"));
	patch("usage.counters.kept", 0, "x", 1);
	assert_int_equal(slot_file_open(path_of(""), &slots_usage, &f, &why), APIKEY_INTERNAL);
	assert_null(f);
	assert_string_equal(why.text, "usage.counters.kept is damaged");
}

static void a_file_grows_and_stays_in_place(void **state)
{
	struct slot_file *f = open_slots();
	struct usage_slot *first = slot_of(f, 0);
	struct failure why;
	uint32_t slot = 0;

	(void)state;
	for (uint32_t i = 0; i < 40000; i++)
		assert_int_equal(slot_file_take(f, &slot, &why), APIKEY_OK);
	count(f, slot, 3);
	assert_ptr_equal(slot_of(f, 0), first);
	slot_file_close(f);
	f = open_slots();
	assert_int_equal(slot_of(f, slot)->allowed, 3);
	slot_file_close(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_slot_is_zeroed_and_its_own, make_dir, drop_dir),
		cmocka_unit_test_setup_teardown(
			within_a_boot_the_mapping_counts, make_dir, drop_dir),
		cmocka_unit_test_setup_teardown(
			after_another_boot_what_was_kept_counts, make_dir, drop_dir),
		cmocka_unit_test_setup_teardown(
			a_used_slot_never_comes_back_with_what_it_held, make_dir, drop_dir),
		cmocka_unit_test_setup_teardown(
			runs_of_changed_pages_are_kept_whole, make_dir, drop_dir),
		cmocka_unit_test_setup_teardown(only_marked_slots_are_kept, make_dir, drop_dir),
		cmocka_unit_test_setup_teardown(
			of_a_packed_slot_all_that_is_used_is_kept, make_dir, drop_dir),
		cmocka_unit_test_setup_teardown(a_long_log_begins_anew, make_dir, drop_dir),
		cmocka_unit_test_setup_teardown(a_torn_log_holds_up_to_there, make_dir, drop_dir),
		cmocka_unit_test_setup_teardown(
			blocks_of_a_killed_run_do_not_come_back, make_dir, drop_dir),
		cmocka_unit_test_setup_teardown(a_full_disk_loses_nothing, make_dir, drop_dir),
		cmocka_unit_test_setup_teardown(
			only_what_is_not_zero_is_marked_at_start, make_dir, drop_dir),
		cmocka_unit_test_setup_teardown(damage_is_refused, make_dir, drop_dir),
		cmocka_unit_test_setup_teardown(
			a_file_grows_and_stays_in_place, make_dir, drop_dir),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
