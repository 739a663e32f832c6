/* slot_file.c - counters in a memory-mapped file beside the store. */
#include "apikeyd/store/slot_file_state.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "apikeyd/engine/pages.h"
#include "apikeyd/engine/usage.h"
#include "apikeyd/store/slot_marks.h"

#define GROW_BYTES (1024 * 1024)
#define MAGIC_BYTES 64 /* of the header, before the head */
#define BOOT_AT 16     /* where in the header the boot stands in which the mapping was written */
#define BOOT_BYTES 36
#define HUGE_FROM                                                                                  \
	(2 * HUGE_PAGE) /* bytes of a file; below, huge pages are not worth their memory */
#define LOOK_BYTES (64 * SLOT_PAGE_BYTES) /* read at once at start */

_Static_assert(MAGIC_BYTES + SLOT_HEAD_BYTES == SLOT_HEAD_END, "the head is kept");

/* Whether huge pages are wished for, so that a count misses no address translation, as in the engine's own tables. XFS
 * has them since Linux 5.18, ext4 since 6.16; elsewhere it stays a wish. */
static bool is_huge(const struct slot_file *f, size_t bytes)
{
	return f->kind->dense && bytes >= HUGE_FROM;
}

static size_t round_up(size_t bytes, size_t step)
{
	return (bytes + step - 1) / step * step;
}

enum apikey_error slot_file_failed(const struct slot_file *f, const char *what, struct failure *why)
{
	fail(why, APIKEY_UNAVAILABLE, "%s: %s: %s", f->kind->name, what, strerror(errno));
	why->full = errno == ENOSPC;
	return why->code;
}

struct slot_mapping slot_file_mapping(const struct slot_file *f)
{
	return (struct slot_mapping){f->base, f->changed, f->mapped};
}

/* Makes both files at least `bytes` long, on the disk, and maps the one. */
static enum apikey_error grow(struct slot_file *f, size_t bytes, struct failure *why)
{
	size_t have = f->mapped;
	int error;

	if (bytes <= have)
		return APIKEY_OK;
	error = posix_fallocate(f->fd, (off_t)have, (off_t)(bytes - have));
	if (error != 0) {
		errno = error;
		return slot_file_failed(f, "cannot grow", why);
	}
	if (slot_keep_grow(f->keep, have, bytes, why) != APIKEY_OK)
		return why->code;
	if (mmap(f->base + have, bytes - have, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
		    f->fd, (off_t)have) == MAP_FAILED)
		return slot_file_failed(f, "cannot map", why);
	if (is_huge(f, bytes))
		(void)madvise(f->base, bytes, MADV_HUGEPAGE);
	f->mapped = bytes;
	return APIKEY_OK;
}

static size_t bytes_for(const struct slot_file *f, uint32_t slots)
{
	size_t bytes = SLOT_HEADER_BYTES + round_up((size_t)slots * f->kind->slot_size, GROW_BYTES);

	return is_huge(f, bytes) ? round_up(bytes, HUGE_PAGE) : bytes;
}

enum apikey_error slot_file_grow(struct slot_file *f, uint32_t slots, struct failure *why)
{
	return grow(f, bytes_for(f, slots), why);
}

static size_t reserve_of(const struct slot_file *f)
{
	return round_up(SLOT_HEADER_BYTES + (size_t)f->kind->most * f->kind->slot_size, HUGE_PAGE);
}

static size_t pages_of(size_t bytes)
{
	return (bytes + SLOT_PAGE_BYTES - 1) / SLOT_PAGE_BYTES;
}

/* ---- at start --------------------------------------------------------------------------------------------------- */

/* Which boot this is (random(4)); empty where that cannot be known. */
static void read_boot(char out[BOOT_BYTES])
{
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);

	memset(out, 0, BOOT_BYTES);
	if (fd < 0 || read(fd, out, BOOT_BYTES) != BOOT_BYTES)
		memset(out, 0, BOOT_BYTES);
	if (fd >= 0)
		close(fd);
}

