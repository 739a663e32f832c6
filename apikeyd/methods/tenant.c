/* tenant.c - tenants: the customers of this host, to whom keys and users belong. */
#include <inttypes.h>

#include "apikeyd/gate.h"
#include "apikeyd/methods/common.h"
#include "apikeyd/methods/key.h"
#include "apikeyd/store/model.h"
#include "protocol/writer.h"

#define PAGE_DEFAULT 100
#define KEYS_AT_ONCE 100 /* that go with their tenant in one transaction: some milliseconds */

static void write_tenant(struct buffer *b, const struct tenant_record *tenant)
{
	write_map(b, 9);
	write_str(b, "name");
	write_text(b, tenant->name);
	write_str(b, "status");
	write_str(b, tenant->disabled ? "disabled" : "active");
	write_str(b, "plan");
	write_text(b, tenant->plan);
	write_str(b, "max_keys");
	write_int_or_nil(b, tenant->max_keys);
	write_str(b, "keys");
	write_int(b, tenant->keys);
	write_str(b, "revoked");
	write_int(b, tenant->revoked);
	write_str(b, "users");
	write_int(b, tenant->users);
	write_str(b, "created_at");
	write_int(b, tenant->created_at);
	write_str(b, "created_by");
	write_text(b, tenant->created_by);
}

/* The tenant that "name" names, if the caller may see it; else as if it did not exist. */
static enum apikey_error find(struct call *call, struct tenant_record **out, struct failure *why)
{
	struct text name = arg_text(&call->args, "name");

	*out = pool_alloc(&call->pool, sizeof **out);
	if (!gate_sees(&call->caller, name))
		return tenant_not_found(name, why);
	return call_ops(call)->tenant_get(call_store(call), &call->pool, name, *out, why);
}

static enum apikey_error update_fields(
	struct call *call, struct tenant_record *tenant, struct failure *why)
{
	struct plan_record plan;

	call_update_text(call, "plan", &tenant->plan);
	call_update_number(call, "max_keys", &tenant->max_keys);
	if (arg_set(&call->args, "plan") == NULL)
		return APIKEY_OK;
	return call_ops(call)->plan_get(call_store(call), &call->pool, tenant->plan, &plan, why);
}

/* Stores a tenant with its trace, and answers with it. */
static enum apikey_error save(
	struct call *call, const struct tenant_record *tenant, struct failure *why)
{
	if (registry_tenant_put(call->daemon->registry, &call->change, tenant, why) != APIKEY_OK ||
		call_audit(call, tenant->name, tenant->name, (struct text){0}, why) != APIKEY_OK)
		return why->code;
	write_tenant(&call->result, tenant);
	return APIKEY_OK;
}

enum apikey_error tenant_create(struct call *call, struct failure *why)
{
	struct tenant_record *tenant;

	if (find(call, &tenant, why) == APIKEY_OK)
		return fail(why, APIKEY_CONFLICT, "tenant %s exists", tenant->name.data);
	if (why->code != APIKEY_NOT_FOUND)
		return why->code;
	*tenant = (struct tenant_record){
		.name = arg_text(&call->args, "name"),
		.created_at = call->now,
		.created_by = text_of(call->caller.user),
	};
	return update_fields(call, tenant, why) == APIKEY_OK ? save(call, tenant, why) : why->code;
}

enum apikey_error tenant_get(struct call *call, struct failure *why)
{
	struct tenant_record *tenant;

	if (find(call, &tenant, why) != APIKEY_OK)
		return why->code;
	write_tenant(&call->result, tenant);
	return APIKEY_OK;
}

/* A page of those that the caller may see: all after the cursor, or the one that is its own. */
static enum apikey_error get_page(struct call *call, struct tenant_record **page, unsigned *count,
	unsigned limit, struct failure *why)
{
	struct text after, own = text_of(call->caller.tenant);

	if (call_cursor(call, &after, why) != APIKEY_OK)
		return why->code;
	if (own.len == 0)
		return call_ops(call)->tenant_list(
			call_store(call), &call->pool, after, limit, page, count, why);
	*page = pool_alloc(&call->pool, sizeof **page);
	*count = 1;
	return call_ops(call)->tenant_get(call_store(call), &call->pool, own, *page, why);
}

enum apikey_error tenant_list(struct call *call, struct failure *why)
{
	unsigned limit = (unsigned)arg_number(&call->args, "limit", PAGE_DEFAULT), count;
	struct buffer *b = &call->result;
	struct tenant_record *page;

	if (get_page(call, &page, &count, limit, why) != APIKEY_OK)
		return why->code;
	write_map(b, 2);
	write_str(b, "tenants");
	write_array(b, count);
	for (unsigned i = 0; i < count; i++)
		write_tenant(b, &page[i]);
	call_next(call, count == limit && call->caller.tenant[0] == '\0' ? page[count - 1].name
									 : (struct text){0});
	return APIKEY_OK;
}

enum apikey_error tenant_update(struct call *call, struct failure *why)
{
	struct tenant_record *tenant;

