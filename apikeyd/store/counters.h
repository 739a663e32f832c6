/* counters.h - all the counter files of a data directory, opened, kept and closed together. */
#ifndef STORE_COUNTERS_H
#define STORE_COUNTERS_H

#include "apikeyd/store/slot_file.h"

struct counters {
	struct slot_file *usage, *denials, *resources, *limits;
};

/* All or none. */
enum apikey_error counters_open(const char *dir, struct counters *out, struct failure *why);
/* What are NULL are not there. */
void counters_close(struct counters *c);
/* As slot_file_sync(), of all; why: of the last that failed. */
enum apikey_error counters_sync(struct counters *c, struct failure *why);

/* Two files, one number: as slot_file_claim(), slot_file_take() and slot_file_give_back(). */
enum apikey_error counters_claim_secret(struct counters *c, uint32_t slot, struct failure *why);
enum apikey_error counters_take_secret(struct counters *c, uint32_t *slot, struct failure *why);
/* After the last claim. */
void counters_loaded(struct counters *c);

#endif
