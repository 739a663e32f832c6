/* registry.h - the only place where store and engine meet: store first, engine second, subscribers third, answer last.
 *
 * All functions belong to the store thread (or to the start, before it). A call collects what it does in a
 * struct change; once the commit is on disk registry_apply() brings it into force, else registry_abandon() drops it. */
#ifndef APIKEYD_REGISTRY_H
#define APIKEYD_REGISTRY_H

#include "apikeyd/audit.h"
#include "apikeyd/engine/engine.h"
#include "apikeyd/pool.h"
#include "apikeyd/store/slot_file.h"
#include "apikeyd/store/store.h"

struct fold;
struct foreign;
struct logins;
struct people;
struct registry;

struct registry_options {
	const struct store_ops *ops;
	struct store *store;
	struct engine *engine; /* NULL: sealed, nothing verifies */
	struct people *people;
	struct logins *logins;
	struct audit *audit;
	struct counters *counters;
};

/* A secret whose native digest takes the place of another system's hash. */
struct rehash {
	unsigned secret; /* of the key's */
	uint8_t former[DIGEST_BYTES];
};

/* One thing to do once the commit is on disk. */
struct change_step {
	struct change_step *next;
	bool remove;       /* else put */
	unsigned fresh;    /* counters were taken for so many of its last secrets */
	bool fresh_limits; /* likewise those of its limits */
	struct key_record *key;
	const struct secret_record *gone;   /* a secret that it had, or NULL */
	const struct rehash *rehash;        /* of one of its secrets, or NULL */
	const struct plan_record *plan;     /* instead of a key: it and all keys on it */
	const struct tenant_record *tenant; /* or this, */
	const struct user_record *user;     /* or this, */
	struct text session;                /* or the id of one that ends */
};

/* Something to tell subscribers afterwards. */
struct change_event {
	struct change_event *next;
	const char *type;
	const struct key_record *key;
};

/* An entry of the audit log, to be told to subscribers afterwards. */
struct change_audit {
	struct change_audit *next;
	struct audit_record entry;
};

/* Zero-initialise with a pool that outlives it. */
struct change {
	struct pool *pool;
	struct change_step *steps, **last_step;
	struct change_event *events, **last_event;
	struct change_audit *audits, **last_audit;
};

struct registry *registry_new(const struct registry_options *options);
void registry_free(struct registry *r);
/* Lives as long as the registry; fold_tick() may be called on any thread. */
struct fold *registry_fold(const struct registry *r);
/* Likewise, for any thread: the keys that are known by their bcrypt. */
struct foreign *registry_foreign(const struct registry *r);
/* Reads every key into the engine, in bulk. */
enum apikey_error registry_load(struct registry *r, struct failure *why);

/* Stores a key and has it put into the engine at apply. The record must live in the change's pool. A new key's secrets
 * get their counters here. */
enum apikey_error registry_insert(
	struct registry *r, struct change *change, struct key_record *key, struct failure *why);
enum apikey_error registry_update(
	struct registry *r, struct change *change, struct key_record *key, struct failure *why);
/* An update that adds the key's last secret, and takes away the one that is gone (NULL: none; else the pool's). */
enum apikey_error registry_rotate(struct registry *r, struct change *change, struct key_record *key,
	const struct secret_record *gone, struct failure *why);
/* An update after which the secret of that prefix has its native digest, not `former`; not_found if it has another by
 * now. */
enum apikey_error registry_rehash(struct registry *r, struct change *change, struct key_record *key,
	const uint8_t former[DIGEST_BYTES], const uint8_t native[DIGEST_BYTES],
	struct failure *why);
enum apikey_error registry_delete(
	struct registry *r, struct change *change, struct key_record *key, struct failure *why);
/* Likewise for a plan; its keys follow at apply. What the plan points to must live in the change's pool. */
enum apikey_error registry_plan_put(struct registry *r, struct change *change,
	const struct plan_record *plan, struct failure *why);
enum apikey_error registry_plan_delete(struct registry *r, struct change *change,
	const struct plan_record *plan, struct failure *why);
/* Likewise for tenants and users; who may not be there any more is not for the registry to see. */
enum apikey_error registry_tenant_put(struct registry *r, struct change *change,
	const struct tenant_record *tenant, struct failure *why);
enum apikey_error registry_tenant_delete(struct registry *r, struct change *change,
	const struct tenant_record *tenant, struct failure *why);
enum apikey_error registry_user_put(struct registry *r, struct change *change,
	const struct user_record *user, struct failure *why);
enum apikey_error registry_user_delete(struct registry *r, struct change *change,
	const struct user_record *user, struct failure *why);
/* Ends a session, or all of a user: whoever acts under it does not any more from the apply on. The id must live in the
 * change's pool. */
enum apikey_error registry_end_session(
	struct registry *r, struct change *change, struct text id, struct failure *why);
enum apikey_error registry_end_sessions(
	struct registry *r, struct change *change, struct text user, struct failure *why);
/* Notes an event of that static type about a key, to be published after the apply. */
void registry_event(struct change *change, const char *type, const struct key_record *key);

/* Appends an entry to the audit log, within the transaction; number and MAC are filled in here, and the entry is
 * published after the apply. Its text must live as long as the change. */
enum apikey_error registry_audit(struct registry *r, struct change *change,
	const struct audit_record *entry, struct failure *why);

/* Once it is on disk; or where it will never be, and is empty then. */
void registry_apply(struct registry *r, struct change *change);
void registry_abandon(struct registry *r, struct change *change);

/* The limits in force for a key, its plan's where it has none of its own. Returns how many there are. */
unsigned registry_limits(const struct registry *r, const struct key_record *key,
	struct limit out[LIMITS_MAX], uint32_t *units_per_request);
/* What has been counted for a secret: a copy. */
struct usage_slot registry_usage(struct registry *r, const struct secret_record *secret);
/* The digest to store for a new secret; unavailable while sealed. */
enum apikey_error registry_digest(
	struct registry *r, struct text key, uint8_t out[DIGEST_BYTES], struct failure *why);
/* Likewise for a key of which only this hash is known. */
enum apikey_error registry_digest_foreign(
	struct registry *r, struct text hash, uint8_t out[DIGEST_BYTES], struct failure *why);
struct audit *registry_log(const struct registry *r);
const struct store_ops *registry_ops(const struct registry *r);
struct store *registry_store(const struct registry *r);

#endif
