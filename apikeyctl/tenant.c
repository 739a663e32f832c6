/* tenant.c - tenants: the customers to whom keys and users belong. */
#include "apikeyctl/commands.h"
#include "apikeyctl/noun.h"

static const struct column columns[] = {
	{"NAME", "name", KIND_TEXT, true},
	{"STATUS", "status", KIND_STATUS, true},
	{"PLAN", "plan", KIND_TEXT, true},
	{"MAX KEYS", "max_keys", KIND_NUMBER, true},
	{"KEYS", "keys", KIND_NUMBER, true},
	{"REVOKED", "revoked", KIND_NUMBER, true},
	{"USERS", "users", KIND_NUMBER, true},
	{NULL, "created_at", KIND_TIME, true},
	{NULL, "created_by", KIND_TEXT, true},
	{NULL, NULL, KIND_TEXT, false},
};

static const struct noun noun = {
	.name = "tenant",
	.id = "name",
	.list = "tenant.list",
	.members = "tenants",
	.paged = true,
	.none = "no tenants",
	.columns = columns,
};

static enum end run_create(struct ctl *ctl, const struct arguments *args)
{
	return noun_change(ctl, args, &noun, "tenant.create");
}

static enum end run_list(struct ctl *ctl, const struct arguments *args)
{
	return noun_list(ctl, args, &noun);
}

static enum end run_show(struct ctl *ctl, const struct arguments *args)
{
	return noun_show(ctl, args, &noun, "tenant.get");
}

static enum end run_update(struct ctl *ctl, const struct arguments *args)
{
	return noun_update(ctl, args, &noun, "tenant.update");
}

static enum end run_disable(struct ctl *ctl, const struct arguments *args)
{
	return noun_change(ctl, args, &noun, "tenant.disable");
}

static enum end run_enable(struct ctl *ctl, const struct arguments *args)
{
	return noun_change(ctl, args, &noun, "tenant.enable");
}

static enum end run_delete(struct ctl *ctl, const struct arguments *args)
{
	return noun_delete(ctl, args, &noun, "tenant.delete", true);
}

#define FIELDS(clearing)                                                                           \
	{.name = "plan",                                                                           \
		.value = "PLAN",                                                                   \
		.help = "of new keys that name none, and its caps",                                \
		.type = OPTION_TEXT,                                                               \
		.param = "plan",                                                                   \
		.clears = (clearing)},                                                             \
	{                                                                                          \
		.name = "max-keys", .value = "N",                                                  \
		.help = "keys that it may have, revoked ones not counted", .type = OPTION_INT,     \
		.param = "max_keys", .clears = (clearing)                                          \
	}

static const struct option create_options[] = {FIELDS(false), {.name = NULL}};
static const struct option update_options[] = {FIELDS(true), {.name = NULL}};
static const struct option delete_options[] = {
	{.name = "keys",
		.value = "N",
		.help = "delete its keys with it, which are so many",
		.type = OPTION_INT,
		.param = "keys"},
	{.name = "yes", .help = "do not ask"},
	{.name = NULL},
};

const struct command tenant_create = {
	.words = "tenant create",
	.arguments = "NAME",
	.least = 1,
	.most = 1,
	.help = "Make a tenant: a customer to whom keys and users belong.",
	.options = create_options,
	.examples = {"apikeyctl tenant create acme --max-keys 100",
		"apikeyctl user create ann --role operator --tenant acme"},
	.run = run_create,
};

const struct command tenant_list = {
	.words = "tenant list",
	.arguments = "",
	.help = "List tenants.",
	.examples = {"apikeyctl tenant list"},
	.run = run_list,
};

const struct command tenant_show = {
	.words = "tenant show",
	.arguments = "NAME",
	.least = 1,
	.most = 1,
	.help = "Show one tenant.",
	.examples = {"apikeyctl tenant show acme"},
	.run = run_show,
};

const struct command tenant_update = {
	.words = "tenant update",
	.arguments = "NAME",
	.least = 1,
	.most = 1,
	.help = "Change a tenant; an empty value empties the field.",
	.options = update_options,
	.examples = {"apikeyctl tenant update acme --plan gold",
		"apikeyctl tenant update acme --max-keys ''"},
	.run = run_update,
};

const struct command tenant_disable = {
	.words = "tenant disable",
	.arguments = "NAME",
	.least = 1,
	.most = 1,
	.help = "Deny all keys of a tenant until it is enabled again.",
	.examples = {"apikeyctl tenant disable acme"},
	.run = run_disable,
};

const struct command tenant_enable = {
	.words = "tenant enable",
	.arguments = "NAME",
	.least = 1,
	.most = 1,
	.help = "Allow the keys of a disabled tenant again.",
	.examples = {"apikeyctl tenant enable acme"},
	.run = run_enable,
};

const struct command tenant_delete = {
	.words = "tenant delete",
	.arguments = "NAME",
	.least = 1,
	.most = 1,
	.help = "Remove a tenant that has no users.",
	.options = delete_options,
	.examples = {"apikeyctl tenant delete acme", "apikeyctl tenant delete --keys 12 acme"},
	.run = run_delete,
};
