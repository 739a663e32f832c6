/* usage_file.c - the counters of every secret, in a memory-mapped file beside the store. */
#include "apikeyd/store/usage_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEADER_BYTES 4096 /* a page, so that slots begin on one */
#define GROW_SLOTS 16384  /* 1 MiB at a time */

static const char magic[16] = "apikeyd usage 1\n";

struct usage_file {
	int fd;
	char *base;           /* the reserved address space */
	atomic_size_t mapped; /* bytes of it that are the file */
	uint32_t used;        /* slots ever given out */
	uint32_t *free;       /* a stack of slots below `used` */
	size_t free_count, free_size;
	uint8_t *claimed; /* while loading: a byte a slot */
	size_t claimed_size;
};

static enum apikey_error failed(struct failure *why, const char *what)
{
	return fail(why, APIKEY_UNAVAILABLE, "%s: %s: %s", USAGE_FILE_NAME, what, strerror(errno));
}

/* Makes the file at least `bytes` long, on the disk, and maps it. */
static enum apikey_error grow(struct usage_file *u, size_t bytes, struct failure *why)
{
	size_t have = u->mapped;
	int error;

	if (bytes <= have)
		return APIKEY_OK;
	error = posix_fallocate(u->fd, (off_t)have, (off_t)(bytes - have));
	if (error != 0) {
		errno = error;
		return failed(why, "cannot grow");
	}
	if (mmap(u->base + have, bytes - have, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
		    u->fd, (off_t)have) == MAP_FAILED)
		return failed(why, "cannot map");
	u->mapped = bytes;
	return APIKEY_OK;
}

static size_t bytes_for(uint32_t slots)
{
	size_t pieces = ((size_t)slots + GROW_SLOTS - 1) / GROW_SLOTS;

	return HEADER_BYTES + pieces * GROW_SLOTS * sizeof(struct usage_slot);
}

static enum apikey_error check_header(struct usage_file *u, bool fresh, struct failure *why)
{
	if (fresh)
		memcpy(u->base, magic, sizeof magic);
	if (memcmp(u->base, magic, sizeof magic) != 0)
		return fail(why, APIKEY_INTERNAL,
			"%s is damaged or not a counter file of this version", USAGE_FILE_NAME);
	return APIKEY_OK;
}

static enum apikey_error open_file(struct usage_file *u, const char *dir, struct failure *why)
{
	char path[PATH_MAX];
	size_t reserve = HEADER_BYTES + (size_t)USAGE_SLOTS_MAX * sizeof(struct usage_slot);
	struct stat st;
	size_t size;

	snprintf(path, sizeof path, "%s/%s", dir, USAGE_FILE_NAME);
	u->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (u->fd < 0 || fstat(u->fd, &st) != 0)
		return failed(why, "cannot open");
	u->base =
		mmap(NULL, reserve, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (u->base == MAP_FAILED) {
		u->base = NULL;
		return failed(why, "cannot reserve address space");
	}
	size = (size_t)st.st_size;
	size = size <= HEADER_BYTES
		       ? bytes_for(1)
		       : bytes_for((uint32_t)((size - HEADER_BYTES) / sizeof(struct usage_slot)));
	if (grow(u, size, why) != APIKEY_OK)
		return why->code;
	return check_header(u, st.st_size == 0, why);
}

enum apikey_error usage_file_open(const char *dir, struct usage_file **out, struct failure *why)
{
	struct usage_file *u = calloc(1, sizeof *u);

	if (u == NULL)
		return fail(why, APIKEY_NO_MEMORY, "memory ended");
	u->fd = -1;
	if (open_file(u, dir, why) != APIKEY_OK) {
		usage_file_close(u);
		return why->code;
	}
	*out = u;
	return APIKEY_OK;
}

void usage_file_close(struct usage_file *u)
{
	if (u == NULL)
		return;
	if (u->base != NULL) {
		usage_file_sync(u);
		munmap(u->base, HEADER_BYTES + (size_t)USAGE_SLOTS_MAX * sizeof(struct usage_slot));
	}
	if (u->fd >= 0)
		close(u->fd);
	free(u->free);
	free(u->claimed);
	free(u);
}

struct usage_slot *usage_file_slots(struct usage_file *u)
{
	return (struct usage_slot *)(void *)(u->base + HEADER_BYTES);
}

enum apikey_error usage_file_claim(struct usage_file *u, uint32_t slot, struct failure *why)
{
	if (slot >= USAGE_SLOTS_MAX)
		return fail(
			why, APIKEY_INTERNAL, "the store names a counter that cannot be: %u", slot);
	if (slot >= u->claimed_size) {
		size_t size = (size_t)(slot + 1) * 2;
		uint8_t *bigger = realloc(u->claimed, size);

		if (bigger == NULL)
			return fail(why, APIKEY_NO_MEMORY, "memory ended");
		memset(bigger + u->claimed_size, 0, size - u->claimed_size);
		u->claimed = bigger;
		u->claimed_size = size;
	}
	u->claimed[slot] = 1;
	if (slot >= u->used)
		u->used = slot + 1;
	return grow(u, bytes_for(u->used), why);
}

void usage_file_loaded(struct usage_file *u)
{
	for (uint32_t slot = 0; slot < u->used; slot++)
		if (!u->claimed[slot])
			usage_file_give_back(u, slot);
	free(u->claimed);
	u->claimed = NULL;
	u->claimed_size = 0;
}

enum apikey_error usage_file_take(struct usage_file *u, uint32_t *slot, struct failure *why)
{
	if (u->free_count > 0) {
		*slot = u->free[--u->free_count];
	} else {
		if (u->used == USAGE_SLOTS_MAX)
			return fail(why, APIKEY_LIMIT_REACHED,
				"this daemon keeps at most %u secrets", USAGE_SLOTS_MAX);
		if (grow(u, bytes_for(u->used + 1), why) != APIKEY_OK)
			return why->code;
		*slot = u->used++;
	}
	memset(&usage_file_slots(u)[*slot], 0, sizeof(struct usage_slot));
	return APIKEY_OK;
}

/* Where memory ends the slot is only lost until the next start. */
void usage_file_give_back(struct usage_file *u, uint32_t slot)
{
	if (u->free_count == u->free_size) {
		size_t size = u->free_size == 0 ? 64 : u->free_size * 2;
		uint32_t *bigger = realloc(u->free, size * sizeof *bigger);

		if (bigger == NULL)
			return;
		u->free = bigger;
		u->free_size = size;
	}
	u->free[u->free_count++] = slot;
}

void usage_file_sync(struct usage_file *u)
{
	(void)msync(u->base, u->mapped, MS_SYNC);
}
