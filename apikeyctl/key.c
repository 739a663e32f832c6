/* key.c - what the commands about keys share, and showing one. */
#include "apikeyctl/key.h"

#include <stdio.h>

#include "apikeyctl/commands.h"

const struct column key_columns[] = {
	{"ID", "id", KIND_TEXT, true},
	{"NAME", "name", KIND_TEXT, true},
	{"STATUS", "status", KIND_STATUS, true},
	{NULL, "tenant", KIND_TEXT, true},
	{"OWNER", "owner", KIND_TEXT, true},
	{NULL, "env", KIND_TEXT, true},
	{NULL, "created_at", KIND_TIME, true},
	{"EXPIRES", "expires_at", KIND_EXPIRY, true},
	{"LAST USED", "last_used_at", KIND_AGO, true},
	{NULL, "requests", KIND_NUMBER, true},
	{"KEY", "masked", KIND_TEXT, true},
	{NULL, NULL, KIND_TEXT, false},
};

/* The card on a terminal; programs get the columns of the list. */
static const struct column card[] = {
	{"Id", "id", KIND_TEXT, true},
	{"Name", "name", KIND_TEXT, true},
	{"Status", "status", KIND_STATUS, true},
	{"Tenant", "tenant", KIND_TEXT, true},
	{"Owner", "owner", KIND_TEXT, true},
	{"Environment", "env", KIND_TEXT, true},
	{"Key", "masked", KIND_TEXT, false},
	{"Scopes", "scopes", KIND_WORDS, false},
	{"Addresses", "ip_allow", KIND_WORDS, false},
	{"Plan", "plan", KIND_TEXT, false},
	{"Rate", "rate", KIND_LIMITS, false},
	{"Quota", "quota", KIND_LIMITS, false},
	{"Units each", "units_per_request", KIND_NUMBER, false},
	{"Created", "created_at", KIND_TIME, true},
	{"Created by", "created_by", KIND_TEXT, false},
	{"Expires", "expires_at", KIND_EXPIRY, true},
	{"Last used", "last_used_at", KIND_AGO, true},
	{"Requests", "requests", KIND_NUMBER, true},
	{"Units", "units", KIND_NUMBER, false},
	{NULL, "masked", KIND_TEXT, true},
	{"Email", "email", KIND_TEXT, false},
	{"Notes", "notes", KIND_TEXT, false},
	{"Metadata", "meta", KIND_WORDS, false},
	{NULL, NULL, KIND_TEXT, false},
};

/* Who still uses which secret. */
static const struct column secret_columns[] = {
	{"SECRET", "prefix", KIND_TEXT, false},
	{"STATUS", "status", KIND_STATUS, false},
	{"MADE", "created_at", KIND_TIME, false},
	{"ENDS", "expires_at", KIND_EXPIRY, false},
	{"LAST USED", "last_used_at", KIND_AGO, false},
	{"FROM", "last_ip", KIND_TEXT, false},
	{"REQUESTS", "requests", KIND_NUMBER, false},
	{"SINCE ROTATION", "requests_since", KIND_NUMBER, false},
	{NULL, NULL, KIND_TEXT, false},
};

void key_print(const struct ctl *ctl, const struct apikey_value *key)
{
	const struct apikey_value *secrets = apikey_get(key, "secrets");
	struct table table = {.ctl = ctl, .columns = secret_columns};

	table_record(ctl, card, key);
	if (ctl->format != FORMAT_TABLE || apikey_count(secrets) < 2)
		return;
	putchar('\n');
	table_page(&table, secrets);
}

enum end key_params(const struct ctl *ctl, const struct arguments *args, struct apikey_params **out)
{
	struct failure why;

	*out = apikey_params_new();
	if (!*out)
		return ctl_fail(ctl, APIKEY_NO_MEMORY, "no memory");
	if (arguments_put(args, *out, &why) == APIKEY_OK)
		return END_DONE;
	apikey_params_free(*out);
	*out = NULL;
	return ctl_usage(ctl, "%s", why.text);
}

enum end key_get(struct ctl *ctl, const char *ref, const struct apikey_value **key)
{
	struct apikey_params *params = apikey_params_new();
	enum end end;

	if (!params)
		return ctl_fail(ctl, APIKEY_NO_MEMORY, "no memory");
	apikey_put_string(params, "id", ref);
	end = ctl_call(ctl, "key.get", params, key);
	apikey_params_free(params);
	return end;
}

static enum end run_show(struct ctl *ctl, const struct arguments *args)
{
	const struct apikey_value *key;
	enum end end = key_get(ctl, args->words[0], &key);

	if (end == END_DONE)
		key_print(ctl, key);
	if (end == END_DONE && ctl->format == FORMAT_TABLE)
		key_print_limits(ctl, key);
	return end;
}

const struct command key_show = {
	.words = "key show",
	.arguments = "ID",
	.least = 1,
	.most = 1,
	.help = "Show all that is known of a key, by its id or prefix.",
	.examples = {"apikeyctl key show ak_live_7Hq2mX9d",
		"apikeyctl key show k_9xQ2mX9dAb --json"},
	.run = run_show,
};
