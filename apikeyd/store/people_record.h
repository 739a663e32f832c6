/* people_record.h - plans, tenants, users and their sessions as they are stored. */
#ifndef STORE_PEOPLE_RECORD_H
#define STORE_PEOPLE_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "apikeyd/store/key_record.h"
#include "protocol/method.h"
#include "protocol/text.h"

#define STORE_PLANS_MAX 1000 /* there are few, so they are listed whole */

/* Limits under a name. Text is borrowed as a key's is. */
struct plan_record {
	struct text name;
	struct text rate, quota;   /* as encoded; data NULL: none */
	int64_t units_per_request; /* 0: not set */
	int64_t max_keys;          /* of a tenant on it; 0: any number */
	int64_t max_keys_per_user; /* likewise of one owner in it */
	int64_t created_at;
	int64_t keys, tenants; /* on it; said by the store */
};

#define TENANT_DEFAULT "default" /* there from the first start, and for good */

/* A customer of this host: keys and users belong to one, by its name. Text is borrowed as a key's is. */
struct tenant_record {
	struct text name, plan, created_by; /* plan.data NULL: none */
	int64_t max_keys;                   /* 0: any number */
	int64_t created_at;
	bool disabled;
	int64_t keys, revoked, users; /* in it, revoked ones among the keys; said by the store */
};

/* A person, or a program that has a role of its own. Names are words, so that no spelling is another's. Text is borrowed
 * as a key's is. */
struct user_record {
	struct text username, tenant, created_by;
	struct text
		os_account; /* the account of this host whose peers are this user; data NULL: none */
	struct text
		password; /* what a password is checked against, opaque here; data NULL: there is none */
	enum role role;
	int64_t max_keys; /* that the user may own; 0: any number */
	int64_t created_at, last_login_at;
	bool disabled;
};

/* A page of users in the order of their names. */
struct user_query {
	struct text tenant; /* data NULL: any */
	struct text after;  /* only those with a greater name; data NULL: from the first */
	unsigned limit;     /* 1 to STORE_PAGE_MAX */
};

/* A login that is not over. Its token is known by its digest alone. Text is borrowed as a key's is. */
struct session_record {
	struct text id, user;
	uint8_t digest[STORE_DIGEST_BYTES];
	int64_t uid; /* of the only peers that may go on with it */
	int64_t created_at, expires_at;
	int64_t seen_at; /* last use; may lag behind */
};

#define STORE_SESSIONS_MAX 32 /* of one user; the caller sees to it */

#endif
