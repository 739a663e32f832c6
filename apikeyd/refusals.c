/* refusals.c - attempts that were refused, on their way into the audit log. */
#include "apikeyd/refusals.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apikeyd/announce.h"
#include "apikeyd/log.h"
#include "apikeyd/registry.h"
#include "apikeyd/store/writer.h"

#define KINDS 32       /* told apart at once; the last one stands for all others */
#define ONE_BY_ONE 5   /* of a kind, within its time */
#define KIND_LIFE 600  /* seconds */
#define WAITING_MAX 64 /* entries on their way */

/* One entry to be written. */
struct row {
	int64_t at;
	enum apikey_error code;
	bool has_object, has_tenant;
	char actor[NAME_MAX_BYTES + 1], action[WORD_MAX_BYTES + 1], object[NAME_MAX_BYTES + 1],
		tenant[WORD_MAX_BYTES + 1], detail[FAILURE_TEXT_MAX];
};

struct kind {
	struct row like; /* actor, action, code */
	int64_t since;   /* 0: not in use */
	unsigned written;
	int64_t more;
};

struct refusals {
	struct writer_job job; /* first: the writer hands it back */
	struct daemon *daemon;
	pthread_mutex_t lock; /* over all below but the store thread's own */
	pthread_cond_t written;
	struct kind kinds[KINDS];
	struct row waiting[WAITING_MAX];
	unsigned waiting_count;
	bool submitted;
	int64_t now;
	/* the store thread's own */
	struct row taken[WAITING_MAX];
	unsigned taken_count;
	struct pool pool;
	struct change change;
};

/* Errors that say who may not do what; the others are slips and faults. */
static const bool kept[APIKEY_ERROR_COUNT] = {
	[APIKEY_UNAUTHENTICATED] = true,
	[APIKEY_FORBIDDEN] = true,
	[APIKEY_NOT_FOUND] = true,
	[APIKEY_CONFLICT] = true,
	[APIKEY_LIMIT_REACHED] = true,
	[APIKEY_LOCKED_OUT] = true,
};

/* ---- on the store thread ---- */

static enum apikey_error write_row(struct refusals *r, const struct row *row, struct failure *why)
{
	struct audit_record entry = {
		.at = row->at,
		.actor = text_of(row->actor),
		.action = text_of(row->action),
		.object = text_of(row->has_object ? row->object : NULL),
		.tenant = text_of(row->has_tenant ? row->tenant : NULL),
		.outcome = text_of(apikey_error_name(row->code)),
		.detail = text_of(row->detail[0] != '\0' ? row->detail : NULL),
	};

	return registry_audit(r->daemon->registry, &r->change, &entry, why);
}

static enum apikey_error on_run(struct writer_job *job, struct store *store, struct failure *why)
{
	struct refusals *r = (struct refusals *)job;

	(void)store;
	registry_abandon(r->daemon->registry, &r->change);
	pthread_mutex_lock(&r->lock);
	if (r->taken_count == 0) {
		memcpy(r->taken, r->waiting, r->waiting_count * sizeof *r->waiting);
		r->taken_count = r->waiting_count;
		r->waiting_count = 0;
	}
	pthread_mutex_unlock(&r->lock);
	for (unsigned i = 0; i < r->taken_count; i++)
		if (write_row(r, &r->taken[i], why) != APIKEY_OK)
			return why->code;
	return APIKEY_OK;
}

static void on_done(struct writer_job *job, enum apikey_error outcome, const struct failure *why)
{
	struct refusals *r = (struct refusals *)job;
	int64_t now;

	pthread_mutex_lock(&r->lock);
	now = r->now;
	pthread_mutex_unlock(&r->lock);
	if (outcome == APIKEY_OK)
		announce_change(r->daemon, &r->change, (struct text){0}, (struct text){0}, now);
	else
		log_error("%u refused attempts are not in the audit log: %s", r->taken_count,
			why->text);
	registry_abandon(r->daemon->registry, &r->change);
	pool_free(&r->pool);
	r->taken_count = 0;
	pthread_mutex_lock(&r->lock);
	r->submitted = false;
	pthread_cond_signal(&r->written);
	pthread_mutex_unlock(&r->lock);
}

/* ---- on any thread ---- */

/* One job at a time. What comes meanwhile, or finds the writer full, the next tick has written. */
static void submit(struct refusals *r)
{
	pthread_mutex_lock(&r->lock);
	if (!r->submitted && r->waiting_count > 0)
		r->submitted = writer_submit(r->daemon->writer, &r->job) == APIKEY_OK;
	pthread_mutex_unlock(&r->lock);
}

