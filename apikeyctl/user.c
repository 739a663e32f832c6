/* user.c - users: who may do what, and in which tenant. */
#include "apikeyctl/commands.h"
#include "apikeyctl/noun.h"

static const struct column columns[] = {
	{"NAME", "username", KIND_TEXT, true},
	{"ROLE", "role", KIND_TEXT, true},
	{"TENANT", "tenant", KIND_TEXT, true},
	{"STATUS", "status", KIND_STATUS, true},
	{"ACCOUNT", "os_account", KIND_TEXT, true},
	{"MAX KEYS", "max_keys", KIND_NUMBER, true},
	{"LAST LOGIN", "last_login_at", KIND_AGO, true},
	{NULL, "password", KIND_BOOL, true},
	{NULL, "created_at", KIND_TIME, true},
	{NULL, "created_by", KIND_TEXT, true},
	{NULL, NULL, KIND_TEXT, false},
};

static const struct noun noun = {
	.name = "user",
	.id = "username",
	.list = "user.list",
	.members = "users",
	.paged = true,
	.none = "no users yet: apikeyctl user create NAME --role ROLE",
	.columns = columns,
};

static enum end run_create(struct ctl *ctl, const struct arguments *args)
{
	return noun_change(ctl, args, &noun, "user.create");
}

static enum end run_list(struct ctl *ctl, const struct arguments *args)
{
	return noun_list(ctl, args, &noun);
}

static enum end run_show(struct ctl *ctl, const struct arguments *args)
{
	return noun_show(ctl, args, &noun, "user.get");
}

static enum end run_update(struct ctl *ctl, const struct arguments *args)
{
	return noun_update(ctl, args, &noun, "user.update");
}

static enum end run_disable(struct ctl *ctl, const struct arguments *args)
{
	return noun_change(ctl, args, &noun, "user.disable");
}

static enum end run_enable(struct ctl *ctl, const struct arguments *args)
{
	return noun_change(ctl, args, &noun, "user.enable");
}

static enum end run_delete(struct ctl *ctl, const struct arguments *args)
{
	return noun_delete(ctl, args, &noun, "user.delete", true);
}

#define FIELDS(new)                                                                                \
	{.name = "role",                                                                           \
		.value = "ROLE",                                                                   \
		.help = "admin, operator or viewer",                                               \
		.type = OPTION_TEXT,                                                               \
		.param = "role",                                                                   \
		.required = (new)},                                                                \
		{.name = "tenant",                                                                 \
			.value = "TENANT",                                                         \
			.help = "in which tenant",                                                 \
			.type = OPTION_TEXT,                                                       \
			.param = "tenant"},                                                        \
		{.name = "os-account",                                                             \
			.value = "ACCOUNT",                                                        \
			.help = "the account of this host that is this user, without a password",  \
			.type = OPTION_TEXT,                                                       \
			.param = "os_account",                                                     \
			.clears = !(new)},                                                         \
	{                                                                                          \
		.name = "max-keys", .value = "N",                                                  \
		.help = "keys that it may own, revoked ones not counted", .type = OPTION_INT,      \
		.param = "max_keys", .clears = !(new)                                              \
	}

static const struct option create_options[] = {FIELDS(true), {.name = NULL}};
static const struct option update_options[] = {FIELDS(false), {.name = NULL}};
static const struct option list_options[] = {
	{.name = "tenant",
		.value = "TENANT",
		.help = "of which tenant",
		.type = OPTION_TEXT,
		.param = "tenant"},
	{.name = NULL},
};
static const struct option delete_options[] = {
	{.name = "yes", .help = "do not ask"},
	{.name = NULL},
};

const struct command user_create = {
	.words = "user create",
	.arguments = "NAME",
	.least = 1,
	.most = 1,
	.help = "Make a user: who may do what, and in which tenant.",
	.options = create_options,
	.examples = {"apikeyctl user create ann --role operator --tenant acme --os-account ann",
		"apikeyctl user create guest --role viewer --tenant acme"},
	.run = run_create,
};

const struct command user_list = {
	.words = "user list",
	.arguments = "",
	.help = "List users.",
	.options = list_options,
	.examples = {"apikeyctl user list --tenant acme"},
	.run = run_list,
};

const struct command user_show = {
	.words = "user show",
	.arguments = "NAME",
	.least = 1,
	.most = 1,
	.help = "Show one user.",
	.examples = {"apikeyctl user show ann"},
	.run = run_show,
};

const struct command user_update = {
	.words = "user update",
	.arguments = "NAME",
	.least = 1,
	.most = 1,
	.help = "Change a user; an empty value empties the field.",
	.options = update_options,
	.examples = {"apikeyctl user update ann --role viewer",
		"apikeyctl user update ann --os-account ''"},
	.run = run_update,
};

const struct command user_disable = {
	.words = "user disable",
	.arguments = "NAME",
	.least = 1,
	.most = 1,
	.help = "Shut a user out and deny the keys that it owns.",
	.examples = {"apikeyctl user disable ann"},
	.run = run_disable,
};

const struct command user_enable = {
	.words = "user enable",
	.arguments = "NAME",
	.least = 1,
	.most = 1,
	.help = "Let a disabled user and its keys in again.",
	.examples = {"apikeyctl user enable ann"},
	.run = run_enable,
};

const struct command user_delete = {
	.words = "user delete",
	.arguments = "NAME",
	.least = 1,
	.most = 1,
	.help = "Remove a user who owns no keys but revoked ones.",
	.options = delete_options,
	.examples = {"apikeyctl user delete ann"},
	.run = run_delete,
};
