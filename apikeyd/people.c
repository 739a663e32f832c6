/* people.c - tenants and users in hash tables, and the engine told whose keys are off. */
#include "apikeyd/people.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#define LOAD_PAGE 256 /* records read at once */

struct tenant {
	char name[WORD_MAX_BYTES + 1];
	UT_hash_handle hh;
};

struct user {
	struct person person;
	char account[ACCOUNT_MAX_BYTES + 1]; /* empty: none */
	UT_hash_handle by_name, by_account;
};

/* Tables are written by the store thread alone, so it reads without the lock. */
struct people {
	struct engine *engine;
	pthread_mutex_t lock; /* of the tables of users */
	struct tenant *tenants;
	struct user *names, *accounts;
	uint64_t serials; /* given so far */
	atomic_uint_fast64_t version;
};

struct people *people_new(struct engine *engine)
{
	struct people *p = calloc(1, sizeof *p);

	if (p == NULL)
		abort();
	p->engine = engine;
	pthread_mutex_init(&p->lock, NULL);
	return p;
}

static struct tenant *find_tenant(const struct people *p, struct text name)
{
	struct tenant *tenant;

	HASH_FIND(hh, p->tenants, name.data, name.len, tenant);
	return tenant;
}

static struct user *find_user(const struct people *p, struct text username)
{
	struct user *user;

	HASH_FIND(by_name, p->names, username.data, username.len, user);
	return user;
}

static void drop_tenant(struct people *p, struct tenant *tenant)
{
	HASH_DEL(p->tenants, tenant);
	free(tenant);
}

/* Out of the tables, with the lock held. */
static void unlist(struct people *p, struct user *user)
{
	HASH_DELETE(by_name, p->names, user);
	if (user->account[0] != '\0')
		HASH_DELETE(by_account, p->accounts, user);
}

static void list(struct people *p, struct user *user)
{
	const char *name = user->person.username;

	HASH_ADD_KEYPTR(by_name, p->names, name, strlen(name), user);
	if (user->account[0] != '\0')
		HASH_ADD_KEYPTR(
			by_account, p->accounts, user->account, strlen(user->account), user);
}

void people_free(struct people *p)
{
	struct tenant *tenant, *next_tenant;
	struct user *user, *next_user;

	if (p == NULL)
		return;
	HASH_ITER (hh, p->tenants, tenant, next_tenant) {
		drop_tenant(p, tenant);
	}
	HASH_ITER (by_name, p->names, user, next_user) {
		unlist(p, user);
		free(user);
	}
	pthread_mutex_destroy(&p->lock);
	free(p);
}

/* ---- whose keys are off ---------------------------------------------------------------------------------------- */

static bool switch_owner(
	struct people *p, const char *tenant, const struct person *owner, bool disabled)
{
	return p->engine == NULL ||
	       engine_set_owner(p->engine, text_of(tenant), text_of(owner->username), disabled);
}

/* A user's keys are those of the own tenant, an administrator's those of every one: an owner is a name, and elsewhere it
 * may mean somebody else. */
static bool switch_user(struct people *p, const struct person *person, bool disabled)
{
	bool ok = switch_owner(p, person->tenant, person, disabled);

	if (person->role == ROLE_ADMIN)
		for (struct tenant *t = p->tenants; t != NULL; t = t->hh.next)
			ok = switch_owner(p, t->name, person, disabled) && ok;
	return ok;
}

/* Administrators who are off are off in a new tenant too. */
static bool switch_admins(struct people *p, const char *tenant, bool disabled)
{
	bool ok = true;

	for (struct user *u = p->names; u != NULL; u = u->by_name.next)
		if (u->person.disabled && u->person.role == ROLE_ADMIN)
			ok = switch_owner(p, tenant, &u->person, disabled) && ok;
	return ok;
}

static bool switch_tenant(struct people *p, struct text tenant, bool disabled)
{
	return p->engine == NULL || engine_set_tenant(p->engine, tenant, disabled);
}

/* ---- changes --------------------------------------------------------------------------------------------------- */

static void copy_word(char *out, size_t size, struct text t)
{
	size_t len = t.len < size ? t.len : size - 1;

	if (len > 0)
		memcpy(out, t.data, len);
	out[len] = '\0';
}

bool people_set_tenant(struct people *p, const struct tenant_record *record)
{
	struct tenant *tenant = find_tenant(p, record->name);

	if (tenant == NULL) {
		tenant = calloc(1, sizeof *tenant);
		if (tenant == NULL)
			return false;
		copy_word(tenant->name, sizeof tenant->name, record->name);
		HASH_ADD_STR(p->tenants, name, tenant);
	}
	return switch_tenant(p, record->name, record->disabled) &&
	       switch_admins(p, tenant->name, true);
}

