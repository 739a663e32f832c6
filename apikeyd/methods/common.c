/* common.c - what the handlers on the store thread share. */
#include "apikeyd/methods/common.h"

#include "apikeyd/cursors.h"
#include "apikeyd/gate.h"
#include "apikeyd/store/model.h"
#include "protocol/writer.h"

const struct store_ops *call_ops(const struct call *call)
{
	return registry_ops(call->daemon->registry);
}

struct store *call_store(const struct call *call)
{
	return registry_store(call->daemon->registry);
}

struct text call_tenant(const struct call *call)
{
	struct text named = arg_text(&call->args, "tenant");

	return named.data == NULL && call->caller.tenant[0] != '\0' ? text_of(call->caller.tenant)
								    : named;
}

/* A deletion that was refused is in the log, too, but as no entry of the tenant. */
enum apikey_error call_past_life(struct call *call, struct past_life *out, struct failure *why)
{
	struct text own = text_of(call->caller.tenant);
	struct audit_query query = {.object = own,
		.tenant = own,
		.action = text_of(method_table[METHOD_TENANT_DELETE].name),
		.limit = 1};
	struct audit_page page = {0};

	*out = (struct past_life){0};
	if (own.len == 0)
		return APIKEY_OK;
	do {
		query.cursor = page.next;
		if (call_ops(call)->audit_list(call_store(call), &call->pool, &query, &page, why) !=
			APIKEY_OK)
			return why->code;
	} while (page.count == 0 && page.next.data != NULL);
	if (page.count > 0)
		*out = (struct past_life){page.entries[0]->at, page.entries[0]->seq};
	return APIKEY_OK;
}

enum apikey_error call_find_key(
	struct call *call, struct text ref, struct key_record **out, struct failure *why)
{
	struct key_record *key = pool_alloc(&call->pool, sizeof *key);

	if (call_ops(call)->key_get(call_store(call), &call->pool, ref, key, why) != APIKEY_OK)
		return why->code;
	if (!gate_sees(&call->caller, key->tenant))
		return key_not_found(ref, why);
	*out = key;
	return APIKEY_OK;
}

enum apikey_error call_find_user(struct call *call, struct user_record **out, struct failure *why)
{
	struct text name = arg_text(&call->args, "username");

	*out = pool_alloc(&call->pool, sizeof **out);
	if (call_ops(call)->user_get(call_store(call), &call->pool, name, *out, why) != APIKEY_OK)
		return why->code;
	return gate_sees(&call->caller, (*out)->tenant) ? APIKEY_OK : user_not_found(name, why);
}

static struct cursor_scope scope_of(const struct call *call)
{
	return (struct cursor_scope){call->method->name, call->caller.tenant};
}

enum apikey_error call_cursor(struct call *call, struct text *place, struct failure *why)
{
	struct cursor_scope scope = scope_of(call);

	*place = arg_text(&call->args, "cursor");
	if (place->data == NULL || cursors_open(call->daemon->cursors, &call->pool, &scope, place))
		return APIKEY_OK;
	return fail(why, APIKEY_INVALID_ARGUMENT, "cursor: not one of this listing's");
}

void call_next(struct call *call, struct text place)
{
	struct cursor_scope scope = scope_of(call);

	write_str(&call->result, "next");
	write_text(&call->result, cursors_seal(call->daemon->cursors, &call->pool, &scope, place));
}

enum apikey_error call_audit(struct call *call, struct text object, struct text tenant,
	struct text detail, struct failure *why)
{
	struct audit_record row = {
		.at = call->now,
		.actor = text_of(call->caller.user),
		.action = text_of(call->method->name),
		.object = object,
		.tenant = tenant,
		.outcome = text_of("ok"),
		.detail = detail,
	};

	return registry_audit(call->daemon->registry, &call->change, &row, why);
}

#define ONCE_MAX 4096 /* bytes of a member with secrets */

static void keep_once(struct call *call, struct buffer *b)
{
	call->once = pool_text(&call->pool, (struct text){(const char *)b->data, b->len});
	buffer_wipe(b);
}

void call_once(struct call *call, const char *name, struct text secret)
{
	struct buffer b = {.max = ONCE_MAX};

	write_str(&b, name);
	write_text(&b, secret);
	keep_once(call, &b);
}

void call_once_array(
	struct call *call, const char *name, const struct buffer *secrets, unsigned count)
{
	struct buffer b = {.max = ONCE_MAX};

	write_str(&b, name);
	write_array(&b, count);
	write_raw(&b, secrets->data, secrets->len);
	keep_once(call, &b);
}

void call_update_text(struct call *call, const char *name, struct text *field)
{
	const struct arg *arg = arg_of(&call->args, name);

	if (arg->state == ARG_SET)
		*field = arg->text;
	else if (arg->state == ARG_NIL)
		*field = (struct text){0};
}

void call_update_array(struct call *call, const char *name, struct text *field)
{
	const struct arg *arg = arg_of(&call->args, name);

	if (arg->state == ARG_SET && arg->count > 0)
		*field = arg->text;
	else if (arg->state != ARG_ABSENT)
		*field = (struct text){0};
}

void call_update_number(struct call *call, const char *name, int64_t *field)
{
	const struct arg *arg = arg_of(&call->args, name);

	if (arg->state != ARG_ABSENT)
		*field = arg->state == ARG_SET ? arg->number : 0;
}

void write_int_or_nil(struct buffer *b, int64_t n)
{
	if (n != 0)
		write_int(b, n);
	else
		write_nil(b);
}
