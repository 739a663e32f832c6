/* key.h - what the commands about keys share. */
#ifndef APIKEYCTL_KEY_H
#define APIKEYCTL_KEY_H

#include "apikeyctl/limits.h"
#include "apikeyctl/options.h"
#include "apikeyctl/table.h"

/* The columns of a list of keys, and of a key with --plain. */
extern const struct column key_columns[];

/* One key, whole. */
void key_print(const struct ctl *ctl, const struct apikey_value *key);
/* What is left of its limits, where it has any; on a terminal, under the card. */
void key_print_limits(struct ctl *ctl, const struct apikey_value *key);
/* Looks one up; *key lives until the next call. */
enum end key_get(struct ctl *ctl, const char *ref, const struct apikey_value **key);
/* A method that gives out a key's text, how it is spoken of, and what to do where the text is lost. */
struct making {
	const char *method, *done, *mend, *again; /* "revoke" it "and make another" */
};
/* Calls it, and shows the text once, or writes it to a new file (out_path NULL: none). */
enum end key_make(struct ctl *ctl, const struct making *making, struct apikey_params *params,
	const char *out_path);
/* The options given as new parameters, which the caller frees; NULL unless END_DONE. */
enum end key_params(
	const struct ctl *ctl, const struct arguments *args, struct apikey_params **out);

/* What can be said of a new key: rows of a table of options. */
#define NEW_KEY_OPTIONS(needs_name)                                                                \
	{.name = "name",                                                                           \
		.value = "NAME",                                                                   \
		.help = "what it is for",                                                          \
		.type = OPTION_TEXT,                                                               \
		.param = "name",                                                                   \
		.required = (needs_name)},                                                         \
		{.name = "scope",                                                                  \
			.value = "SCOPE",                                                          \
			.help = "what it may do: invoices:read, invoices:*",                       \
			.type = OPTION_LIST,                                                       \
			.param = "scopes"},                                                        \
		{.name = "expires",                                                                \
			.value = "TIME",                                                           \
			.help = "90d, 12h, 2027-01-31, 2027-01-31T12:00:00Z, never",               \
			.type = OPTION_EXPIRY,                                                     \
			.param = "expires_at"},                                                    \
		{.name = "ip",                                                                     \
			.value = "NETWORK",                                                        \
			.help = "from where: 203.0.113.0/24",                                      \
			.type = OPTION_LIST,                                                       \
			.param = "ip_allow"},                                                      \
		LIMIT_OPTIONS(false),                                                              \
		{.name = "plan",                                                                   \
			.value = "PLAN",                                                           \
			.help = "whose limits it has where it has none of its own",                \
			.type = OPTION_TEXT,                                                       \
			.param = "plan"},                                                          \
		{.name = "env",                                                                    \
			.value = "ENV",                                                            \
			.help = "the environment, such as live or test",                           \
			.type = OPTION_TEXT,                                                       \
			.param = "env"},                                                           \
		{.name = "owner",                                                                  \
			.value = "USER",                                                           \
			.help = "who answers for it",                                              \
			.type = OPTION_TEXT,                                                       \
			.param = "owner"},                                                         \
		{.name = "tenant",                                                                 \
			.value = "TENANT",                                                         \
			.help = "whose it is",                                                     \
			.type = OPTION_TEXT,                                                       \
			.param = "tenant"},                                                        \
		{.name = "email",                                                                  \
			.value = "ADDRESS",                                                        \
			.help = "whom to write to about it",                                       \
			.type = OPTION_TEXT,                                                       \
			.param = "email"},                                                         \
		{.name = "notes",                                                                  \
			.value = "TEXT",                                                           \
			.help = "anything worth knowing",                                          \
			.type = OPTION_TEXT,                                                       \
			.param = "notes"},                                                         \
	{                                                                                          \
		.name = "meta", .value = "NAME=VALUE", .help = "given back with each verify",      \
		.type = OPTION_PAIRS, .param = "meta"                                              \
	}

#endif
