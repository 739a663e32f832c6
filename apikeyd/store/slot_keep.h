/* slot_keep.h - what of a counter file is safe from a power cut: the pages in NAME.kept, and what came since in NAME.log.
 *
 * Keys are verified by chance, so in a second nearly every page of counters changes a little: to write those pages would
 * be up to a hundred times what was counted. Instead each slot that changed is appended to the log, without the zeros at
 * its end, in blocks that bear the log's generation, their number, and a check over themselves and the block before (as
 * SQLite's write-ahead log has it, https://www.sqlite.org/fileformat2.html#walformat). After a power cut the blocks are
 * replayed over NAME.kept, up to the first that does not continue its forerunner. When the log has grown to several
 * times the file, the pages that it touches are brought into NAME.kept, and it begins anew with the next generation.
 * Until its first block is overwritten the old one may be replayed over newer pages: that gives each slot what it had at
 * its last sync, which is what is promised.
 *
 * Both are written past the page cache where the file system can: nothing of them is read before the next boot. */
#ifndef STORE_SLOT_KEEP_H
#define STORE_SLOT_KEEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "apikeyd/store/slot_kind.h"
#include "protocol/error.h"

#define SLOT_HEAD_END 1088 /* bytes of the header that are kept */

/* The mapping that is kept, from its header on. */
struct slot_mapping {
	char *base;
	uint8_t *changed; /* a byte a slot, with CHANGED_KEEP where it is not yet kept */
	size_t bytes;     /* mapped by now */
};

struct slot_keep;

/* *kept: the size that NAME.kept had. most: bytes that the mapping can ever have. */
enum apikey_error slot_keep_open(const char *dir, const struct slot_kind *kind, size_t most,
	struct slot_keep **out, size_t *kept, struct failure *why);
void slot_keep_close(struct slot_keep *k);
/* Makes NAME.kept as long, on the disk. */
enum apikey_error slot_keep_grow(struct slot_keep *k, size_t from, size_t to, struct failure *why);

/* Whether something was ever kept. */
bool slot_keep_any(const struct slot_keep *k);
/* At start, one of these: the mapping is whole, and the log goes on where it says; or it is replaced by what was kept. */
void slot_keep_resume(struct slot_keep *k, const struct slot_mapping *m);
/* After slot_keep_resume(): those pages may be in the log. */
void slot_keep_touch(struct slot_keep *k, size_t page, size_t end);
enum apikey_error slot_keep_restore(
	struct slot_keep *k, const struct slot_mapping *m, size_t kept, struct failure *why);

/* Brings what has changed to the disk; may wait for it. One thread at a time. unavailable: not all is there; what is not
 * comes with the next sync that succeeds. */
enum apikey_error slot_keep_sync(
	struct slot_keep *k, const struct slot_mapping *m, struct failure *why);
/* Zeroes a slot, in the mapping and on the disk, before anything else is kept of it. False if that cannot be. */
bool slot_keep_zero(struct slot_keep *k, const struct slot_mapping *m, uint32_t slot);

#endif
