/* events.c - subscribing to what happens. */
#include "apikeyd/events.h"

#include <stdio.h>
#include <string.h>

#include "apikeyd/digests.h"
#include "apikeyd/methods/common.h"
#include "apikeyd/methods/methods.h"
#include "apikeyd/store/model.h"
#include "protocol/writer.h"

static void copy_text(char *out, size_t size, struct text t)
{
	snprintf(out, size, "%.*s", (int)t.len, t.data != NULL ? t.data : "");
}

enum apikey_error events_subscribe(struct call *call, struct failure *why)
{
	struct events *events = call->daemon->events;
	struct subscription sub = {.active = true};
	struct text key = arg_text(&call->args, "key");
	int64_t latest;

	sub.own = call->caller.tenant[0] != '\0';
	copy_text(sub.tenant, sizeof sub.tenant, call_tenant(call));
	latest = events_latest(events, &sub);
	sub.topics = arg_number(&call->args, "topics", ((int64_t)1 << TOPIC_COUNT) - 1);
	sub.after = arg_number(&call->args, "since", latest);
	if (key.len >= sizeof sub.key)
		return key_not_found(key, why);
	copy_text(sub.key, sizeof sub.key, key);
	if ((sub.topics & ((int64_t)1 << TOPIC_USAGE)) != 0 &&
		digests_join(call->daemon->digests, &sub, why) != APIKEY_OK)
		return why->code;
	if (arg_set(&call->args, "since") != NULL)
		events_replay(events, &sub, call->after);
	write_map(&call->result, 1);
	write_str(&call->result, "seq");
	write_int(&call->result, sub.after > latest ? sub.after : latest);
	digests_leave(call->daemon->digests, &call->session->subscription);
	call->session->subscription = sub;
	return APIKEY_OK;
}

enum apikey_error events_unsubscribe(struct call *call, struct failure *why)
{
	(void)why;
	digests_leave(call->daemon->digests, &call->session->subscription);
	memset(&call->session->subscription, 0, sizeof call->session->subscription);
	write_map(&call->result, 0);
	return APIKEY_OK;
}
