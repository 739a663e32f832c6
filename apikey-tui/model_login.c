/* model_login.c - being somebody to the daemon: a login, and its session on every connection that follows. */
#include <stdio.h>
#include <string.h>

#include "apikey-tui/model_state.h"

static void forget_token(struct model *m)
{
	explicit_bzero(m->token, sizeof m->token);
}

static void got_login(struct apikey_client *client, enum apikey_error error,
	const struct apikey_value *result, void *arg)
{
	const char *token = apikey_string(apikey_get(result, "token"));
	struct model *m = arg;

	model_answered(m, error);
	if (token != NULL)
		snprintf(m->token, sizeof m->token, "%s", token);
	if (m->logged_in != NULL)
		m->logged_in(m->login_arg, error, NULL, apikey_failure(client));
	m->logged_in = NULL;
	if (error == APIKEY_OK)
		model_greet(m);
}

void model_login(
	struct model *m, const char *username, const char *password, model_done *done, void *arg)
{
	struct apikey_params *params = apikey_params_new();

	apikey_put_string(params, "username", username);
	apikey_put_string(params, "password", password);
	m->logged_in = done;
	m->login_arg = arg;
	if (!model_ask(m, "auth.login", params, got_login)) {
		m->logged_in = NULL;
		done(arg, APIKEY_UNREACHABLE, NULL, "there is no connection");
	}
}

static void got_resume(struct apikey_client *client, enum apikey_error error,
	const struct apikey_value *result, void *arg)
{
	struct model *m = arg;

	(void)client;
	(void)result;
	model_answered(m, error);
	if (error == APIKEY_UNAUTHENTICATED)
		forget_token(m);
	if (error != APIKEY_UNREACHABLE)
		model_greet(m);
}

void model_resume(struct model *m)
{
	struct apikey_params *params;

	m->link = LINK_OPENING;
	m->answered_at = m->now;
	if (m->token[0] == '\0') {
		model_greet(m);
		return;
	}
	params = apikey_params_new();
	apikey_put_string(params, "token", m->token);
	model_ask(m, "auth.resume", params, got_resume);
}
