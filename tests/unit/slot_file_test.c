/* slot_file_test.c - what is counted outlives the process, and of a power cut what was last brought to the disk. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "apikeyd/engine/usage.h"
#include "apikeyd/store/slot_file.h"
#include "tests/unit/unit.h"

#define BOOT_AT 16 /* where the header says in which boot the mapping was written */

static char dir[] = "/tmp/ak-slots-XXXXXX";

static void remove_files(void)
{
	static const char *const names[] = {"usage.counters", "usage.counters.kept"};
	char path[128];

	for (size_t i = 0; i < 2; i++) {
		snprintf(path, sizeof path, "%s/%s", dir, names[i]);
		unlink(path);
	}
}

static int make_dir(void **state)
{
	(void)state;
	remove_files();
	memcpy(strrchr(dir, '-') + 1, "XXXXXX", 6);
	return mkdtemp(dir) == NULL;
}

static int drop_dir(void **state)
{
	(void)state;
	remove_files();
	return rmdir(dir);
}

static struct slot_file *open_slots(void)
{
	struct slot_file *f = NULL;
	struct failure why = {0};

	assert_int_equal(slot_file_open(dir, &slots_usage, &f, &why), APIKEY_OK);
	return f;
}

static struct usage_slot *slot_of(struct slot_file *f, uint32_t slot)
{
	return (struct usage_slot *)slot_file_slots(f) + slot;
}

static void count(struct slot_file *f, uint32_t slot, uint64_t allowed)
{
	slot_of(f, slot)->allowed = allowed;
	slot_file_changed(f)[slot / USAGE_SLOTS_A_PAGE] = CHANGED;
}

/* Overwrites some bytes of a file. */
static void patch(const char *name, off_t at, const void *bytes, size_t len)
{
	char path[128];
	int fd;

	snprintf(path, sizeof path, "%s/%s", dir, name);
	fd = open(path, O_RDWR);
	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, bytes, len, at), (ssize_t)len);
	close(fd);
}

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
	slot_file_sync(dead);
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
	slot_file_sync(f);
	slot_of(f, 0)->allowed = 6; /* reaches the mapping, but not what is kept */
	slot_file_close(f);
	patch("usage.counters", BOOT_AT, "another boot", 12);
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
	slot_file_sync(dead);
	slot_file_give_back(dead, slot);
	assert_int_equal(slot_file_take(dead, &again, &why), APIKEY_OK);
	assert_int_equal(again, slot);
	patch("usage.counters", BOOT_AT, "another boot", 12);
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
	slot_file_sync(f);
	for (size_t i = 0; i < sizeof pages / sizeof *pages; i++)
		count(f, pages[i] * USAGE_SLOTS_A_PAGE, 100 + i);
	for (uint32_t page = 41; page < 106; page++) /* more than one write takes */
		count(f, page * USAGE_SLOTS_A_PAGE + 1, page);
	slot_file_close(f);
	patch("usage.counters", BOOT_AT, "another boot", 12);
	f = open_slots();
	for (size_t i = 0; i < sizeof pages / sizeof *pages; i++)
		assert_int_equal(slot_of(f, pages[i] * USAGE_SLOTS_A_PAGE)->allowed, 100 + i);
	for (uint32_t page = 41; page < 106; page++)
		assert_int_equal(slot_of(f, page * USAGE_SLOTS_A_PAGE + 1)->allowed, page);
	slot_file_close(f);
}

static void only_marked_pages_are_kept(void **state)
{
	struct slot_file *f = open_slots();

	(void)state;
	slot_file_sync(f); /* takes the marks that a start sets */
	count(f, 0, 5);
	slot_of(f, USAGE_SLOTS_A_PAGE)->allowed = 9; /* of the next page */
	slot_file_close(f);
	patch("usage.counters", BOOT_AT, "another boot", 12);
	f = open_slots();
	assert_int_equal(slot_of(f, 0)->allowed, 5);
	assert_int_equal(slot_of(f, USAGE_SLOTS_A_PAGE)->allowed, 0);
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
	assert_int_equal(slot_file_open(dir, &slots_usage, &f, &why), APIKEY_INTERNAL);
	assert_null(f);
	assert_non_null(strstr(why.text, "usage.counters is damaged"));
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
		cmocka_unit_test_setup_teardown(only_marked_pages_are_kept, make_dir, drop_dir),
		cmocka_unit_test_setup_teardown(damage_is_refused, make_dir, drop_dir),
		cmocka_unit_test_setup_teardown(
			a_file_grows_and_stays_in_place, make_dir, drop_dir),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
