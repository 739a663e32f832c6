/* audit.h - the audit log as the daemon keeps it: every entry goes into the chain, in the transaction of its change.
 *
 * The place in the chain is read from the store with every entry, so a change that is taken back takes its entries and
 * the head with it. All functions belong to the store thread, or to the start before it. While the daemon is sealed
 * there is no key for the chain, and so no change: entries are refused (unavailable). */
#ifndef APIKEYD_AUDIT_H
#define APIKEYD_AUDIT_H

#include "apikeyd/store/store.h"

#define AUDIT_HEAD_ENTRIES 1000 /* the head goes to the log after so many entries, */
#define AUDIT_HEAD_SECONDS 600  /* or so long after an entry */

struct audit;

/* pepper NULL: sealed. It is not kept. Never NULL. */
struct audit *audit_new(
	const struct store_ops *ops, struct store *store, const uint8_t pepper[CHAIN_PEPPER_BYTES]);
void audit_free(struct audit *a);

/* Begins a transaction of its own: gives entries of a store without a chain theirs, and looks whether the head is what
 * it was. What is wrong goes to the log; a head that cannot be trusted also leaves an entry that no later check will
 * pass over. Only an error of the store is one. */
enum apikey_error audit_open(struct audit *a, int64_t now, struct failure *why);

/* Within a transaction: appends the entry, of which seq and mac are filled in. */
enum apikey_error audit_append(struct audit *a, struct audit_record *entry, struct failure *why);

/* The head as it is in the store. unavailable while sealed, internal where it cannot be trusted. */
enum apikey_error audit_head(struct audit *a, struct chain_head *out, struct failure *why);
/* Writes the head to the log when it is time, or at once. Not within a transaction. */
void audit_log_head(struct audit *a, int64_t now, bool at_once);

/* A check of the whole log in steps: begin, then audit_check_step() until *done. Between steps the log may grow. */
enum apikey_error audit_check_begin(
	struct audit *a, struct chain_check *check, struct failure *why);
/* Looks at up to `limit` more entries, and at the head after the last. */
enum apikey_error audit_check_step(struct audit *a, struct chain_check *check, unsigned limit,
	bool *done, struct failure *why);

#endif
