/* alert_pass.h - one look at what somebody may have to know: alerts are stored as they are found, and told after. */
#ifndef APIKEYD_ALERT_PASS_H
#define APIKEYD_ALERT_PASS_H

#include "apikeyd/daemon.h"
#include "apikeyd/registry.h"

enum alert_kind {
	ALERT_LIMIT,
	ALERT_EXPIRING,
	ALERT_DEAD,
	ALERT_WOKE,
	ALERT_NETWORK,
	ALERT_UNKNOWN,
	ALERT_KINDS,
};

/* Belongs to the store thread. */
struct alert_pass {
	struct daemon *daemon;
	int64_t now;
	struct pool pool; /* of this look */
	struct raised *raised, **last;
};

/* Ends a look and begins anew; the first time, the rest must be zeroed. */
void alert_pass_reset(struct alert_pass *a);
const struct store_ops *alert_ops(const struct alert_pass *a);
struct store *alert_store(const struct alert_pass *a);

/* Within a transaction: stores an alert, whose text lives as long as the look, unless it is there already. */
enum apikey_error alert_raise(struct alert_pass *a, enum alert_kind kind,
	const struct alert_record *alert, struct failure *why);
/* The same of an alert about a key. */
enum apikey_error alert_about(struct alert_pass *a, enum alert_kind kind,
	const struct key_record *key, int64_t period, const char *detail, struct failure *why);
/* The name of a kind, as the table of methods has it. */
struct text alert_kind_name(enum alert_kind kind);
/* After the commit: tells subscribers of those that were new. */
void alert_tell(struct alert_pass *a);

#endif
