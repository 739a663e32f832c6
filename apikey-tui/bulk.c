/* bulk.c - the same done to many keys: marked, asked about, done a few at a time, reported; disabling can be undone. */
#include "apikey-tui/bulk.h"

#include <stdlib.h>
#include <string.h>

#include "apikey-tui/console.h"
#include "apikey-tui/format.h"

#define GATHER_ROWS 1000

static const struct {
	const char *method, *verb, *doing, *done;
	const char *applies; /* first letters of the status of keys that it is done to */
	const char *means;
} kinds[] = {
	[BULK_DISABLE] = {"key.disable", "disable", "Disabling", "disabled", "a",
		"Each is denied from the next request on, until it is enabled again; z undoes it "
		"for 10 s."},
	[BULK_ENABLE] = {"key.enable", "enable", "Enabling", "enabled", "d",
		"Each verifies again from the next request on."},
	[BULK_REVOKE] = {"key.revoke", "revoke", "Revoking", "revoked", "ade",
		"Each is denied from the next request on. This cannot be taken back."},
	[BULK_DELETE] = {"key.delete", "delete", "Deleting", "deleted", "ader",
		"Each is denied, and its record is gone. This cannot be taken back."},
};

/* ---- marking ---- */

static void gather(struct console *c, const char *cursor);

static void gathered(
	void *arg, enum apikey_error error, const struct apikey_value *result, const char *why)
{
	const struct apikey_value *keys = apikey_get(result, "keys");
	const char *next = apikey_string(apikey_get(result, "next"));
	struct bulk *b = arg;
	struct console *c = b->console;
	bool room = true;

	b->gathering = false;
	for (size_t i = 0; i < apikey_count(keys) && room; i++)
		room = marks_put(&b->marked, member(apikey_at(keys, i), "id"),
			member(apikey_at(keys, i), "status"));
	if (error != APIKEY_OK)
		console_say(c, PAINT_BAD, "Not all are marked: %s", why);
	else if (!room)
		console_say(c, PAINT_WARN, "Only the first %d are marked.", MARKS_MAX);
	else if (next != NULL)
		gather(c, next);
	else
		console_say(c, PAINT_PLAIN, "%zu are marked.", b->marked.count);
}

static void gather(struct console *c, const char *cursor)
{
	c->bulk->gathering = true;
	model_list_page(c->model, cursor, GATHER_ROWS, gathered, c->bulk);
}

void bulk_mark_all(struct console *c)
{
	c->bulk->console = c;
	if (!c->bulk->gathering)
		gather(c, NULL);
}

void bulk_stop_marking(struct console *c)
{
	if (!c->bulk->gathering)
		return;
	model_forget(c->model, c->bulk);
	c->bulk->gathering = false;
	console_say(c, PAINT_WARN, "Not all are marked: the listing is another one now.");
}

void bulk_unmark(struct console *c)
{
	model_forget(c->model, c->bulk);
	c->bulk->gathering = false;
	marks_clear(&c->bulk->marked);
}

/* ---- doing ---- */

static void send_more(struct console *c);

/* What became of them all. What was not sent any more is not done. */
static void say_all(struct console *c)
{
	const struct bulk *b = c->bulk;
	size_t not_done = b->todo.count - b->done - b->unknown;
	char unknown[64] = "";

	if (b->unknown > 0)
		snprintf(unknown, sizeof unknown, ", of %zu it is not known", b->unknown);
	if (not_done + b->unknown > 0)
		console_say(c, PAINT_BAD, "%zu %s, %zu not%s: %s", b->done, kinds[b->kind].done,
			not_done, unknown, b->reason);
	else
		console_say(c, PAINT_GOOD, "%zu %s.%s", b->done, kinds[b->kind].done,
			b->kind == BULK_DISABLE ? " z undoes it." : "");
}

static void report(struct console *c)
{
	struct bulk *b = c->bulk;

	if (b->kind == BULK_DISABLE && b->disabled.count > 0) {
		marks_clear(&b->undo);
		b->undo = b->disabled;
		memset(&b->disabled, 0, sizeof b->disabled);
		b->undo_until = c->now + UNDO_WITHIN;
	}
	say_all(c);
	marks_clear(&b->todo);
}

/* What failed stays marked, to be looked at. */
static void one_done(
	void *arg, enum apikey_error error, const struct apikey_value *result, const char *why)
{
	struct console *c = arg;
	struct bulk *b = c->bulk;

	b->pending--;
	if (error == APIKEY_OK) {
		b->done++;
		marks_drop(&b->marked, member(result, "id"));
		if (b->kind == BULK_DISABLE)
			marks_put(&b->disabled, member(result, "id"), "d");
		if (b->kind == BULK_ENABLE)
			marks_drop(&b->undo, member(result, "id"));
	} else {
		if (b->failed++ == 0)
			snprintf(b->reason, sizeof b->reason, "%s", why);
		b->unknown += model_may_be_done(c->model, error);
		b->stopped = b->stopped || error == APIKEY_UNREACHABLE || error == APIKEY_BROKEN;
	}
	send_more(c);
}