enum apikey_error slot_file_sync(struct slot_file *f, struct failure *why)
{
	const struct slot_mapping m = slot_file_mapping(f);

	return slot_keep_sync(f->keep, &m, why);
}

static bool has_magic(const struct slot_file *f, const char *head)
{
	return memcmp(head, f->kind->magic, sizeof f->kind->magic) == 0;
}

static bool is_of_this_boot(const struct slot_file *f, const char boot[BOOT_BYTES])
{
	return boot[0] != '\0' && memcmp(f->base + BOOT_AT, boot, BOOT_BYTES) == 0;
}

static bool is_zero(const uint64_t *words, size_t bytes)
{
	size_t i = 0;

	while (i < bytes / sizeof *words && words[i] == 0)
		i++;
	return i == bytes / sizeof *words;
}

/* The slots of one page that are not zero. */
static void mark_page(struct slot_file *f, size_t page, const uint64_t *words)
{
	size_t size = f->kind->slot_size,
	       first = (page * SLOT_PAGE_BYTES - SLOT_HEADER_BYTES) / size;

	for (size_t i = 0; i < SLOT_PAGE_BYTES / size; i++)
		if (!is_zero(words + i * size / sizeof *words, size)) {
			f->changed[first + i] = CHANGED;
			f->written = (page + 1) * SLOT_PAGE_BYTES;
		}
}

/* Looks at a part of the mapping that may hold something, beside the mapping, where a page that is zero would take
 * memory from then on. */
static void mark_part(struct slot_file *f, size_t page, size_t end)
{
	uint64_t words[LOOK_BYTES / sizeof(uint64_t)];
	ssize_t n;

	slot_keep_touch(f->keep, page, end);
	while (page < end &&
		(n = pread(f->fd, words, sizeof words, (off_t)(page * SLOT_PAGE_BYTES))) > 0)
		for (size_t i = 0; i < (size_t)n / SLOT_PAGE_BYTES; i++, page++)
			if (page > 0)
				mark_page(f, page, words + i * SLOT_PAGE_BYTES / sizeof(uint64_t));
}

/* Whatever was ever written may not be kept yet. What was only allocated (lseek(2), SEEK_DATA) is passed over: to read it
 * would take time, and fill the page cache with small pages where huge ones can come. */
static void mark_written(struct slot_file *f)
{
	off_t data = 0, hole = 0;

	while ((data = lseek(f->fd, hole, SEEK_DATA)) >= 0 &&
		(hole = lseek(f->fd, data, SEEK_HOLE)) >= 0)
		mark_part(f, (size_t)data / SLOT_PAGE_BYTES, pages_of((size_t)hole));
}

/* In the boot that wrote it the mapping is whole, whatever became of the process; else what was kept is. A header of zeros
 * was never written. */
static enum apikey_error settle(struct slot_file *f, size_t had, size_t kept, struct failure *why)
{
	static const char unwritten[sizeof f->kind->magic];
	const struct slot_mapping m = slot_file_mapping(f);
	bool some = slot_keep_any(f->keep);
	char boot[BOOT_BYTES];

	read_boot(boot);
	if (!some || (had > 0 && is_of_this_boot(f, boot)))
		slot_keep_resume(f->keep, &m);
	else if (slot_keep_restore(f->keep, &m, kept, why) != APIKEY_OK)
		return why->code;
	if (!some && memcmp(f->base, unwritten, sizeof unwritten) == 0)
		memcpy(f->base, f->kind->magic, sizeof f->kind->magic);
	if (!has_magic(f, f->base))
		return fail(why, APIKEY_INTERNAL,
			"%s is damaged or not a counter file of this version", f->kind->name);
	memcpy(f->base + BOOT_AT, boot, BOOT_BYTES);
	mark_written(f);
	return APIKEY_OK;
}

/* ---- opening -------------------------------------------------------------------------------------------------- */