static void put_waiting(struct refusals *r, struct kind *kind, const struct row *row)
{
	if (r->waiting_count < WAITING_MAX)
		r->waiting[r->waiting_count++] = *row;
	else
		kind->more++;
}

/* What its time has not let through goes into one entry, and the kind begins anew. */
static void end_kind(struct refusals *r, struct kind *kind)
{
	struct row row = kind->like;
	int64_t more = kind->more;

	if (more > 0 && r->waiting_count == WAITING_MAX)
		return;
	*kind = (struct kind){0};
	if (more == 0)
		return;
	row.at = r->now;
	row.has_object = row.has_tenant = false;
	snprintf(row.detail, sizeof row.detail, "… and %" PRId64 " more", more);
	put_waiting(r, kind, &row);
}

static bool is_like(const struct kind *kind, const struct row *row)
{
	return kind->since != 0 && kind->like.code == row->code &&
	       strcmp(kind->like.action, row->action) == 0 &&
	       strcmp(kind->like.actor, row->actor) == 0;
}

/* Its kind, a free place for it, or the place of all others. */
static struct kind *kind_of(struct refusals *r, const struct row *row)
{
	struct kind *others = &r->kinds[KINDS - 1], *found = others;

	for (struct kind *kind = r->kinds; kind < others; kind++) {
		if (is_like(kind, row))
			return kind;
		if (kind->since == 0 && found == others)
			found = kind;
	}
	if (found->since == 0) {
		found->like = *row;
		found->since = r->now;
		if (found == others) {
			snprintf(found->like.actor, sizeof found->like.actor, "others");
			snprintf(found->like.action, sizeof found->like.action, "others");
		}
	}
	return found;
}

static void copy(char *out, size_t size, struct text t)
{
	snprintf(out, size, "%.*s", (int)t.len, t.data != NULL ? t.data : "");
}

void refusals_note(struct refusals *r, const struct refusal *refusal, int64_t now)
{
	struct row row = {
		.at = now,
		.code = refusal->why->code,
		.has_object = refusal->object.data != NULL,
		.has_tenant = refusal->tenant.data != NULL,
	};
	struct kind *kind;

	if (!kept[row.code])
		return;
	copy(row.actor, sizeof row.actor, refusal->actor);
	copy(row.action, sizeof row.action, refusal->action);
	copy(row.object, sizeof row.object, refusal->object);
	copy(row.tenant, sizeof row.tenant, refusal->tenant);
	if (row.code != APIKEY_NOT_FOUND) /* it says again what was asked for, which may be a key */
		copy(row.detail, sizeof row.detail, text_of(refusal->why->text));
	pthread_mutex_lock(&r->lock);
	r->now = now;
	kind = kind_of(r, &row);
	if (kind->written < ONE_BY_ONE) {
		kind->written++;
		put_waiting(r, kind, &row);
	} else {
		kind->more++;
	}
	pthread_mutex_unlock(&r->lock);
	submit(r);
}

static void end_kinds(struct refusals *r, int64_t now, int64_t before)
{
	pthread_mutex_lock(&r->lock);
	r->now = now;
	for (unsigned i = 0; i < KINDS; i++)
		if (r->kinds[i].since != 0 && r->kinds[i].since <= before)
			end_kind(r, &r->kinds[i]);
	pthread_mutex_unlock(&r->lock);
	submit(r);
}

void refusals_tick(struct refusals *r, int64_t now)
{
	end_kinds(r, now, now - KIND_LIFE);
}

/* Jobs end, so the wait does; a kind that found no room goes with the next. */
void refusals_finish(struct refusals *r, int64_t now)
{
	bool more = true;

	while (more) {
		end_kinds(r, now, INT64_MAX);
		pthread_mutex_lock(&r->lock);
		more = r->submitted;
		while (r->submitted)
			pthread_cond_wait(&r->written, &r->lock);
		pthread_mutex_unlock(&r->lock);
	}
}

struct refusals *refusals_new(struct daemon *d)
{
	struct refusals *r = calloc(1, sizeof *r);

	if (r == NULL)
		abort();
	r->job.run = on_run;
	r->job.done = on_done;
	r->daemon = d;
	r->change.pool = &r->pool;
	pthread_mutex_init(&r->lock, NULL);
	pthread_cond_init(&r->written, NULL);
	return r;
}

void refusals_free(struct refusals *r)
{
	if (r == NULL)
		return;
	pthread_cond_destroy(&r->written);
	pthread_mutex_destroy(&r->lock);
	pool_free(&r->pool);
	free(r);
}
