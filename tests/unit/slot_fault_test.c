/* slot_fault_test.c - the disk fails under the counters at any call: what a sync said was kept is kept, and what it did not
 * say comes with the next one. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/slots.h"

/* ---- a disk that fails -------------------------------------------------------------------------------------------- */

enum { CALL_OPEN, CALL_WRITE, CALL_READ, CALL_SYNC, CALL_ALLOCATE, CALLS };

/* From the first on so many calls of a kind fail. */
static struct {
	int call;
	unsigned first, count, seen;
} fault;

static void fail_calls(int call, unsigned first, unsigned count)
{
	fault.call = call;
	fault.first = first;
	fault.count = count;
	fault.seen = 0;
}

static bool fails(int call)
{
	return call == fault.call && ++fault.seen >= fault.first &&
	       fault.seen - fault.first < fault.count;
}

static void faults_end(void)
{
	fail_calls(CALLS, 0, 0);
}

/* What is on the disk for certain: the files as they were at their last sync. Others are where the mapping is, which no
 * other boot believes. */
static struct disk_file {
	ino_t inode;
	char *bytes;
	size_t size;
} disk[4];

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
ssize_t __real_pwrite(int fd, const void *bytes, size_t size, off_t at);
ssize_t __wrap_pwrite(int fd, const void *bytes, size_t size, off_t at);
ssize_t __real_pread(int fd, void *bytes, size_t size, off_t at);
ssize_t __wrap_pread(int fd, void *bytes, size_t size, off_t at);
int __wrap_fdatasync(int fd);
int __real_posix_fallocate(int fd, off_t at, off_t size);
int __wrap_posix_fallocate(int fd, off_t at, off_t size);

static void disk_forget(void)
{
	for (size_t i = 0; i < sizeof disk / sizeof *disk; i++)
		free(disk[i].bytes);
	memset(disk, 0, sizeof disk);
}

static struct disk_file *disk_find(const struct stat *st)
{
	struct disk_file *d = disk;

	while (d->inode != st->st_ino && d->inode != 0)
		d++;
	d->inode = st->st_ino;
	return d;
}

static void disk_store(int fd)
{
	struct disk_file *d;
	struct stat st;

	assert_int_equal(fstat(fd, &st), 0);
	d = disk_find(&st);
	d->bytes = realloc(d->bytes, (size_t)st.st_size);
	assert_non_null(d->bytes);
	d->size = (size_t)st.st_size;
	assert_int_equal(__real_pread(fd, d->bytes, d->size, 0), st.st_size);
}

/* What was written since the last sync is lost. */
static void disk_lose(int fd)
{
	struct disk_file *d;
	struct stat st;

	assert_int_equal(fstat(fd, &st), 0);
	d = disk_find(&st);
	assert_int_equal(ftruncate(fd, 0), 0);
	assert_int_equal(ftruncate(fd, st.st_size), 0);
	assert_int_equal(__real_pwrite(fd, d->bytes, d->size, 0), (ssize_t)d->size);
}

int __wrap_open(const char *path, int flags, ...)
{
	va_list more;
	mode_t mode;

	va_start(more, flags);
	mode = (flags & O_CREAT) != 0 ? va_arg(more, mode_t) : 0;
	va_end(more);
	if ((flags & O_DIRECT) != 0 && fails(CALL_OPEN)) {
		errno = EINVAL;
		return -1;
	}
	return __real_open(path, flags, mode);
}

/* A half is written: as on a disk that is full, or where a sector is bad. */
ssize_t __wrap_pwrite(int fd, const void *bytes, size_t size, off_t at)
{
	if (!fails(CALL_WRITE))
		return __real_pwrite(fd, bytes, size, at);
	(void)!__real_pwrite(fd, bytes, size / 2 / 4096 * 4096, at);
	errno = EIO;
	return -1;
}

ssize_t __wrap_pread(int fd, void *bytes, size_t size, off_t at)
{
	if (!fails(CALL_READ))
		return __real_pread(fd, bytes, size, at);
	errno = EIO;
	return -1;
}

