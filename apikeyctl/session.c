/* session.c - sessions of a user: listed and ended. */
#include <stdio.h>

#include "apikeyctl/commands.h"
#include "apikeyctl/json.h"
#include "apikeyctl/key.h"

static const struct column columns[] = {
	{"SESSION", "id", KIND_TEXT, true},
	{"USER", "username", KIND_TEXT, true},
	{"UID", "uid", KIND_NUMBER, true},
	{"BEGAN", "created_at", KIND_TIME, true},
	{"LAST USED", "seen_at", KIND_AGO, true},
	{"UNTIL", "expires_at", KIND_TIME, true},
	{"CURRENT", "current", KIND_BOOL, true},
	{NULL, NULL, KIND_TEXT, false},
};

static enum end run_list(struct ctl *ctl, const struct arguments *args)
{
	struct table table = {.ctl = ctl, .columns = columns};
	const struct apikey_value *answer;
	struct apikey_params *params;
	enum end end = key_params(ctl, args, &params);

	if (end != END_DONE)
		return end;
	end = ctl_call(ctl, "user.sessions", params, &answer);
	apikey_params_free(params);
	if (end != END_DONE)
		return end;
	if (ctl->format == FORMAT_JSON) {
		json_print(answer);
		putchar('\n');
		return END_DONE;
	}
	table_page(&table, apikey_get(answer, "sessions"));
	if (ctl->format == FORMAT_TABLE && !table.begun)
		ctl_say("no sessions");
	return END_DONE;
}

static enum end run_end(struct ctl *ctl, const struct arguments *args)
{
	static const struct column ended[] = {{"ENDED", "ended", KIND_NUMBER, true}, {0}};
	const struct apikey_value *answer;
	struct apikey_params *params;
	enum end end = key_params(ctl, args, &params);

	if (end != END_DONE)
		return end;
	if (args->word_count > 0)
		apikey_put_string(params, "id", args->words[0]);
	end = ctl_change(ctl, "user.end_sessions", params, &answer);
	apikey_params_free(params);
	if (end == END_DONE)
		table_record(ctl, ended, answer);
	return end;
}

static const struct option options[] = {
	{.name = "user",
		.value = "USER",
		.help = "whose; your own where none is named",
		.type = OPTION_TEXT,
		.param = "username"},
	{.name = NULL},
};

const struct command session_list = {
	.words = "session list",
	.arguments = "",
	.help = "List the sessions of a user.",
	.options = options,
	.examples = {"apikeyctl session list", "apikeyctl session list --user alice"},
	.run = run_list,
};

const struct command session_end = {
	.words = "session end",
	.arguments = "[SESSION]",
	.most = 1,
	.help = "End all sessions of a user, or one of them.",
	.options = options,
	.examples = {"apikeyctl session end --user alice", "apikeyctl session end s_7Hq2mX9dAb"},
	.run = run_end,
};
