/* memory.c - a store in memory, gone at close: for tests, and to keep the interface honest.
 *
 * Records never change once they are stored: an update puts a new one in the old one's place, so a transaction and a
 * savepoint are copies of the lists. What was replaced stays until close. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "apikeyd/store/memory.h"

struct note {
	struct text name, value;
};

/* Replaces *to by a copy. */
static void state_copy(struct state *to, const struct state *from)
{
	to->rows = from->rows;
	to->alerts = from->alerts;
	for (int i = 0; i < LISTS; i++) {
		struct list *list = &to->lists[i];

		list->count = from->lists[i].count;
		list->items = reallocarray(list->items, list->count + 1, sizeof *list->items);
		if (list->items == NULL)
			abort();
		if (list->count > 0)
			memcpy(list->items, from->lists[i].items,
				list->count * sizeof *list->items);
	}
}

static void state_free(struct state *state)
{
	for (int i = 0; i < LISTS; i++)
		free(state->lists[i].items);
}

void memory_list_add(struct list *list, void *item)
{
	list->items = reallocarray(list->items, list->count + 1, sizeof *list->items);
	if (list->items == NULL)
		abort();
	list->items[list->count++] = item;
}

void memory_list_remove(struct list *list, size_t at)
{
	memmove(list->items + at, list->items + at + 1, (--list->count - at) * sizeof *list->items);
}

static void memory_close(struct store *s)
{
	if (s == NULL)
		return;
	state_free(&s->now);
	state_free(&s->at_begin);
	state_free(&s->at_savepoint);
	pool_free(&s->pool);
	free(s);
}

static enum apikey_error memory_begin(struct store *s, struct failure *why)
{
	if (s->in_transaction)
		return fail(why, APIKEY_INTERNAL, "store: a transaction within a transaction");
	state_copy(&s->at_begin, &s->now);
	s->in_transaction = true;
	return APIKEY_OK;
}

enum apikey_error memory_check_transaction(struct store *s, struct failure *why)
{
	if (!s->in_transaction)
		return fail(why, APIKEY_UNAVAILABLE, "no transaction has begun");
	return APIKEY_OK;
}

static enum apikey_error memory_commit(struct store *s, struct failure *why)
{
	enum apikey_error error = memory_check_transaction(s, why);

	s->in_transaction = false;
	return error;
}

static void memory_rollback(struct store *s)
{
	if (s->in_transaction)
		state_copy(&s->now, &s->at_begin);
	s->in_transaction = false;
}

static enum apikey_error memory_savepoint(struct store *s, struct failure *why)
{
	if (memory_check_transaction(s, why) != APIKEY_OK)
		return why->code;
	state_copy(&s->at_savepoint, &s->now);
	return APIKEY_OK;
}

static enum apikey_error memory_release(struct store *s, struct failure *why)
{
	return memory_check_transaction(s, why);
}

static void memory_revert(struct store *s)
{
	state_copy(&s->now, &s->at_savepoint);
}

static void request_copy(
	struct pool *pool, const struct request_record *from, struct request_record *to)
{
	*to = *from;
	to->actor = pool_text(pool, from->actor);
	to->request_id = pool_text(pool, from->request_id);
	to->answer = pool_text(pool, from->answer);
}

static bool same_request(
	const struct request_record *request, struct text actor, struct text request_id)
{
	return text_equal(request->actor, actor) && text_equal(request->request_id, request_id);
}

static enum apikey_error memory_request_get(struct store *s, struct pool *pool, struct text actor,
	struct text request_id, int64_t oldest, struct request_record *out, bool *found,
	struct failure *why)
{
	const struct list *list = &s->now.lists[REQUESTS];

	(void)why;
	*found = false;
	for (size_t i = 0; i < list->count && !*found; i++) {
		const struct request_record *request = list->items[i];

		*found = request->at >= oldest && same_request(request, actor, request_id);
		if (*found)
			request_copy(pool, request, out);
	}
	return APIKEY_OK;
}

static enum apikey_error memory_request_put(
	struct store *s, const struct request_record *row, int64_t oldest, struct failure *why)
{
	struct list *list = &s->now.lists[REQUESTS];
	struct request_record *copy = pool_alloc(&s->pool, sizeof *copy);

	if (memory_check_transaction(s, why) != APIKEY_OK)
		return why->code;
	for (size_t i = list->count; i-- > 0;) {
		const struct request_record *request = list->items[i];

		if (request->at < oldest || same_request(request, row->actor, row->request_id))
			memory_list_remove(list, i);
	}
	request_copy(&s->pool, row, copy);
	memory_list_add(list, copy);
	return APIKEY_OK;
}

static size_t find_note(const struct store *s, struct text name)
{
	const struct list *list = &s->now.lists[NOTES];
	size_t i = 0;

	while (i < list->count && !text_equal(((struct note *)list->items[i])->name, name))
		i++;
	return i;
}

