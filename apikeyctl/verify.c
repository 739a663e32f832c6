/* verify.c - asking about a key, which is read from standard input or a file, never from argv. */
#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "apikeyctl/commands.h"
#include "apikeyctl/keyfile.h"
#include "apikeyctl/table.h"

static const struct column verdict_columns[] = {
	{"Valid", "valid", KIND_BOOL, true},
	{"Code", "code", KIND_TEXT, true},
	{"Key", "key_id", KIND_TEXT, true},
	{"Prefix", "prefix", KIND_TEXT, true},
	{"Name", "name", KIND_TEXT, true},
	{"Tenant", "tenant", KIND_TEXT, true},
	{"Owner", "owner", KIND_TEXT, true},
	{"Environment", "env", KIND_TEXT, true},
	{"Scopes", "scopes", KIND_WORDS, true},
	{"Missing", "missing", KIND_WORDS, true},
	{"Expires", "expires_at", KIND_TIME, true},
	{"Retry after", "retry_after", KIND_SPAN, true},
	{"Old secret", "superseded", KIND_BOOL, false},
	{"Good until", "grace_ends", KIND_TIME, false},
	{"Metadata", "meta", KIND_WORDS, false},
	{NULL, NULL, KIND_TEXT, false},
};

static enum end end_of_code(const char *code)
{
	static const struct {
		const char *code;
		enum end end;
	} rows[] = {
		{"ok", END_DONE},
		{"rate_limited", END_LIMITED},
		{"quota_exceeded", END_LIMITED},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (strcmp(code, rows[i].code) == 0)
			return rows[i].end;
	return END_DENIED;
}

static enum end ask(struct ctl *ctl, struct apikey_params *params)
{
	const struct apikey_value *result;
	struct apikey_verdict verdict;
	enum end end = ctl_call(ctl, "verify", params, &result);

	if (end != END_DONE)
		return end;
	if (apikey_read_verdict(result, &verdict) != APIKEY_OK)
		return ctl_fail(ctl, APIKEY_BROKEN, "the daemon's answer is no verdict");
	table_record(ctl, verdict_columns, result);
	return end_of_code(verdict.code_name);
}

static enum end run(struct ctl *ctl, const struct arguments *args)
{
	struct apikey_params *params = apikey_params_new();
	const char *path = arguments_get(args, "file");
	char key[KEYFILE_MAX];
	struct failure why;
	ssize_t len;
	enum end end;

	if (args->word_count > 0)
		end = ctl_usage(ctl,
			"a key is not given as an argument, where every user of this machine "
			"could read it: printf %%s \"$KEY\" | apikeyctl verify");
	else if (!params)
		end = ctl_fail(ctl, APIKEY_NO_MEMORY, "no memory");
	else if (arguments_put(args, params, &why) != APIKEY_OK)
		end = ctl_usage(ctl, "%s", why.text);
	else if ((len = keyfile_read(path, key, sizeof key)) < 0)
		end = ctl_usage(
			ctl, "cannot read %s: %s", path ? path : "standard input", strerror(errno));
	else {
		apikey_put_text(params, "key", key, (size_t)len);
		end = ask(ctl, params);
	}
	explicit_bzero(key, sizeof key);
	apikey_params_free(params);
	return end;
}

static const struct option options[] = {
	{.name = "file",
		.value = "FILE",
		.help = "read the key there; \"-\" is standard input",
		.type = OPTION_TEXT},
	{.name = "ip",
		.value = "ADDRESS",
		.help = "the end client's address",
		.type = OPTION_TEXT,
		.param = "ip"},
	{.name = "scope",
		.value = "SCOPE",
		.help = "what the key must be good for",
		.type = OPTION_LIST,
		.param = "scopes"},
	{.name = "tenant",
		.value = "TENANT",
		.help = "whose key it must be",
		.type = OPTION_TEXT,
		.param = "tenant"},
	{.name = "resource",
		.value = "NAME",
		.help = "what is asked for",
		.type = OPTION_TEXT,
		.param = "resource"},
	{.name = "units",
		.value = "NUMBER",
		.help = "how much of it",
		.type = OPTION_INT,
		.param = "units"},
	{.name = "cost",
		.value = "NUMBER",
		.help = "what it counts against rate limits",
		.type = OPTION_INT,
		.param = "cost"},
	{.name = "agent",
		.value = "TEXT",
		.help = "the end client's user agent",
		.type = OPTION_TEXT,
		.param = "agent"},
	{.name = "dry-run", .help = "check, and count nothing", .param = "dry_run"},
	{.name = NULL},
};

/* Arguments are let in so that they can be refused with advice. */
const struct command verify = {
	.words = "verify",
	.arguments = "",
	.most = SIZE_MAX,
	.help = "Say whether a key is good (exit 0), denied (10) or limited (11).",
	.options = options,
	.examples = {"printf %s \"$KEY\" | apikeyctl verify --scope invoices:read",
		"apikeyctl verify --file /etc/backup.key --ip 203.0.113.9",
		"apikeyctl verify --json < key.txt"},
	.run = run,
};
