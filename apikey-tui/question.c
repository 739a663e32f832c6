/* question.c - an answer of the daemon that a screen keeps up to date. */
#include "apikey-tui/question.h"

#include <stdio.h>

static void set_answer(struct question *q, struct apikey_value *answer)
{
	apikey_value_free(q->answer);
	q->answer = answer;
}

/* While there is no connection the last answer stays. */
static void done(
	void *arg, enum apikey_error error, const struct apikey_value *result, const char *why)
{
	struct question *q = arg;

	(void)result;
	q->asked = false;
	if (error == APIKEY_UNREACHABLE) {
		q->old = true;
		return;
	}
	set_answer(q, error == APIKEY_OK ? model_take(q->model) : NULL);
	snprintf(q->trouble, sizeof q->trouble, "%s", error == APIKEY_OK ? "" : why);
}

static bool due(const struct question *q, int64_t now)
{
	return q->model == NULL || q->old || q->version != model_version(q->model) ||
	       (q->of_use && q->uses != model_uses(q->model)) ||
	       (q->every > 0 && now - q->asked_at >= q->every);
}

void question_keep(struct question *q, struct model *m, int64_t now, int64_t time)
{
	struct apikey_params *params;

	if (q->asked || model_link(m) != LINK_UP || !due(q, now))
		return;
	params = apikey_params_new();
	if (q->put != NULL)
		q->put(params, q->arg, time);
	q->model = m;
	q->asked = true;
	q->old = false;
	q->version = model_version(m);
	q->uses = model_uses(m);
	q->asked_at = now;
	model_read(m, q->method, params, done, q);
}

void question_drop(struct question *q)
{
	if (q->model != NULL)
		model_forget(q->model, q);
	set_answer(q, NULL);
	q->trouble[0] = '\0';
	q->asked = false;
	q->model = NULL;
}
