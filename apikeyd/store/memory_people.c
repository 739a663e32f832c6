/* memory_people.c - tenants and users in the store in memory, each list in the order of names. */
#include <string.h>

#include "apikeyd/store/memory.h"

static struct tenant_record *tenant_at(const struct store *s, size_t i)
{
	return s->now.lists[TENANTS].items[i];
}

static struct user_record *user_at(const struct store *s, size_t i)
{
	return s->now.lists[USERS].items[i];
}

static struct text name_at(const struct store *s, int list, size_t i)
{
	return list == TENANTS ? tenant_at(s, i)->name : user_at(s, i)->username;
}

/* The first place whose name is not below this one. */
static size_t place_of(const struct store *s, int list, struct text name)
{
	size_t i = 0;

	while (i < s->now.lists[list].count && text_compare(name_at(s, list, i), name) < 0)
		i++;
	return i;
}

static bool is_there(const struct store *s, int list, size_t place, struct text name)
{
	return place < s->now.lists[list].count && text_equal(name_at(s, list, place), name);
}

/* Puts an item in the place of the one of that name, or between its neighbours. */
static void put(struct store *s, int which, struct text name, void *item)
{
	struct list *list = &s->now.lists[which];
	size_t place = place_of(s, which, name);

	if (!is_there(s, which, place, name)) {
		memory_list_add(list, item);
		for (size_t i = list->count - 1; i > place; i--)
			list->items[i] = list->items[i - 1];
	}
	list->items[place] = item;
}

static enum apikey_error drop(struct store *s, int list, struct text name, struct failure *why)
{
	size_t place = place_of(s, list, name);

	if (memory_check_transaction(s, why) != APIKEY_OK)
		return why->code;
	if (is_there(s, list, place, name))
		memory_list_remove(&s->now.lists[list], place);
	return APIKEY_OK;
}

enum apikey_error memory_tenant_put(
	struct store *s, const struct tenant_record *tenant, struct failure *why)
{
	struct tenant_record *copy = pool_alloc(&s->pool, sizeof *copy);

	if (memory_check_transaction(s, why) != APIKEY_OK)
		return why->code;
	tenant_copy(&s->pool, tenant, copy);
	put(s, TENANTS, copy->name, copy);
	return APIKEY_OK;
}

enum apikey_error memory_tenant_delete(struct store *s, struct text name, struct failure *why)
{
	return drop(s, TENANTS, name, why);
}

/* Which keys are counted, and how many there are. */
struct census {
	struct text tenant, owner; /* data NULL: any */
	int64_t live, revoked;
};

static bool count_one(const struct key_record *key, void *arg)
{
	struct census *c = arg;

	if ((c->tenant.data == NULL || text_equal(key->tenant, c->tenant)) &&
		(c->owner.data == NULL || text_equal(key->owner, c->owner)))
		++*(key->revoked_at != STORE_NEVER ? &c->revoked : &c->live);
	return true;
}

static void read_tenant(struct store *s, struct pool *pool, size_t place, struct tenant_record *out)
{
	struct census census = {.tenant = tenant_at(s, place)->name};
	struct failure why;

	tenant_copy(pool, tenant_at(s, place), out);
	memory_load(s, count_one, &census, &why);
	out->keys = census.live + census.revoked;
	out->revoked = census.revoked;
	out->users = 0;
	for (size_t i = 0; i < s->now.lists[USERS].count; i++)
		out->users += text_equal(user_at(s, i)->tenant, out->name);
}

enum apikey_error memory_tenant_get(struct store *s, struct pool *pool, struct text name,
	struct tenant_record *out, struct failure *why)
{
	size_t place = place_of(s, TENANTS, name);

	if (!is_there(s, TENANTS, place, name))
		return tenant_not_found(name, why);
	read_tenant(s, pool, place, out);
	return APIKEY_OK;
}

static size_t place_after(const struct store *s, int list, struct text after)
{
	size_t place = after.data != NULL ? place_of(s, list, after) : 0;

	return place + (after.data != NULL && is_there(s, list, place, after));
}

enum apikey_error memory_tenant_list(struct store *s, struct pool *pool, struct text after,
	unsigned limit, struct tenant_record **out, unsigned *count, struct failure *why)
{
	(void)why;
	*out = pool_alloc(pool, limit * sizeof **out);
	*count = 0;
	for (size_t i = place_after(s, TENANTS, after);
		i < s->now.lists[TENANTS].count && *count < limit; i++)
		read_tenant(s, pool, i, &(*out)[(*count)++]);
	return APIKEY_OK;
}

static bool has_account(const struct user_record *user, const struct user_record *other)
{
	return user->os_account.data != NULL && other->os_account.data != NULL &&
	       text_equal(user->os_account, other->os_account) &&
	       !text_equal(user->username, other->username);
}

enum apikey_error memory_user_put(
	struct store *s, const struct user_record *user, struct failure *why)
{
	struct user_record *copy = pool_alloc(&s->pool, sizeof *copy);

	if (memory_check_transaction(s, why) != APIKEY_OK)
		return why->code;
	for (size_t i = 0; i < s->now.lists[USERS].count; i++)
		if (has_account(user, user_at(s, i)))
			return account_taken(user, why);
	user_copy(&s->pool, user, copy);
	put(s, USERS, copy->username, copy);
	return APIKEY_OK;
}

enum apikey_error memory_user_delete(struct store *s, struct text username, struct failure *why)
{
	return drop(s, USERS, username, why);
}

enum apikey_error memory_user_get(struct store *s, struct pool *pool, struct text username,
	struct user_record *out, struct failure *why)
{
	size_t place = place_of(s, USERS, username);

	if (!is_there(s, USERS, place, username))
		return user_not_found(username, why);
	user_copy(pool, user_at(s, place), out);
	return APIKEY_OK;
}

enum apikey_error memory_user_list(struct store *s, struct pool *pool,
	const struct user_query *query, struct user_record **out, unsigned *count,
	struct failure *why)
{
	const struct text wanted = query->tenant;

	(void)why;
	*out = pool_alloc(pool, query->limit * sizeof **out);
	*count = 0;
	for (size_t i = place_after(s, USERS, query->after);
		i < s->now.lists[USERS].count && *count < query->limit; i++)
		if (wanted.data == NULL || text_equal(user_at(s, i)->tenant, wanted))
			user_copy(pool, user_at(s, i), &(*out)[(*count)++]);
	return APIKEY_OK;
}

enum apikey_error memory_user_count(
	struct store *s, enum role role, int64_t *out, struct failure *why)
{
	(void)why;
	*out = 0;
	for (size_t i = 0; i < s->now.lists[USERS].count; i++)
		*out += user_at(s, i)->role == role && !user_at(s, i)->disabled;
	return APIKEY_OK;
}

enum apikey_error memory_key_count(
	struct store *s, struct text tenant, struct text owner, int64_t *out, struct failure *why)
{
	struct census census = {.tenant = tenant, .owner = owner};
	enum apikey_error error = memory_load(s, count_one, &census, why);

	*out = census.live;
	return error;
}
