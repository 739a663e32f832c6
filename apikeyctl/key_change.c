/* key_change.c - changing keys: their fields, and whether they are good. */
#include <stdio.h>
#include <stdlib.h>

#include "apikeyctl/chosen.h"
#include "apikeyctl/commands.h"
#include "apikeyctl/confirm.h"
#include "apikeyctl/json.h"
#include "apikeyctl/limits.h"

#define KEYS_MAX 1000 /* of one command */

/* One kind of change: the method, and how it is spoken of. */
struct change {
	const char *method, *verb, *done;
	const char *states; /* of the keys that a filter finds, which it changes; NULL: all */
	enum { ASK_NOT, ASK_YES, ASK_NAME } ask;
	bool for_good;
};

/* ---- key update ---- */

static enum end run_update(struct ctl *ctl, const struct arguments *args)
{
	const struct apikey_value *key;
	struct apikey_params *params;
	enum end end;

	if (!arguments_any_param(args))
		return ctl_usage(ctl, "nothing to change; see apikeyctl key update --help");
	end = key_params(ctl, args, &params);
	if (end != END_DONE)
		return end;
	apikey_put_string(params, "id", args->words[0]);
	end = ctl_change(ctl, "key.update", params, &key);
	apikey_params_free(params);
	if (end == END_DONE)
		key_print(ctl, key);
	return end;
}

static const struct option update_options[] = {
	{.name = "name",
		.value = "NAME",
		.help = "what it is for",
		.type = OPTION_TEXT,
		.param = "name"},
	{.name = "scope",
		.value = "SCOPE",
		.help = "all that it may do from now on",
		.type = OPTION_LIST,
		.param = "scopes",
		.clears = true},
	{.name = "expires",
		.value = "TIME",
		.help = "90d, 12h, 2027-01-31, 2027-01-31T12:00:00Z, never",
		.type = OPTION_EXPIRY,
		.param = "expires_at",
		.clears = true},
	{.name = "ip",
		.value = "NETWORK",
		.help = "from where, all of them",
		.type = OPTION_LIST,
		.param = "ip_allow",
		.clears = true},
	LIMIT_OPTIONS(true),
	{.name = "plan",
		.value = "PLAN",
		.help = "whose limits it has where it has none of its own",
		.type = OPTION_TEXT,
		.param = "plan",
		.clears = true},
	{.name = "owner",
		.value = "USER",
		.help = "who answers for it",
		.type = OPTION_TEXT,
		.param = "owner"},
	{.name = "email",
		.value = "ADDRESS",
		.help = "whom to write to about it",
		.type = OPTION_TEXT,
		.param = "email",
		.clears = true},
	{.name = "notes",
		.value = "TEXT",
		.help = "anything worth knowing",
		.type = OPTION_TEXT,
		.param = "notes",
		.clears = true},
	{.name = "meta",
		.value = "NAME=VALUE",
		.help = "given back with each verify, all of it",
		.type = OPTION_PAIRS,
		.param = "meta",
		.clears = true},
	{.name = "grace",
		.value = "TIME",
		.help = "how long older secrets still verify from now: 7d, 0",
		.type = OPTION_SPAN,
		.param = "grace"},
	{.name = NULL},
};

const struct command key_update = {
	.words = "key update",
	.arguments = "ID",
	.least = 1,
	.most = 1,
	.help = "Change fields of a key; an empty value empties the field.",
	.options = update_options,
	.examples = {"apikeyctl key update ak_live_7Hq2mX9d --name \"billing, nightly\"",
		"apikeyctl key update k_9xQ2mX9dAb --expires never --notes ''"},
	.run = run_update,
};

/* ---- key disable, enable, revoke, delete ---- */

static const char *field(const struct apikey_value *key, const char *name)
{
	const char *text = apikey_string(apikey_get(key, name));

	return text ? text : "?";
}

/* key k_1 "billing" (active); escaped, the caller frees. */
static char *describe_key(const struct apikey_value *key)
{
	char *text = NULL, *shown;

	(void)!asprintf(&text, "key %s \"%s\" (%s)", field(key, "id"), field(key, "name"),
		field(key, "status"));
	shown = print_escaped(text ? text : "");
	free(text);
	return shown;
}

