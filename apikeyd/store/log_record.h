/* log_record.h - what is kept of what happened: pages of the audit log, alerts, networks, answered requests. */
#ifndef STORE_LOG_RECORD_H
#define STORE_LOG_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "apikeyd/store/key_record.h"
#include "protocol/audit_chain.h"
#include "protocol/text.h"

/* A page of the audit log; data NULL: any. Newest first by time, or in the order of the chain, which is that of
 * numbers. A cursor is opaque bytes, as that of keys. */
struct audit_query {
	struct text actor, action, object, tenant;
	int64_t from, to; /* both included; to STORE_NEVER: no end */
	int64_t since;    /* only entries with a greater number; 0: all */
	bool chain_order;
	unsigned limit; /* 1 to STORE_PAGE_MAX */
	struct text cursor;
};

struct audit_page {
	struct audit_record **entries; /* in the pool */
	unsigned count;   /* may be less than there is room for, even 0, before the last page */
	struct text next; /* cursor of the next page; NULL: this is the last */
};

/* The record lives for the call. Returns false to stop. */
typedef bool store_audit_fn(const struct audit_record *entry, void *arg);

/* Something that somebody may have to know, once for its kind, object and period. */
struct alert_record {
	int64_t seq; /* given by the store */
	int64_t at;
	struct text kind, object;
	int64_t period;             /* whatever tells one time from the next */
	struct text tenant, detail; /* data NULL: not set */
};

#define STORE_ALERTS_KEPT (90 * 86400) /* seconds; older ones are forgotten */

/* A page of alerts, newest first; data NULL: any. */
struct alert_query {
	struct text kind, object, tenant;
	unsigned limit; /* 1 to STORE_PAGE_MAX */
	int64_t before; /* only those with a smaller number; 0: all */
	int64_t since;  /* only those after that time; 0: all */
};

struct alert_page {
	struct alert_record *alerts; /* in the pool */
	unsigned count;
	bool more;
};

/* A network that a key was used from. */
struct network_record {
	struct text network;
	int64_t first_at, last_at;
};

#define STORE_NETWORKS_MAX 16 /* of one key; past it the one used longest ago is forgotten */

/* What was answered to a request_id: who asked, a digest of method and parameters, and the encoded answer. */
struct request_record {
	struct text actor, request_id;
	uint8_t digest[STORE_DIGEST_BYTES];
	struct text answer;
	int64_t at;
};

#endif
