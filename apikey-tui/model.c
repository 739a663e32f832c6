/* model.c - what the console knows of the daemon: kept up to date without ever waiting for it. */
#include "apikey-tui/model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apikey-tui/model_state.h"

/* Milliseconds. */
#define RETRY_LONGEST 4500  /* so that data are fresh within 5 s of the daemon's return */
#define REFRESH_EVERY 5000  /* last used, while keys are used */
#define COUNTS_EVERY 600000 /* whatever happens: a clock may have been set */
#define EVENTS_SETTLE 100   /* a burst of events is one refresh */
#define SILENCE 3000        /* without an answer */

/* ---- events ---- */

void model_refresh(struct model *m)
{
	m->settle_at = 0;
	m->refreshed_at = m->now;
	if (m->now >= m->counts_at || m->keys_changed) {
		m->counts_at = m->now + COUNTS_EVERY;
		m->count_next = 0;
		m->expires_at = 0;
	}
	m->refresh_at = m->counts_at;
	m->version += m->happened;
	m->happened = m->keys_changed = m->used = false;
	pages_stale(m->pages);
	fetch_key(m);
	fetch_lists(m);
}

void model_happened(struct model *m, bool keys)
{
	m->happened = true;
	m->keys_changed = m->keys_changed || keys;
	if (m->now - m->refreshed_at >= EVENTS_SETTLE)
		model_refresh(m);
	else if (m->settle_at == 0)
		m->settle_at = m->refreshed_at + EVENTS_SETTLE;
}

static void got_progress(struct model *m, const struct apikey_value *progress)
{
	m->progress.done = apikey_int(apikey_get(progress, "done"), 0);
	m->progress.total = apikey_int(apikey_get(progress, "total"), 0);
}

static void got_digest(struct model *m, const struct apikey_value *digest)
{
	const char *watched = apikey_string(apikey_get(m->key, "id"));

	live_digest(&m->live, digest);
	journal_pass(&m->journal, digest);
	if (watched == NULL || live_tells_of(digest, watched))
		m->uses++;
	if (!m->used && apikey_int(apikey_get(digest, "verifies"), 0) > 0) {
		m->used = true;
		m->refresh_at = m->refreshed_at + REFRESH_EVERY;
	}
}

static void got_event(struct apikey_client *client, const char *method,
	const struct apikey_value *params, void *arg)
{
	const char *type = apikey_string(apikey_get(apikey_at(params, 0), "type"));
	struct model *m = arg;
	bool keys = type != NULL && strncmp(type, "key.", strlen("key.")) == 0;

	if (strcmp(method, "progress") == 0)
		got_progress(m, apikey_at(params, 0));
	if (strcmp(method, "event") != 0 || type == NULL)
		return;
	if (strcmp(type, "usage.digest") == 0) {
		got_digest(m, apikey_at(params, 0));
		return;
	}
	journal_add(&m->journal, apikey_take(client));
	model_happened(m, keys);
}

/* ---- the connection ---- */

static void lost(struct model *m)
{
	m->link = LINK_DOWN;
	m->heavy = m->stats_asked = m->key_asked = m->self_asked = false;
	m->retry_at = m->now + m->backoff;
	m->backoff = 2 * m->backoff < RETRY_LONGEST ? 2 * m->backoff : RETRY_LONGEST;
	snprintf(m->trouble, sizeof m->trouble, "%s", apikey_failure(m->client));
}

static void try_to_connect(struct model *m)
{
	if (apikey_connect(m->client) == APIKEY_OK)
		model_resume(m);
	else
		lost(m);
}

struct model *model_new(const char *socket)
{
	struct model *m = calloc(1, sizeof *m);

	if (m == NULL)
		return NULL;
	m->client = apikey_open(socket);
	m->pages = pages_new();
	m->backoff = RETRY_FIRST;
	m->count_next = COUNT_COUNT;
	for (int i = 0; i < COUNT_COUNT; i++)
		m->counts[i] = -1;
	if (m->client == NULL || m->pages == NULL) {
		model_free(m);
		return NULL;
	}
	apikey_on_notification(m->client, got_event, m);
	return m;
}

void model_free(struct model *m)
{
	if (m == NULL)
		return;
	for (struct request *request = m->requests; request != NULL; request = request->next)
		request->done = NULL;
	apikey_close(m->client);
	pages_free(m->pages);
	journal_free(&m->journal);
	explicit_bzero(m->token, sizeof m->token);
	apikey_value_free(m->hello);
	apikey_value_free(m->stats);
	apikey_value_free(m->key);
	apikey_value_free(m->latest);
	apikey_value_free(m->fresh);
	free(m);
}

