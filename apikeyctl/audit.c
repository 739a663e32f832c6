/* audit.c - who did what: reading the audit log, taking it along, and checking that it is whole. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "apikeyctl/audit_file.h"
#include "apikeyctl/commands.h"
#include "apikeyctl/json.h"
#include "apikeyctl/table.h"
#include "apikeyctl/when.h"

#define PAGE 1000
#define LIST_DEFAULT 100
#define VERIFY_PATIENCE 600000 /* milliseconds: a log of a hundred million entries */

static const struct column columns[] = {
	{NULL, "seq", KIND_NUMBER, true},
	{"TIME", "at", KIND_TIME, true},
	{"WHO", "actor", KIND_TEXT, true},
	{"WHAT", "action", KIND_TEXT, true},
	{"OBJECT", "object", KIND_TEXT, true},
	{NULL, "tenant", KIND_TEXT, true},
	{"OUTCOME", "outcome", KIND_TEXT, true},
	{"DETAIL", "detail", KIND_TEXT, true},
	{NULL, NULL, KIND_TEXT, false},
};

/* ---- pages ---- */

/* A walk through the log, page by page. */
struct pages {
	struct ctl *ctl;
	const struct arguments *args; /* NULL: all of it */
	bool chain_order;
	int64_t from, to; /* 0: not given */
	int64_t left;     /* entries still wanted */
	char *cursor;
	const struct apikey_value *page; /* lives until the next */
	enum apikey_error error;
};

static void put(struct apikey_params *params, const char *name, int64_t number)
{
	if (number != 0)
		apikey_put_int(params, name, number);
}

/* The next page; false at the end, or where there is an error. */
static bool pages_next(struct pages *p)
{
	struct apikey_params *params;
	struct failure why;
	const char *next;

	if ((p->page && !p->cursor) || p->left <= 0)
		return false;
	params = apikey_params_new();
	if (!params) {
		p->error = APIKEY_NO_MEMORY;
		return false;
	}
	if (p->args)
		(void)arguments_put(p->args, params, &why);
	put(params, "from", p->from);
	put(params, "to", p->to);
	if (p->chain_order)
		apikey_put_bool(params, "chain_order", true);
	apikey_put_int(params, "limit", p->left < PAGE ? p->left : PAGE);
	apikey_put_string(params, "cursor", p->cursor);
	p->error = ctl_ask(p->ctl, "audit.list", params, &p->page);
	apikey_params_free(params);
	free(p->cursor);
	next = p->error == APIKEY_OK ? apikey_string(apikey_get(p->page, "next")) : NULL;
	p->cursor = next ? strdup(next) : NULL;
	p->left -= (int64_t)apikey_count(apikey_get(p->page, "entries"));
	return p->error == APIKEY_OK;
}

/* within: some of a list has been written already. */
static enum end pages_end(struct pages *p, bool within)
{
	free(p->cursor);
	if (p->error == APIKEY_OK)
		return END_DONE;
	if (within)
		return ctl_fail_within(p->ctl, p->error);
	return ctl_fail(p->ctl, p->error, apikey_failure(p->ctl->client));
}

/* ---- audit list ---- */

/* "24h" is so long ago. */
static bool past(const char *text, int64_t *out)
{
	struct when when;

	if (!text)
		return true;
	if (!when_parse(text, &when) || when.type == WHEN_NEVER)
		return false;
	*out = when.type == WHEN_IN ? (int64_t)time(NULL) - when.seconds : when.seconds;
	return true;
}

static bool read_limit(const char *text, int64_t *out)
{
	char *rest;

	*out = LIST_DEFAULT;
	if (!text)
		return true;
	*out = strtoll(text, &rest, 10);
	return *rest == '\0' && *out > 0;
}

static void print_json_page(const struct apikey_value *entries, bool *begun)
{
	for (size_t i = 0; i < apikey_count(entries); i++) {
		fputs(*begun ? ",\n" : "\n", stdout);
		*begun = true;
		json_print(apikey_at(entries, i));
	}
}

static enum end print_list(struct pages *p)
{
	struct table table = {.ctl = p->ctl, .columns = columns};
	bool json = p->ctl->format == FORMAT_JSON, opened = false;

	while (pages_next(p)) {
		const struct apikey_value *entries = apikey_get(p->page, "entries");

		if (json && !opened)
			fputs("{\"entries\":[", stdout);
		opened = true;
		if (json)
			print_json_page(entries, &table.begun);
		else
			table_page(&table, entries);
		fflush(stdout);
	}
	if (json && opened && p->error == APIKEY_OK)
		puts("\n]}");
	else if (!json && p->error == APIKEY_OK && !table.begun && p->ctl->format == FORMAT_TABLE)
		ctl_say("no entries like that");
	return pages_end(p, opened);
}