	if (find(call, &tenant, why) != APIKEY_OK || update_fields(call, tenant, why) != APIKEY_OK)
		return why->code;
	return save(call, tenant, why);
}

static enum apikey_error set_disabled(struct call *call, bool disabled, struct failure *why)
{
	struct tenant_record *tenant;

	if (find(call, &tenant, why) != APIKEY_OK)
		return why->code;
	tenant->disabled = disabled;
	return save(call, tenant, why);
}

enum apikey_error tenant_disable(struct call *call, struct failure *why)
{
	return set_disabled(call, true, why);
}

enum apikey_error tenant_enable(struct call *call, struct failure *why)
{
	return set_disabled(call, false, why);
}

/* Whoever deletes keys along with a tenant knows how many. */
static enum apikey_error check_delete(
	struct call *call, const struct tenant_record *tenant, struct failure *why)
{
	const char *name = tenant->name.data;

	if (text_equal(tenant->name, text_of(TENANT_DEFAULT)))
		return fail(why, APIKEY_CONFLICT, "tenant %s is there for good", name);
	if (tenant->users > 0)
		return fail(why, APIKEY_CONFLICT,
			"tenant %s has %" PRId64 " user%s; delete or move them first", name,
			tenant->users, tenant->users == 1 ? "" : "s");
	if (arg_number(&call->args, "keys", 0) != tenant->keys)
		return fail(why, APIKEY_CONFLICT,
			"tenant %s has %" PRId64 " key%s; give that number as keys to delete them "
			"with it",
			name, tenant->keys, tenant->keys == 1 ? "" : "s");
	return APIKEY_OK;
}

/* A deletion goes in bites, so that other changes do not wait for long. */
struct deletion {
	struct tenant_record tenant; /* as it was */
	struct pool bite;            /* what one transaction is about */
	int64_t left;                /* keys that are to go yet, */
	int64_t bitten;              /* so many of them with this bite */
	struct text from, next;      /* where this bite begins, and where the next */
};

static enum apikey_error begin_delete(
	struct call *call, const struct tenant_record *tenant, struct failure *why)
{
	struct deletion *d;

	if (check_delete(call, tenant, why) != APIKEY_OK)
		return why->code;
	call->progress = d = pool_alloc(&call->pool, sizeof *d);
	*d = (struct deletion){.tenant = *tenant, .left = tenant->keys};
	return APIKEY_OK;
}

/* After the commit of a bite. */
static void swallow(struct call *call)
{
	struct deletion *d = call->progress;

	d->left -= d->bitten;
	d->from = pool_text(&call->pool, d->next);
}

static void end_delete(struct call *call)
{
	pool_free(&((struct deletion *)call->progress)->bite);
}

/* Deletes as many of its keys as go at once; *all says that those were the last. */
static enum apikey_error bite(struct call *call, struct deletion *d, bool *all, struct failure *why)
{
	const struct key_query query = {.tenant = d->tenant.name,
		.cursor = d->from,
		.limit = KEYS_AT_ONCE,
		.now = call->now};
	struct key_page page;

	pool_free(&d->bite);
	call->change.pool = &d->bite;
	if (call_ops(call)->key_list(call_store(call), &d->bite, &query, &page, why) != APIKEY_OK)
		return why->code;
	for (unsigned i = 0; i < page.count; i++)
		if (registry_delete(call->daemon->registry, &call->change, page.keys[i], why) !=
				APIKEY_OK ||
			key_record_change(call, "key.deleted", page.keys[i], why) != APIKEY_OK)
			return why->code;
	d->bitten = page.count;
	d->next = page.next;
	*all = page.next.data == NULL;
	return APIKEY_OK;
}

static enum apikey_error delete_tenant(
	struct call *call, const struct tenant_record *tenant, struct failure *why)
{
	if (registry_tenant_delete(call->daemon->registry, &call->change, tenant, why) !=
			APIKEY_OK ||
		call_audit(call, tenant->name, tenant->name,
			text_of(pool_printf(&call->pool, "with %" PRId64 " keys", tenant->keys)),
			why) != APIKEY_OK)
		return why->code;
	write_tenant(&call->result, tenant);
	return APIKEY_OK;
}

enum apikey_error tenant_delete(struct call *call, struct failure *why)
{
	struct tenant_record *tenant;
	struct deletion *d;
	bool all = false;

	if (find(call, &tenant, why) != APIKEY_OK ||
		(call->progress == NULL && begin_delete(call, tenant, why) != APIKEY_OK))
		return why->code;
	d = call->progress;
	call->between = swallow;
	call->end = end_delete;
	if (tenant->users > 0 || tenant->keys > d->left)
		return fail(why, APIKEY_CONFLICT,
			"tenant %s has got new keys or users while it was deleted; it has %" PRId64
			" keys left",
			tenant->name.data, tenant->keys);
	if (bite(call, d, &all, why) != APIKEY_OK)
		return why->code;
	call->again = !all;
	return all ? delete_tenant(call, &d->tenant, why) : APIKEY_OK;
}
