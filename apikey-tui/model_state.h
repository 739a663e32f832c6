/* model_state.h - the inside of the model, shared by the two files that it is made of. */
#ifndef TUI_MODEL_STATE_H
#define TUI_MODEL_STATE_H

#include "apikey-tui/model.h"
#include "apikey-tui/pages.h"
#include "protocol/keytext.h"

#define STATS_EVERY 1000 /* milliseconds */
#define RETRY_FIRST 200  /* likewise, to the next try to connect */
#define MODEL_TOKEN_SIZE 128

/* A call of a screen whose outcome is awaited. */
struct request {
	struct model *model;
	struct request *next;
	bool changes;     /* something, of which the listings have to know */
	model_done *done; /* NULL: forgotten */
	void *arg;
};

struct model {
	struct apikey_client *client;
	enum model_link link;
	char trouble[256];
	int64_t now, retry_at, stats_at, refresh_at;
	int64_t settle_at; /* when what has changed is to be fetched; 0: nothing has */
	int64_t answered_at, refreshed_at;
	int64_t time,
		expires_at; /* by the calendar: now; when the next key or secret does; 0: none */
	int backoff;

	struct apikey_value *hello, *stats;
	bool stats_asked, self_asked;
	struct live live;

	bool heavy; /* a listing is on its way; one at a time */
	struct pages *pages;
	struct model_query query;
	char list_trouble[256];
	struct pages_fetch fetching;
	int64_t list_retry_at; /* after a refusal */
	int64_t counts[COUNT_COUNT], counts_at;
	unsigned counting, count_next; /* on its way; still to come, COUNT_COUNT: none */

	char watched[KEYTEXT_PREFIX_SIZE]; /* empty: none */
	struct apikey_value *key;
	char key_trouble[256];
	bool key_wanted, key_asked;
	unsigned uses; /* digests that may have told of it */
	bool used;     /* some key, since the last refresh */

	char token[MODEL_TOKEN_SIZE]; /* of the session; empty: none. Wiped at the end */
	model_done *logged_in;
	void *login_arg;

	struct journal journal;
	struct model_progress progress;
	unsigned version;
	bool happened, keys_changed; /* since the last refresh */

	struct request *requests;
	struct apikey_value *latest; /* result of the request whose callback runs */
	struct apikey_value
		*fresh; /* a key that we changed, until a page asked for since then has come */
	bool fresh_asked;
};

/* Fetches anew whatever a screen shows. */
void model_refresh(struct model *m);
/* On a new connection: goes on with the session where there is one, then greets. */
void model_resume(struct model *m);
/* Puts a value in place of another, which is freed. */
void model_replace(struct apikey_value **place, struct apikey_value *value);
/* Each reply comes through here: it shows that the daemon answers. Returns whether it is no error. */
bool model_answered(struct model *m, enum apikey_error error);
/* Something may be other than it was, and keys perhaps too: the first of a burst is seen at once, the rest together
 * a little later. */
void model_happened(struct model *m, bool keys);
/* Sends with these parameters and frees them. */
bool model_ask(
	struct model *m, const char *method, struct apikey_params *params, apikey_reply_fn *done);

/* Each asks for what is lacking, unless it is on its way already. */
void fetch_stats(struct model *m);
void fetch_lists(struct model *m);
void fetch_key(struct model *m);
void fetch_self(struct model *m);

#endif
