/* slot_log.c - blocks of slots. */
#include "apikeyd/store/slot_log.h"

#include <stdlib.h>
#include <string.h>

_Static_assert(sizeof(struct log_block) == LOG_BLOCK_BYTES, "a block is a page");

struct log_place log_places_get(const struct log_places *places)
{
	return places->place[places->turn % 2];
}

void log_places_put(struct log_places *places, const struct log_place *place)
{
	uint64_t turn = places->turn + 1;

	places->place[turn % 2] = *place;
	__atomic_store_n(&places->turn, turn, __ATOMIC_RELEASE);
}

bool slot_run_open(struct slot_run *run)
{
	run->words = aligned_alloc(SLOT_PAGE_BYTES, RUN_BYTES);
	return run->words != NULL;
}

void slot_run_close(struct slot_run *run)
{
	free(run->words);
	run->words = NULL;
}

void slot_copy(uint64_t *to, const void *from, size_t words)
{
	const uint64_t *at = from;

	for (size_t i = 0; i < words; i++)
		to[i] = __atomic_load_n(&at[i], __ATOMIC_RELAXED);
}

/* ---- blocks ---------------------------------------------------------------------------------------------------- */

struct log_block *slot_log_block(const struct slot_run *run, size_t n)
{
	return (struct log_block *)(void *)(run->words + n * LOG_BLOCK_WORDS);
}

static void check_add(uint64_t check[2], uint64_t word)
{
	check[0] += word + check[1];
	check[1] += check[0];
}

static void check_of(const struct log_block *block, const uint64_t before[2], uint64_t out[2])
{
	out[0] = before[0];
	out[1] = before[1];
	check_add(out, block->generation);
	check_add(out, block->number);
	check_add(out, block->used);
	for (size_t i = 0; i < block->used; i++)
		check_add(out, block->words[i]);
}

static void block_end(struct log_writing *w)
{
	struct log_block *block = slot_log_block(w->run, w->blocks);

	memset(block->words + w->used, 0, sizeof block->words - w->used * sizeof *block->words);
	block->generation = w->place.generation;
	block->number = w->place.blocks;
	block->used = w->used;
	check_of(block, w->place.check, block->check);
	memcpy(w->place.check, block->check, sizeof w->place.check);
	w->place.blocks++;
	w->blocks++;
	w->used = 0;
}

static size_t words_left(const struct log_writing *w)
{
	return LOG_BLOCK_WORDS - LOG_BLOCK_HEAD - w->used;
}

void slot_log_begin(struct log_writing *w, struct slot_run *run, const struct log_place *place)
{
	*w = (struct log_writing){.run = run, .place = *place};
}

bool slot_log_has_room(const struct log_writing *w, size_t count, size_t bytes)
{
	size_t a_block = (LOG_BLOCK_WORDS - LOG_BLOCK_HEAD) / (1 + bytes / sizeof(uint64_t));

	return w->blocks + 1 + (count + a_block - 1) / a_block <= RUN_PAGES;
}

void slot_log_put(struct log_writing *w, uint32_t slot, const void *from, size_t bytes)
{
	size_t count = bytes / sizeof(uint64_t);
	uint64_t *to;

	if (words_left(w) < 1 + count)
		block_end(w);
	to = slot_log_block(w->run, w->blocks)->words + w->used;
	slot_copy(to + 1, from, count);
	while (count > 0 && to[count] == 0)
		count--;
	to[0] = slot | (uint64_t)count << 32;
	w->used += 1 + count;
}

size_t slot_log_end(struct log_writing *w)
{
	if (w->used > 0)
		block_end(w);
	return w->blocks;
}

bool slot_log_next(const struct log_block *block, size_t *at, struct log_entry *out)
{
	size_t count;

	if (*at >= block->used)
		return false;
	count = block->words[*at] >> 32;
	if (count > block->used - *at - 1)
		return false;
	*out = (struct log_entry){
		(uint32_t)block->words[*at], count * sizeof(uint64_t), &block->words[*at + 1]};
	*at += 1 + count;
	return true;
}

static bool continues(const struct log_block *block, const struct log_place *place)
{
	uint64_t check[2];

	if (block->generation != place->generation || block->number != place->blocks ||
		block->used > LOG_BLOCK_WORDS - LOG_BLOCK_HEAD)
		return false;
	check_of(block, place->check, check);
	return memcmp(check, block->check, sizeof check) == 0;
}

size_t slot_log_valid(const struct slot_run *run, size_t bytes, struct log_place *place)
{
	struct log_place next;
	size_t n = 0;

	if (place->generation == 0 && bytes >= LOG_BLOCK_BYTES) {
		place->generation = slot_log_block(run, 0)->generation;
		place->check[0] = place->generation;
	}
	for (next = *place; (n + 1) * LOG_BLOCK_BYTES <= bytes; n++) {
		if (next.generation == 0 || !continues(slot_log_block(run, n), &next))
			break;
		slot_log_advance(&next, &(struct slot_run){run->words + n * LOG_BLOCK_WORDS}, 1);
	}
	return n;
}

void slot_log_advance(struct log_place *place, const struct slot_run *run, size_t blocks)
{
	memcpy(place->check, slot_log_block(run, blocks - 1)->check, sizeof place->check);
	place->blocks += blocks;
}
