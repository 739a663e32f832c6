/* logins.c - sessions that connections act under, in a hash table by id, each counted. */
#include "apikeyd/logins.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "apikeyd/log.h"
#include "apikeyd/store/writer.h"

#define WRITE_MAX 512 /* sessions whose last use is written at once */

struct login {
	char id[SESSION_ID_SIZE];
	uint8_t digest[STORE_DIGEST_BYTES];
	int64_t expires_at;
	atomic_int_least64_t seen_at;
	atomic_bool ended;
	unsigned holders;   /* under the lock, as is */
	int64_t written_at; /* the last use that the store knows */
	UT_hash_handle hh;
};

struct logins {
	struct writer_job job; /* first: the writer hands it back */
	struct daemon *daemon;
	const struct store_ops *ops;
	pthread_mutex_t lock; /* over the table */
	struct login *by_id;
	int64_t now;           /* of the last tick, which is not while a job is under way */
	int64_t written_at;    /* the last time that a job went to the writer */
	atomic_bool submitted; /* a job is under way */
};

static struct login *find(struct logins *l, struct text id)
{
	struct login *login;

	HASH_FIND(hh, l->by_id, id.data, id.len, login);
	return login;
}

static struct login *add(struct logins *l, const struct session_record *record)
{
	struct login *login = calloc(1, sizeof *login);

	if (login == NULL)
		abort();
	memcpy(login->id, record->id.data, record->id.len);
	memcpy(login->digest, record->digest, sizeof login->digest);
	login->expires_at = record->expires_at;
	login->written_at = record->seen_at;
	atomic_init(&login->seen_at, record->seen_at);
	HASH_ADD(hh, l->by_id, id, record->id.len, login);
	return login;
}

struct login *logins_hold(struct logins *l, const struct session_record *record)
{
	struct login *login;

	pthread_mutex_lock(&l->lock);
	login = find(l, record->id);
	if (login == NULL)
		login = add(l, record);
	login->holders++;
	pthread_mutex_unlock(&l->lock);
	return login;
}

struct login *logins_share(struct logins *l, struct login *login)
{
	if (login == NULL)
		return NULL;
	pthread_mutex_lock(&l->lock);
	login->holders++;
	pthread_mutex_unlock(&l->lock);
	return login;
}

void logins_release(struct logins *l, struct login *login)
{
	if (login == NULL)
		return;
	pthread_mutex_lock(&l->lock);
	if (--login->holders == 0) {
		HASH_DEL(l->by_id, login);
		free(login);
	}
	pthread_mutex_unlock(&l->lock);
}

static bool is_good(int64_t seen_at, int64_t expires_at, int64_t now)
{
	return now < expires_at && now - seen_at < SESSION_IDLE;
}

bool login_holds(const struct login *login, int64_t now)
{
	return !atomic_load(&login->ended) &&
	       is_good(atomic_load(&login->seen_at), login->expires_at, now);
}

bool login_use(struct login *login, int64_t now)
{
	if (login_holds(login, now))
		atomic_store(&login->seen_at, now);
	else
		atomic_store(&login->ended, true); /* another clock's reading must not revive it */
	return !atomic_load(&login->ended);
}

int64_t login_expires_at(const struct login *login)
{
	return login->expires_at;
}

void logins_end(struct logins *l, struct text id)
{
	struct login *login;

	pthread_mutex_lock(&l->lock);
	login = find(l, id);
	if (login != NULL)
		atomic_store(&login->ended, true);
	pthread_mutex_unlock(&l->lock);
}

int64_t logins_seen(struct logins *l, const struct session_record *record)
{
	const struct login *login;
	int64_t seen_at = record->seen_at;

	pthread_mutex_lock(&l->lock);
	login = find(l, record->id);
	if (login != NULL && atomic_load(&login->seen_at) > seen_at)
		seen_at = atomic_load(&login->seen_at);
	pthread_mutex_unlock(&l->lock);
	return seen_at;
}

bool logins_good(struct logins *l, const struct session_record *record, int64_t now)
{
	return is_good(logins_seen(l, record), record->expires_at, now);
}

/* ---- into the store -------------------------------------------------------------------------------------------- */

struct use {
	uint8_t digest[STORE_DIGEST_BYTES];
	int64_t at;
};

/* What the store does not know yet; from here on it counts as known, and if the writing fails the next use tells. */
static unsigned take_uses(struct logins *l, struct use out[WRITE_MAX])
{
	unsigned count = 0;

	pthread_mutex_lock(&l->lock);
	for (struct login *login = l->by_id; login != NULL && count < WRITE_MAX;
		login = login->hh.next) {
		int64_t seen_at = atomic_load(&login->seen_at);

		if (seen_at == login->written_at || atomic_load(&login->ended))
			continue;
		login->written_at = seen_at;
		memcpy(out[count].digest, login->digest, sizeof out[count].digest);
		out[count++].at = seen_at;
	}
	pthread_mutex_unlock(&l->lock);
	return count;
}

/* A session that is gone meanwhile stays so. */
static enum apikey_error write_use(const struct store_ops *ops, struct store *store,
	const struct use *use, struct failure *why)
{
	struct session_record record;
	struct pool pool = {0};
	enum apikey_error error;
	bool found;

	error = ops->session_get(store, &pool, use->digest, &record, &found, why);
	if (error == APIKEY_OK && found) {
		record.seen_at = use->at;
		error = ops->session_put(store, &record, why);
	}
	pool_free(&pool);
	return error;
}

static enum apikey_error on_run(struct writer_job *job, struct store *store, struct failure *why)
{
	struct logins *l = (struct logins *)job;
	const struct store_ops *ops = l->ops;
	struct use uses[WRITE_MAX];
	unsigned count = take_uses(l, uses);

	for (unsigned i = 0; i < count; i++)
		if (write_use(ops, store, &uses[i], why) != APIKEY_OK)
			return why->code;
	if (count == WRITE_MAX)
		return APIKEY_OK; /* not before the last use of all is known there */
	return ops->session_prune(store, l->now - SESSION_IDLE - SESSION_LAG, l->now, why);
}

static void on_done(struct writer_job *job, enum apikey_error outcome, const struct failure *why)
{
	struct logins *l = (struct logins *)job;

	if (outcome != APIKEY_OK)
		log_warning("the last use of sessions is not in the store: %s", why->text);
	atomic_store(&l->submitted, false);
}

void logins_tick(struct logins *l, int64_t now)
{
	if (now - l->written_at < SESSION_LAG || atomic_load(&l->submitted))
		return;
	l->now = l->written_at = now;
	atomic_store(&l->submitted, true);
	if (writer_submit(l->daemon->writer, &l->job) != APIKEY_OK)
		atomic_store(&l->submitted, false);
}

struct logins *logins_new(struct daemon *d, const struct store_ops *ops)
{
	struct logins *l = calloc(1, sizeof *l);

	if (l == NULL)
		abort();
	l->job.run = on_run;
	l->job.done = on_done;
	l->daemon = d;
	l->ops = ops;
	pthread_mutex_init(&l->lock, NULL);
	return l;
}

void logins_free(struct logins *l)
{
	struct login *login, *next;

	if (l == NULL)
		return;
	HASH_ITER (hh, l->by_id, login, next) {
		HASH_DEL(l->by_id, login);
		free(login);
	}
	pthread_mutex_destroy(&l->lock);
	free(l);
}
