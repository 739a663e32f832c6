/* alert.c - reading what somebody may have to know. */
#include <stdlib.h>

#include "apikeyd/methods/common.h"
#include "apikeyd/methods/methods.h"
#include "protocol/writer.h"

#define PAGE_DEFAULT 100

static void member(struct buffer *b, const char *name, struct text value)
{
	write_str(b, name);
	write_text(b, value);
}

static void write_alert(struct buffer *b, const struct alert_record *alert)
{
	write_map(b, 5);
	write_str(b, "at");
	write_int(b, alert->at);
	member(b, "kind", alert->kind);
	member(b, "object", alert->object);
	member(b, "tenant", alert->tenant);
	member(b, "detail", alert->detail);
}

/* A page's place is the number of its last alert. */
static enum apikey_error read_place(struct call *call, int64_t *out, struct failure *why)
{
	struct text place;

	if (call_cursor(call, &place, why) != APIKEY_OK)
		return why->code;
	*out = place.data != NULL ? strtoll(pool_text(&call->pool, place).data, NULL, 10) : 0;
	return APIKEY_OK;
}

enum apikey_error alert_list(struct call *call, struct failure *why)
{
	struct text own = text_of(call->caller.tenant);
	struct alert_query query = {
		.kind = arg_text(&call->args, "kind"),
		.object = arg_text(&call->args, "object"),
		.tenant = own.len > 0 ? own : (struct text){0},
		.limit = (unsigned)arg_number(&call->args, "limit", PAGE_DEFAULT),
	};
	struct alert_page page;
	struct past_life past;
	const char *next = NULL;

	if (read_place(call, &query.before, why) != APIKEY_OK ||
		call_past_life(call, &past, why) != APIKEY_OK)
		return why->code;
	query.since = past.at;
	if (call_ops(call)->alert_list(call_store(call), &call->pool, &query, &page, why) !=
		APIKEY_OK)
		return why->code;
	write_map(&call->result, 2);
	write_str(&call->result, "alerts");
	write_array(&call->result, page.count);
	for (unsigned i = 0; i < page.count; i++)
		write_alert(&call->result, &page.alerts[i]);
	if (page.more)
		next = pool_printf(&call->pool, "%lld", (long long)page.alerts[page.count - 1].seq);
	call_next(call, text_of(next));
	return APIKEY_OK;
}
