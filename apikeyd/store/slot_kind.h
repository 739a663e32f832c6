/* slot_kind.h - what a file of counter slots holds, and how it lies on the disk. */
#ifndef STORE_SLOT_KIND_H
#define STORE_SLOT_KIND_H

#include <stdbool.h>
#include <stdint.h>

#define SLOT_HEADER_BYTES 4096 /* a page, so that slots begin on one */
#define SLOT_PAGE_BYTES 4096
#define SLOT_HEAD_BYTES 1024 /* of the head that slot_file_head() gives */

struct slot_kind {
	const char *name;   /* of the file */
	char magic[16];     /* its first bytes */
	uint32_t slot_size; /* bytes; divides a page */
	uint32_t most;      /* slots: so much address space is reserved */
	const char *what;   /* "secrets": whose slots they are, in the plural */
	bool dense;         /* most slots are counted in, so huge pages cost no memory */
	bool packed;        /* used from the front in pieces of 16 bytes, none of which is zero */
};

/* struct usage_slot and struct denial_slot for each secret, both of one number; struct limit_slot for each key with
 * limits, with the clock in its head; struct resource_slot for what verifies were for. */
extern const struct slot_kind slots_usage, slots_denials, slots_resources, slots_limits;

#endif
