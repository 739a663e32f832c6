/* audit.c - reading the audit log, and checking that it is whole. */
#include "apikeyd/audit.h"

#include "apikeyd/methods/common.h"
#include "apikeyd/methods/methods.h"
#include "protocol/frame.h"
#include "protocol/writer.h"

#define PAGE_BYTES (400 * 1024) /* a page ends early past this, so that answers stay bounded */
#define PAGE_DEFAULT 100
#define PROGRESS_MAX 128 /* bytes of a notification */
#define CHECK_AT_ONCE                                                                              \
	1000 /* entries, some milliseconds: then others have their turn at the store */

static void text_member(struct buffer *b, const char *name, struct text value)
{
	write_str(b, name);
	write_text(b, value);
}

/* Numbers and MACs tell how much others do, so only those who may see all of it get them. */
static void write_entry(struct buffer *b, const struct audit_record *entry, bool all)
{
	char mac[2 * CHAIN_BYTES + 1];

	write_map(b, all ? 9 : 7);
	if (all) {
		chain_mac_format(entry->mac, mac);
		write_str(b, "seq");
		write_int(b, entry->seq);
		text_member(b, "mac", text_of(mac));
	}
	write_str(b, "at");
	write_int(b, entry->at);
	text_member(b, "actor", entry->actor);
	text_member(b, "action", entry->action);
	text_member(b, "object", entry->object);
	text_member(b, "tenant", entry->tenant);
	text_member(b, "outcome", entry->outcome);
	text_member(b, "detail", entry->detail);
}

static enum apikey_error get_page(struct call *call, const struct audit_query *query,
	struct audit_page *page, struct failure *why)
{
	struct registry *r = call->daemon->registry;

	return registry_ops(r)->audit_list(registry_store(r), &call->pool, query, page, why);
}

/* Writes entries as far as PAGE_BYTES go; returns how many. */
static unsigned write_page(struct call *call, const struct audit_page *page)
{
	struct buffer *b = &call->result;
	size_t at = write_array_begin(b);
	unsigned count = 0;

	while (count < page->count && b->len < PAGE_BYTES)
		write_entry(b, page->entries[count++], call->caller.tenant[0] == '\0');
	write_array_end(b, at, (uint16_t)count);
	return count;
}

/* The head and its proof, where the caller may know them: nil otherwise. */
static void write_head(struct call *call)
{
	char place[CHAIN_PLACE_TEXT], proof[2 * CHAIN_BYTES + 1];
	bool known = call->caller.tenant[0] == '\0';
	struct chain_head head = {0};
	struct failure ignored;

	known = known &&
		audit_head(registry_log(call->daemon->registry), &head, &ignored) == APIKEY_OK;
	chain_place_format(head.seq, head.mac, place);
	chain_mac_format(head.proof, proof);
	text_member(&call->result, "head", text_of(known ? place : NULL));
	text_member(&call->result, "proof", text_of(known ? proof : NULL));
}

enum apikey_error audit_list(struct call *call, struct failure *why)
{
	struct text own = text_of(call->caller.tenant);
	struct audit_query query = {
		.actor = arg_text(&call->args, "actor"),
		.action = arg_text(&call->args, "action"),
		.object = arg_text(&call->args, "object"),
		.tenant = own.len > 0 ? own : (struct text){0},
		.from = arg_number(&call->args, "from", 0),
		.to = arg_number(&call->args, "to", STORE_NEVER),
		.chain_order = arg_number(&call->args, "chain_order", 0) != 0,
		.limit = (unsigned)arg_number(&call->args, "limit", PAGE_DEFAULT),
	};
	struct audit_page page;
	struct past_life past;
	unsigned count;

	if (call_cursor(call, &query.cursor, why) != APIKEY_OK ||
		call_past_life(call, &past, why) != APIKEY_OK)
		return why->code;
	query.since = past.seq;
	if (get_page(call, &query, &page, why) != APIKEY_OK)
		return why->code;
	write_map(&call->result, 4);
	write_str(&call->result, "entries");
	count = write_page(call, &page);
	if (count < page.count) { /* the cursor of the shorter page */
		query.limit = count;
		if (get_page(call, &query, &page, why) != APIKEY_OK)
			return why->code;
	}
	call_next(call, page.next);
	write_head(call);
	return APIKEY_OK;
}

static void write_outcome(struct buffer *b, const struct chain_check *check)
{
	char head[CHAIN_PLACE_TEXT];

	write_map(b, check->broken ? 4 : 3);
	write_str(b, "ok");
	write_bool(b, !check->broken);
	write_str(b, "entries");
	write_int(b, check->chain.seq);
	if (check->broken) {
		write_str(b, "broken_at");
		write_int(b, check->broken_at);
		text_member(b, "reason", text_of(check->reason));
	} else {
		chain_place_format(check->chain.seq, check->chain.mac, head);
		text_member(b, "head", text_of(head));
	}
}

/* A check of the chain that is under way. */
struct checking {
	struct chain_check check;
	int64_t entries; /* in all; 0: nobody wants to know, or the head does not tell */
	int64_t told;    /* percent */
};

static enum apikey_error begin_check(
	struct call *call, struct audit *audit, struct checking *c, struct failure *why)
{
	struct chain_head head = {0};
	struct failure ignored;

	if (arg_number(&call->args, "progress", 0) != 0 &&
		audit_head(audit, &head, &ignored) == APIKEY_OK)
		c->entries = head.seq;
	return audit_check_begin(audit, &c->check, why);
}

/* Each percent once, between two steps. */
static void tell_progress(struct call *call)
{
	struct checking *c = call->progress;
	int64_t done = c->check.chain.seq;
	struct buffer b = {.max = PROGRESS_MAX};

	if (c->entries <= 0 || done > c->entries || 100 * done / c->entries <= c->told)
		return;
	c->told = 100 * done / c->entries;
	write_array(&b, 3);
	write_int(&b, FRAME_NOTIFICATION);
	write_str(&b, "progress");
	write_array(&b, 1);
	write_map(&b, 3);
	write_str(&b, "msgid");
	write_int(&b, call->msgid);
	write_str(&b, "done");
	write_int(&b, done);
	write_str(&b, "total");
	write_int(&b, c->entries);
	call->route.tell(call->route.worker, call->route.connection, &b);
}

enum apikey_error audit_verify(struct call *call, struct failure *why)
{
	struct audit *audit = registry_log(call->daemon->registry);
	struct checking *c = call->progress;
	bool done;

	if (c == NULL) {
		call->progress = c = pool_alloc(&call->pool, sizeof *c);
		call->between = tell_progress;
		if (begin_check(call, audit, c, why) != APIKEY_OK)
			return why->code;
	}
	if (audit_check_step(audit, &c->check, CHECK_AT_ONCE, &done, why) != APIKEY_OK)
		return why->code;
	call->again = !done;
	if (done)
		write_outcome(&call->result, &c->check);
	return APIKEY_OK;
}
