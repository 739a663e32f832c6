/* slot_file.c - counters in a memory-mapped file beside the store, and what kinds there are. */
#include "apikeyd/store/slot_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "apikeyd/engine/limit_slot.h"
#include "apikeyd/engine/pages.h"
#include "apikeyd/engine/resource.h"
#include "apikeyd/engine/usage.h"

#define HEADER_BYTES 4096 /* a page, so that slots begin on one */
#define GROW_BYTES (1024 * 1024)
#define MAGIC_BYTES 64 /* of the header, before the head */
#define BOOT_AT 16     /* where in the header the boot stands in which the mapping was written */
#define BOOT_BYTES 36
#define PAGE_WORDS (SLOT_PAGE_BYTES / sizeof(uint64_t))
#define HUGE_FROM                                                                                  \
	(2 * HUGE_PAGE) /* bytes of a file from which on huge pages are worth their memory */
#define RUN_PAGES 256   /* pages kept by one write */
#define LOOK_PAGES 64   /* pages read at once at start */

const struct slot_kind slots_usage = {"usage.counters", "apikeyd usage 1\n",
	sizeof(struct usage_slot), 128u << 20, "secrets", true};
const struct slot_kind slots_denials = {"denials.counters", "apikeyd denial 1",
	sizeof(struct denial_slot), 128u << 20, "secrets", false};
const struct slot_kind slots_resources = {"resources.counters", "apikeyd resour 1",
	sizeof(struct resource_slot), 1u << 20, "resources", false};
const struct slot_kind slots_limits = {"limits.counters", "apikeyd limit 1\n",
	sizeof(struct limit_slot), 64u << 20, "keys with limits", true};

_Static_assert(MAGIC_BYTES + SLOT_HEAD_BYTES <= HEADER_BYTES, "the head lies in the header");

struct slot_file {
	const struct slot_kind *kind;
	int fd, kept_fd;         /* the mapping, and what of it is safe from a power cut */
	int direct_fd;           /* kept_fd past the page cache; -1: the file system cannot */
	char *base;              /* the reserved address space */
	atomic_size_t mapped;    /* bytes of it that are the file */
	uint8_t *changed;        /* a byte a page: not yet kept */
	pthread_mutex_t keeping; /* held while a page is copied, or a slot zeroed */
	pthread_cond_t landed;
	size_t flight, flight_end; /* the pages whose copies are being written */
	uint64_t kept_head[PAGE_WORDS];
	uint64_t *run;  /* RUN_PAGES of them */
	bool broken;    /* could not be opened: nothing of it may be kept */
	size_t written; /* bytes: up to here something may have been in it before the start */
	uint32_t used;  /* slots given out or claimed */
	uint32_t *free; /* a stack of slots below `used` */
	size_t free_count, free_size;
	uint8_t *claimed; /* while loading: a byte a slot */
	size_t claimed_size;
};

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

static enum apikey_error failed(const struct slot_file *f, const char *what, struct failure *why)
{
	return fail(why, APIKEY_UNAVAILABLE, "%s: %s: %s", f->kind->name, what, strerror(errno));
}

/* Makes both files at least `bytes` long, on the disk, and maps the one. */
static enum apikey_error grow(struct slot_file *f, size_t bytes, struct failure *why)
{
	size_t have = f->mapped;
	int error;

	if (bytes <= have)
		return APIKEY_OK;
	error = posix_fallocate(f->fd, (off_t)have, (off_t)(bytes - have));
	if (error == 0)
		error = posix_fallocate(f->kept_fd, (off_t)have, (off_t)(bytes - have));
	if (error != 0) {
		errno = error;
		return failed(f, "cannot grow", why);
	}
	if (mmap(f->base + have, bytes - have, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
		    f->fd, (off_t)have) == MAP_FAILED)
		return failed(f, "cannot map", why);
	if (is_huge(f, bytes))
		(void)madvise(f->base, bytes, MADV_HUGEPAGE);
	f->mapped = bytes;
	return APIKEY_OK;
}

static size_t bytes_for(const struct slot_file *f, uint32_t slots)
{
	size_t bytes = HEADER_BYTES + round_up((size_t)slots * f->kind->slot_size, GROW_BYTES);

	return is_huge(f, bytes) ? round_up(bytes, HUGE_PAGE) : bytes;
}

static size_t reserve_of(const struct slot_file *f)
{
	return round_up(HEADER_BYTES + (size_t)f->kind->most * f->kind->slot_size, HUGE_PAGE);
}

static size_t pages_of(size_t bytes)
{
	return (bytes + SLOT_PAGE_BYTES - 1) / SLOT_PAGE_BYTES;
}

