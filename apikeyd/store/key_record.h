/* key_record.h - keys and their secrets as they are stored, and pages of them. */
#ifndef STORE_KEY_RECORD_H
#define STORE_KEY_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "protocol/keytext.h"
#include "protocol/text.h"

#define STORE_DIGEST_BYTES 32
#define STORE_SECRETS_MAX 16 /* secrets of one key, run-out ones included */
#define STORE_PAGE_MAX 1000  /* rows of one page */
#define STORE_NEVER 0        /* a time that is not set */

/* Of what the digest is: the key, or another system's hash of it (engine_digest_foreign()). */
enum digest_algorithm {
	DIGEST_BLAKE2B_PEPPERED = 1,
	DIGEST_SHA256 = 2,
	DIGEST_BCRYPT = 3,
};

struct secret_record {
	uint8_t digest[STORE_DIGEST_BYTES];
	uint8_t algorithm; /* enum digest_algorithm */
	uint32_t pepper_id;
	struct text prefix; /* unique among all secrets */
	struct text
		bcrypt; /* what a key that begins with the prefix is checked by; data NULL: not set */
	char last4[5];
	int64_t created_at;
	int64_t expires_at; /* end of grace, or STORE_NEVER */
	bool revoked;
	uint32_t slot;           /* of its usage */
	int64_t requests_before; /* allowed verifies when a newer secret took its place */
};

/* What secrets that a key no longer has were used for, so that its totals never go back. */
struct past_usage {
	int64_t requests, units, last_used_at;
};

/* A key as it is stored. Text is borrowed from whoever filled it in (a pool, or the caller's parameters);
 * data is NULL where a field is not set. */
struct key_record {
	char id[KEY_ID_SIZE];
	struct text name, tenant, owner, env, plan, email, notes, created_by;
	struct text scopes;             /* joined by single spaces; empty text: none */
	struct text ip_allow;           /* likewise; empty: any */
	struct text rate, quota, meta;  /* as encoded; the store does not look inside */
	int64_t units_per_request;      /* 0: not set */
	int64_t created_at, expires_at; /* expires_at STORE_NEVER: never */
	int64_t revoked_at;             /* STORE_NEVER: not revoked */
	bool disabled;
	struct past_usage past;
	uint32_t limit_slot; /* 1 + that of its limits' counters; 0: it has none yet */
	struct secret_record secrets[STORE_SECRETS_MAX]; /* oldest first */
	unsigned secret_count;
};

enum key_status {
	STATUS_ANY,
	STATUS_ACTIVE,
	STATUS_DISABLED,
	STATUS_EXPIRED,
	STATUS_REVOKED,
};
/* The one place that decides it: revoked before expired before disabled before active. */
enum key_status key_status_of(const struct key_record *key, int64_t now);
const char *key_status_name(enum key_status status);

enum key_sort {
	SORT_CREATED, /* the order of creation, the default */
	SORT_NAME,
	SORT_OWNER,
	SORT_TENANT,
	SORT_EXPIRES,               /* keys without an expiry last */
	SORT_PREFIX,                /* of the newest secret */
	SORT_INDEXED,               /* the orders from here on stand in no index */
	SORT_STATUS = SORT_INDEXED, /* as enum key_status has them, at the time of the query */
	SORT_USED, /* keys never used first, as if that were longest ago; from here on: what was counted */
	SORT_REQUESTS,
	SORT_UNITS,
	SORT_COUNT,
};

/* What has been counted in a slot so far. */
typedef struct past_usage slot_used_fn(uint32_t slot, void *arg);

/* A page of keys. A cursor is opaque bytes made by the store, which tell of all its rows (so cursors.h seals them); one
 * that it did not make for the same sort and direction is refused (invalid_argument, naming "cursor"). In an order of what
 * is counted, or of the status, the cursor stays where it was while keys move: one that passes it between two pages is on
 * both, or on neither. */
struct key_search;
struct key_query {
	struct text tenant, owner; /* data NULL: any */
	struct text
		match; /* found in id, name, prefix, owner, email or notes, any case (ASCII); NULL: all */
	enum key_status status;
	enum key_sort sort;
	bool descending;
	unsigned limit; /* 1 to STORE_PAGE_MAX */
	struct text cursor;
	int64_t now;        /* decides what is expired */
	slot_used_fn *used; /* for orders of what was counted; NULL: nothing was */
	void *used_arg;
	struct key_search **search; /* what store_ops.key_seek() has done for it; NULL: nothing */
};

struct key_page {
	struct key_record **keys; /* in the pool */
	unsigned count;
	struct text next; /* cursor of the next page; NULL: this is the last */
	int64_t total;    /* keys that match on all pages */
};

#endif
