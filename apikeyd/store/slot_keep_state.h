/* slot_keep_state.h - what the files of a slot_keep share; nobody else includes it. */
#ifndef STORE_SLOT_KEEP_STATE_H
#define STORE_SLOT_KEEP_STATE_H

#include "apikeyd/store/direct_file.h"
#include "apikeyd/store/slot_keep.h"
#include "apikeyd/store/slot_log.h"
#include "apikeyd/store/turn.h"

struct slot_keep {
	const struct slot_kind *kind;
	struct direct_file pages, log;
	struct slot_run run;
	struct log_place place;
	size_t log_bytes; /* allocated */
	uint8_t *since;   /* a byte a page: it is in the log */
	size_t most;      /* bytes of the mapping, ever */
	bool any;         /* something was ever kept */
	uint64_t head[SLOT_HEAD_END / sizeof(uint64_t)];
	struct turn turn; /* of who writes; a slot that is to be zeroed goes first */
};

/* unavailable, with errno. */
enum apikey_error keep_failed(const struct slot_keep *k, const char *what, struct failure *why);
uint32_t keep_slot_count(const struct slot_keep *k, const struct slot_mapping *m);
char *keep_slot_at(const struct slot_keep *k, const struct slot_mapping *m, uint32_t slot);
/* The slot's page is to come into NAME.kept with the next checkpoint. */
void keep_in_log(struct slot_keep *k, uint32_t slot);
/* Brings the pages that are in the log into NAME.kept, and begins the log anew. The caller has the turn. False with
 * errno. */
bool keep_checkpoint(struct slot_keep *k, const struct slot_mapping *m);

#endif
