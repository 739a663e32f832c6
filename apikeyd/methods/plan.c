/* plan.c - plans: limits under a name, which keys follow. */
#include <inttypes.h>

#include "apikeyd/methods/common.h"
#include "apikeyd/methods/methods.h"
#include "protocol/writer.h"

static struct text name_of(const struct call *call)
{
	return arg_text(&call->args, "name");
}

/* Returns how many members that were. */
static unsigned write_cap(struct buffer *b, const char *name, int64_t cap)
{
	if (cap == 0)
		return 0;
	write_str(b, name);
	write_int(b, cap);
	return 1;
}

static void write_plan(struct buffer *b, const struct plan_record *plan)
{
	size_t at = write_map_begin(b);
	unsigned members = 3;

	write_str(b, "name");
	write_text(b, plan->name);
	if (plan->rate.data != NULL) {
		write_str(b, "rate");
		write_raw(b, plan->rate.data, plan->rate.len);
		members++;
	}
	if (plan->quota.data != NULL) {
		write_str(b, "quota");
		write_raw(b, plan->quota.data, plan->quota.len);
		members++;
	}
	members += write_cap(b, "units_per_request", plan->units_per_request);
	members += write_cap(b, "max_keys", plan->max_keys);
	members += write_cap(b, "max_keys_per_user", plan->max_keys_per_user);
	write_str(b, "created_at");
	write_int(b, plan->created_at);
	write_str(b, "keys");
	write_int(b, plan->keys);
	write_map_end(b, at, (uint16_t)members);
}

static enum apikey_error find(struct call *call, struct plan_record **out, struct failure *why)
{
	*out = pool_alloc(&call->pool, sizeof **out);
	return call_ops(call)->plan_get(call_store(call), &call->pool, name_of(call), *out, why);
}

static void update_fields(struct call *call, struct plan_record *plan)
{
	call_update_array(call, "rate", &plan->rate);
	call_update_array(call, "quota", &plan->quota);
	call_update_number(call, "units_per_request", &plan->units_per_request);
	call_update_number(call, "max_keys", &plan->max_keys);
	call_update_number(call, "max_keys_per_user", &plan->max_keys_per_user);
}

/* Stores a plan with its trace, and answers with it. */
static enum apikey_error save(
	struct call *call, const struct plan_record *plan, struct failure *why)
{
	if (registry_plan_put(call->daemon->registry, &call->change, plan, why) != APIKEY_OK ||
		call_audit(call, plan->name, (struct text){0}, (struct text){0}, why) != APIKEY_OK)
		return why->code;
	write_plan(&call->result, plan);
	return APIKEY_OK;
}

/* All plans there are, in the pool. */
static enum apikey_error list(
	struct call *call, struct plan_record **plans, unsigned *count, struct failure *why)
{
	return call_ops(call)->plan_list(call_store(call), &call->pool, plans, count, why);
}

enum apikey_error plan_create(struct call *call, struct failure *why)
{
	struct plan_record *plan = pool_alloc(&call->pool, sizeof *plan), *plans;
	unsigned count;

	if (list(call, &plans, &count, why) != APIKEY_OK)
		return why->code;
	if (count == STORE_PLANS_MAX)
		return fail(
			why, APIKEY_LIMIT_REACHED, "there are at most %d plans", STORE_PLANS_MAX);
	for (unsigned i = 0; i < count; i++)
		if (text_equal(plans[i].name, name_of(call)))
			return fail(why, APIKEY_CONFLICT, "plan %s exists", plans[i].name.data);
	plan->name = name_of(call);
	plan->created_at = call->now;
	update_fields(call, plan);
	return save(call, plan, why);
}

enum apikey_error plan_list(struct call *call, struct failure *why)
{
	struct buffer *b = &call->result;
	struct plan_record *plans;
	unsigned count;

	if (list(call, &plans, &count, why) != APIKEY_OK)
		return why->code;
	write_map(b, 1);
	write_str(b, "plans");
	write_array(b, count);
	for (unsigned i = 0; i < count; i++)
		write_plan(b, &plans[i]);
	return APIKEY_OK;
}

enum apikey_error plan_get(struct call *call, struct failure *why)
{
	struct plan_record *plan;

	if (find(call, &plan, why) != APIKEY_OK)
		return why->code;
	write_plan(&call->result, plan);
	return APIKEY_OK;
}

enum apikey_error plan_update(struct call *call, struct failure *why)
{
	struct plan_record *plan;

	if (find(call, &plan, why) != APIKEY_OK)
		return why->code;
	update_fields(call, plan);
	return save(call, plan, why);
}

enum apikey_error plan_delete(struct call *call, struct failure *why)
{
	struct plan_record *plan;

	if (find(call, &plan, why) != APIKEY_OK)
		return why->code;
	if (plan->keys > 0)
		return fail(why, APIKEY_CONFLICT, "plan %s has %" PRId64 " key%s on it",
			plan->name.data, plan->keys, plan->keys == 1 ? "" : "s");
	if (plan->tenants > 0)
		return fail(why, APIKEY_CONFLICT, "plan %s has %" PRId64 " tenant%s on it",
			plan->name.data, plan->tenants, plan->tenants == 1 ? "" : "s");
	if (registry_plan_delete(call->daemon->registry, &call->change, plan, why) != APIKEY_OK ||
		call_audit(call, plan->name, (struct text){0}, (struct text){0}, why) != APIKEY_OK)
		return why->code;
	write_plan(&call->result, plan);
	return APIKEY_OK;
}