int model_fd(const struct model *m)
{
	return apikey_fd(m->client);
}

short model_events(const struct model *m)
{
	return apikey_events(m->client);
}

void model_process(struct model *m)
{
	if (apikey_process(m->client) != APIKEY_OK)
		lost(m);
}

static bool waits(const struct model *m)
{
	return apikey_pending(m->client) > 0;
}

void model_tick(struct model *m, int64_t now, int64_t time)
{
	m->now = now;
	m->time = time;
	if (m->expires_at != 0 && time >= m->expires_at) {
		m->expires_at = 0;
		model_happened(m, true);
	}
	if (m->link == LINK_DOWN && now >= m->retry_at)
		try_to_connect(m);
	if (m->link == LINK_UP && now >= m->stats_at)
		fetch_stats(m);
	if (m->link == LINK_UP &&
		(now >= m->refresh_at || (m->settle_at != 0 && now >= m->settle_at)))
		model_refresh(m);
	if (m->link == LINK_UP)
		live_tick(&m->live, time);
	if (m->link != LINK_DOWN && !waits(m))
		m->answered_at = now;
	if ((m->link == LINK_UP || m->link == LINK_OPENING) && now - m->answered_at >= SILENCE)
		m->link = LINK_SILENT;
}

static int until(int64_t at, int64_t now)
{
	return at > now ? (int)(at - now) : 0;
}

static int sooner(int a, int b)
{
	return a < b ? a : b;
}

int model_due(const struct model *m, int64_t now)
{
	int due = STATS_EVERY;

	if (m->link == LINK_DOWN)
		return sooner(due, until(m->retry_at, now));
	if (m->link == LINK_UP)
		due = sooner(until(m->stats_at, now), until(m->refresh_at, now));
	if (m->link == LINK_UP && m->settle_at != 0)
		due = sooner(due, until(m->settle_at, now));
	return due;
}

/* ---- what screens ask ---- */

enum model_link model_link(const struct model *m)
{
	return m->link;
}

const char *model_trouble(const struct model *m)
{
	return m->trouble;
}

int model_retry(const struct model *m, int64_t now)
{
	return until(m->retry_at, now);
}

const char *model_socket(const struct model *m)
{
	return apikey_socket(m->client);
}

const struct apikey_value *model_hello(const struct model *m)
{
	return m->hello;
}

const struct apikey_value *model_stats(const struct model *m)
{
	return m->stats;
}

const struct live *model_live(const struct model *m)
{
	return &m->live;
}

const struct journal *model_journal(const struct model *m)
{
	return &m->journal;
}

struct model_progress model_progress(const struct model *m)
{
	return m->progress;
}

void model_progress_begin(struct model *m)
{
	m->progress = (struct model_progress){0};
}

unsigned model_version(const struct model *m)
{
	return m->version;
}

int64_t model_count(const struct model *m, enum model_count which)
{
	return m->counts[which];
}

void model_list(struct model *m, const struct model_query *query)
{
	m->query = *query;
	m->list_trouble[0] = '\0';
	m->list_retry_at = 0;
	pages_reset(m->pages);
	fetch_lists(m);
}

bool model_list_known(const struct model *m)
{
	return pages_known(m->pages);
}

const char *model_list_trouble(const struct model *m)
{
	return m->list_trouble;
}

size_t model_list_total(const struct model *m)
{
	return pages_total(m->pages);
}

/* What this key is since our own change of it, where it has not been fetched again yet. */
static const struct apikey_value *fresher(const struct model *m, const struct apikey_value *key)
{
	const char *id = apikey_string(apikey_get(key, "id"));
	const char *fresh = apikey_string(apikey_get(m->fresh, "id"));

	return id != NULL && fresh != NULL && strcmp(id, fresh) == 0 ? m->fresh : key;
}

const struct apikey_value *model_list_row(struct model *m, size_t index)
{
	const struct apikey_value *row = pages_row(m->pages, index);

	fetch_lists(m);
	return fresher(m, row);
}

bool model_list_find(struct model *m, const char *id, size_t *index)
{
	return pages_find(m->pages, id, index);
}

void model_watch(struct model *m, const char *id)
{
	snprintf(m->watched, sizeof m->watched, "%s", id != NULL ? id : "");
	m->key_trouble[0] = '\0';
	model_replace(&m->key, NULL);
	fetch_key(m);
}

const struct apikey_value *model_key(const struct model *m)
{
	return fresher(m, m->key);
}

unsigned model_uses(const struct model *m)
{
	return m->uses;
}

const char *model_key_trouble(const struct model *m)
{
	return m->key_trouble;
}
