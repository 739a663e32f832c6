/* login.c - being somebody: login, logout, whoami. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "apikeyctl/commands.h"
#include "apikeyctl/secret.h"
#include "apikeyctl/table.h"
#include "apikeyctl/tokenfile.h"

static const struct column columns[] = {
	{"USER", "user", KIND_TEXT, true},
	{"ROLE", "role", KIND_TEXT, true},
	{"TENANT", "tenant", KIND_TEXT, true},
	{"BY", "by", KIND_TEXT, true},
	{"SESSION", "session", KIND_TEXT, true},
	{"UNTIL", "expires_at", KIND_TIME, true},
	{NULL, NULL, KIND_TEXT, false},
};

/* Keeps the token, and nothing of it elsewhere. */
static enum end keep(struct ctl *ctl, const struct apikey_value *session)
{
	const char *token = apikey_string(apikey_get(session, "token"));
	int error;

	if (token && tokenfile_write(token))
		return END_DONE;
	error = errno;
	(void)apikey_call(ctl->client, "auth.logout", NULL, NULL);
	return ctl_fail(ctl, APIKEY_INTERNAL, strerror(error));
}

static enum end show(struct ctl *ctl)
{
	const struct apikey_value *who;
	enum end end = ctl_call(ctl, "auth.whoami", NULL, &who);

	if (end != END_DONE)
		return end;
	table_record(ctl, columns, who);
	return apikey_bool(apikey_get(who, "authenticated"), false) ? END_DONE : END_NOT_ALLOWED;
}

static enum end log_in(struct ctl *ctl, const char *user, const char *password)
{
	struct apikey_params *params = apikey_params_new();
	const struct apikey_value *session;
	enum end end;

	if (!params)
		return ctl_fail(ctl, APIKEY_NO_MEMORY, "no memory");
	apikey_put_string(params, "username", user);
	apikey_put_string(params, "password", password);
	end = ctl_call(ctl, "auth.login", params, &session);
	apikey_params_free(params);
	return end == END_DONE ? keep(ctl, session) : end;
}

static enum end check_place(const struct ctl *ctl)
{
	char *path = tokenfile_path();
	bool there = path != NULL;

	free(path);
	return there ? END_DONE
		     : ctl_fail(ctl, APIKEY_INTERNAL,
			       "there is no $XDG_RUNTIME_DIR to keep the session in");
}

static enum end run_login(struct ctl *ctl, const struct arguments *args)
{
	char password[SECRET_SIZE];
	enum end end = check_place(ctl);

	if (end == END_DONE)
		end = secret_read(ctl, args, "Password: ", password);
	if (end == END_DONE)
		end = log_in(ctl, args->words[0], password);
	explicit_bzero(password, sizeof password);
	return end == END_DONE ? show(ctl) : end;
}

static enum end run_logout(struct ctl *ctl, const struct arguments *args)
{
	const struct apikey_value *answer;
	enum end end = ctl_call(ctl, "auth.logout", NULL, &answer);

	(void)args;
	if (end != END_DONE)
		return end;
	tokenfile_remove();
	if (ctl->format != FORMAT_TABLE)
		table_record(ctl, (const struct column[]){{"ENDED", "ended", KIND_BOOL, true}, {0}},
			answer);
	else
		ctl_say(apikey_bool(apikey_get(answer, "ended"), false) ? "the session has ended"
									: "there was no session");
	return END_DONE;
}

static enum end run_whoami(struct ctl *ctl, const struct arguments *args)
{
	(void)args;
	return show(ctl);
}

static const struct option login_options[] = {SECRET_OPTION, {.name = NULL}};

const struct command login = {
	.words = "login",
	.arguments = "USER",
	.least = 1,
	.most = 1,
	.help = "Begin a session as a user; it goes on for 15 minutes after the last command.",
	.options = login_options,
	.examples = {"apikeyctl login alice", "apikeyctl login alice --password-fd 0 < password"},
	.run = run_login,
};

const struct command logout = {
	.words = "logout",
	.arguments = "",
	.help = "End the session.",
	.examples = {"apikeyctl logout"},
	.run = run_logout,
};

const struct command whoami = {
	.words = "whoami",
	.arguments = "",
	.help = "Show whom the daemon takes you for, and by what.",
	.examples = {"apikeyctl whoami", "apikeyctl --json whoami"},
	.run = run_whoami,
};
