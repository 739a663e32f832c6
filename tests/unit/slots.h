/* slots.h - a counter file in a directory of its own, its slots counted in, and the power cut. */
#ifndef TESTS_SLOTS_H
#define TESTS_SLOTS_H

#include <sys/types.h>

#include "apikeyd/engine/usage.h"
#include "apikeyd/store/slot_file.h"
#include "tests/unit/unit.h"

/* Around each test: an empty directory. */
int make_dir(void **state);
int drop_dir(void **state);
void remove_files(void);

struct slot_file *open_slots(void);
/* Must succeed. */
void sync_slots(struct slot_file *f);
struct usage_slot *slot_of(struct slot_file *f, uint32_t slot);
void count(struct slot_file *f, uint32_t slot, uint64_t allowed);

/* The path of a file in the directory, until the next call. */
const char *path_of(const char *name);
/* Overwrites some bytes of a file. */
void patch(const char *name, off_t at, const void *bytes, size_t len);
/* The next open is in another boot, where only what was kept counts. */
void next_boot(void);
/* Closes first. */
void end_boot(struct slot_file *f);

#endif
