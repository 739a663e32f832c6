/* alert.c - what somebody may have to know. */
#include <stdio.h>

#include "apikeyctl/commands.h"
#include "apikeyctl/json.h"
#include "apikeyctl/table.h"

static const struct column columns[] = {
	{"TIME", "at", KIND_TIME, true},
	{"KIND", "kind", KIND_TEXT, true},
	{"OBJECT", "object", KIND_TEXT, true},
	{NULL, "tenant", KIND_TEXT, true},
	{"DETAIL", "detail", KIND_TEXT, true},
	{NULL, NULL, KIND_TEXT, false},
};

static enum end run_list(struct ctl *ctl, const struct arguments *args)
{
	struct table table = {.ctl = ctl, .columns = columns};
	struct apikey_params *params = apikey_params_new();
	const struct apikey_value *result;
	struct failure why;
	enum end end;

	if (!params)
		return ctl_fail(ctl, APIKEY_NO_MEMORY, "no memory");
	if (arguments_put(args, params, &why) != APIKEY_OK)
		end = ctl_usage(ctl, "%s", why.text);
	else
		end = ctl_call(ctl, "alert.list", params, &result);
	apikey_params_free(params);
	if (end != END_DONE)
		return end;
	if (ctl->format == FORMAT_JSON) {
		json_print(result);
		putchar('\n');
		return END_DONE;
	}
	table_page(&table, apikey_get(result, "alerts"));
	if (ctl->format == FORMAT_TABLE && !table.begun)
		ctl_say("no alerts");
	return END_DONE;
}

static const struct option list_options[] = {
	{.name = "kind",
		.value = "KIND",
		.help = "only these, such as dead_key_used",
		.type = OPTION_TEXT,
		.param = "kind"},
	{.name = "object",
		.value = "ID",
		.help = "only of this key or network",
		.type = OPTION_TEXT,
		.param = "object"},
	{.name = "limit",
		.value = "NUMBER",
		.help = "at most so many; 100",
		.type = OPTION_INT,
		.param = "limit"},
	{.name = NULL},
};

const struct command alert_list = {
	.words = "alert list",
	.arguments = "",
	.help = "List what somebody may have to know, the latest first.",
	.options = list_options,
	.examples = {"apikeyctl alert list", "apikeyctl alert list --kind key_expiring --plain",
		"apikeyctl events --topic alert"},
	.run = run_list,
};
