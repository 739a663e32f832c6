/* people_model.c - what every store shares of tenants and users. */
#include "apikeyd/store/model.h"

void tenant_copy(struct pool *pool, const struct tenant_record *from, struct tenant_record *to)
{
	*to = *from;
	to->name = pool_text(pool, from->name);
	to->plan = pool_text(pool, from->plan);
	to->created_by = pool_text(pool, from->created_by);
}

enum apikey_error tenant_not_found(struct text name, struct failure *why)
{
	return fail(why, APIKEY_NOT_FOUND, "no tenant %.*s", (int)name.len, name.data);
}

void user_copy(struct pool *pool, const struct user_record *from, struct user_record *to)
{
	*to = *from;
	to->username = pool_text(pool, from->username);
	to->tenant = pool_text(pool, from->tenant);
	to->created_by = pool_text(pool, from->created_by);
	to->os_account = pool_text(pool, from->os_account);
	to->password = pool_text(pool, from->password);
}

enum apikey_error user_not_found(struct text username, struct failure *why)
{
	return fail(why, APIKEY_NOT_FOUND, "no user %.*s", (int)username.len, username.data);
}

enum apikey_error account_taken(const struct user_record *user, struct failure *why)
{
	return fail(why, APIKEY_CONFLICT, "os_account: another user has %.*s",
		(int)user->os_account.len, user->os_account.data);
}
