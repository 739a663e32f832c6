/* audit.c - the audit log as the daemon keeps it: every entry goes into the chain, in the transaction of its change. */
#include "apikeyd/audit.h"

#include <inttypes.h>
#include <sodium/utils.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apikeyd/log.h"

#define SEQ_MAX 10000000000 /* no log has more entries; beyond it, a number is damage or forged */

struct audit {
	const struct store_ops *ops;
	struct store *store;
	bool sealed;
	struct chain_root root;
	struct chain
		chain; /* the place reached last; compared with the stored head before it is used */
	int64_t logged_seq, logged_at;
};

struct audit *audit_new(
	const struct store_ops *ops, struct store *store, const uint8_t pepper[CHAIN_PEPPER_BYTES])
{
	static const uint8_t zero[CHAIN_BYTES];
	struct audit *a = calloc(1, sizeof *a);

	if (a == NULL)
		abort();
	a->ops = ops;
	a->store = store;
	a->sealed = pepper == NULL;
	if (pepper != NULL) {
		chain_root(pepper, &a->root);
		chain_seek(&a->root, 0, zero, &a->chain);
	}
	return a;
}

void audit_free(struct audit *a)
{
	if (a == NULL)
		return;
	sodium_memzero(a, sizeof *a);
	free(a);
}

static enum apikey_error sealed(struct failure *why)
{
	return fail(why, APIKEY_UNAVAILABLE,
		"the daemon is sealed: it has no usable pepper, and without it no change can be "
		"audited");
}

/* ---- the head in the store ---- */

/* What a stored head says. */
struct head {
	bool trusted, empty; /* empty: the log has no chain yet */
	struct chain_head value;
};

static enum apikey_error read_head(struct audit *a, struct head *out, struct failure *why)
{
	struct pool pool = {0};
	struct text note;

	*out = (struct head){0};
	if (a->ops->note_get(a->store, &pool, CHAIN_NOTE, &note, why) == APIKEY_OK) {
		why->code = APIKEY_OK;
		out->empty = note.data != NULL && note.len == 0;
		out->trusted =
			chain_head_read(&a->root, note, &out->value) && out->value.seq <= SEQ_MAX;
	}
	pool_free(&pool);
	return why->code;
}

static enum apikey_error write_head(struct audit *a, struct failure *why)
{
	struct chain_head head;
	uint8_t stored[CHAIN_HEAD_BYTES];

	chain_head_make(&a->root, &a->chain, &head);
	chain_head_write(&head, stored);
	return a->ops->note_put(
		a->store, CHAIN_NOTE, (struct text){(const char *)stored, sizeof stored}, why);
}

/* Appends at the place in a->chain. */
static enum apikey_error append(struct audit *a, struct audit_record *entry, struct failure *why)
{
	chain_add(&a->chain, entry);
	if (a->ops->audit_append(a->store, entry, why) == APIKEY_OK)
		return write_head(a, why);
	if (why->code == APIKEY_CONFLICT)
		return fail(why, APIKEY_INTERNAL,
			"the audit log has an entry %" PRId64 " that this daemon did not write",
			entry->seq);
	return why->code;
}

enum apikey_error audit_append(struct audit *a, struct audit_record *entry, struct failure *why)
{
	struct head head;

	if (a->sealed)
		return sealed(why);
	if (read_head(a, &head, why) != APIKEY_OK)
		return why->code;
	if (!head.trusted)
		return fail(why, APIKEY_INTERNAL,
			"the head of the audit log was changed from outside; restart apikeyd");
	/* Another place than where we were: entries were taken back. */
	if (head.value.seq != a->chain.seq ||
		memcmp(head.value.mac, a->chain.mac, CHAIN_BYTES) != 0)
		chain_seek(&a->root, head.value.seq, head.value.mac, &a->chain);
	return append(a, entry, why);
}

enum apikey_error audit_head(struct audit *a, struct chain_head *out, struct failure *why)
{
	struct head head;

	if (a->sealed)
		return sealed(why);
	if (read_head(a, &head, why) != APIKEY_OK)
		return why->code;
	if (!head.trusted)
		return fail(why, APIKEY_INTERNAL, "the head of the audit log cannot be trusted");
	*out = head.value;
	return APIKEY_OK;
}

void audit_log_head(struct audit *a, int64_t now, bool at_once)
{
	char text[CHAIN_PLACE_TEXT];
	struct failure why;
	struct head head;

	if (a->sealed || read_head(a, &head, &why) != APIKEY_OK || !head.trusted)
		return;
	if (!at_once && head.value.seq - a->logged_seq < AUDIT_HEAD_ENTRIES &&
		(head.value.seq == a->logged_seq || now - a->logged_at < AUDIT_HEAD_SECONDS))
		return;
	chain_place_format(head.value.seq, head.value.mac, text);
	log_notice("audit head %s", text);
	a->logged_seq = head.value.seq;
	a->logged_at = now;
}

/* ---- at start ---- */

/* Entries of version 1 had no MAC. */
struct sealing {
	struct audit *a;
	struct failure *why;
	bool foreign; /* not what a store of version 1 holds */
};

static bool seal_one(const struct audit_record *entry, void *arg)
{
	static const uint8_t zero[CHAIN_BYTES];
	struct sealing *s = arg;
	struct audit_record copy = *entry;

	s->foreign =
		entry->seq != s->a->chain.seq + 1 || memcmp(entry->mac, zero, CHAIN_BYTES) != 0;
	if (s->foreign)
		return false;
	chain_add(&s->a->chain, &copy);
	return s->a->ops->audit_seal(s->a->store, copy.seq, copy.mac, s->why) == APIKEY_OK;
}

