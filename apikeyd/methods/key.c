/* key.c - making, changing and listing keys. */
#include <sodium/randombytes.h>
#include <string.h>

#include "apikeyd/config.h"
#include "apikeyd/key_reply.h"
#include "apikeyd/methods/common.h"
#include "apikeyd/methods/grant.h"
#include "apikeyd/methods/key.h"
#include "protocol/writer.h"

#define PAGE_BYTES (400 * 1024) /* a page ends early past this, so that answers stay bounded */
#define PAGE_DEFAULT 100
#define PEPPER_ID 1

void key_write(struct call *call, struct buffer *b, const struct key_record *key)
{
	struct usage_slot usage[STORE_SECRETS_MAX];

	for (unsigned i = 0; i < key->secret_count; i++)
		usage[i] = registry_usage(call->daemon->registry, &key->secrets[i]);
	key_reply_full(b, key, usage, call->now);
}

enum apikey_error key_record_change(
	struct call *call, const char *event, const struct key_record *key, struct failure *why)
{
	registry_event(&call->change, event, key);
	return call_audit(call, text_of(key->id), key->tenant, key->name, why);
}

/* The text of an array parameter as it is stored. */
static struct text joined(struct call *call, const char *name)
{
	const struct arg *arg = arg_set(&call->args, name);
	char *out;

	if (arg == NULL)
		return (struct text){"", 0};
	out = pool_alloc(&call->pool, arg->text.len + 1);
	return (struct text){out, arg_join(arg, out, arg->text.len + 1)};
}

static void update_words(struct call *call, const char *name, struct text *field)
{
	if (arg_of(&call->args, name)->state != ARG_ABSENT)
		*field = joined(call, name);
}

static enum apikey_error update_expiry(struct call *call, int64_t *field, struct failure *why)
{
	const struct arg *at = arg_of(&call->args, "expires_at"),
			 *in = arg_of(&call->args, "expires_in");

	if (at->state != ARG_ABSENT && in->state == ARG_SET)
		return fail(why, APIKEY_INVALID_ARGUMENT,
			"expires_in: give it or expires_at, not both");
	if (at->state == ARG_SET && at->number <= call->now)
		return fail(why, APIKEY_INVALID_ARGUMENT, "expires_at: must be in the future");
	if (in->state == ARG_SET && in->number > TIME_MAX - call->now)
		return fail(
			why, APIKEY_INVALID_ARGUMENT, "expires_in: must end before the year 10000");
	if (at->state == ARG_SET)
		*field = at->number;
	else if (at->state == ARG_NIL)
		*field = STORE_NEVER;
	else if (in->state == ARG_SET)
		*field = call->now + in->number;
	return APIKEY_OK;
}

static enum apikey_error update_limits(
	struct call *call, struct key_record *key, struct failure *why)
{
	struct plan_record plan;

	call_update_array(call, "rate", &key->rate);
	call_update_array(call, "quota", &key->quota);
	call_update_number(call, "units_per_request", &key->units_per_request);
	call_update_text(call, "plan", &key->plan);
	if (arg_set(&call->args, "plan") == NULL)
		return APIKEY_OK;
	return call_ops(call)->plan_get(call_store(call), &call->pool, key->plan, &plan, why);
}

static enum apikey_error choose_env(struct call *call, struct text *env, struct failure *why)
{
	char *const *known = daemon_config(call->daemon)->environments;
	struct text asked = arg_text(&call->args, "env");

	*env = pool_text(&call->pool, text_of(known[0]));
	if (asked.data == NULL)
		return APIKEY_OK;
	*env = asked;
	for (size_t i = 0; known[i] != NULL; i++)
		if (text_equal(asked, text_of(known[i])))
			return APIKEY_OK;
	return fail(why, APIKEY_INVALID_ARGUMENT, "env: not among the environments configured");
}

static struct text text_or(struct text t, const char *otherwise)
{
	return t.data != NULL ? t : text_of(otherwise);
}

/* What a key makes is of who owns that key by now. */
static enum apikey_error choose_owner(struct call *call, struct text *owner, struct failure *why)
{
	struct key_record *acting = pool_alloc(&call->pool, sizeof *acting);

	*owner = text_or(arg_text(&call->args, "owner"), call->caller.user);
	if (arg_set(&call->args, "owner") != NULL || call->caller.key[0] == '\0')
		return APIKEY_OK;
	if (call_ops(call)->key_get(call_store(call), &call->pool, text_of(call->caller.key),
		    acting, why) != APIKEY_OK)
		return why->code;
	*owner = acting->owner;
	return APIKEY_OK;
}