static enum end run_list(struct ctl *ctl, const struct arguments *args)
{
	struct pages p = {.ctl = ctl, .args = args};

	if (!past(arguments_get(args, "from"), &p.from))
		return ctl_usage(ctl, "--from takes a time, such as 24h (ago) or 2026-11-30");
	if (!past(arguments_get(args, "to"), &p.to))
		return ctl_usage(ctl, "--to takes a time, such as 1h (ago) or 2026-11-30");
	if (!read_limit(arguments_get(args, "limit"), &p.left))
		return ctl_usage(ctl, "--limit takes a whole number from 1");
	return print_list(&p);
}

static const struct option list_options[] = {
	{.name = "from",
		.value = "TIME",
		.help = "not before: 24h (ago), 2026-11-30",
		.type = OPTION_TEXT},
	{.name = "to", .value = "TIME", .help = "not after", .type = OPTION_TEXT},
	{.name = "actor", .value = "WHO", .help = "by whom", .type = OPTION_TEXT, .param = "actor"},
	{.name = "action",
		.value = "METHOD",
		.help = "what, such as key.revoke",
		.type = OPTION_TEXT,
		.param = "action"},
	{.name = "object",
		.value = "ID",
		.help = "to what, such as a key's id",
		.type = OPTION_TEXT,
		.param = "object"},
	{.name = "limit", .value = "NUMBER", .help = "at most so many; 100", .type = OPTION_TEXT},
	{.name = NULL},
};

const struct command audit_list = {
	.words = "audit list",
	.arguments = "",
	.help = "List who did what, the latest first.",
	.options = list_options,
	.examples = {"apikeyctl audit list --from 24h",
		"apikeyctl audit list --object k_9xQ2mX9dAb",
		"apikeyctl audit list --action key.revoke --json"},
	.run = run_list,
};

/* ---- audit export ---- */

/* The last line: where the log ended, and its proof. */
static void print_head(const struct apikey_value *page)
{
	const char *head = apikey_string(apikey_get(page, "head")),
		   *proof = apikey_string(apikey_get(page, "proof"));

	if (head && proof)
		printf("{\"head\":\"%s\",\"proof\":\"%s\"}\n", head, proof);
}

static enum end run_export(struct ctl *ctl, const struct arguments *args)
{
	struct pages p = {.ctl = ctl, .chain_order = true, .left = INT64_MAX};

	(void)args;
	while (pages_next(&p)) {
		const struct apikey_value *entries = apikey_get(p.page, "entries");

		for (size_t i = 0; i < apikey_count(entries); i++) {
			json_print_line(apikey_at(entries, i));
			putchar('\n');
		}
		if (!p.cursor)
			print_head(p.page);
		if (ferror(stdout))
			break;
	}
	return pages_end(&p, false);
}

const struct command audit_export = {
	.words = "audit export",
	.arguments = "",
	.help = "Write the whole audit log as JSON, an entry a line, to keep or to check "
		"elsewhere.",
	.examples = {"apikeyctl audit export > audit.jsonl",
		"apikeyctl audit export | apikeyctl audit verify - --pepper pepper"},
	.run = run_export,
};

/* ---- audit verify ---- */

/* What a check has found; reason NULL: all is well. */
struct finding {
	int64_t entries, broken_at;
	const char *head, *reason;
};

static enum end print_finding(const struct ctl *ctl, const struct finding *f)
{
	if (ctl->format == FORMAT_JSON) {
		printf("{\"ok\":%s,\"entries\":%lld,", f->reason ? "false" : "true",
			(long long)f->entries);
		if (f->reason)
			printf("\"broken_at\":%lld,\"reason\":", (long long)f->broken_at);
		else
			printf("\"head\":");
		json_print_text(f->reason ? f->reason : f->head);
		puts("}");
	} else if (ctl->format == FORMAT_PLAIN) {
		printf("%s\t%lld\t%s\n", f->reason ? "broken" : "ok",
			(long long)(f->reason ? f->broken_at : f->entries),
			f->reason ? f->reason : f->head);
	} else if (!f->reason) {
		printf("%swhole%s: %lld entries\nhead %s\n", print_begin(ctl, PAINT_GOOD),
			print_end(ctl, PAINT_GOOD), (long long)f->entries, f->head);
	}
	if (!f->reason)
		return END_DONE;
	ctl_say("the audit log is broken at %lld: %s", (long long)f->broken_at, f->reason);
	return END_FAILED;
}

