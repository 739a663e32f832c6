/* memory_audit.c - the audit log in the store in memory: entries in the order of their numbers. */
#include <string.h>

#include "apikeyd/store/memory.h"

static struct audit_record *entry_at(const struct store *s, size_t i)
{
	return s->now.lists[AUDIT].items[i];
}

/* The place of the first entry with this number or a greater one. */
static size_t place_of(const struct store *s, int64_t seq)
{
	size_t i = s->now.lists[AUDIT].count;

	while (i > 0 && entry_at(s, i - 1)->seq >= seq)
		i--;
	return i;
}

enum apikey_error memory_audit_append(
	struct store *s, const struct audit_record *row, struct failure *why)
{
	struct list *list = &s->now.lists[AUDIT];
	size_t at = place_of(s, row->seq);

	if (audit_check(row, why) != APIKEY_OK || memory_check_transaction(s, why) != APIKEY_OK)
		return why->code;
	if (at < list->count && entry_at(s, at)->seq == row->seq)
		return fail(why, APIKEY_CONFLICT, "an audit entry of this number exists");
	memory_list_add(list, NULL);
	memmove(list->items + at + 1, list->items + at,
		(list->count - 1 - at) * sizeof *list->items);
	list->items[at] = audit_copy(&s->pool, row);
	return APIKEY_OK;
}

enum apikey_error memory_audit_walk(struct store *s, int64_t from, unsigned limit,
	store_audit_fn *fn, void *arg, struct failure *why)
{
	(void)why;
	for (size_t i = place_of(s, from); i < s->now.lists[AUDIT].count && limit-- > 0; i++)
		if (!fn(entry_at(s, i), arg))
			break;
	return APIKEY_OK;
}

/* Whether the entry comes after the place in the query's order. */
static bool is_after(
	const struct audit_query *query, const struct audit_record *entry, int64_t at, int64_t seq)
{
	if (query->chain_order)
		return entry->seq > seq;
	return entry->at < at || (entry->at == at && entry->seq < seq);
}

/* The selected entry that comes first after the place; NULL: none does. */
static const struct audit_record *next_entry(
	const struct store *s, const struct audit_query *query, int64_t at, int64_t seq)
{
	const struct audit_record *best = NULL;

	for (size_t i = 0; i < s->now.lists[AUDIT].count; i++) {
		const struct audit_record *entry = entry_at(s, i);

		if (audit_selected(entry, query) && is_after(query, entry, at, seq) &&
			(best == NULL || is_after(query, best, entry->at, entry->seq)))
			best = entry;
	}
	return best;
}

enum apikey_error memory_audit_list(struct store *s, struct pool *pool,
	const struct audit_query *query, struct audit_page *out, struct failure *why)
{
	const struct audit_record *entry = NULL;
	int64_t at, seq;

	*out = (struct audit_page){0};
	if (audit_place(pool, query, &at, &seq, why) != APIKEY_OK)
		return why->code;
	out->entries = pool_alloc(pool, query->limit * sizeof(struct audit_record *));
	while (out->count < query->limit && (entry = next_entry(s, query, at, seq)) != NULL) {
		out->entries[out->count++] = audit_copy(pool, entry);
		at = entry->at;
		seq = entry->seq;
	}
	if (entry != NULL && next_entry(s, query, at, seq) != NULL)
		out->next = audit_cursor(pool, query, at, seq);
	return APIKEY_OK;
}

enum apikey_error memory_audit_last(struct store *s, struct audit_record *out, struct failure *why)
{
	const struct audit_record *last;

	(void)why;
	*out = (struct audit_record){0};
	if (s->now.lists[AUDIT].count == 0)
		return APIKEY_OK;
	last = entry_at(s, s->now.lists[AUDIT].count - 1);
	out->seq = last->seq;
	memcpy(out->mac, last->mac, sizeof out->mac);
	return APIKEY_OK;
}

/* The entry may be in a copy of the list that a rollback brings back: it is replaced, not changed. */
enum apikey_error memory_audit_seal(
	struct store *s, int64_t seq, const uint8_t mac[CHAIN_BYTES], struct failure *why)
{
	size_t at = place_of(s, seq);
	struct audit_record *sealed;

	if (memory_check_transaction(s, why) != APIKEY_OK)
		return why->code;
	if (at == s->now.lists[AUDIT].count || entry_at(s, at)->seq != seq)
		return APIKEY_OK;
	sealed = audit_copy(&s->pool, entry_at(s, at));
	memcpy(sealed->mac, mac, CHAIN_BYTES);
	s->now.lists[AUDIT].items[at] = sealed;
	return APIKEY_OK;
}
