/* events.h - what happens, told to subscribers: encoded once, numbered, kept for a while, sent by each worker. */
#ifndef APIKEYD_EVENTS_H
#define APIKEYD_EVENTS_H

#include <stdatomic.h>

#include "apikeyd/session.h"
#include "protocol/buffer.h"

#define EVENTS_KEPT 1024 /* that `since` can still reach */
#define EVENTS_REPLAY_BYTES                                                                        \
	131072 /* most of what a subscription is sent at once; older ones show as a gap */

enum topic {
	TOPIC_KEY, /* in the order of the choices in the table of methods */
	TOPIC_USAGE,
	TOPIC_AUDIT,
	TOPIC_ALERT,
	TOPIC_SERVER,
	TOPIC_COUNT,
};

/* Events have two numbers: one of all that happens, and one of what happens in their tenant. A subscriber of one tenant
 * gets the second, so that gaps tell of what it missed itself and of nobody else's doings. */

/* One notification, ready to be sent. Shared: whoever keeps it holds a reference. One of topic usage is as many as there
 * are watches: data begins with a struct event_part for each. */
struct event_message {
	struct event_message *also; /* of the same number; of the keeper only */
	atomic_uint references;
	int64_t seq;
	int64_t own_seq; /* in its tenant; 0: of none */
	enum topic topic;
	char key[KEY_ID_SIZE];
	char tenant[WORD_MAX_BYTES + 1];
	unsigned parts;
	size_t len;
	_Alignas(size_t) uint8_t data[]; /* of a tenant's twice: with seq, and with own_seq */
};

/* What is said of one event besides seq and at: members, already encoded. */
struct event_facts {
	enum topic topic;
	const char *type; /* "key.created" */
	struct text key, tenant;
	struct text members;
	uint8_t member_count;
};

struct events;
/* Hands a published message to every worker; it takes references of its own. Called on the publishing thread. */
typedef void event_sink(struct event_message *message, void *arg);

struct events *events_new(event_sink *sink, void *arg);
void events_free(struct events *e);
/* Any thread, but events of one kind from one thread, so that their order holds. */
void events_publish(struct events *e, const struct event_facts *facts, int64_t now);
/* Several views of one thing that happened: they share one number, so that who wants one view sees no gap. */
void events_publish_together(
	struct events *e, const struct event_facts *facts, size_t count, int64_t now);
/* What each watch is told, by number; those with count 0 in facts->member_count nothing. All share one number. Not kept:
 * `since` does not reach it. */
void events_publish_parts(
	struct events *e, const struct event_facts *facts, size_t count, int64_t now);
/* The tenant is deleted: whoever subscribes later under its name is told nothing of what was. */
void events_end_tenant(struct events *e, struct text tenant);
/* The number of the latest event, as the subscription counts them. Numbers grow over restarts too, as long as fewer
 * than a million a second happen. */
int64_t events_latest(struct events *e, const struct subscription *sub);
/* Appends to out every kept event that sub wants after sub->after, and moves sub->after on to the latest. */
void events_replay(struct events *e, struct subscription *sub, struct buffer *out);
/* What of a message goes to a subscriber, borrowed from it; data NULL: nothing. */
struct text event_for(const struct subscription *sub, const struct event_message *message);
void event_release(struct event_message *message);

#endif
