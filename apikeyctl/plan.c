/* plan.c - plans: limits under a name, which keys follow. */
#include <stdio.h>
#include <stdlib.h>

#include "apikeyctl/commands.h"
#include "apikeyctl/confirm.h"
#include "apikeyctl/json.h"
#include "apikeyctl/key.h"
#include "apikeyctl/limits.h"

static const struct column columns[] = {
	{"NAME", "name", KIND_TEXT, true},
	{"RATE", "rate", KIND_LIMITS, true},
	{"QUOTA", "quota", KIND_LIMITS, true},
	{"UNITS", "units_per_request", KIND_NUMBER, true},
	{"KEYS", "keys", KIND_NUMBER, true},
	{NULL, "created_at", KIND_TIME, true},
	{NULL, NULL, KIND_TEXT, false},
};

/* The plan that the first argument names goes through a method. */
static enum end call_on(struct ctl *ctl, const struct arguments *args, const char *method,
	bool changes, const struct apikey_value **plan)
{
	struct apikey_params *params;
	enum end end = key_params(ctl, args, &params);

	if (end != END_DONE)
		return end;
	apikey_put_string(params, "name", args->words[0]);
	end = (changes ? ctl_change : ctl_call)(ctl, method, params, plan);
	apikey_params_free(params);
	return end;
}

static enum end show(
	struct ctl *ctl, const struct arguments *args, const char *method, bool changes)
{
	const struct apikey_value *plan;
	enum end end = call_on(ctl, args, method, changes, &plan);

	if (end == END_DONE)
		table_record(ctl, columns, plan);
	return end;
}

static enum end run_create(struct ctl *ctl, const struct arguments *args)
{
	return show(ctl, args, "plan.create", true);
}

static enum end run_show(struct ctl *ctl, const struct arguments *args)
{
	return show(ctl, args, "plan.get", false);
}

static enum end run_update(struct ctl *ctl, const struct arguments *args)
{
	if (!arguments_any_param(args))
		return ctl_usage(ctl, "nothing to change; see apikeyctl plan update --help");
	return show(ctl, args, "plan.update", true);
}

static enum end run_list(struct ctl *ctl, const struct arguments *args)
{
	struct table table = {.ctl = ctl, .columns = columns};
	const struct apikey_value *answer;
	enum end end = ctl_call(ctl, "plan.list", NULL, &answer);

	(void)args;
	if (end != END_DONE)
		return end;
	if (ctl->format == FORMAT_JSON) {
		json_print(answer);
		putchar('\n');
		return END_DONE;
	}
	table_page(&table, apikey_get(answer, "plans"));
	if (ctl->format == FORMAT_TABLE && !table.begun)
		ctl_say("no plans yet: apikeyctl plan create NAME --rate 100/60s");
	return END_DONE;
}

static enum end ask(const struct ctl *ctl, const char *name)
{
	char *shown = print_escaped(name), *question = NULL;
	enum end end;

	(void)!asprintf(&question, "delete plan %s? There is no way back. [y/N]", shown);
	end = confirm(ctl, question ? question : "", "y");
	free(question);
	free(shown);
	return end;
}

static enum end run_delete(struct ctl *ctl, const struct arguments *args)
{
	const struct apikey_value *plan;
	enum end end = END_DONE;

	if (!arguments_get(args, "yes"))
		end = ask(ctl, args->words[0]);
	if (end == END_DONE)
		end = call_on(ctl, args, "plan.delete", true, &plan);
	if (end == END_DONE && ctl->format == FORMAT_TABLE)
		ctl_say("deleted plan %s", args->words[0]);
	else if (end == END_DONE)
		table_record(ctl, columns, plan);
	return end;
}

static const struct option create_options[] = {LIMIT_OPTIONS(false), {.name = NULL}};
static const struct option update_options[] = {LIMIT_OPTIONS(true), {.name = NULL}};
static const struct option delete_options[] = {
	{.name = "yes", .help = "do not ask"},
	{.name = NULL},
};

const struct command plan_create = {
	.words = "plan create",
	.arguments = "NAME",
	.least = 1,
	.most = 1,
	.help = "Make a plan: limits that every key on it has.",
	.options = create_options,
	.examples = {"apikeyctl plan create basic --rate 10/1s --rate 1000/1h --quota 5000/day",
		"apikeyctl key create --name shop --plan basic"},
	.run = run_create,
};

const struct command plan_list = {
	.words = "plan list",
	.arguments = "",
	.help = "List all plans.",
	.examples = {"apikeyctl plan list"},
	.run = run_list,
};

const struct command plan_show = {
	.words = "plan show",
	.arguments = "NAME",
	.least = 1,
	.most = 1,
	.help = "Show one plan.",
	.examples = {"apikeyctl plan show basic"},
	.run = run_show,
};

const struct command plan_update = {
	.words = "plan update",
	.arguments = "NAME",
	.least = 1,
	.most = 1,
	.help = "Change a plan and, at once, all keys on it.",
	.options = update_options,
	.examples = {"apikeyctl plan update basic --rate 20/1s",
		"apikeyctl plan update basic --quota ''"},
	.run = run_update,
};

const struct command plan_delete = {
	.words = "plan delete",
	.arguments = "NAME",
	.least = 1,
	.most = 1,
	.help = "Remove a plan that no key is on.",
	.options = delete_options,
	.examples = {"apikeyctl plan delete basic", "apikeyctl plan delete --yes basic"},
	.run = run_delete,
};