int __wrap_fdatasync(int fd)
{
	if (!fails(CALL_SYNC)) {
		disk_store(fd);
		return 0;
	}
	disk_lose(fd);
	errno = EIO;
	return -1;
}

int __wrap_posix_fallocate(int fd, off_t at, off_t size)
{
	return fails(CALL_ALLOCATE) ? ENOSPC : __real_posix_fallocate(fd, at, size);
}

/* The files of a process that goes on but does not matter any more become what is on the disk. */
static void power_cut(void)
{
	static const char *const names[] = {"usage.counters.kept", "usage.counters.log"};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		int fd = open(path_of(names[i]), O_RDWR);

		assert_true(fd >= 0);
		disk_lose(fd);
		close(fd);
	}
	next_boot();
}

static int clear_disk(void **state)
{
	faults_end();
	disk_forget();
	return drop_dir(state);
}

/* ---- syncs -------------------------------------------------------------------------------------------------------- */

enum { SLOTS = 14400, ROUNDS = 6, FAILURES_MAX = 2 };

/* Each slot takes its whole size in the log, so that a round is more than is written at once, and some are more than
 * the log takes before it begins anew. */
static void count_round(struct slot_file *f, uint64_t round)
{
	for (uint32_t slot = 0; slot < SLOTS; slot++) {
		slot_of(f, slot)->reserved = round;
		count(f, slot, round);
	}
}

static struct slot_file *open_counted(void)
{
	struct slot_file *f = open_slots();
	struct failure why = {0};

	assert_int_equal(slot_file_claim(f, SLOTS, &why), APIKEY_OK);
	count_round(f, 1);
	sync_slots(f);
	return f;
}

static void assert_rounds(struct slot_file *f, uint64_t least, uint64_t most)
{
	for (uint32_t slot = 0; slot < SLOTS; slot++) {
		assert_in_range(slot_of(f, slot)->allowed, least, most);
		assert_int_equal(slot_of(f, slot)->reserved, slot_of(f, slot)->allowed);
	}
}

static void assert_after_power_cut(uint64_t least, uint64_t most)
{
	struct slot_file *f;

	power_cut();
	f = open_slots();
	assert_rounds(f, least, most);
	slot_file_close(f);
}

/* Syncs round after round while calls fail; returns whether any did. With a cut, the power fails after the round that
 * the failures were in; else when a sync has succeeded again, without anything counted since. */
static bool survives(int call, unsigned first, unsigned count, bool cut)
{
	struct slot_file *f = open_counted();
	struct failure why = {0};
	uint64_t round = 1, kept = 1;
	bool failed = false;

	fail_calls(call, first, count);
	while (round < ROUNDS && !(cut && failed)) {
		count_round(f, ++round);
		if (slot_file_sync(f, &why) == APIKEY_OK)
			kept = round;
		else
			failed = true;
	}
	failed = fault.seen >= first;
	faults_end();
	if (!cut) {
		sync_slots(f);
		kept = round;
	}
	assert_after_power_cut(kept, round);
	slot_file_close(f);
	remove_files();
	disk_forget();
	return failed;
}

static void all_survive(int call)
{
	for (unsigned cut = 0; cut < 2; cut++)
		for (unsigned count = 1; count <= FAILURES_MAX; count++) {
			unsigned first = 1;

			while (survives(call, first, count, cut == 1))
				first++;
			assert_true(first > 1);
		}
}

static void a_write_that_fails_costs_nothing(void **state)
{
	(void)state;
	all_survive(CALL_WRITE);
}

static void a_sync_that_fails_costs_nothing(void **state)
{
	(void)state;
	all_survive(CALL_SYNC);
}

static void no_room_for_the_log_costs_nothing(void **state)
{
	(void)state;
	all_survive(CALL_ALLOCATE);
}