enum apikey_error key_fill_new(struct call *call, struct key_record *key, struct failure *why)
{
	key_id_make(randombytes_uniform, key->id);
	key->name = arg_text(&call->args, "name");
	key->tenant = text_or(call_tenant(call), TENANT_DEFAULT);
	key->created_by = text_of(call->caller.user);
	key->created_at = call->now;
	key->scopes = joined(call, "scopes");
	key->ip_allow = joined(call, "ip_allow");
	key->email = arg_text(&call->args, "email");
	key->notes = arg_text(&call->args, "notes");
	key->meta = arg_text(&call->args, "meta");
	if (choose_owner(call, &key->owner, why) != APIKEY_OK ||
		grant_place(call, key, why) != APIKEY_OK ||
		grant_scopes(call, key->scopes, why) != APIKEY_OK ||
		choose_env(call, &key->env, why) != APIKEY_OK ||
		update_limits(call, key, why) != APIKEY_OK)
		return why->code;
	return update_expiry(call, &key->expires_at, why);
}

struct secret_record *key_take_secret(struct call *call, struct key_record *key, struct text prefix)
{
	struct secret_record *secret = &key->secrets[key->secret_count++];

	secret->prefix = prefix;
	secret->algorithm = DIGEST_BLAKE2B_PEPPERED;
	secret->pepper_id = PEPPER_ID;
	secret->created_at = call->now;
	return secret;
}

enum apikey_error key_add_secret(struct call *call, struct key_record *key, struct failure *why)
{
	struct secret_record *secret;
	char *full = pool_alloc(&call->pool, KEYTEXT_OWN_SIZE);
	char *prefix = pool_alloc(&call->pool, KEYTEXT_PREFIX_SIZE);
	char env[KEYTEXT_ENV_MAX + 1] = "";

	memcpy(env, key->env.data, key->env.len);
	keytext_make(daemon_config(call->daemon)->brand, env, randombytes_uniform, full, prefix);
	call_once(call, "key", text_of(full));
	secret = key_take_secret(call, key, text_of(prefix));
	memcpy(secret->last4, full + strlen(full) - 4, 5);
	return registry_digest(call->daemon->registry, text_of(full), secret->digest, why);
}

enum apikey_error key_create(struct call *call, struct failure *why)
{
	struct key_record *key = pool_alloc(&call->pool, sizeof *key);

	if (key_fill_new(call, key, why) != APIKEY_OK ||
		key_add_secret(call, key, why) != APIKEY_OK ||
		registry_insert(call->daemon->registry, &call->change, key, why) != APIKEY_OK ||
		key_record_change(call, "key.created", key, why) != APIKEY_OK)
		return why->code;
	key_write(call, &call->result, key);
	return APIKEY_OK;
}

static enum apikey_error find(struct call *call, struct key_record **out, struct failure *why)
{
	return call_find_key(call, arg_text(&call->args, "id"), out, why);
}

enum apikey_error key_find_granted(struct call *call, struct key_record **out, struct failure *why)
{
	return find(call, out, why) == APIKEY_OK ? grant_scopes(call, (*out)->scopes, why)
						 : why->code;
}

enum apikey_error key_get(struct call *call, struct failure *why)
{
	struct key_record *key;

	if (find(call, &key, why) != APIKEY_OK)
		return why->code;
	key_write(call, &call->result, key);
	return APIKEY_OK;
}

/* Stores a changed key, with its trace, and answers with it. */
static enum apikey_error save(
	struct call *call, struct key_record *key, const char *event, struct failure *why)
{
	if (registry_update(call->daemon->registry, &call->change, key, why) != APIKEY_OK ||
		key_record_change(call, event, key, why) != APIKEY_OK)
		return why->code;
	key_write(call, &call->result, key);
	return APIKEY_OK;
}

static enum apikey_error update_owner(
	struct call *call, struct key_record *key, struct failure *why)
{
	const struct arg *owner = arg_set(&call->args, "owner");

	if (owner == NULL || text_equal(owner->text, key->owner))
		return APIKEY_OK;
	key->owner = owner->text;
	return grant_owner(call, key, why);
}

static enum apikey_error update_scopes(
	struct call *call, struct key_record *key, struct failure *why)
{
	update_words(call, "scopes", &key->scopes);
	return grant_scopes(call, key->scopes, why);
}

enum apikey_error key_update(struct call *call, struct failure *why)
{
	struct key_record *key;

	if (key_find_granted(call, &key, why) != APIKEY_OK ||
		update_owner(call, key, why) != APIKEY_OK ||
		update_scopes(call, key, why) != APIKEY_OK ||
		update_expiry(call, &key->expires_at, why) != APIKEY_OK ||
		update_limits(call, key, why) != APIKEY_OK ||
		key_update_grace(call, key, why) != APIKEY_OK)
		return why->code;
	call_update_text(call, "name", &key->name);
	call_update_text(call, "email", &key->email);
	call_update_text(call, "notes", &key->notes);
	call_update_text(call, "meta", &key->meta);
	update_words(call, "ip_allow", &key->ip_allow);
	return save(call, key, "key.updated", why);
}

static enum apikey_error set_disabled(
	struct call *call, bool disabled, const char *event, struct failure *why)
{
	struct key_record *key;

