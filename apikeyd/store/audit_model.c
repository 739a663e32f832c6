/* audit_model.c - what every store's audit log shares: which entries a query selects, and cursors. */
#include "apikeyd/store/model.h"

/* Cursors are those of keys; a kind of order that keys do not have keeps the two apart. */
#define ORDER_OF_AUDIT SORT_COUNT

static bool matches(struct text wanted, struct text t)
{
	return wanted.data == NULL || (t.data != NULL && text_equal(wanted, t));
}

bool audit_selected(const struct audit_record *entry, const struct audit_query *query)
{
	return entry->seq > query->since && entry->at >= query->from &&
	       (query->to == STORE_NEVER || entry->at <= query->to) &&
	       matches(query->object, entry->object) && matches(query->actor, entry->actor) &&
	       matches(query->action, entry->action) && matches(query->tenant, entry->tenant);
}

struct audit_record *audit_copy(struct pool *pool, const struct audit_record *entry)
{
	struct audit_record *copy = pool_alloc(pool, sizeof *copy);

	*copy = *entry;
	copy->actor = pool_text(pool, entry->actor);
	copy->action = pool_text(pool, entry->action);
	copy->object = pool_text(pool, entry->object);
	copy->tenant = pool_text(pool, entry->tenant);
	copy->outcome = pool_text(pool, entry->outcome);
	copy->detail = pool_text(pool, entry->detail);
	return copy;
}

static struct key_query cursor_of(const struct audit_query *query)
{
	return (struct key_query){
		.sort = ORDER_OF_AUDIT, .descending = !query->chain_order, .cursor = query->cursor};
}

enum apikey_error audit_place(struct pool *pool, const struct audit_query *query, int64_t *at,
	int64_t *seq, struct failure *why)
{
	struct key_query q = cursor_of(query);
	struct key_position place;

	if (query->limit < 1 || query->limit > STORE_PAGE_MAX)
		return fail(why, APIKEY_INVALID_ARGUMENT, "limit: must be from 1 to %d",
			STORE_PAGE_MAX);
	*at = query->to == STORE_NEVER ? INT64_MAX : query->to;
	*seq = query->chain_order ? INT64_MIN : INT64_MAX;
	if (query->cursor.data == NULL)
		return APIKEY_OK;
	if (cursor_read(pool, &q, &place, why) != APIKEY_OK)
		return why->code;
	*at = place.number;
	*seq = place.row;
	return APIKEY_OK;
}

struct text audit_cursor(
	struct pool *pool, const struct audit_query *query, int64_t at, int64_t seq)
{
	struct key_query q = cursor_of(query);

	return cursor_make(pool, &q, &(struct key_position){.number = at, .row = seq});
}

enum apikey_error audit_check(const struct audit_record *entry, struct failure *why)
{
	if (entry->seq >= 1)
		return APIKEY_OK;
	return fail(why, APIKEY_INTERNAL, "an audit entry without its place in the chain");
}
