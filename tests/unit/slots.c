/* slots.c - a counter file for the tests. */
#include "tests/unit/slots.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BOOT_AT 16 /* where the header says in which boot the mapping was written */

static char dir[] = "/tmp/ak-slots-XXXXXX";

const char *path_of(const char *name)
{
	static char path[128];

	snprintf(path, sizeof path, "%s/%s", dir, name);
	return path;
}

void remove_files(void)
{
	static const char *const names[] = {
		"usage.counters", "usage.counters.kept", "usage.counters.log"};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		unlink(path_of(names[i]));
}

int make_dir(void **state)
{
	(void)state;
	remove_files();
	memcpy(strrchr(dir, '-') + 1, "XXXXXX", 6);
	return mkdtemp(dir) == NULL;
}

int drop_dir(void **state)
{
	(void)state;
	remove_files();
	return rmdir(dir);
}

struct slot_file *open_slots(void)
{
	struct slot_file *f = NULL;
	struct failure why = {0};

	assert_int_equal(slot_file_open(dir, &slots_usage, &f, &why), APIKEY_OK);
	return f;
}

void sync_slots(struct slot_file *f)
{
	struct failure why = {0};

	assert_int_equal(slot_file_sync(f, &why), APIKEY_OK);
}

struct usage_slot *slot_of(struct slot_file *f, uint32_t slot)
{
	return (struct usage_slot *)slot_file_slots(f) + slot;
}

void count(struct slot_file *f, uint32_t slot, uint64_t allowed)
{
	slot_of(f, slot)->allowed = allowed;
	slot_file_changed(f)[slot] = CHANGED;
}

void patch(const char *name, off_t at, const void *bytes, size_t len)
{
	int fd = open(path_of(name), O_RDWR);

	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, bytes, len, at), (ssize_t)len);
	close(fd);
}

void next_boot(void)
{
	patch("usage.counters", BOOT_AT, "another boot", 12);
}

void end_boot(struct slot_file *f)
{
	slot_file_close(f);
	next_boot();
}
