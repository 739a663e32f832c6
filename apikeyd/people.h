/* people.h - tenants and users in memory: who is who, for any thread; and whose keys the engine denies for them.
 *
 * What the store holds is the truth. The store thread brings a record here once its commit is on disk. */
#ifndef APIKEYD_PEOPLE_H
#define APIKEYD_PEOPLE_H

#include "apikeyd/engine/engine.h"
#include "apikeyd/store/store.h"

/* What the gate has to know of a user. */
struct person {
	uint64_t
		serial; /* of this user under this name and OS account; another that comes later has another */
	enum role role;
	bool disabled;
	char username[WORD_MAX_BYTES + 1];
	char tenant[WORD_MAX_BYTES + 1];
};

struct people;

/* The engine outlives it; NULL: sealed. Never NULL. */
struct people *people_new(struct engine *engine);
void people_free(struct people *p);

/* At the start, before any other thread. */
enum apikey_error people_load(
	struct people *p, const struct store_ops *ops, struct store *store, struct failure *why);
/* The store thread's: in force for the very next call and verify. False when memory ends. */
bool people_set_tenant(struct people *p, const struct tenant_record *tenant);
bool people_remove_tenant(struct people *p, const struct tenant_record *tenant);
bool people_set_user(struct people *p, const struct user_record *user);
bool people_remove_user(struct people *p, const struct user_record *user);

/* Any thread. The version grows with every change of a user, so whoever looked one up need look again only then. */
uint64_t people_version(const struct people *p);
bool people_find(struct people *p, struct text username, struct person *out);
/* The user whose peers that account of the host are. */
bool people_of_account(struct people *p, struct text account, struct person *out);
/* False: nobody has one, so there is no need to ask for its name. */
bool people_have_accounts(struct people *p);

#endif
