/* alert_pass.c - one look at what somebody may have to know: alerts are stored as they are found, and told after. */
#include "apikeyd/alert_pass.h"

#include "apikeyd/events.h"
#include "protocol/writer.h"

#define MEMBERS_MAX 4096 /* bytes of what one event says */

/* The kinds as the table of methods has them, and as events. */
static const struct {
	const char *name, *event;
} kinds[ALERT_KINDS] = {
	[ALERT_LIMIT] = {"limit_reached", "alert.limit_reached"},
	[ALERT_EXPIRING] = {"key_expiring", "alert.key_expiring"},
	[ALERT_DEAD] = {"dead_key_used", "alert.dead_key_used"},
	[ALERT_WOKE] = {"key_woke", "alert.key_woke"},
	[ALERT_NETWORK] = {"new_network", "alert.new_network"},
	[ALERT_UNKNOWN] = {"unknown_keys", "alert.unknown_keys"},
};

/* An alert that is to be told after the commit. */
struct raised {
	struct raised *next;
	enum alert_kind kind;
	struct alert_record alert;
};

void alert_pass_reset(struct alert_pass *a)
{
	pool_free(&a->pool);
	a->raised = NULL;
	a->last = &a->raised;
}

const struct store_ops *alert_ops(const struct alert_pass *a)
{
	return registry_ops(a->daemon->registry);
}

struct store *alert_store(const struct alert_pass *a)
{
	return registry_store(a->daemon->registry);
}

struct text alert_kind_name(enum alert_kind kind)
{
	return text_of(kinds[kind].name);
}

enum apikey_error alert_raise(struct alert_pass *a, enum alert_kind kind,
	const struct alert_record *alert, struct failure *why)
{
	struct raised *raised;
	bool fresh;

	if (alert_ops(a)->alert_put(alert_store(a), alert, &fresh, why) != APIKEY_OK)
		return why->code;
	if (!fresh)
		return APIKEY_OK;
	raised = pool_alloc(&a->pool, sizeof *raised);
	raised->kind = kind;
	raised->alert = *alert;
	*a->last = raised;
	a->last = &raised->next;
	return APIKEY_OK;
}

enum apikey_error alert_about(struct alert_pass *a, enum alert_kind kind,
	const struct key_record *key, int64_t period, const char *detail, struct failure *why)
{
	const struct alert_record alert = {
		.at = a->now,
		.kind = alert_kind_name(kind),
		.object = pool_text(&a->pool, text_of(key->id)),
		.period = period,
		.tenant = key->tenant,
		.detail = text_of(detail),
	};

	return alert_raise(a, kind, &alert, why);
}

static void member(struct buffer *b, const char *name, struct text value)
{
	write_str(b, name);
	write_text(b, value);
}

static void tell(struct alert_pass *a, const struct raised *raised)
{
	const struct alert_record *alert = &raised->alert;
	struct buffer members = {.max = MEMBERS_MAX};
	struct event_facts facts = {.topic = TOPIC_ALERT,
		.type = kinds[raised->kind].event,
		.key = alert->object,
		.tenant = alert->tenant,
		.member_count = 4};

	member(&members, "kind", alert->kind);
	member(&members, "object", alert->object);
	member(&members, "tenant", alert->tenant);
	member(&members, "detail", alert->detail);
	facts.members = (struct text){(const char *)members.data, members.len};
	events_publish(a->daemon->events, &facts, alert->at);
	buffer_free(&members);
}

void alert_tell(struct alert_pass *a)
{
	for (const struct raised *r = a->raised; r != NULL; r = r->next)
		tell(a, r);
}
