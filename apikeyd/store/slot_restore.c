/* slot_restore.c - what was kept of counters becomes the mapping again, after another boot. */
#include <string.h>
#include <unistd.h>

#include "apikeyd/store/slot_keep_state.h"

static bool read_pages(const struct slot_keep *k, const struct slot_mapping *m, size_t kept)
{
	size_t at = 0;

	while (at < kept) {
		ssize_t n = pread(k->pages.fd, m->base + at, kept - at, (off_t)at);

		if (n <= 0)
			return false;
		at += (size_t)n;
	}
	return true;
}

static void replay_block(
	struct slot_keep *k, const struct slot_mapping *m, const struct log_block *block)
{
	struct log_entry entry;

	for (size_t at = 0; slot_log_next(block, &at, &entry);) {
		char *slot = keep_slot_at(k, m, entry.slot);

		if (entry.slot >= keep_slot_count(k, m) || entry.bytes > k->kind->slot_size)
			continue;
		memcpy(slot, entry.data, entry.bytes);
		memset(slot + entry.bytes, 0, k->kind->slot_size - entry.bytes);
		keep_in_log(k, entry.slot);
	}
}

/* Block after block, as long as each continues the one before. False where they cannot be read. */
static bool replay(struct slot_keep *k, const struct slot_mapping *m)
{
	size_t blocks;
	ssize_t n;

	k->place = (struct log_place){0};
	do {
		n = pread(k->log.fd, k->run.words, RUN_BYTES,
			(off_t)(k->place.blocks * LOG_BLOCK_BYTES));
		blocks = slot_log_valid(&k->run, n > 0 ? (size_t)n : 0, &k->place);
		for (size_t i = 0; i < blocks; i++)
			replay_block(k, m, slot_log_block(&k->run, i));
		if (blocks > 0)
			slot_log_advance(&k->place, &k->run, blocks);
	} while (blocks == RUN_BYTES / LOG_BLOCK_BYTES);
	return n >= 0;
}

enum apikey_error slot_keep_restore(
	struct slot_keep *k, const struct slot_mapping *m, size_t kept, struct failure *why)
{
	if (!read_pages(k, m, kept) || !replay(k, m))
		return keep_failed(k, "what was kept cannot be read", why);
	if (!keep_checkpoint(k, m))
		return keep_failed(k, "what was kept cannot be brought together", why);
	return APIKEY_OK;
}
