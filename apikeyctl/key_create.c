/* key_create.c - making a key, whose text is given out once. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "apikeyctl/commands.h"
#include "apikeyctl/json.h"
#include "apikeyctl/key.h"
#include "apikeyctl/outfile.h"

/* The key went to a file, or goes alone to standard output; all else is a message. */
static enum end show_new(const struct ctl *ctl, const struct making *making,
	const struct apikey_value *key, const char *out_path)
{
	const char *text = apikey_string(apikey_get(key, "key"));

	if (ctl->format == FORMAT_JSON) {
		if (out_path)
			json_print_without(key, "key");
		else
			json_print(key);
		putchar('\n');
	} else if (!out_path) {
		puts(text);
	}
	if (ctl->format == FORMAT_TABLE)
		ctl_say("%s key %s \"%s\"; %s%s", making->done,
			apikey_string(apikey_get(key, "id")),
			apikey_string(apikey_get(key, "name")),
			out_path ? "it is in " : "it will not be shown again",
			out_path ? out_path : "");
	if (out_path || fflush(stdout) == 0)
		return END_DONE;
	ctl_say("the key could not be written and is lost: %s %s %s", making->mend,
		apikey_string(apikey_get(key, "id")), making->again);
	return END_FAILED;
}

/* It is made, but nobody has it. */
static enum end lost(const struct ctl *ctl, const struct making *making,
	const struct apikey_value *key, enum apikey_error error, const char *how)
{
	char text[200];

	snprintf(text, sizeof text, "%s key %s, but its text %s: %s it %s", making->done,
		apikey_string(apikey_get(key, "id")), how, making->mend, making->again);
	return ctl_fail(ctl, error, text);
}

static enum end make(struct ctl *ctl, const struct making *making, struct apikey_params *params,
	const char *out_path, struct outfile *out)
{
	const struct apikey_value *key;
	enum end end = ctl_change(ctl, making->method, params, &key);

	if (end != END_DONE)
		return end;
	if (!apikey_string(apikey_get(key, "key")))
		return lost(
			ctl, making, key, APIKEY_OUTCOME_UNKNOWN, "was lost with the connection");
	if (out_path && !outfile_write(out, apikey_string(apikey_get(key, "key"))))
		return lost(ctl, making, key, APIKEY_INTERNAL, "cannot be written to the file");
	return show_new(ctl, making, key, out_path);
}

enum end key_make(struct ctl *ctl, const struct making *making, struct apikey_params *params,
	const char *out_path)
{
	struct outfile out;
	enum end end;

	signal(SIGPIPE, SIG_IGN); /* a key that nobody reads has to be told of */
	if (out_path && !outfile_open(&out, out_path))
		return ctl_usage(ctl, "cannot make %s: %s", out_path, strerror(errno));
	end = make(ctl, making, params, out_path, &out);
	if (out_path)
		outfile_close(&out, end == END_DONE);
	return end;
}

static enum end run_create(struct ctl *ctl, const struct arguments *args)
{
	static const struct making making = {"key.create", "made", "revoke", "and make another"};
	struct apikey_params *params;
	enum end end = key_params(ctl, args, &params);

	if (end != END_DONE)
		return end;
	end = key_make(ctl, &making, params, arguments_get(args, "out"));
	apikey_params_free(params);
	return end;
}

static const struct option create_options[] = {
	NEW_KEY_OPTIONS(true),
	{.name = "out",
		.value = "FILE",
		.help = "write the key there, mode 0600",
		.type = OPTION_TEXT},
	{.name = NULL},
};

const struct command key_create = {
	.words = "key create",
	.arguments = "",
	.help = "Make a key and print it, this once.",
	.options = create_options,
	.examples = {"apikeyctl key create --name billing --scope invoices:read --expires 90d",
		"apikeyctl key create --name ci --ip 203.0.113.0/24 --meta team=infra",
		"KEY=$(apikeyctl key create --name nightly)",
		"apikeyctl key create --name backup --out /etc/backup.key"},
	.run = run_create,
};
