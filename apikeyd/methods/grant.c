/* grant.c - what a caller may give: keys within the caps of their tenant and owner, scopes within its own. */
#include "apikeyd/methods/grant.h"

#include <inttypes.h>

#include "apikeyd/gate.h"
#include "apikeyd/methods/common.h"

static int64_t own_or(int64_t own, int64_t otherwise)
{
	return own != 0 ? own : otherwise;
}

/* The tenant's plan; where it has none, one without caps. */
static enum apikey_error find_plan(struct call *call, const struct tenant_record *tenant,
	struct plan_record *out, struct failure *why)
{
	*out = (struct plan_record){0};
	if (tenant->plan.data == NULL)
		return APIKEY_OK;
	return call_ops(call)->plan_get(call_store(call), &call->pool, tenant->plan, out, why);
}

/* The cap of the user who is the owner; 0: none, or an owner who is no user, or is one elsewhere. */
static enum apikey_error find_cap(
	struct call *call, const struct key_record *key, int64_t *cap, struct failure *why)
{
	struct user_record user;

	*cap = 0;
	if (call_ops(call)->user_get(call_store(call), &call->pool, key->owner, &user, why) !=
		APIKEY_OK)
		return why->code == APIKEY_NOT_FOUND ? APIKEY_OK : why->code;
	if (user.role == ROLE_ADMIN || text_equal(user.tenant, key->tenant))
		*cap = user.max_keys;
	return APIKEY_OK;
}

/* Whether there are fewer keys than the cap; owner.data NULL: of the whole tenant. cap 0: any number. */
static enum apikey_error check_room(struct call *call, const struct key_record *key,
	struct text owner, int64_t cap, struct failure *why)
{
	int64_t count = 0;

	if (cap == 0)
		return APIKEY_OK;
	if (call_ops(call)->key_count(call_store(call), key->tenant, owner, &count, why) !=
		APIKEY_OK)
		return why->code;
	if (count < cap)
		return APIKEY_OK;
	return fail(why, APIKEY_LIMIT_REACHED, "%s %.*s may have %" PRId64 " key%s",
		owner.data != NULL ? "owner" : "tenant",
		(int)(owner.data != NULL ? owner : key->tenant).len,
		(owner.data != NULL ? owner : key->tenant).data, cap, cap == 1 ? "" : "s");
}

static enum apikey_error check_owner(struct call *call, const struct key_record *key,
	const struct plan_record *plan, struct failure *why)
{
	int64_t cap;

	if (find_cap(call, key, &cap, why) != APIKEY_OK)
		return why->code;
	return check_room(call, key, key->owner, own_or(cap, plan->max_keys_per_user), why);
}

static enum apikey_error find_tenant(struct call *call, const struct key_record *key,
	struct tenant_record *tenant, struct plan_record *plan, struct failure *why)
{
	if (call_ops(call)->tenant_get(call_store(call), &call->pool, key->tenant, tenant, why) !=
		APIKEY_OK)
		return why->code;
	return find_plan(call, tenant, plan, why);
}

enum apikey_error grant_place(struct call *call, struct key_record *key, struct failure *why)
{
	struct tenant_record tenant;
	struct plan_record plan;
	const struct text all = {0};

	if (find_tenant(call, key, &tenant, &plan, why) != APIKEY_OK ||
		check_room(call, key, all, own_or(tenant.max_keys, plan.max_keys), why) !=
			APIKEY_OK ||
		check_owner(call, key, &plan, why) != APIKEY_OK)
		return why->code;
	key->plan = tenant.plan;
	return APIKEY_OK;
}

enum apikey_error grant_owner(struct call *call, const struct key_record *key, struct failure *why)
{
	struct tenant_record tenant;
	struct plan_record plan;

	if (key->revoked_at != STORE_NEVER)
		return APIKEY_OK; /* not counted */
	if (find_tenant(call, key, &tenant, &plan, why) != APIKEY_OK)
		return why->code;
	return check_owner(call, key, &plan, why);
}

enum apikey_error grant_scopes(struct call *call, struct text scopes, struct failure *why)
{
	struct key_record *acting = pool_alloc(&call->pool, sizeof *acting);

	if (call->caller.key[0] != '\0' &&
		call_ops(call)->key_get(call_store(call), &call->pool, text_of(call->caller.key),
			acting, why) != APIKEY_OK)
		return why->code;
	return gate_grants(&call->caller, scopes, acting->scopes, why);
}