static int open_mapped(const char *dir, const char *name, size_t *size)
{
	char path[PATH_MAX];
	struct stat st;
	int fd;

	snprintf(path, sizeof path, "%s/%s", dir, name);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd >= 0 && fstat(fd, &st) == 0)
		*size = (size_t)st.st_size;
	return fd;
}

static enum apikey_error open_files(struct slot_file *f, const char *dir, struct failure *why)
{
	size_t had = 0, kept = 0, bytes;

	f->fd = open_mapped(dir, f->kind->name, &had);
	if (f->fd < 0)
		return slot_file_failed(f, "cannot open", why);
	if (slot_keep_open(dir, f->kind, reserve_of(f), &f->keep, &kept, why) != APIKEY_OK)
		return why->code;
	f->base = pages_reserve(reserve_of(f));
	f->changed = pages_sparse(f->kind->most);
	if (f->base == NULL || f->changed == NULL)
		return slot_file_failed(f, "cannot reserve address space", why);
	bytes = had > kept ? had : kept;
	bytes = bytes <= SLOT_HEADER_BYTES
			? bytes_for(f, 1)
			: bytes_for(
				  f, (uint32_t)((bytes - SLOT_HEADER_BYTES) / f->kind->slot_size));
	if (grow(f, bytes, why) != APIKEY_OK)
		return why->code;
	return settle(f, had, kept, why);
}

enum apikey_error slot_file_open(
	const char *dir, const struct slot_kind *kind, struct slot_file **out, struct failure *why)
{
	struct slot_file *f = calloc(1, sizeof *f);

	if (f == NULL)
		return fail(why, APIKEY_NO_MEMORY, "memory ended");
	f->kind = kind;
	f->fd = -1;
	if (open_files(f, dir, why) != APIKEY_OK) {
		f->broken = true;
		slot_file_close(f);
		return why->code;
	}
	*out = f;
	return APIKEY_OK;
}

void slot_file_close(struct slot_file *f)
{
	struct failure why;

	if (f == NULL)
		return;
	if (!f->broken)
		(void)slot_file_sync(f, &why); /* within this boot the mapping counts */
	slot_keep_close(f->keep);
	if (f->base != NULL)
		pages_free(f->base, reserve_of(f));
	if (f->changed != NULL)
		pages_free(f->changed, f->kind->most);
	if (f->fd >= 0)
		close(f->fd);
	free(f->free);
	free(f->claimed);
	free(f);
}

uint32_t slot_file_most(const struct slot_file *f)
{
	return f->kind->most;
}

void *slot_file_slots(struct slot_file *f)
{
	return f->base + SLOT_HEADER_BYTES;
}

uint8_t *slot_file_changed(struct slot_file *f)
{
	return f->changed;
}

static uint32_t slots_a_page(const struct slot_file *f)
{
	return SLOT_PAGE_BYTES / f->kind->slot_size;
}

static uint8_t *marks_of(const struct slot_file *f, uint32_t page)
{
	return f->changed + (size_t)page * slots_a_page(f);
}

bool slot_file_fold_due(const struct slot_file *f, uint32_t page)
{
	uint32_t first = 0;

	return slot_marks_next(marks_of(f, page), CHANGED_FOLD, &first, slots_a_page(f));
}

bool slot_file_fold_take(struct slot_file *f, uint32_t page)
{
	return slot_marks_take(marks_of(f, page), slots_a_page(f), CHANGED_FOLD);
}

void slot_file_fold_again(struct slot_file *f, uint32_t page)
{
	slot_marks_put(marks_of(f, page), slots_a_page(f), CHANGED_FOLD);
}

uint32_t slot_file_written(const struct slot_file *f)
{
	return f->written <= SLOT_HEADER_BYTES
		       ? 0
		       : (uint32_t)((f->written - SLOT_HEADER_BYTES) / f->kind->slot_size);
}

void *slot_file_head(struct slot_file *f)
{
	return f->base + MAGIC_BYTES;
}