static void show_progress(struct apikey_client *client, const char *method,
	const struct apikey_value *params, void *arg)
{
	const struct apikey_value *progress = apikey_at(params, 0);
	int64_t total = apikey_int(apikey_get(progress, "total"), 0);

	(void)client;
	(void)arg;
	if (strcmp(method, "progress") == 0 && total > 0)
		fprintf(stderr, "\r%lld of %lld entries, %lld %%\033[K",
			(long long)apikey_int(apikey_get(progress, "done"), 0), (long long)total,
			(long long)(100 * apikey_int(apikey_get(progress, "done"), 0) / total));
}

static enum end ask_daemon(struct ctl *ctl)
{
	struct apikey_params *params = isatty(STDERR_FILENO) ? apikey_params_new() : NULL;
	const struct apikey_value *result;
	struct finding f;
	enum end end;

	ctl_wait_longer(ctl, VERIFY_PATIENCE);
	if (params != NULL) {
		apikey_on_notification(ctl->client, show_progress, NULL);
		apikey_put_bool(params, "progress", true);
	}
	end = ctl_call(ctl, "audit.verify", params, &result);
	if (params != NULL)
		fputs("\r\033[K", stderr);
	apikey_params_free(params);
	if (end != END_DONE)
		return end;
	f = (struct finding){
		.entries = apikey_int(apikey_get(result, "entries"), 0),
		.broken_at = apikey_int(apikey_get(result, "broken_at"), 0),
		.head = apikey_string(apikey_get(result, "head")),
		.reason = apikey_string(apikey_get(result, "reason")),
	};
	return print_finding(ctl, &f);
}

/* The pepper lies beside the store, where nobody says otherwise. */
static enum apikey_error read_root(
	const char *file, const char *pepper, struct chain_root *out, struct failure *why)
{
	uint8_t bytes[CHAIN_PEPPER_BYTES];
	const char *slash = strrchr(file, '/');
	enum apikey_error error;
	char *beside = NULL;

	if (!pepper &&
		asprintf(&beside, "%.*spepper", slash ? (int)(slash - file) + 1 : 0, file) < 0)
		return fail(why, APIKEY_NO_MEMORY, "no memory");
	error = audit_file_pepper(pepper ? pepper : beside, bytes, why);
	if (error == APIKEY_OK)
		chain_root(bytes, out);
	explicit_bzero(bytes, sizeof bytes);
	free(beside);
	return error;
}

static enum end check_file(struct ctl *ctl, const struct arguments *args, int64_t noted,
	const uint8_t noted_mac[CHAIN_BYTES])
{
	const char *file = args->words[0];
	char head[CHAIN_PLACE_TEXT];
	struct chain_check check;
	struct chain_root root;
	struct failure why;
	enum apikey_error error = read_root(file, arguments_get(args, "pepper"), &root, &why);

	if (error != APIKEY_OK)
		return ctl_fail(ctl, error, why.text);
	chain_check_begin(&check, &root);
	chain_check_note(&check, noted, noted_mac);
	error = audit_file_check(file, &root, &check, &why);
	explicit_bzero(&root, sizeof root);
	if (error != APIKEY_OK)
		return ctl_fail(ctl, error, why.text);
	chain_place_format(check.chain.seq, check.chain.mac, head);
	return print_finding(ctl, &(struct finding){.entries = check.chain.seq,
					  .broken_at = check.broken_at,
					  .head = head,
					  .reason = check.broken ? check.reason : NULL});
}

static enum end run_verify(struct ctl *ctl, const struct arguments *args)
{
	const char *head = arguments_get(args, "head");
	uint8_t mac[CHAIN_BYTES] = {0};
	int64_t seq = 0;

	if (head && !chain_place_parse(head, &seq, mac))
		return ctl_usage(ctl, "--head takes a number, a colon and 64 hex digits, as the "
				      "daemon's log says it");
	if (args->word_count > 0)
		return check_file(ctl, args, seq, mac);
	if (head || arguments_get(args, "pepper"))
		return ctl_usage(ctl, "--head and --pepper go with a FILE");
	return ask_daemon(ctl);
}

static const struct option verify_options[] = {
	{.name = "pepper",
		.value = "FILE",
		.help = "the daemon's pepper; else the one beside FILE",
		.type = OPTION_TEXT},
	{.name = "head",
		.value = "SEQ:HEX",
		.help = "a head from the daemon's log that must still be there",
		.type = OPTION_TEXT},
	{.name = NULL},
};

const struct command audit_verify = {
	.words = "audit verify",
	.arguments = "[FILE]",
	.most = 1,
	.help = "Check that no entry was changed, put in or cut off: the daemon's log, or a FILE.",
	.options = verify_options,
	.examples = {"apikeyctl audit verify",
		"apikeyctl audit verify backup/apikeyd.db --pepper /root/pepper",
		"apikeyctl audit verify audit.jsonl --pepper pepper --head 4711:9f86d0…"},
	.run = run_verify,
};