/* ---- what is safe from a power cut ------------------------------------------------------------------------- */

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

/* Copies a page whose words are being counted in: each word is whole. */
static void copy_page(uint64_t *to, const char *from)
{
	const uint64_t *words = (const uint64_t *)(const void *)from;

	for (size_t i = 0; i < PAGE_WORDS; i++)
		to[i] = __atomic_load_n(&words[i], __ATOMIC_RELAXED);
}

/* Takes the mark off a page and copies it; false if there was none. The head has no mark: it is compared. */
static bool take_changed(struct slot_file *f, size_t page, uint64_t *copy)
{
	if (page == 0) {
		copy_page(copy, f->base);
		if (memcmp(copy, f->kept_head, sizeof f->kept_head) == 0)
			return false;
		memcpy(f->kept_head, copy, sizeof f->kept_head);
		return true;
	}
	if (!(__atomic_load_n(&f->changed[page], __ATOMIC_RELAXED) & CHANGED_KEEP))
		return false;
	__atomic_fetch_and(&f->changed[page], ~CHANGED_KEEP, __ATOMIC_ACQUIRE);
	copy_page(copy, f->base + page * SLOT_PAGE_BYTES);
	return true;
}

/* Past the page cache, where that can be: what is written is not read before the next boot, and at some hundred megabytes
 * a second its copies cost more than all else here. */
static bool write_run(const struct slot_file *f, size_t first, size_t pages)
{
	size_t size = pages * SLOT_PAGE_BYTES;
	off_t at = (off_t)(first * SLOT_PAGE_BYTES);

	return (f->direct_fd >= 0 && pwrite(f->direct_fd, f->run, size, at) == (ssize_t)size) ||
	       pwrite(f->kept_fd, f->run, size, at) == (ssize_t)size;
}

/* What cannot be written is marked again, for the next time. */
static void keep_run(struct slot_file *f, size_t first, size_t pages)
{
	if (write_run(f, first, pages))
		return;
	memset(f->kept_head, 0, sizeof f->kept_head);
	for (size_t page = first; page < first + pages; page++)
		__atomic_fetch_or(&f->changed[page], CHANGED_KEEP, __ATOMIC_RELEASE);
}

/* Pages whose copies are under way to the disk, or none. */
static void set_flight(struct slot_file *f, size_t first, size_t end)
{
	f->flight = first;
	f->flight_end = end;
	pthread_cond_broadcast(&f->landed);
}

/* The next run of changed pages from *page on, which moves past it; false when there is none. The lock is not held while
 * the disk is waited for: a slot in another page can be zeroed meanwhile. */
static bool keep_next(struct slot_file *f, size_t *page, size_t pages)
{
	size_t run = 0;
	bool changed = true;

	pthread_mutex_lock(&f->keeping);
	while (*page < pages && run < RUN_PAGES && (changed || run == 0)) {
		changed = take_changed(f, *page, f->run + run * PAGE_WORDS);
		run += changed;
		*page += changed || run == 0;
	}
	set_flight(f, *page - run, *page);
	pthread_mutex_unlock(&f->keeping);
	if (run > 0)
		keep_run(f, *page - run, run);
	pthread_mutex_lock(&f->keeping);
	set_flight(f, 0, 0);
	pthread_mutex_unlock(&f->keeping);
	return run > 0;
}

void slot_file_sync(struct slot_file *f)
{
	size_t pages = pages_of(f->mapped), page = 0;
	bool some = false;

	while (keep_next(f, &page, pages))
		some = true;
	if (some)
		(void)fdatasync(f->kept_fd);
}

/* After a power cut the mapping on the disk is of no one moment: what was kept replaces it. */
static enum apikey_error take_kept(struct slot_file *f, size_t bytes, struct failure *why)
{
	size_t at = 0;

	while (at < bytes) {
		ssize_t n = pread(f->kept_fd, f->base + at, bytes - at, (off_t)at);

		if (n <= 0)
			return failed(f, "what was kept cannot be read", why);
		at += (size_t)n;
	}
	return APIKEY_OK;
}

static bool has_magic(const struct slot_file *f, const char *head)
{
	return memcmp(head, f->kind->magic, sizeof f->kind->magic) == 0;
}

/* Whether something was ever kept. */
static bool is_kept(const struct slot_file *f, size_t bytes)
{
	char head[sizeof f->kind->magic];

	return bytes > HEADER_BYTES && pread(f->kept_fd, head, sizeof head, 0) == sizeof head &&
	       has_magic(f, head);
}

static bool is_of_this_boot(const struct slot_file *f, const char boot[BOOT_BYTES])
{
	return boot[0] != '\0' && memcmp(f->base + BOOT_AT, boot, BOOT_BYTES) == 0;
}

