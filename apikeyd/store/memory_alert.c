/* memory_alert.c - alerts, and the networks that keys are used from, in the store in memory. */
#include <string.h>

#include "apikeyd/store/memory.h"

struct stored_network {
	char key[KEY_ID_SIZE];
	struct network_record record;
};

static bool matches(struct text wanted, struct text t)
{
	return wanted.data == NULL || (t.data != NULL && text_equal(wanted, t));
}

static bool is_same(const struct alert_record *a, const struct alert_record *b)
{
	return text_equal(a->kind, b->kind) && text_equal(a->object, b->object) &&
	       a->period == b->period;
}

/* Forgets old ones; whether there is one like this. */
static bool has_alert(struct list *list, const struct alert_record *alert)
{
	bool found = false;

	for (size_t i = list->count; i-- > 0;) {
		const struct alert_record *other = list->items[i];

		if (other->at < alert->at - STORE_ALERTS_KEPT)
			memory_list_remove(list, i);
		else
			found = found || is_same(other, alert);
	}
	return found;
}

enum apikey_error memory_alert_put(
	struct store *s, const struct alert_record *alert, bool *fresh, struct failure *why)
{
	struct list *list = &s->now.lists[ALERTS];
	struct alert_record *copy;

	*fresh = false;
	if (memory_check_transaction(s, why) != APIKEY_OK)
		return why->code;
	if (has_alert(list, alert))
		return APIKEY_OK;
	copy = pool_alloc(&s->pool, sizeof *copy);
	*copy = *alert;
	copy->seq = ++s->now.alerts;
	copy->kind = pool_text(&s->pool, alert->kind);
	copy->object = pool_text(&s->pool, alert->object);
	copy->tenant = pool_text(&s->pool, alert->tenant);
	copy->detail = pool_text(&s->pool, alert->detail);
	memory_list_add(list, copy);
	*fresh = true;
	return APIKEY_OK;
}

enum apikey_error memory_alert_list(struct store *s, struct pool *pool,
	const struct alert_query *query, struct alert_page *out, struct failure *why)
{
	const struct list *list = &s->now.lists[ALERTS];

	(void)why;
	*out = (struct alert_page){.alerts = pool_alloc(pool, query->limit * sizeof *out->alerts)};
	for (size_t i = list->count; i-- > 0 && !out->more;) {
		const struct alert_record *alert = list->items[i];

		if ((query->before != 0 && alert->seq >= query->before) ||
			alert->at <= query->since || !matches(query->kind, alert->kind) ||
			!matches(query->object, alert->object) ||
			!matches(query->tenant, alert->tenant))
			continue;
		out->more = out->count == query->limit;
		if (!out->more)
			out->alerts[out->count++] = *alert;
	}
	return APIKEY_OK;
}

static bool has_key(const struct store *s, const char *id)
{
	struct store *same = (struct store *)(uintptr_t)s;
	struct key_record ignored;
	struct pool pool = {0};
	struct failure why;
	bool found = memory_key_get(same, &pool, text_of(id), &ignored, &why) == APIKEY_OK;

	pool_free(&pool);
	return found;
}

enum apikey_error memory_network_list(struct store *s, struct pool *pool, const char *key,
	struct network_record *out, unsigned *count, struct failure *why)
{
	const struct list *list = &s->now.lists[NETWORKS];

	(void)pool, (void)why;
	*count = 0;
	for (size_t i = 0; i < list->count && has_key(s, key); i++) {
		const struct stored_network *network = list->items[i];

		if (strcmp(network->key, key) == 0)
			out[(*count)++] = network->record;
	}
	return APIKEY_OK;
}

/* The place of the one of a key that was used longest ago, and how many there are. */
static size_t oldest(const struct list *list, const char *key, unsigned *count)
{
	size_t found = list->count;

	*count = 0;
	for (size_t i = 0; i < list->count; i++) {
		const struct stored_network *network = list->items[i], *best = NULL;

		if (strcmp(network->key, key) != 0)
			continue;
		++*count;
		best = found < list->count ? list->items[found] : NULL;
		if (best == NULL || network->record.last_at < best->record.last_at)
			found = i;
	}
	return found;
}

enum apikey_error memory_network_put(
	struct store *s, const char *key, const struct network_record *network, struct failure *why)
{
	struct list *list = &s->now.lists[NETWORKS];
	struct stored_network *copy;
	unsigned count;
	size_t at;

	if (memory_check_transaction(s, why) != APIKEY_OK)
		return why->code;
	if (!has_key(s, key))
		return APIKEY_OK;
	copy = pool_alloc(&s->pool, sizeof *copy);
	copy->record = *network;
	copy->record.network = pool_text(&s->pool, network->network);
	memcpy(copy->key, key, strlen(key) + 1);
	for (size_t i = list->count; i-- > 0;) {
		const struct stored_network *other = list->items[i];

		if (strcmp(other->key, key) == 0 &&
			text_equal(other->record.network, network->network)) {
			copy->record.first_at = other->record.first_at;
			memory_list_remove(list, i);
		}
	}
	memory_list_add(list, copy);
	at = oldest(list, key, &count);
	if (count > STORE_NETWORKS_MAX)
		memory_list_remove(list, at);
	return APIKEY_OK;
}