/* One at a time: what is walked through is not changed under the walk. */
static enum apikey_error seal_all(struct audit *a, bool *foreign, struct failure *why)
{
	static const uint8_t zero[CHAIN_BYTES];
	struct sealing s = {.a = a, .why = why};
	int64_t before;

	chain_seek(&a->root, 0, zero, &a->chain);
	why->code = APIKEY_OK;
	do {
		before = a->chain.seq;
		if (a->ops->audit_walk(a->store, before + 1, 1, seal_one, &s, why) != APIKEY_OK)
			return why->code;
	} while (why->code == APIKEY_OK && !s.foreign && a->chain.seq > before);
	*foreign = s.foreign;
	if (why->code != APIKEY_OK || s.foreign)
		return why->code;
	if (a->chain.seq > 0)
		log_warning("the audit log had no chain yet: its %" PRId64
			    " entries are taken as they are",
			a->chain.seq);
	return write_head(a, why);
}

/* Goes on after all that is there, and says in the log itself, for every check to come, from which entry on it cannot be
 * trusted. */
static enum apikey_error go_on_broken(struct audit *a, const struct audit_record *last,
	int64_t place, int64_t now, struct failure *why)
{
	char number[24];
	struct audit_record entry = {
		.at = now,
		.actor = text_of("apikeyd"),
		.action = text_of(CHAIN_BROKEN_ACTION),
		.outcome = text_of("failed"),
		.detail = text_of("the head was not that of the log"),
	};

	snprintf(number, sizeof number, "%" PRId64, place);
	entry.object = text_of(number);
	chain_seek(&a->root, last->seq, last->mac, &a->chain);
	return append(a, &entry, why);
}

/* The head can be trusted: the chain goes on after it, and what is missing before stays missing. */
static void go_on(struct audit *a, const struct chain_head *head, const struct audit_record *last)
{
	if (last->seq < head->seq)
		log_error("the audit log ends with entry %" PRId64 ", but %" PRId64
			  " were written: it was cut",
			last->seq, head->seq);
	else if (last->seq > 0 && memcmp(last->mac, head->mac, CHAIN_BYTES) != 0)
		log_error("the last entry of the audit log, %" PRId64 ", was changed", last->seq);
	chain_seek(&a->root, head->seq, head->mac, &a->chain);
}

static enum apikey_error open_within(struct audit *a, int64_t now, struct failure *why)
{
	struct audit_record last;
	struct head head;
	bool foreign = false;

	if (read_head(a, &head, why) != APIKEY_OK)
		return why->code;
	if (head.empty && (seal_all(a, &foreign, why) != APIKEY_OK || !foreign))
		return why->code;
	if (a->ops->audit_last(a->store, &last, why) != APIKEY_OK)
		return why->code;
	if (last.seq < 0 || last.seq > SEQ_MAX)
		return fail(why, APIKEY_INTERNAL,
			"the store is damaged: its audit log has an entry %" PRId64, last.seq);
	if (!head.trusted) {
		log_error("the head of the audit log is missing or forged: what followed entry "
			  "%" PRId64 " may have been cut off",
			last.seq);
		return go_on_broken(a, &last, last.seq + 1, now, why);
	}
	if (last.seq > head.value.seq) {
		log_error("the audit log has entries after its head, which is that of %" PRId64,
			head.value.seq);
		return go_on_broken(a, &last, head.value.seq + 1, now, why);
	}
	go_on(a, &head.value, &last);
	return APIKEY_OK;
}

enum apikey_error audit_open(struct audit *a, int64_t now, struct failure *why)
{
	if (a->sealed)
		return APIKEY_OK;
	if (a->ops->begin(a->store, why) != APIKEY_OK)
		return why->code;
	if (open_within(a, now, why) == APIKEY_OK && a->ops->commit(a->store, why) == APIKEY_OK) {
		audit_log_head(a, now, true);
		return APIKEY_OK;
	}
	a->ops->rollback(a->store);
	return why->code;
}

/* ---- the check ---- */

enum apikey_error audit_check_begin(struct audit *a, struct chain_check *check, struct failure *why)
{
	if (a->sealed)
		return sealed(why);
	chain_check_begin(check, &a->root);
	return APIKEY_OK;
}

struct step {
	struct chain_check *check;
	unsigned looked_at;
};

static bool check_one(const struct audit_record *entry, void *arg)
{
	struct step *step = arg;

	step->looked_at++;
	return chain_check_entry(step->check, entry);
}

enum apikey_error audit_check_step(
	struct audit *a, struct chain_check *check, unsigned limit, bool *done, struct failure *why)
{
	struct step step = {.check = check};
	int64_t from = check->chain.seq == 0 ? INT64_MIN : check->chain.seq + 1;
	struct head head;

	*done = true;
	if (a->ops->audit_walk(a->store, from, limit, check_one, &step, why) != APIKEY_OK)
		return why->code;
	if (check->broken)
		return APIKEY_OK;
	*done = step.looked_at < limit;
	if (!*done)
		return APIKEY_OK;
	if (read_head(a, &head, why) != APIKEY_OK)
		return why->code;
	chain_check_end(check, &a->root, head.trusted ? &head.value : NULL);
	return APIKEY_OK;
}
