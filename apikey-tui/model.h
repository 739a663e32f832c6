/* model.h - what the console knows of the daemon: kept up to date without ever waiting for it.
 *
 * Screens draw from here and never talk to the socket. Whatever is asked for is fetched, fetched again when an event says
 * that it has changed, and given as it was until then. Values live until the next model_process() or model_tick(). */
#ifndef TUI_MODEL_H
#define TUI_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "apikey-tui/journal.h"
#include "apikey-tui/live.h"
#include "include/apikey.h"

#define MODEL_QUERY_MAX 128

enum model_link {
	LINK_DOWN,    /* trying again at intervals */
	LINK_OPENING, /* connected, not greeted yet */
	LINK_UP,
	LINK_SILENT,  /* connected, but the daemon does not answer */
	LINK_REFUSED, /* the daemon does not serve this user */
};

/* Which keys, and in which order. */
struct model_query {
	char text[MODEL_QUERY_MAX + 1]; /* words, and status:…, owner:…, tenant:… */
	const char *sort;               /* as key.list names it; static */
	bool descending;
};

enum model_count {
	COUNT_ACTIVE,
	COUNT_DISABLED,
	COUNT_EXPIRED,
	COUNT_REVOKED,
	COUNT_COUNT,
};

/* Told once how a call went: with its result (of a change, the key as it is now), or with a sentence. */
typedef void model_done(
	void *arg, enum apikey_error error, const struct apikey_value *result, const char *why);

struct model;

/* A model for this socket (NULL: as apikey_open() finds it). Connects with the first tick. NULL: no memory. */
struct model *model_new(const char *socket);
void model_free(struct model *m);

/* For the loop: what to poll (-1: nothing), what to do when it is ready, and what to do when time has passed, now in
 * milliseconds of the monotonic clock, time in seconds since 1970. model_due() is how long that is away. */
int model_fd(const struct model *m);
short model_events(const struct model *m);
void model_process(struct model *m);
void model_tick(struct model *m, int64_t now, int64_t time);
int model_due(const struct model *m, int64_t now);

enum model_link model_link(const struct model *m);
/* Why there is no connection; empty where there is one. */
const char *model_trouble(const struct model *m);
/* Milliseconds to the next try to connect. */
int model_retry(const struct model *m, int64_t now);
const char *model_socket(const struct model *m);
/* Answer to hello and to stats.get, the latest; NULL before the first. */
const struct apikey_value *model_hello(const struct model *m);
const struct apikey_value *model_stats(const struct model *m);
const struct live *model_live(const struct model *m);
/* Keys of a status; -1: not known yet. */
int64_t model_count(const struct model *m, enum model_count which);

/* The listing. Another query forgets the rows of the last. */
void model_list(struct model *m, const struct model_query *query);
bool model_list_known(const struct model *m);
/* Why the daemon refuses the query; empty where it does not. */
const char *model_list_trouble(const struct model *m);
size_t model_list_total(const struct model *m);
/* A key of the listing; NULL: on its way. */
const struct apikey_value *model_list_row(struct model *m, size_t index);
/* A page of the same keys for somebody who goes through all of them: {keys, next, total}. NULL: the first. */
void model_list_page(
	struct model *m, const char *cursor, int64_t rows, model_done *done, void *arg);
bool model_list_find(struct model *m, const char *id, size_t *index);

/* One key that is looked at; NULL: none any more. */
void model_watch(struct model *m, const char *id);
/* NULL: on its way, or it is not there; then trouble says so. */
const struct apikey_value *model_key(const struct model *m);
const char *model_key_trouble(const struct model *m);

/* Logs in on this connection, and on each later one as long as the session lasts. done is told how it went, nothing
 * more. */
void model_login(
	struct model *m, const char *username, const char *password, model_done *done, void *arg);

/* What happened, as events told it. */
const struct journal *model_journal(const struct model *m);
/* Of a long call, as the daemon told it last: how much of how much; 0 of 0 before that. */
struct model_progress {
	int64_t done, total;
};
struct model_progress model_progress(const struct model *m);
/* Another one begins. */
void model_progress_begin(struct model *m);
/* Grows when something has happened, and with each connection: what a screen has read itself may then be old. */
unsigned model_version(const struct model *m);

/* Grows with each digest that may tell of the key that is looked at. */
unsigned model_uses(const struct model *m);

/* Calls a method that only reads; otherwise as model_change(). */
void model_read(struct model *m, const char *method, struct apikey_params *params, model_done *done,
	void *arg);
/* Calls a method that changes something; done is called exactly once, perhaps at once, unless forgotten. The same
 * request_id may be sent again when the outcome of the first was not learned. Takes params over. */
void model_change(struct model *m, const char *method, struct apikey_params *params,
	model_done *done, void *arg);
/* Within a model_done: whether a change that ended so may have been done all the same. */
bool model_may_be_done(const struct model *m, enum apikey_error error);
/* What is told to arg is told to nobody from now on. */
void model_forget(struct model *m, const void *arg);
/* Takes over the result within a model_done. */
struct apikey_value *model_take(struct model *m);

#endif