bool people_remove_tenant(struct people *p, const struct tenant_record *record)
{
	struct tenant *tenant = find_tenant(p, record->name);
	bool ok;

	if (tenant == NULL)
		return true;
	ok = switch_tenant(p, record->name, false) && switch_admins(p, tenant->name, false);
	drop_tenant(p, tenant);
	return ok;
}

static struct user *make_user(struct people *p, const struct user_record *record)
{
	const struct user *before = find_user(p, record->username);
	struct user *user = calloc(1, sizeof *user);

	if (user == NULL)
		return NULL;
	copy_word(user->person.username, sizeof user->person.username, record->username);
	copy_word(user->person.tenant, sizeof user->person.tenant, record->tenant);
	copy_word(user->account, sizeof user->account, record->os_account);
	user->person.role = record->role;
	user->person.disabled = record->disabled;
	if (before != NULL && strcmp(before->account, user->account) == 0)
		user->person.serial = before->person.serial;
	else
		user->person.serial = ++p->serials;
	return user;
}

/* Puts a user, or NULL, in the place of another, or NULL. */
static bool replace(struct people *p, struct user *before, struct user *after)
{
	bool ok = before == NULL || !before->person.disabled ||
		  switch_user(p, &before->person, false);

	pthread_mutex_lock(&p->lock);
	if (before != NULL)
		unlist(p, before);
	if (after != NULL)
		list(p, after);
	pthread_mutex_unlock(&p->lock);
	atomic_fetch_add(&p->version, 1);
	free(before);
	return ok &&
	       (after == NULL || !after->person.disabled || switch_user(p, &after->person, true));
}

bool people_set_user(struct people *p, const struct user_record *record)
{
	struct user *user = make_user(p, record);

	return user != NULL && replace(p, find_user(p, record->username), user);
}

bool people_remove_user(struct people *p, const struct user_record *record)
{
	struct user *user = find_user(p, record->username);

	return user == NULL || replace(p, user, NULL);
}

/* ---- the start ------------------------------------------------------------------------------------------------- */

static enum apikey_error load_tenants(
	struct people *p, const struct store_ops *ops, struct store *store, struct failure *why)
{
	struct pool pool = {0};
	struct tenant_record *page;
	struct text after = {0};
	unsigned count = LOAD_PAGE;
	enum apikey_error error = APIKEY_OK;

	while (error == APIKEY_OK && count == LOAD_PAGE) {
		error = ops->tenant_list(store, &pool, after, LOAD_PAGE, &page, &count, why);
		for (unsigned i = 0; error == APIKEY_OK && i < count; i++) {
			after = page[i].name;
			if (!people_set_tenant(p, &page[i]))
				error = fail(why, APIKEY_NO_MEMORY, "memory ended");
		}
	}
	pool_free(&pool);
	return error;
}

static enum apikey_error load_users(
	struct people *p, const struct store_ops *ops, struct store *store, struct failure *why)
{
	struct pool pool = {0};
	struct user_query query = {.limit = LOAD_PAGE};
	struct user_record *page;
	unsigned count = LOAD_PAGE;
	enum apikey_error error = APIKEY_OK;

	while (error == APIKEY_OK && count == LOAD_PAGE) {
		error = ops->user_list(store, &pool, &query, &page, &count, why);
		for (unsigned i = 0; error == APIKEY_OK && i < count; i++) {
			query.after = page[i].username;
			if (!people_set_user(p, &page[i]))
				error = fail(why, APIKEY_NO_MEMORY, "memory ended");
		}
	}
	pool_free(&pool);
	return error;
}

enum apikey_error people_load(
	struct people *p, const struct store_ops *ops, struct store *store, struct failure *why)
{
	enum apikey_error error = load_tenants(p, ops, store, why);

	return error == APIKEY_OK ? load_users(p, ops, store, why) : error;
}

/* ---- questions ------------------------------------------------------------------------------------------------- */

uint64_t people_version(const struct people *p)
{
	return atomic_load_explicit(&p->version, memory_order_acquire);
}

bool people_find(struct people *p, struct text username, struct person *out)
{
	const struct user *user;

	pthread_mutex_lock(&p->lock);
	user = find_user(p, username);
	if (user != NULL)
		*out = user->person;
	pthread_mutex_unlock(&p->lock);
	return user != NULL;
}

bool people_of_account(struct people *p, struct text account, struct person *out)
{
	const struct user *user;

	pthread_mutex_lock(&p->lock);
	HASH_FIND(by_account, p->accounts, account.data, account.len, user);
	if (user != NULL)
		*out = user->person;
	pthread_mutex_unlock(&p->lock);
	return user != NULL;
}

bool people_have_accounts(struct people *p)
{
	bool any;

	pthread_mutex_lock(&p->lock);
	any = p->accounts != NULL;
	pthread_mutex_unlock(&p->lock);
	return any;
}
