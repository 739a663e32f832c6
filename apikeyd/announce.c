/* announce.c - what happened, told to the log and to subscribers. */
#include "apikeyd/announce.h"

#include "apikeyd/alerts.h"
#include "apikeyd/clock.h"
#include "apikeyd/events.h"
#include "apikeyd/key_reply.h"
#include "apikeyd/log.h"
#include "protocol/writer.h"

#define MEMBERS_MAX 65536 /* bytes of what one event says */

static struct text written(const struct buffer *b)
{
	return (struct text){(const char *)b->data, b->len};
}

static void member(struct buffer *b, const char *name, struct text value)
{
	write_str(b, name);
	write_text(b, value);
}

static struct event_facts key_facts(struct daemon *d, const struct change_event *event,
	struct text actor, int64_t now, struct buffer *members)
{
	struct usage_slot usage[STORE_SECRETS_MAX];

	for (unsigned i = 0; i < event->key->secret_count; i++)
		usage[i] = registry_usage(d->registry, &event->key->secrets[i]);
	member(members, "key", text_of(event->key->id));
	member(members, "tenant", event->key->tenant);
	member(members, "actor", actor);
	write_str(members, "record");
	key_reply_full(members, event->key, usage, now);
	return (struct event_facts){
		.topic = TOPIC_KEY,
		.type = event->type,
		.key = text_of(event->key->id),
		.tenant = event->key->tenant,
		.members = written(members),
		.member_count = 4,
	};
}

static struct event_facts audit_facts(const struct audit_record *entry, struct buffer *members)
{
	member(members, "actor", entry->actor);
	member(members, "action", entry->action);
	member(members, "object", entry->object);
	member(members, "tenant", entry->tenant);
	member(members, "outcome", entry->outcome);
	member(members, "detail", entry->detail);
	return (struct event_facts){
		.topic = TOPIC_AUDIT,
		.type = "audit.entry",
		.key = entry->object,
		.tenant = entry->tenant,
		.members = written(members),
		.member_count = 6,
	};
}

/* A change to a key and its entry in the log are two views of one thing; either may also come alone. */
static void announce_one(struct daemon *d, const struct change_event *event,
	const struct change_audit *audit, struct text actor, int64_t now)
{
	struct buffer members[2] = {{.max = MEMBERS_MAX}, {.max = MEMBERS_MAX}};
	struct event_facts facts[2];
	size_t count = 0;

	if (event != NULL)
		facts[count++] = key_facts(d, event, actor, now, &members[0]);
	if (audit != NULL)
		facts[count++] = audit_facts(&audit->entry, &members[1]);
	events_publish_together(d->events, facts, count, now);
	buffer_free(&members[0]);
	buffer_free(&members[1]);
}

void announce_change(struct daemon *d, const struct change *change, struct text actor,
	struct text action, int64_t now)
{
	const struct change_event *event = change->events;
	const struct change_audit *audit = change->audits;

	while (event != NULL || audit != NULL) {
		if (event != NULL) {
			alerts_key(d->alerts, event->key, now);
			log_change(actor, action, text_of(event->key->id), event->key->tenant);
		}
		announce_one(d, event, audit, actor, now);
		if (audit != NULL && text_equal(audit->entry.action,
					     text_of(method_table[METHOD_TENANT_DELETE].name)))
			events_end_tenant(d->events, audit->entry.object);
		event = event != NULL ? event->next : NULL;
		audit = audit != NULL ? audit->next : NULL;
	}
	audit_log_head(registry_log(d->registry), now, false);
}

void announce_server(struct daemon *d, const char *type, const char *detail)
{
	struct buffer members = {.max = MEMBERS_MAX};
	struct event_facts facts = {.topic = TOPIC_SERVER, .type = type, .member_count = 1};

	member(&members, "detail", text_of(detail));
	facts.members = written(&members);
	events_publish(d->events, &facts, clock_wall(d->clock));
	buffer_free(&members);
}
