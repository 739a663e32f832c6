/* usage_file.h - the counters of every secret, in a memory-mapped file beside the store.
 *
 * The engine counts in place: nothing to replay, nothing lost by kill -9. The mapping never moves: address space is
 * reserved once and the file is mapped into it piece by piece as it grows; pieces are allocated on disk before they are
 * mapped, so that a full disk is an error here and never a SIGBUS there. One thread allocates and frees. */
#ifndef STORE_USAGE_FILE_H
#define STORE_USAGE_FILE_H

#include "apikeyd/engine/usage.h"
#include "protocol/error.h"

#define USAGE_FILE_NAME "usage.counters"
#define USAGE_SLOTS_MAX (128u * 1024 * 1024) /* 8 GiB of address space */

struct usage_file;

enum apikey_error usage_file_open(const char *dir, struct usage_file **out, struct failure *why);
/* Syncs and unmaps. */
void usage_file_close(struct usage_file *u);
/* Slot 0; valid as long as the file is open. */
struct usage_slot *usage_file_slots(struct usage_file *u);

/* At start: says that a slot belongs to a secret. After the last, usage_file_loaded() makes all others free. */
enum apikey_error usage_file_claim(struct usage_file *u, uint32_t slot, struct failure *why);
void usage_file_loaded(struct usage_file *u);

/* A zeroed slot for a new secret. unavailable when the disk is full, limit_reached when there are too many. */
enum apikey_error usage_file_take(struct usage_file *u, uint32_t *slot, struct failure *why);
void usage_file_give_back(struct usage_file *u, uint32_t slot);
/* Writes what has changed to the disk; may wait for it. Any thread. */
void usage_file_sync(struct usage_file *u);

#endif
