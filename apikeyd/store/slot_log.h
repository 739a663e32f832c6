/* slot_log.h - the blocks of a log of slots (slot_keep.h says what for). */
#ifndef STORE_SLOT_LOG_H
#define STORE_SLOT_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "apikeyd/store/slot_kind.h"

#define LOG_BLOCK_BYTES SLOT_PAGE_BYTES
#define LOG_BLOCK_WORDS (LOG_BLOCK_BYTES / sizeof(uint64_t))
#define LOG_BLOCK_HEAD 5 /* words */
#define RUN_PAGES 256    /* pages or blocks written at once */
#define RUN_BYTES ((size_t)RUN_PAGES * SLOT_PAGE_BYTES)
#define RUN_PAGE_WORDS (SLOT_PAGE_BYTES / sizeof(uint64_t))

/* What is written at once; aligned as O_DIRECT asks. */
struct slot_run {
	uint64_t *words;
};

/* Where a log ends. */
struct log_place {
	uint64_t generation, blocks, check[2];
};

/* Where the log ends, as it stands in the mapping, which outlives the process. Two, of which one is whole. */
struct log_places {
	uint64_t turn; /* place[turn % 2] holds */
	struct log_place place[2];
	uint64_t gap; /* a sync failed: blocks before the place may not be on the disk */
};

struct log_block {
	uint64_t generation, number, used; /* used: words of entries */
	uint64_t check[2];
	uint64_t words[LOG_BLOCK_WORDS - LOG_BLOCK_HEAD];
};

/* A slot as it was; zeros follow. data points into the block. */
struct log_entry {
	uint32_t slot;
	size_t bytes;
	const uint64_t *data;
};

struct log_writing {
	struct slot_run *run;
	struct log_place place; /* of the block at hand */
	size_t blocks, used;    /* whole ones, and words of the one at hand */
};

/* Killed at any moment, the last place that was put is got, or the one before. */
struct log_place log_places_get(const struct log_places *places);
void log_places_put(struct log_places *places, const struct log_place *place);

/* False: no memory. */
bool slot_run_open(struct slot_run *run);
void slot_run_close(struct slot_run *run);

/* Copies words that are being counted in: each is whole. */
void slot_copy(uint64_t *to, const void *from, size_t words);

/* Fills the run with blocks that continue a place. */
void slot_log_begin(struct log_writing *w, struct slot_run *run, const struct log_place *place);
/* Whether so many slots of so many bytes still fit, for certain. */
bool slot_log_has_room(const struct log_writing *w, size_t count, size_t bytes);
void slot_log_put(struct log_writing *w, uint32_t slot, const void *from, size_t bytes);
/* Returns how many blocks there are. */
size_t slot_log_end(struct log_writing *w);

struct log_block *slot_log_block(const struct slot_run *run, size_t n);
/* The entry at *at, which moves past it and begins at 0; false after the last. */
bool slot_log_next(const struct log_block *block, size_t *at, struct log_entry *out);
/* How many blocks of what was read continue a place; where its generation is 0, that of the first block holds. */
size_t slot_log_valid(const struct slot_run *run, size_t bytes, struct log_place *place);
/* Moves the place behind the run's blocks. */
void slot_log_advance(struct log_place *place, const struct slot_run *run, size_t blocks);

#endif
