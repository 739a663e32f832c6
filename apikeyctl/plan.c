/* plan.c - plans: limits under a name, which keys follow. */
#include "apikeyctl/commands.h"
#include "apikeyctl/limits.h"
#include "apikeyctl/noun.h"

static const struct column columns[] = {
	{"NAME", "name", KIND_TEXT, true},
	{"RATE", "rate", KIND_LIMITS, true},
	{"QUOTA", "quota", KIND_LIMITS, true},
	{"UNITS", "units_per_request", KIND_NUMBER, true},
	{"KEYS", "keys", KIND_NUMBER, true},
	{"MAX", "max_keys", KIND_NUMBER, true},
	{"A USER", "max_keys_per_user", KIND_NUMBER, true},
	{NULL, "created_at", KIND_TIME, true},
	{NULL, NULL, KIND_TEXT, false},
};

static const struct noun noun = {
	.name = "plan",
	.id = "name",
	.list = "plan.list",
	.members = "plans",
	.none = "no plans yet: apikeyctl plan create NAME --rate 100/60s",
	.columns = columns,
};

static enum end run_create(struct ctl *ctl, const struct arguments *args)
{
	return noun_change(ctl, args, &noun, "plan.create");
}

static enum end run_show(struct ctl *ctl, const struct arguments *args)
{
	return noun_show(ctl, args, &noun, "plan.get");
}

static enum end run_update(struct ctl *ctl, const struct arguments *args)
{
	return noun_update(ctl, args, &noun, "plan.update");
}

static enum end run_list(struct ctl *ctl, const struct arguments *args)
{
	return noun_list(ctl, args, &noun);
}

static enum end run_delete(struct ctl *ctl, const struct arguments *args)
{
	return noun_delete(ctl, args, &noun, "plan.delete", false);
}

#define CAP_OPTIONS(clearing)                                                                      \
	{.name = "max-keys",                                                                       \
		.value = "N",                                                                      \
		.help = "keys that a tenant on it may have",                                       \
		.type = OPTION_INT,                                                                \
		.param = "max_keys",                                                               \
		.clears = (clearing)},                                                             \
	{                                                                                          \
		.name = "max-keys-per-user", .value = "N",                                         \
		.help = "keys that one owner in such a tenant may have", .type = OPTION_INT,       \
		.param = "max_keys_per_user", .clears = (clearing)                                 \
	}

static const struct option create_options[] = {
	LIMIT_OPTIONS(false), CAP_OPTIONS(false), {.name = NULL}};
static const struct option update_options[] = {
	LIMIT_OPTIONS(true), CAP_OPTIONS(true), {.name = NULL}};
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