	if ((disabled ? find : key_find_granted)(call, &key, why) != APIKEY_OK)
		return why->code;
	if (key->revoked_at != STORE_NEVER)
		return fail(why, APIKEY_CONFLICT, "key %s is revoked; that is for good", key->id);
	key->disabled = disabled;
	return save(call, key, event, why);
}

enum apikey_error key_disable(struct call *call, struct failure *why)
{
	return set_disabled(call, true, "key.disabled", why);
}

enum apikey_error key_enable(struct call *call, struct failure *why)
{
	return set_disabled(call, false, "key.enabled", why);
}

/* Revoking twice is done twice without harm: the first time stays. */
enum apikey_error key_revoke(struct call *call, struct failure *why)
{
	struct key_record *key;

	if (find(call, &key, why) != APIKEY_OK)
		return why->code;
	if (key->revoked_at == STORE_NEVER)
		key->revoked_at = call->now;
	return save(call, key, "key.revoked", why);
}

enum apikey_error key_delete(struct call *call, struct failure *why)
{
	struct key_record *key;

	if (find(call, &key, why) != APIKEY_OK ||
		registry_delete(call->daemon->registry, &call->change, key, why) != APIKEY_OK ||
		key_record_change(call, "key.deleted", key, why) != APIKEY_OK)
		return why->code;
	key_write(call, &call->result, key);
	return APIKEY_OK;
}

/* The choices of "status" and "sort" stand in this order in the table of methods. */
static const enum key_status statuses[] = {
	STATUS_ACTIVE, STATUS_DISABLED, STATUS_REVOKED, STATUS_EXPIRED};
static const enum key_sort sorts[] = {SORT_CREATED, SORT_NAME, SORT_OWNER, SORT_TENANT,
	SORT_EXPIRES, SORT_PREFIX, SORT_STATUS, SORT_USED, SORT_REQUESTS, SORT_UNITS};

/* registry: whose counters they are. */
static struct past_usage slot_used(uint32_t slot, void *registry)
{
	const struct secret_record secret = {.slot = slot};
	struct usage_slot used = registry_usage(registry, &secret);

	return (struct past_usage){(int64_t)used.allowed, (int64_t)used.units, used.last_used_at};
}

static struct key_query make_query(struct call *call)
{
	const struct arg *status = arg_set(&call->args, "status"),
			 *sort = arg_set(&call->args, "sort");

	return (struct key_query){
		.tenant = call_tenant(call),
		.owner = arg_text(&call->args, "owner"),
		.match = arg_text(&call->args, "query"),
		.status = status != NULL ? statuses[status->number] : STATUS_ANY,
		.sort = sort != NULL ? sorts[sort->number] : SORT_CREATED,
		.descending = arg_number(&call->args, "desc", 0) != 0,
		.limit = (unsigned)arg_number(&call->args, "limit", PAGE_DEFAULT),
		.now = call->now,
		.used = slot_used,
		.used_arg = call->daemon->registry,
	};
}

/* Writes the keys of a page as far as PAGE_BYTES go; returns how many. */
static unsigned write_page(struct call *call, const struct key_page *page)
{
	struct buffer *b = &call->result;
	size_t at = write_array_begin(b);
	unsigned count = 0;

	while (count < page->count && b->len < PAGE_BYTES)
		key_write(call, b, page->keys[count++]);
	write_array_end(b, at, (uint16_t)count);
	return count;
}

static enum apikey_error query_page(struct call *call, const struct key_query *query,
	struct key_page *page, struct failure *why)
{
	return call_ops(call)->key_list(call_store(call), &call->pool, query, page, why);
}

static void end_search(struct call *call)
{
	call_ops(call)->key_search_end(call_store(call), *(struct key_search **)call->progress);
}

/* What takes long is done in bites: until *done the handler is to be called again. */
static enum apikey_error seek(
	struct call *call, struct key_query *query, bool *done, struct failure *why)
{
	if (call->progress == NULL) {
		call->progress = pool_alloc(&call->pool, sizeof *query->search);
		call->end = end_search;
	}
	query->search = call->progress;
	return call_ops(call)->key_seek(call_store(call), query, query->search, done, why);
}

enum apikey_error key_list(struct call *call, struct failure *why)
{
	struct buffer *b = &call->result;
	struct key_query query = make_query(call);
	struct key_page page;
	unsigned count;
	bool done;

	if (seek(call, &query, &done, why) != APIKEY_OK)
		return why->code;
	call->again = !done;
	if (!done)
		return APIKEY_OK;
	if (call_cursor(call, &query.cursor, why) != APIKEY_OK ||
		query_page(call, &query, &page, why) != APIKEY_OK)
		return why->code;
	write_map(b, 3);
	write_str(b, "keys");
	count = write_page(call, &page);
	if (count < page.count) { /* the cursor of the shorter page */
		query.limit = count;
		if (query_page(call, &query, &page, why) != APIKEY_OK)
			return why->code;
	}
	call_next(call, page.next);
	write_str(b, "total");
	write_int(b, page.total);
	return APIKEY_OK;
}
