/* model_login.c - being somebody to the daemon: a login, and its session on every connection that follows. */
#include <stdio.h>
#include <string.h>

#include "apikey-tui/model_state.h"

static void got_hello(struct apikey_client *client, enum apikey_error error,
	const struct apikey_value *result, void *arg)
{
	struct model *m = arg;

	if (!model_answered(m, error))
		return;
	m->link = apikey_bool(apikey_get(result, "authenticated"), false) ? LINK_UP : LINK_REFUSED;
	model_replace(&m->hello, apikey_take(client));
	m->trouble[0] = '\0';
	m->backoff = RETRY_FIRST;
	m->count_next = 0;
	if (m->link == LINK_UP) {
		fetch_stats(m);
		m->happened = m->keys_changed = true;
		model_refresh(m);
	}
}

static void got_subscription(struct apikey_client *client, enum apikey_error error,
	const struct apikey_value *result, void *arg)
{
	struct model *m = arg;

	(void)client;
	if (model_answered(m, error))
		journal_resume(&m->journal, apikey_int(apikey_get(result, "seq"), 0));
}

/* Events are asked for before anything is fetched, so that no change falls between; those missed meanwhile come too. */
static void greet(struct model *m)
{
	struct apikey_params *hello = apikey_params_new(), *since = apikey_params_new();

	m->link = LINK_OPENING;
	m->answered_at = m->now;
	apikey_put_string(hello, "client", "apikey-tui");
	apikey_put_int(since, "since", m->journal.latest);
	model_ask(m, "events.subscribe", since, got_subscription);
	model_ask(m, "hello", hello, got_hello);
}

static bool is_same(const struct apikey_value *a, const struct apikey_value *b, const char *name)
{
	const char *x = apikey_string(apikey_get(a, name)), *y = apikey_string(apikey_get(b, name));

	return x == NULL || y == NULL ? x == y : strcmp(x, y) == 0;
}

/* Who has another role or tenant than before has lost the subscription with it. */
static void got_self(struct apikey_client *client, enum apikey_error error,
	const struct apikey_value *result, void *arg)
{
	struct model *m = arg;

	(void)client;
	m->self_asked = false;
	if (model_answered(m, error) && m->link == LINK_UP &&
		!(is_same(result, m->hello, "user") && is_same(result, m->hello, "role") &&
			is_same(result, m->hello, "tenant")))
		greet(m);
}

/* No event tells of it. */
void fetch_self(struct model *m)
{
	if (!m->self_asked)
		m->self_asked = model_ask(m, "auth.whoami", NULL, got_self);
}

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
		greet(m);
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
		greet(m);
}

void model_resume(struct model *m)
{
	struct apikey_params *params;

	m->link = LINK_OPENING;
	m->answered_at = m->now;
	if (m->token[0] == '\0') {
		greet(m);
		return;
	}
	params = apikey_params_new();
	apikey_put_string(params, "token", m->token);
	model_ask(m, "auth.resume", params, got_resume);
}