static void send_more(struct console *c)
{
	struct bulk *b = c->bulk;

	while (!b->stopped && b->next < b->todo.count && b->pending < BULK_AT_ONCE) {
		struct apikey_params *params = apikey_params_new();

		apikey_put_string(params, "id", b->todo.all[b->next++].id);
		b->pending++;
		model_change(c->model, kinds[b->kind].method, params, one_done, c);
	}
	if (b->todo.count == 0)
		return; /* reported within a call */
	if (b->pending == 0)
		report(c);
	else
		console_say(c, PAINT_PLAIN, "%s %zu of %zu.", kinds[b->kind].doing,
			b->done + b->failed, b->todo.count);
}

/* Takes the keys over. */
static void start(struct console *c, enum bulk_kind kind, struct marks *todo)
{
	struct bulk *b = c->bulk;

	marks_clear(&b->disabled);
	b->todo = *todo;
	b->kind = kind;
	b->next = b->pending = b->done = b->failed = b->unknown = 0;
	b->stopped = false;
	send_more(c);
}

static bool idle(struct console *c)
{
	if (c->bulk->todo.count > 0)
		console_say(c, PAINT_WARN, "%s is not at its end yet.", kinds[c->bulk->kind].doing);
	return c->bulk->todo.count == 0;
}

/* ---- asking ---- */

static void confirmed(struct console *c, const char *subject)
{
	enum bulk_kind kind = (enum bulk_kind)atoi(subject);
	const struct marks *marked = &c->bulk->marked;
	struct marks todo = {0};

	for (size_t i = 0; i < marked->count; i++)
		if (strchr(kinds[kind].applies, marked->all[i].status) != NULL)
			marks_put(&todo, marked->all[i].id, (char[]){marked->all[i].status, '\0'});
	start(c, kind, &todo);
}

/* "12 active, 3 disabled" of those that it would be done to, or of the others. */
static void describe(
	const struct marks *marked, const char *applies, bool of, char *out, size_t size)
{
	static const char *const statuses[] = {"active", "disabled", "expired", "revoked"};
	size_t at = 0;

	*out = '\0';
	for (size_t i = 0; i < sizeof statuses / sizeof statuses[0] && at < size; i++) {
		size_t n = marks_count(marked, (char[]){*statuses[i], '\0'});

		if (n > 0 && (strchr(applies, *statuses[i]) != NULL) == of)
			at += (size_t)snprintf(out + at, size - at, "%s%zu %s", at > 0 ? ", " : "",
				n, statuses[i]);
	}
}

void bulk_ask(struct console *c, enum bulk_kind kind)
{
	const struct marks *marked = &c->bulk->marked;
	size_t count = marks_count(marked, kinds[kind].applies);
	char does[128], stays[128], subject[8];
	struct dialog *d = &c->dialog;

	if (!idle(c))
		return;
	if (count == 0) {
		console_say(c, PAINT_WARN, "None of the %zu marked can be %s.", marked->count,
			kinds[kind].done);
		return;
	}
	describe(marked, kinds[kind].applies, true, does, sizeof does);
	describe(marked, kinds[kind].applies, false, stays, sizeof stays);
	memset(d, 0, sizeof *d);
	d->verb = kinds[kind].verb;
	snprintf(d->title, sizeof d->title, "%c%s %zu key%s?", *kinds[kind].verb - 32,
		kinds[kind].verb + 1, count, count == 1 ? "" : "s");
	snprintf(d->text, sizeof d->text, "Of the marked: %s.%s%s%s %s", does,
		*stays != '\0' ? " As they are stay: " : "", stays, *stays != '\0' ? "." : "",
		kinds[kind].means);
	snprintf(d->word, sizeof d->word, "%zu", count);
	snprintf(subject, sizeof subject, "%d", (int)kind);
	console_ask(c, confirmed, subject);
}

/* ---- undoing ---- */

void bulk_disabled(struct console *c, const char *id)
{
	marks_clear(&c->bulk->undo);
	marks_put(&c->bulk->undo, id, "d");
	c->bulk->undo_until = c->now + UNDO_WITHIN;
}

/* What cannot be enabled now can be tried once more. */
void bulk_undo(struct console *c)
{
	const struct marks *undo = &c->bulk->undo;
	struct marks todo = {0};

	if (!idle(c))
		return;
	if (undo->count == 0 || c->now > c->bulk->undo_until) {
		console_say(c, PAINT_WARN,
			"There is nothing to undo: only disabling can be, for %d s.",
			UNDO_WITHIN / 1000);
		return;
	}
	for (size_t i = 0; i < undo->count; i++)
		marks_put(&todo, undo->all[i].id, "d");
	start(c, BULK_ENABLE, &todo);
}

void bulk_end(struct bulk *b)
{
	marks_clear(&b->marked);
	marks_clear(&b->todo);
	marks_clear(&b->undo);
	marks_clear(&b->disabled);
}
