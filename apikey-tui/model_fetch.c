/* model_fetch.c - what the model asks the daemon for, and what it does with the answers. */
#include <stdio.h>
#include <string.h>

#include "apikey-tui/filter.h"
#include "apikey-tui/model_state.h"

#define EXPIRY_LATE 2 /* seconds that an answer may have been on its way */

static const char *const count_names[COUNT_COUNT] = {
	[COUNT_ACTIVE] = "active",
	[COUNT_DISABLED] = "disabled",
	[COUNT_REVOKED] = "revoked",
	[COUNT_EXPIRED] = "expired",
};

void model_replace(struct apikey_value **place, struct apikey_value *value)
{
	apikey_value_free(*place);
	*place = value;
}

/* Each reply comes through here: it shows that the daemon answers. */
bool model_answered(struct model *m, enum apikey_error error)
{
	if (error != APIKEY_UNREACHABLE && error != APIKEY_BROKEN) {
		m->answered_at = m->now;
		if (m->link == LINK_SILENT)
			m->link = LINK_UP;
	}
	if (error == APIKEY_UNAUTHENTICATED && m->link == LINK_UP)
		m->link = LINK_REFUSED; /* the session has ended */
	return error == APIKEY_OK;
}

/* Sends with these parameters and frees them. */
bool model_ask(
	struct model *m, const char *method, struct apikey_params *params, apikey_reply_fn *done)
{
	bool sent = apikey_send(m->client, method, params, done, m) == APIKEY_OK;

	apikey_params_free(params);
	return sent;
}

/* ---- statistics ---- */

static void got_stats(struct apikey_client *client, enum apikey_error error,
	const struct apikey_value *result, void *arg)
{
	struct model *m = arg;

	m->stats_asked = false;
	if (!model_answered(m, error))
		return;
	(void)result;
	model_replace(&m->stats, apikey_take(client));
	fetch_self(m);
}

void fetch_stats(struct model *m)
{
	m->stats_at = m->now + STATS_EVERY;
	if (!m->stats_asked)
		m->stats_asked = model_ask(m, "stats.get", NULL, got_stats);
}

/* ---- listing and counts ---- */

static void got_page(struct apikey_client *client, enum apikey_error error,
	const struct apikey_value *result, void *arg)
{
	struct model *m = arg;

	(void)result;
	m->heavy = false;
	if (model_answered(m, error)) {
		pages_put(m->pages, &m->fetching, apikey_take(client));
		if (m->fresh_asked)
			model_replace(&m->fresh, NULL);
	} else if (error != APIKEY_UNREACHABLE) {
		m->list_retry_at = m->now + STATS_EVERY;
	}
	if (error != APIKEY_UNREACHABLE)
		snprintf(m->list_trouble, sizeof m->list_trouble, "%s",
			error == APIKEY_OK ? "" : apikey_failure(client));
	fetch_lists(m);
}

/* The value of "status:" may be begun only: the one that it is the begin of is meant. */
static void put_filter(struct apikey_params *params, const char *name, const char *value)
{
	bool status = strcmp(name, "status") == 0;

	for (size_t i = 0; i < COUNT_COUNT && status; i++)
		if (strncmp(count_names[i], value, strlen(value)) == 0) {
			apikey_put_string(params, name, count_names[i]);
			return;
		}
	apikey_put_string(params, name, value);
}

static void put_query(struct apikey_params *params, const struct model_query *query)
{
	static const char *const names[] = {"status", "owner", "tenant", NULL};
	char value[MODEL_QUERY_MAX + 1];

	for (size_t i = 0; names[i] != NULL; i++)
		if (filter_value(query->text, names[i], value, sizeof value))
			put_filter(params, names[i], value);
	filter_words(query->text, names, value, sizeof value);
	apikey_put_string(params, "query", *value != '\0' ? value : NULL);
	apikey_put_string(params, "sort", query->sort);
}