static bool is_zero(const uint64_t *page)
{
	size_t i = 0;

	while (i < PAGE_WORDS && page[i] == 0)
		i++;
	return i == PAGE_WORDS;
}

/* Looks at a part of the mapping that may hold something, beside the mapping, where a page that is zero would take
 * memory from then on. */
static void mark_part(struct slot_file *f, size_t page, size_t end)
{
	ssize_t n;

	while (page < end && (n = pread(f->fd, f->run, LOOK_PAGES * SLOT_PAGE_BYTES,
				      (off_t)(page * SLOT_PAGE_BYTES))) > 0)
		for (size_t i = 0; i < (size_t)n / SLOT_PAGE_BYTES; i++, page++)
			if (!is_zero(f->run + i * PAGE_WORDS)) {
				f->changed[page] = CHANGED;
				f->written = (page + 1) * SLOT_PAGE_BYTES;
			}
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
	bool some = is_kept(f, kept);
	char boot[BOOT_BYTES];

	read_boot(boot);
	if (some && (had == 0 || !is_of_this_boot(f, boot)) && take_kept(f, kept, why) != APIKEY_OK)
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

static int open_one(const char *dir, const char *name, const char *suffix, int flags, size_t *size)
{
	char path[PATH_MAX];
	struct stat st;
	int fd;

	snprintf(path, sizeof path, "%s/%s%s", dir, name, suffix);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | flags, 0600);
	if (fd >= 0 && fstat(fd, &st) == 0)
		*size = (size_t)st.st_size;
	return fd;
}

/* Zeroed, and no memory until it is touched. */
static void *reserve(size_t bytes)
{
	void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED)
		return NULL;
	return p;
}

static enum apikey_error open_files(struct slot_file *f, const char *dir, struct failure *why)
{
	size_t had = 0, kept = 0, bytes;

	if (f->run == NULL)
		return fail(why, APIKEY_NO_MEMORY, "memory ended");
	f->fd = open_one(dir, f->kind->name, "", 0, &had);
	f->kept_fd = open_one(dir, f->kind->name, ".kept", 0, &kept);
	f->direct_fd = open_one(dir, f->kind->name, ".kept", O_DIRECT, &kept);
	if (f->fd < 0 || f->kept_fd < 0)
		return failed(f, "cannot open", why);
	f->base = pages_reserve(reserve_of(f));
	f->changed = reserve(pages_of(reserve_of(f)));
	if (f->base == NULL || f->changed == NULL)
		return failed(f, "cannot reserve address space", why);
	bytes = had > kept ? had : kept;
	bytes = bytes <= HEADER_BYTES
			? bytes_for(f, 1)
			: bytes_for(f, (uint32_t)((bytes - HEADER_BYTES) / f->kind->slot_size));
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
	f->fd = f->kept_fd = f->direct_fd = -1;
	f->run = aligned_alloc(SLOT_PAGE_BYTES, RUN_PAGES * SLOT_PAGE_BYTES);
	pthread_mutex_init(&f->keeping, NULL);
	pthread_cond_init(&f->landed, NULL);
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
	if (f == NULL)
		return;
	if (!f->broken)
		slot_file_sync(f);
	if (f->base != NULL)
		pages_free(f->base, reserve_of(f));
	if (f->changed != NULL)
		munmap(f->changed, pages_of(reserve_of(f)));
	if (f->fd >= 0)
		close(f->fd);
	if (f->kept_fd >= 0)
		close(f->kept_fd);
	if (f->direct_fd >= 0)
		close(f->direct_fd);
	pthread_cond_destroy(&f->landed);
	pthread_mutex_destroy(&f->keeping);
	free(f->run);
	free(f->free);
	free(f->claimed);
	free(f);
}

void *slot_file_slots(struct slot_file *f)
{
	return f->base + HEADER_BYTES;
}

uint8_t *slot_file_changed(struct slot_file *f)
{
	return f->changed + HEADER_BYTES / SLOT_PAGE_BYTES;
}

uint32_t slot_file_written(const struct slot_file *f)
{
	return f->written <= HEADER_BYTES
		       ? 0
		       : (uint32_t)((f->written - HEADER_BYTES) / f->kind->slot_size);
}

void *slot_file_head(struct slot_file *f)
{
	return f->base + MAGIC_BYTES;
}

enum apikey_error slot_file_cover(struct slot_file *f, uint32_t slot, struct failure *why)
{
	if (slot >= f->kind->most)
		return fail(
			why, APIKEY_INTERNAL, "the store names a counter that cannot be: %u", slot);
	if (slot >= f->used)
		f->used = slot + 1;
	return grow(f, bytes_for(f, f->used), why);
}