/* One key as above, several by their number. */
static char *describe(const struct chosen *chosen)
{
	char number[32];

	if (chosen->count == 1)
		return describe_key(chosen->keys[0]);
	snprintf(number, sizeof number, "%zu keys", chosen->count);
	return print_escaped(number);
}

/* Found by a filter they were not named, so that their number is. */
static enum end ask(const struct ctl *ctl, const struct change *change, const struct chosen *chosen,
	bool filtered)
{
	bool name = change->ask == ASK_NAME || filtered;
	char *what = describe(chosen), *question = NULL, answer[256] = "y";
	enum end end;

	if (name && chosen->count == 1)
		snprintf(answer, sizeof answer, "%s", field(chosen->keys[0], "name"));
	else if (name)
		snprintf(answer, sizeof answer, "%zu", chosen->count);
	(void)!asprintf(&question, "%s %s?%s %s", change->verb, what,
		change->for_good ? " There is no way back." : "",
		!name                ? "[y/N]"
		: chosen->count == 1 ? "Type its name:"
				     : "Type how many:");
	end = confirm(ctl, question ? question : "", answer);
	free(question);
	free(what);
	return end;
}

static void print_planned(const struct ctl *ctl, const struct apikey_value *key, bool first)
{
	char *shown;

	if (ctl->format == FORMAT_TABLE) {
		shown = describe_key(key);
		puts(shown);
		free(shown);
	} else if (ctl->format == FORMAT_PLAIN) {
		table_record(ctl, key_columns, key);
	} else {
		fputs(first ? "\n" : ",\n", stdout);
		json_print(key);
	}
}

/* What --dry-run says would be done. */
static void print_plan(
	const struct ctl *ctl, const struct change *change, const struct chosen *chosen)
{
	if (ctl->format == FORMAT_JSON)
		printf("{\"dry_run\":true,\"method\":\"%s\",\"keys\":[", change->method);
	else if (chosen->count == 0)
		ctl_say("no keys like that to %s", change->verb);
	else
		ctl_say("would %s, were it not for --dry-run:", change->verb);
	for (size_t i = 0; i < chosen->count; i++)
		print_planned(ctl, chosen->keys[i], i == 0);
	if (ctl->format == FORMAT_JSON)
		puts("\n]}");
}

static enum end change_one(
	struct ctl *ctl, const struct change *change, const struct apikey_value *key)
{
	struct apikey_params *params = apikey_params_new();
	const struct apikey_value *result;
	enum end end;

	if (!params)
		return ctl_fail(ctl, APIKEY_NO_MEMORY, "no memory");
	apikey_put_string(params, "id", field(key, "id"));
	end = ctl_change(ctl, change->method, params, &result);
	apikey_params_free(params);
	if (end != END_DONE)
		return end;
	if (ctl->format == FORMAT_TABLE)
		ctl_say("%s key %s \"%s\"", change->done, field(key, "id"), field(key, "name"));
	else
		key_print(ctl, result);
	return END_DONE;
}

/* What is wrong with one key does not keep the others: the first such end is how all of it ends. */
static enum end change_each(
	struct ctl *ctl, const struct change *change, const struct chosen *chosen)
{
	enum end end = END_DONE, one = END_DONE;
	size_t failed = 0;

	for (size_t i = 0; i < chosen->count; i++) {
		one = change_one(ctl, change, chosen->keys[i]);
		if (one != END_DONE && one != END_NOT_FOUND && one != END_CONFLICT)
			return one;
		failed += one != END_DONE;
		end = end == END_DONE ? one : end;
	}
	if (failed > 0 && chosen->count > 1)
		ctl_say("%zu of %zu keys not %s", failed, chosen->count, change->done);
	return end;
}

static enum end choose(struct ctl *ctl, const struct arguments *args, const struct change *change,
	struct chosen *chosen)
{
	const char *filter = arguments_get(args, "where");

