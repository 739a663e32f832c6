/* password.c - new passwords, and the codes with which people come back. */
#include <stdio.h>
#include <string.h>

#include "apikeyctl/commands.h"
#include "apikeyctl/json.h"
#include "apikeyctl/print.h"
#include "apikeyctl/secret.h"
#include "apikeyctl/table.h"

static const struct column columns[] = {
	{"USER", "username", KIND_TEXT, true},
	{NULL, NULL, KIND_TEXT, false},
};

static const char *word(const struct apikey_value *map, const char *name)
{
	const char *text = apikey_string(apikey_get(map, name));

	return text ? text : "";
}

/* Sends a change whose parameters are complete, frees them, and says what is done. */
static enum end send(
	struct ctl *ctl, const char *method, struct apikey_params *params, const char *done)
{
	const struct apikey_value *user;
	enum end end = ctl_change(ctl, method, params, &user);

	apikey_params_free(params);
	if (end == END_DONE && ctl->format == FORMAT_TABLE)
		ctl_say("%s", done);
	else if (end == END_DONE)
		table_record(ctl, columns, user);
	return end;
}

/* Whether the daemon wants the old password: not from the local root. */
static enum end needs_old(struct ctl *ctl, bool *out)
{
	const struct apikey_value *who;
	enum end end = ctl_call(ctl, "auth.whoami", NULL, &who);

	*out = end == END_DONE && strcmp(word(who, "by"), "peer") != 0;
	return end;
}

static enum end read_passwords(struct ctl *ctl, const struct arguments *args,
	struct apikey_params *params, const char *first, const char *prompt, const char *new_name)
{
	char old[SECRET_SIZE] = "", new[SECRET_SIZE] = "";
	enum end end = END_DONE;

	if (first)
		end = secret_read(ctl, args, prompt, old);
	if (end == END_DONE)
		end = secret_read_new(ctl, args, "New password: ", new);
	if (end == END_DONE && first)
		apikey_put_string(params, first, old);
	if (end == END_DONE)
		apikey_put_string(params, new_name, new);
	explicit_bzero(old, sizeof old);
	explicit_bzero(new, sizeof new);
	return end;
}

static enum end run_passwd(struct ctl *ctl, const struct arguments *args)
{
	struct apikey_params *params = apikey_params_new();
	bool old = false;
	enum end end;

	if (!params)
		return ctl_fail(ctl, APIKEY_NO_MEMORY, "no memory");
	if (args->word_count > 0)
		apikey_put_string(params, "username", args->words[0]);
	end = needs_old(ctl, &old);
	if (end == END_DONE)
		end = read_passwords(ctl, args, params, old ? "old_password" : NULL,
			"Old password: ", "password");
	if (end != END_DONE) {
		apikey_params_free(params);
		return end;
	}
	return send(ctl, "user.set_password", params,
		"the password is set, and every session has ended");
}

static enum end run_recover(struct ctl *ctl, const struct arguments *args)
{
	struct apikey_params *params = apikey_params_new();
	enum end end;

	if (!params)
		return ctl_fail(ctl, APIKEY_NO_MEMORY, "no memory");
	apikey_put_string(params, "username", args->words[0]);
	end = read_passwords(ctl, args, params, "code", "Code: ", "new_password");
	if (end != END_DONE) {
		apikey_params_free(params);
		return end;
	}
	return send(ctl, "auth.recover", params, "the password is set: apikeyctl login");
}

static void print_codes(const struct ctl *ctl, const struct apikey_value *answer)
{
	const struct apikey_value *codes = apikey_get(answer, "codes");

	for (size_t i = 0; i < apikey_count(codes); i++)
		puts(apikey_string(apikey_at(codes, i)));
	if (ctl->format == FORMAT_TABLE)
		ctl_say("each is good once, with: apikeyctl user recover %s. They are not shown "
			"again.",
			word(answer, "username"));
}

static enum end run_codes(struct ctl *ctl, const struct arguments *args)
{
	struct apikey_params *params = apikey_params_new();
	const struct apikey_value *answer;
	enum end end;

	if (!params)
		return ctl_fail(ctl, APIKEY_NO_MEMORY, "no memory");
	if (args->word_count > 0)
		apikey_put_string(params, "username", args->words[0]);
	end = ctl_change(ctl, "user.recovery_codes", params, &answer);
	apikey_params_free(params);
	if (end != END_DONE)
		return end;
	if (ctl->format == FORMAT_JSON) {
		json_print(answer);
		putchar('\n');
	} else {
		print_codes(ctl, answer);
	}
	return END_DONE;
}

static const struct option options[] = {SECRET_OPTION, {.name = NULL}};

const struct command user_passwd = {
	.words = "user passwd",
	.arguments = "[USER]",
	.most = 1,
	.help = "Set your password; as root, anybody's.",
	.options = options,
	.examples = {"apikeyctl user passwd", "apikeyctl user passwd alice --password-fd 0 < new"},
	.run = run_passwd,
};

const struct command user_recover = {
	.words = "user recover",
	.arguments = "USER",
	.least = 1,
	.most = 1,
	.help = "Set a new password by a one-time code.",
	.options = options,
	.examples = {"apikeyctl user recover alice"},
	.run = run_recover,
};

const struct command user_codes = {
	.words = "user codes",
	.arguments = "[USER]",
	.most = 1,
	.help = "Make ten one-time codes of your own, or one to hand to another user.",
	.examples = {"apikeyctl user codes", "apikeyctl user codes alice"},
	.run = run_codes,
};
