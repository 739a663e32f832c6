/* alerts.c - what somebody may have to know, found off the verify path, kept in the store, told once. */
#include "apikeyd/alerts.h"

#include <stdlib.h>
#include <string.h>

#include "apikeyd/alert_expiry.h"
#include "apikeyd/alert_judge.h"
#include "apikeyd/config.h"
#include "apikeyd/log.h"
#include "apikeyd/store/writer.h"

#define MINUTE 60
#define CHANGED_MAX 4096 /* keys changed since the last look that may expire soon */

struct alerts {
	struct writer_job job; /* first: the writer hands it back */
	struct daemon *daemon;
	atomic_bool submitted, changed_waits;
	int64_t tick_at; /* of the tick that submitted */
	/* the store thread's own */
	struct alert_pass pass;
	struct alert_judge judge;
	int64_t looked_at;
	char changed[CHANGED_MAX][KEY_ID_SIZE];
	unsigned changed_count, changed_seen; /* seen: by the look that is not committed yet */
};

static enum apikey_error judge_all(struct alerts *a, struct failure *why)
{
	struct sighting sighting;

	for (unsigned i = 0; i < a->daemon->worker_count; i++)
		while (sightings_take(a->daemon->sightings[i], &sighting))
			if (alert_judge(&a->judge, &a->pass, &sighting, why) != APIKEY_OK)
				return why->code;
	return APIKEY_OK;
}

static void forget_seen(struct alerts *a)
{
	a->changed_count -= a->changed_seen;
	memmove(a->changed, a->changed[a->changed_seen], a->changed_count * sizeof *a->changed);
	atomic_store(&a->changed_waits, a->changed_count > 0);
}

void alerts_key(struct alerts *a, const struct key_record *key, int64_t now)
{
	a->pass.now = now;
	if (a->changed_count < CHANGED_MAX && alert_expires_soon(&a->pass, key))
		memcpy(a->changed[a->changed_count++], key->id, KEY_ID_SIZE);
	atomic_store(&a->changed_waits, a->changed_count > 0);
}

static enum apikey_error on_run(struct writer_job *job, struct store *store, struct failure *why)
{
	struct alerts *a = (struct alerts *)job;

	(void)store;
	alert_pass_reset(&a->pass);
	a->pass.now = a->tick_at;
	a->changed_seen = a->changed_count;
	if (judge_all(a, why) != APIKEY_OK ||
		alert_expiring_keys(&a->pass, a->changed, a->changed_count, why) != APIKEY_OK)
		return why->code;
	if (a->pass.now - a->looked_at < MINUTE && a->pass.now >= a->looked_at)
		return APIKEY_OK;
	a->looked_at = a->pass.now;
	return alert_expiring(&a->pass, why);
}

static void on_done(struct writer_job *job, enum apikey_error outcome, const struct failure *why)
{
	struct alerts *a = (struct alerts *)job;

	if (outcome != APIKEY_OK) {
		log_warning("alerts were lost: %s", why->text);
		atomic_store(&a->changed_waits, false); /* for the next minute's look */
	} else {
		alert_tell(&a->pass);
		forget_seen(a);
	}
	alert_pass_reset(&a->pass);
	atomic_store(&a->submitted, false);
}

/* Unknown keys are counted by each worker, so each says it when it has its share. */
static bool anything_waits(struct alerts *a)
{
	struct daemon *d = a->daemon;
	int64_t most = daemon_config(d)->alert_unknown_keys;
	unsigned step = (unsigned)((most + d->worker_count - 1) / d->worker_count);
	bool waits = false;

	for (unsigned i = 0; i < d->worker_count; i++) {
		sightings_unknown_step(d->sightings[i], step);
		waits = waits || sightings_wait(d->sightings[i]);
	}
	return waits;
}

void alerts_tick(struct alerts *a, int64_t now)
{
	bool waits = anything_waits(a) || atomic_load(&a->changed_waits);

	if (atomic_load(&a->submitted) ||
		(!waits && now - a->tick_at < MINUTE && now >= a->tick_at))
		return;
	a->tick_at = now;
	atomic_store(&a->submitted, true);
	if (writer_submit(a->daemon->writer, &a->job) != APIKEY_OK)
		atomic_store(&a->submitted, false);
}

void alerts_finish(struct alerts *a, int64_t now)
{
	const struct store_ops *ops = alert_ops(&a->pass);
	struct store *store = alert_store(&a->pass);
	struct failure why = {0};
	enum apikey_error error;

	if (!anything_waits(a) && !atomic_load(&a->changed_waits))
		return;
	a->tick_at = now;
	if ((error = ops->begin(store, &why)) == APIKEY_OK) {
		if ((error = on_run(&a->job, store, &why)) == APIKEY_OK)
			error = ops->commit(store, &why);
		else
			ops->rollback(store);
	}
	on_done(&a->job, error, &why);
}

struct alerts *alerts_new(struct daemon *d)
{
	struct alerts *a = calloc(1, sizeof *a);

	if (a == NULL)
		abort();
	a->job.run = on_run;
	a->job.done = on_done;
	a->daemon = a->pass.daemon = d;
	alert_pass_reset(&a->pass);
	return a;
}

void alerts_free(struct alerts *a)
{
	if (a == NULL)
		return;
	alert_pass_reset(&a->pass);
	free(a);
}