static enum apikey_error memory_note_get(struct store *s, struct pool *pool, const char *name,
	struct text *value, struct failure *why)
{
	const struct list *list = &s->now.lists[NOTES];
	size_t at = find_note(s, text_of(name));

	(void)why;
	*value = (struct text){NULL, 0};
	if (at < list->count)
		*value = pool_text(pool, ((struct note *)list->items[at])->value);
	return APIKEY_OK;
}

static enum apikey_error memory_note_put(
	struct store *s, const char *name, struct text value, struct failure *why)
{
	struct list *list = &s->now.lists[NOTES];
	struct note *note = pool_alloc(&s->pool, sizeof *note);
	size_t at = find_note(s, text_of(name));

	if (memory_check_transaction(s, why) != APIKEY_OK)
		return why->code;
	note->name = pool_text(&s->pool, text_of(name));
	note->value = pool_text(&s->pool, value);
	if (at < list->count)
		memory_list_remove(list, at);
	memory_list_add(list, note);
	return APIKEY_OK;
}

static enum apikey_error memory_open(const char *dir, struct store **out, struct failure *why)
{
	const struct tenant_record first = {
		.name = text_of(TENANT_DEFAULT), .created_at = time(NULL)};

	(void)dir;
	*out = calloc(1, sizeof **out);
	if (*out == NULL)
		abort();
	memory_begin(*out, why);
	memory_tenant_put(*out, &first, why);
	memory_note_put(*out, CHAIN_NOTE, text_of(""), why); /* no chain yet */
	return memory_commit(*out, why);
}

static enum apikey_error memory_backup_begin(
	struct store *s, const char *path, struct store_backup **out, struct failure *why)
{
	(void)s;
	*out = NULL;
	return fail(why, APIKEY_UNAVAILABLE, "%s: what is in memory only has no copy", path);
}

static void memory_backup_end(struct store_backup *b)
{
	(void)b;
}

static void memory_idle(struct store *s)
{
	(void)s;
}

static enum apikey_error memory_size(struct store *s, struct store_size *out, struct failure *why)
{
	(void)why;
	*out = (struct store_size){.keys = (int64_t)s->now.lists[KEYS].count};
	return APIKEY_OK;
}

const struct store_ops store_memory = {
	.name = "memory",
	.open = memory_open,
	.close = memory_close,
	.begin = memory_begin,
	.commit = memory_commit,
	.rollback = memory_rollback,
	.savepoint = memory_savepoint,
	.release = memory_release,
	.revert = memory_revert,
	.load = memory_load,
	.key_insert = memory_key_insert,
	.key_update = memory_key_update,
	.key_delete = memory_key_delete,
	.key_get = memory_key_get,
	.digest_find = memory_digest_find,
	.key_list = memory_key_list,
	.key_seek = memory_key_seek,
	.key_search_end = memory_key_search_end,
	.audit_append = memory_audit_append,
	.request_get = memory_request_get,
	.request_put = memory_request_put,
	.note_get = memory_note_get,
	.note_put = memory_note_put,
	.backup_begin = memory_backup_begin,
	.backup_end = memory_backup_end,
	.idle = memory_idle,
	.size = memory_size,
	.audit_list = memory_audit_list,
	.audit_walk = memory_audit_walk,
	.audit_last = memory_audit_last,
	.audit_seal = memory_audit_seal,
	.plan_put = memory_plan_put,
	.plan_delete = memory_plan_delete,
	.plan_get = memory_plan_get,
	.plan_list = memory_plan_list,
	.plan_load = memory_plan_load,
	.tenant_put = memory_tenant_put,
	.tenant_delete = memory_tenant_delete,
	.tenant_get = memory_tenant_get,
	.tenant_list = memory_tenant_list,
	.user_put = memory_user_put,
	.user_delete = memory_user_delete,
	.user_get = memory_user_get,
	.user_list = memory_user_list,
	.user_count = memory_user_count,
	.key_count = memory_key_count,
	.session_put = memory_session_put,
	.session_get = memory_session_get,
	.session_list = memory_session_list,
	.session_delete = memory_session_delete,
	.session_prune = memory_session_prune,
	.code_put = memory_code_put,
	.code_find = memory_code_find,
	.code_delete = memory_code_delete,
	.code_count = memory_code_count,
	.usage_add = memory_usage_add,
	.usage_query = memory_usage_query,
	.usage_list = memory_usage_list,
	.usage_pack_get = memory_usage_pack_get,
	.usage_pack_put = memory_usage_pack_put,
	.usage_pack_query = memory_usage_pack_query,
	.usage_mark_load = memory_usage_mark_load,
	.usage_leaver_put = memory_usage_leaver_put,
	.usage_leaver_known = memory_usage_leaver_known,
	.usage_leaver_list = memory_usage_leaver_list,
	.slot_owners = memory_slot_owners,
	.usage_prune = memory_usage_prune,
	.alert_put = memory_alert_put,
	.alert_list = memory_alert_list,
	.network_list = memory_network_list,
	.network_put = memory_network_put,
};