enum apikey_error slot_file_claim(struct slot_file *f, uint32_t slot, struct failure *why)
{
	if (slot_file_cover(f, slot, why) != APIKEY_OK)
		return why->code;
	if (slot >= f->claimed_size) {
		size_t size = (size_t)(slot + 1) * 2;
		uint8_t *bigger = realloc(f->claimed, size);

		if (bigger == NULL)
			return fail(why, APIKEY_NO_MEMORY, "memory ended");
		memset(bigger + f->claimed_size, 0, size - f->claimed_size);
		f->claimed = bigger;
		f->claimed_size = size;
	}
	f->claimed[slot] = 1;
	return APIKEY_OK;
}

void slot_file_loaded(struct slot_file *f)
{
	for (uint32_t slot = 0; slot < f->used; slot++)
		if (!f->claimed[slot])
			slot_file_give_back(f, slot);
	free(f->claimed);
	f->claimed = NULL;
	f->claimed_size = 0;
}

/* Word by word, since slot_file_sync() may be copying the page. */
static void clear_words(char *at, size_t bytes)
{
	uint64_t *words = (uint64_t *)(void *)at;

	for (size_t i = 0; i < bytes / sizeof *words; i++)
		__atomic_store_n(&words[i], 0, __ATOMIC_RELAXED);
}

/* Overwrites what is kept with zeros, if it is something else: *wrote says so. False if that cannot be. */
static bool keep_zeros(struct slot_file *f, size_t at, bool *wrote)
{
	static const char zeros[SLOT_PAGE_BYTES];
	char kept[SLOT_PAGE_BYTES];
	size_t size = f->kind->slot_size;

	*wrote = pread(f->kept_fd, kept, size, (off_t)at) != (ssize_t)size ||
		 memcmp(kept, zeros, size) != 0;
	return !*wrote || pwrite(f->kept_fd, zeros, size, (off_t)at) == (ssize_t)size;
}

/* A slot that was another's must not come back with what that counted, if the power fails before the next sync. */
static enum apikey_error zero_slot(struct slot_file *f, uint32_t slot, struct failure *why)
{
	size_t at = HEADER_BYTES + (size_t)slot * f->kind->slot_size, page = at / SLOT_PAGE_BYTES;
	bool kept, wrote;

	pthread_mutex_lock(&f->keeping);
	while (page >= f->flight && page < f->flight_end)
		pthread_cond_wait(&f->landed, &f->keeping);
	clear_words(f->base + at, f->kind->slot_size);
	__atomic_store_n(&f->changed[page], CHANGED, __ATOMIC_RELEASE);
	kept = keep_zeros(f, at, &wrote);
	pthread_mutex_unlock(&f->keeping);
	if (!kept || (wrote && fdatasync(f->kept_fd) != 0))
		return failed(f, "cannot be zeroed", why);
	return APIKEY_OK;
}

/* What was never written is zero, and not touched: it takes no memory yet. */
static enum apikey_error extend_to(struct slot_file *f, uint32_t slot, struct failure *why)
{
	if (slot >= f->kind->most)
		return fail(why, APIKEY_LIMIT_REACHED, "this daemon keeps at most %u %s",
			f->kind->most, f->kind->what);
	if (grow(f, bytes_for(f, slot + 1), why) != APIKEY_OK)
		return why->code;
	f->used = slot + 1;
	if (HEADER_BYTES + (size_t)slot * f->kind->slot_size < f->written)
		return zero_slot(f, slot, why);
	return APIKEY_OK;
}

enum apikey_error slot_file_take(struct slot_file *f, uint32_t *slot, struct failure *why)
{
	if (f->free_count == 0)
		return extend_to(f, *slot = f->used, why);
	*slot = f->free[f->free_count - 1];
	if (zero_slot(f, *slot, why) != APIKEY_OK)
		return why->code;
	f->free_count--;
	return APIKEY_OK;
}

enum apikey_error slot_file_follow(struct slot_file *f, uint32_t slot, struct failure *why)
{
	if (slot >= f->used)
		return extend_to(f, slot, why);
	return zero_slot(f, slot, why);
}

/* Where memory ends the slot is only lost until the next start. */
void slot_file_give_back(struct slot_file *f, uint32_t slot)
{
	if (f->free_count == f->free_size) {
		size_t size = f->free_size == 0 ? 64 : f->free_size * 2;
		uint32_t *bigger = realloc(f->free, size * sizeof *bigger);

		if (bigger == NULL)
			return;
		f->free = bigger;
		f->free_size = size;
	}
	f->free[f->free_count++] = slot;
}
