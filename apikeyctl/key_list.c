/* key_list.c - listing keys, written as they come, page by page. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apikeyctl/commands.h"
#include "apikeyctl/json.h"
#include "apikeyctl/key.h"

#define FIRST_PAGE 100 /* keys: small, so that the first row is there at once */
#define LATER_PAGE 1000

/* The document that a list of any length is written as. */
static void json_begin(int64_t total)
{
	printf("{\"total\":%lld,\"keys\":[", (long long)total);
}

static void json_page(const struct apikey_value *keys, bool first)
{
	for (size_t i = 0; i < apikey_count(keys); i++) {
		fputs(first && i == 0 ? "\n" : ",\n", stdout);
		json_print(apikey_at(keys, i));
	}
}

/* One page. *cursor is replaced by that of the next, NULL after the last. */
static enum apikey_error get_page(struct ctl *ctl, const struct arguments *args, char **cursor,
	const struct apikey_value **page)
{
	struct apikey_params *params = apikey_params_new();
	struct failure why;
	enum apikey_error r = APIKEY_NO_MEMORY;
	const char *next;

	if (!params)
		return r;
	(void)arguments_put(args, params, &why);
	apikey_put_int(params, "limit", *cursor ? LATER_PAGE : FIRST_PAGE);
	apikey_put_string(params, "cursor", *cursor);
	r = ctl_ask(ctl, "key.list", params, page);
	apikey_params_free(params);
	free(*cursor);
	next = apikey_string(apikey_get(*page, "next"));
	*cursor = next ? strdup(next) : NULL;
	return r;
}

static void show_page(struct table *table, const struct apikey_value *page)
{
	const struct apikey_value *keys = apikey_get(page, "keys");

	if (table->ctl->format != FORMAT_JSON) {
		table_page(table, keys);
		return;
	}
	if (!table->begun)
		json_begin(apikey_int(apikey_get(page, "total"), 0));
	json_page(keys, !table->begun);
	table->begun = true;
}

static enum end run_list(struct ctl *ctl, const struct arguments *args)
{
	struct table table = {.ctl = ctl, .columns = key_columns};
	const struct apikey_value *page;
	bool first = true;
	char *cursor = NULL;
	enum apikey_error r;

	do {
		r = get_page(ctl, args, &cursor, &page);
		if (r != APIKEY_OK)
			break;
		show_page(&table, page);
		fflush(stdout);
		first = false;
	} while (cursor);
	if (r != APIKEY_OK)
		return first ? ctl_fail(ctl, r, apikey_failure(ctl->client))
			     : ctl_fail_within(ctl, r);
	if (ctl->format == FORMAT_JSON)
		puts("\n]}");
	else if (ctl->format == FORMAT_TABLE && !table.begun)
		ctl_say("no keys%s", args->given_count ? " like that"
						       : " yet: apikeyctl key create --name NAME");
	return END_DONE;
}

static const struct option list_options[] = {
	{.name = "status",
		.value = "STATUS",
		.help = "active, disabled, revoked or expired",
		.type = OPTION_TEXT,
		.param = "status"},
	{.name = "query",
		.value = "TEXT",
		.help = "found in id, name, prefix, owner, email or notes",
		.type = OPTION_TEXT,
		.param = "query"},
	{.name = "owner",
		.value = "USER",
		.help = "whose keys",
		.type = OPTION_TEXT,
		.param = "owner"},
	{.name = "tenant",
		.value = "TENANT",
		.help = "of which tenant",
		.type = OPTION_TEXT,
		.param = "tenant"},
	{.name = "sort",
		.value = "FIELD",
		.help = "name, status, owner, requests, last_used_at, ...",
		.type = OPTION_TEXT,
		.param = "sort"},
	{.name = "desc", .help = "the last first", .param = "desc"},
	{.name = NULL},
};

const struct command key_list = {
	.words = "key list",
	.arguments = "",
	.help = "List keys, as many as there are.",
	.options = list_options,
	.examples = {"apikeyctl key list --status active --sort name",
		"apikeyctl key list --query billing --json | jq -r '.keys[].id'",
		"apikeyctl key list --plain | cut -f1"},
	.run = run_list,
};
