/* slot_file_state.h - the inside of slot_file.h. */
#ifndef STORE_SLOT_FILE_STATE_H
#define STORE_SLOT_FILE_STATE_H

#include <stdatomic.h>

#include "apikeyd/store/slot_file.h"
#include "apikeyd/store/slot_keep.h"

struct slot_file {
	const struct slot_kind *kind;
	int fd;
	char *base;           /* the reserved address space */
	atomic_size_t mapped; /* bytes of it that are the file */
	uint8_t *changed;     /* a byte a slot */
	struct slot_keep *keep;
	bool broken;    /* could not be opened: nothing of it may be kept */
	size_t written; /* bytes: up to here something may have been in it before the start */
	uint32_t used;  /* slots given out or claimed */
	uint32_t *free; /* a stack of slots below `used` */
	size_t free_count, free_size;
	uint8_t *claimed; /* while loading: a byte a slot */
	size_t claimed_size;
};

struct slot_mapping slot_file_mapping(const struct slot_file *f);
/* Room for so many slots, in the file and in what is kept of it. unavailable when the disk is full. */
enum apikey_error slot_file_grow(struct slot_file *f, uint32_t slots, struct failure *why);
/* unavailable, with errno's text. */
enum apikey_error slot_file_failed(
	const struct slot_file *f, const char *what, struct failure *why);

#endif
