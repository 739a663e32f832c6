/* model_request.c - what screens ask of the daemon themselves: calls that change something, and calls that read. */
#include <stdlib.h>

#include "apikey-tui/model_state.h"

static void got_reply(struct apikey_client *client, enum apikey_error error,
	const struct apikey_value *result, void *arg)
{
	struct request *request = arg, **place;
	struct model *m = request->model;
	bool changes = request->changes && error == APIKEY_OK;

	model_answered(m, error);
	if (error == APIKEY_OK)
		model_replace(&m->latest, apikey_take(client));
	for (place = &m->requests; *place != request; place = &(*place)->next)
		;
	*place = request->next;
	if (request->done != NULL)
		request->done(request->arg, error, result, apikey_failure(client));
	free(request);
	if (changes && m->latest != NULL) {
		model_replace(&m->fresh, m->latest);
		m->latest = NULL;
	}
	model_replace(&m->latest, NULL);
	if (changes)
		model_happened(m, true);
}

/* Takes params over. */
static void send(struct model *m, const char *method, struct apikey_params *params,
	const struct request *wanted)
{
	struct request *request = calloc(1, sizeof *request);
	enum apikey_error error = APIKEY_NO_MEMORY;

	if (request != NULL) {
		*request = *wanted;
		request->model = m;
		request->next = m->requests;
		error = apikey_send(m->client, method, params, got_reply, request);
	}
	apikey_params_free(params);
	if (error == APIKEY_OK) {
		m->requests = request;
		return;
	}
	wanted->done(wanted->arg, error, NULL, apikey_failure(m->client));
	free(request);
}

void model_change(struct model *m, const char *method, struct apikey_params *params,
	model_done *done, void *arg)
{
	send(m, method, params, &(struct request){.changes = true, .done = done, .arg = arg});
}

void model_read(struct model *m, const char *method, struct apikey_params *params, model_done *done,
	void *arg)
{
	send(m, method, params, &(struct request){.done = done, .arg = arg});
}

/* What was on its way is told before the connection is known to be down; where it is down already nothing goes out. */
bool model_may_be_done(const struct model *m, enum apikey_error error)
{
	return error == APIKEY_OUTCOME_UNKNOWN || error == APIKEY_BROKEN ||
	       (error == APIKEY_UNREACHABLE && m->link != LINK_DOWN);
}

void model_forget(struct model *m, const void *arg)
{
	for (struct request *request = m->requests; request != NULL; request = request->next)
		if (request->arg == arg)
			request->done = NULL;
	if (m->login_arg == arg)
		m->logged_in = NULL;
}

struct apikey_value *model_take(struct model *m)
{
	struct apikey_value *latest = m->latest;

	m->latest = NULL;
	return latest;
}
