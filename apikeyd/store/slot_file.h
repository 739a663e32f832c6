/* slot_file.h - counters in a memory-mapped file beside the store: slots of one size, given out by number.
 *
 * The engine counts in place: nothing to replay, nothing lost by kill -9. The mapping never moves: address space is
 * reserved once and the file is mapped into it piece by piece as it grows; pieces are allocated on disk before they are
 * mapped, so that a full disk is an error here and never a SIGBUS there. One thread allocates and frees.
 *
 * The mapping itself is never synced: the kernel would write-protect its pages each time, and the next count in each
 * would be a fault that may wait for the disk. Instead whoever counts marks the slot, and slot_file_sync() writes marked
 * slots to files beside it (slot_keep.h). In the boot that wrote it the mapping is whole; after another, what was kept
 * counts. So kill -9 costs nothing and a power cut what was counted since the last sync. */
#ifndef STORE_SLOT_FILE_H
#define STORE_SLOT_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "apikeyd/store/slot_kind.h"
#include "protocol/error.h"

struct slot_file;

/* kind must be const for good. */
enum apikey_error slot_file_open(
	const char *dir, const struct slot_kind *kind, struct slot_file **out, struct failure *why);
/* Syncs and unmaps. */
void slot_file_close(struct slot_file *f);
/* How many slots were in use when it was last written, at most. */
uint32_t slot_file_written(const struct slot_file *f);
/* How many there can ever be. */
uint32_t slot_file_most(const struct slot_file *f);
/* Slot 0; valid as long as the file is open. */
void *slot_file_slots(struct slot_file *f);
/* Whoever changes a slot afterwards marks it: slot_file_changed()[slot] = CHANGED (engine/usage.h), released. At start
 * those are marked that are not zero. */
uint8_t *slot_file_changed(struct slot_file *f);
/* For a page of slots at once: whether CHANGED_FOLD stands at one; takes it off, before what is looked at; puts it back. */
bool slot_file_fold_due(const struct slot_file *f, uint32_t page);
bool slot_file_fold_take(struct slot_file *f, uint32_t page);
void slot_file_fold_again(struct slot_file *f, uint32_t page);
/* Zeroed in a new file, for whatever its user keeps about the whole; aligned as a page is. */
void *slot_file_head(struct slot_file *f);

/* At start: says that a slot is in use. After the last, slot_file_loaded() makes all others free. */
enum apikey_error slot_file_claim(struct slot_file *f, uint32_t slot, struct failure *why);
void slot_file_loaded(struct slot_file *f);

/* A zeroed slot, also after a power cut; for one that was used before that waits for the disk. unavailable when the disk
 * is full, limit_reached when there are too many. */
enum apikey_error slot_file_take(struct slot_file *f, uint32_t *slot, struct failure *why);
/* A file whose slots go with those of another gives none out: at start each that is in use there is covered, and later
 * each that is taken there is followed, which zeroes it. unavailable when the disk is full. */
enum apikey_error slot_file_cover(struct slot_file *f, uint32_t slot, struct failure *why);
enum apikey_error slot_file_follow(struct slot_file *f, uint32_t slot, struct failure *why);
void slot_file_give_back(struct slot_file *f, uint32_t slot);
/* Brings what has changed to the disk; may wait for it. One thread at a time. unavailable: the next one tries again. */
enum apikey_error slot_file_sync(struct slot_file *f, struct failure *why);

#endif