/* Zeroing a slot brings itself to the disk, and may be what meets the failure that others would have heard of. */
static void a_slot_that_is_zeroed_mends_the_log(void **state)
{
	(void)state;
	for (unsigned count = 1; count <= FAILURES_MAX; count++) {
		struct slot_file *f = open_counted();
		struct failure why = {0};
		uint32_t taken = 0;

		count_round(f, 2);
		sync_slots(f);
		slot_file_give_back(f, 7);
		fail_calls(CALL_SYNC, 1, count);
		for (unsigned i = 0; i < count; i++)
			assert_int_equal(slot_file_take(f, &taken, &why), APIKEY_UNAVAILABLE);
		assert_int_equal(slot_file_take(f, &taken, &why), APIKEY_OK);
		assert_int_equal(taken, 7);
		power_cut();
		slot_file_close(f);
		f = open_slots();
		assert_int_equal(slot_of(f, 7)->allowed, 0);
		assert_int_equal(slot_of(f, 8)->allowed, 2);
		slot_file_close(f);
		remove_files();
		disk_forget();
	}
}

/* Killed before the log was mended: the next run within the boot does that. */
static void a_killed_run_leaves_word_of_a_gap(void **state)
{
	struct slot_file *dead = open_counted(), *f;
	struct failure why = {0};

	(void)state;
	count_round(dead, 2);
	fail_calls(CALL_SYNC, 1, 1);
	assert_int_equal(slot_file_sync(dead, &why), APIKEY_UNAVAILABLE);
	faults_end();
	f = open_slots();
	sync_slots(f);
	assert_after_power_cut(2, 2);
	slot_file_close(f);
	slot_file_close(dead);
}

/* ---- starts ------------------------------------------------------------------------------------------------------- */

/* Wherever the disk fails at a start after a power cut: that start does not come about, and the next finds all. */
static void a_start_that_fails_loses_nothing(void **state)
{
	static const int calls[] = {CALL_READ, CALL_WRITE, CALL_SYNC};

	(void)state;
	for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
		struct slot_file *dead = open_counted(), *f = NULL;
		struct failure why = {0};
		unsigned first = 1;

		count_round(dead, 2);
		sync_slots(dead);
		for (;; first++) {
			power_cut();
			fail_calls(calls[i], first, 2); /* also where it is tried in another way */
			if (slot_file_open(path_of(""), &slots_usage, &f, &why) == APIKEY_OK)
				break;
			faults_end();
			assert_int_equal(why.code, APIKEY_UNAVAILABLE);
		}
		faults_end();
		assert_true(first > 1);
		assert_rounds(f, 2, 2);
		slot_file_close(f);
		slot_file_close(dead);
		remove_files();
		disk_forget();
	}
}

/* A file system without O_DIRECT, as older tmpfs are, or that refuses a write: the page cache is the way. */
static void without_direct_writes_it_keeps_as_well(void **state)
{
	struct slot_file *f;

	(void)state;
	fail_calls(CALL_OPEN, 1, UINT32_MAX);
	f = open_counted();
	assert_int_equal(fault.seen, 2); /* of .kept and .log */
	count_round(f, 2);
	sync_slots(f);
	assert_after_power_cut(2, 2);
	slot_file_close(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			a_write_that_fails_costs_nothing, make_dir, clear_disk),
		cmocka_unit_test_setup_teardown(
			a_sync_that_fails_costs_nothing, make_dir, clear_disk),
		cmocka_unit_test_setup_teardown(
			no_room_for_the_log_costs_nothing, make_dir, clear_disk),
		cmocka_unit_test_setup_teardown(
			a_slot_that_is_zeroed_mends_the_log, make_dir, clear_disk),
		cmocka_unit_test_setup_teardown(
			a_killed_run_leaves_word_of_a_gap, make_dir, clear_disk),
		cmocka_unit_test_setup_teardown(
			a_start_that_fails_loses_nothing, make_dir, clear_disk),
		cmocka_unit_test_setup_teardown(
			without_direct_writes_it_keeps_as_well, make_dir, clear_disk),
	};

	faults_end();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