static void ask_page(struct model *m)
{
	struct apikey_params *params = apikey_params_new();

	apikey_put_int(params, "limit", PAGES_ROWS);
	apikey_put_bool(params, "desc", m->query.descending != m->fetching.from_end);
	apikey_put_string(params, "cursor", m->fetching.cursor);
	put_query(params, &m->query);
	m->heavy = model_ask(m, "key.list", params, got_page);
	m->fresh_asked = m->fresh != NULL;
}

void model_list_page(struct model *m, const char *cursor, int64_t rows, model_done *done, void *arg)
{
	struct apikey_params *params = apikey_params_new();

	apikey_put_int(params, "limit", rows);
	apikey_put_bool(params, "desc", m->query.descending);
	apikey_put_string(params, "cursor", cursor);
	put_query(params, &m->query);
	model_read(m, "key.list", params, done, arg);
}

/* No event tells that time is over: what is known to expire is fetched anew then, and again if that was a moment early. */
static void note_expiry(struct model *m, const struct apikey_value *thing)
{
	int64_t at = apikey_int(apikey_get(thing, "expires_at"), 0);

	if (at < m->time - EXPIRY_LATE)
		return;
	if (at <= m->time)
		at = m->time + 1;
	if (m->expires_at == 0 || at < m->expires_at)
		m->expires_at = at;
}

static void got_count(struct apikey_client *client, enum apikey_error error,
	const struct apikey_value *result, void *arg)
{
	struct model *m = arg;

	(void)client;
	m->heavy = false;
	if (model_answered(m, error)) {
		m->counts[m->counting] = apikey_int(apikey_get(result, "total"), -1);
		if (m->counting == COUNT_ACTIVE || m->counting == COUNT_DISABLED)
			note_expiry(m, apikey_at(apikey_get(result, "keys"), 0));
	}
	fetch_lists(m);
}

/* How many, and with them the first that will expire. */
static void ask_count(struct model *m)
{
	struct apikey_params *params = apikey_params_new();

	m->counting = m->count_next++;
	apikey_put_string(params, "status", count_names[m->counting]);
	apikey_put_string(params, "sort", "expires_at");
	apikey_put_int(params, "limit", 1);
	m->heavy = model_ask(m, "key.list", params, got_count);
}

/* Sends the next listing that is needed, what is looked at first. */
void fetch_lists(struct model *m)
{
	if (m->link != LINK_UP || m->heavy || apikey_fd(m->client) < 0)
		return;
	if (m->query.sort != NULL && m->now >= m->list_retry_at &&
		pages_next(m->pages, &m->fetching))
		ask_page(m);
	else if (m->count_next < COUNT_COUNT)
		ask_count(m);
}

/* ---- one key ---- */

static void take_key(struct model *m)
{
	const struct apikey_value *secrets;

	model_replace(&m->key, apikey_take(m->client));
	note_expiry(m, m->key);
	secrets = apikey_get(m->key, "secrets");
	for (size_t i = 0; i < apikey_count(secrets); i++)
		note_expiry(m, apikey_at(secrets, i));
}

static void got_key(struct apikey_client *client, enum apikey_error error,
	const struct apikey_value *result, void *arg)
{
	struct model *m = arg;
	bool again = m->key_wanted;

	(void)result;
	m->key_asked = false;
	if (model_answered(m, error) && !again)
		take_key(m);
	else if (error == APIKEY_NOT_FOUND && !again)
		model_replace(&m->key, NULL);
	if (error != APIKEY_UNREACHABLE)
		snprintf(m->key_trouble, sizeof m->key_trouble, "%s",
			error == APIKEY_OK ? "" : apikey_failure(client));
	if (again)
		fetch_key(m);
}

void fetch_key(struct model *m)
{
	struct apikey_params *params;

	m->key_wanted = m->watched[0] != '\0';
	if (m->link != LINK_UP || m->key_asked || !m->key_wanted)
		return;
	params = apikey_params_new();
	apikey_put_string(params, "id", m->watched);
	m->key_wanted = false;
	m->key_asked = model_ask(m, "key.get", params, got_key);
}