	if ((filter != NULL) == (args->word_count > 0))
		return ctl_usage(ctl, "key %s needs either ID... or --where FILTER", change->verb);
	return filter != NULL ? chosen_by_filter(ctl, filter, change->states, chosen)
			      : chosen_by_words(ctl, args, chosen);
}

static enum end change_all(struct ctl *ctl, const struct arguments *args,
	const struct change *change, const struct chosen *chosen)
{
	bool filtered = arguments_get(args, "where") != NULL;
	enum end end = END_DONE;

	if (chosen->count == 0) {
		ctl_say("no keys like that to %s", change->verb);
		if (ctl->format == FORMAT_JSON)
			puts("{\"keys\":[]}");
		return END_DONE;
	}
	if ((change->ask != ASK_NOT || filtered) && !arguments_get(args, "yes"))
		end = ask(ctl, change, chosen, filtered);
	return end == END_DONE ? change_each(ctl, change, chosen) : end;
}

static enum end run_change(
	struct ctl *ctl, const struct arguments *args, const struct change *change)
{
	struct chosen chosen = {0};
	enum end end = choose(ctl, args, change, &chosen);

	if (end == END_DONE && arguments_get(args, "dry-run"))
		print_plan(ctl, change, &chosen);
	else if (end == END_DONE)
		end = change_all(ctl, args, change, &chosen);
	chosen_free(&chosen);
	return end;
}

static enum end run_disable(struct ctl *ctl, const struct arguments *args)
{
	return run_change(ctl, args,
		&(struct change){
			"key.disable", "disable", "disabled", "active expired", ASK_NOT, false});
}

static enum end run_enable(struct ctl *ctl, const struct arguments *args)
{
	return run_change(ctl, args,
		&(struct change){"key.enable", "enable", "enabled", "disabled", ASK_NOT, false});
}

static enum end run_revoke(struct ctl *ctl, const struct arguments *args)
{
	return run_change(ctl, args,
		&(struct change){"key.revoke", "revoke", "revoked", "active disabled expired",
			ASK_YES, true});
}

static enum end run_delete(struct ctl *ctl, const struct arguments *args)
{
	return run_change(ctl, args,
		&(struct change){"key.delete", "delete", "deleted", NULL, ASK_NAME, true});
}

static const struct option change_options[] = {
	{.name = "where",
		.value = "FILTER",
		.help = "all keys like that: status:disabled owner:ada text",
		.type = OPTION_TEXT},
	{.name = "yes", .help = "do not ask; needed where there is no terminal"},
	{.name = "dry-run", .help = "say what would be done, and do nothing"},
	{.name = NULL},
};

const struct command key_disable = {
	.words = "key disable",
	.arguments = "ID...",
	.most = KEYS_MAX,
	.help = "Deny keys until they are enabled again.",
	.options = change_options,
	.examples = {"apikeyctl key disable ak_live_7Hq2mX9d",
		"apikeyctl key disable --where \"owner:ada billing\""},
	.run = run_disable,
};

const struct command key_enable = {
	.words = "key enable",
	.arguments = "ID...",
	.most = KEYS_MAX,
	.help = "Allow disabled keys again.",
	.options = change_options,
	.examples = {"apikeyctl key enable ak_live_7Hq2mX9d"},
	.run = run_enable,
};

const struct command key_revoke = {
	.words = "key revoke",
	.arguments = "ID...",
	.most = KEYS_MAX,
	.help = "Deny keys for good.",
	.options = change_options,
	.examples = {"apikeyctl key revoke ak_live_7Hq2mX9d",
		"apikeyctl key revoke --yes k_9xQ2mX9dAb k_1aZ8pL0sQe",
		"apikeyctl key revoke --where owner:ada --dry-run"},
	.run = run_revoke,
};

const struct command key_delete = {
	.words = "key delete",
	.arguments = "ID...",
	.most = KEYS_MAX,
	.help = "Remove keys and their records; revoke keeps the record.",
	.options = change_options,
	.examples = {"apikeyctl key delete k_9xQ2mX9dAb",
		"apikeyctl key delete --yes k_9xQ2mX9dAb"},
	.run = run_delete,
};
