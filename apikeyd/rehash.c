/* rehash.c - once a key that was imported as another system's hash has been seen, its native digest replaces that. */
#include "apikeyd/rehash.h"

#include <stdlib.h>
#include <string.h>

#include "apikeyd/announce.h"
#include "apikeyd/refusals.h"
#include "apikeyd/registry.h"
#include "apikeyd/store/writer.h"

#define ACTOR "apikeyd" /* nobody asked for it */
#define ACTION "key.rehash"

struct rehash_job {
	struct writer_job job; /* first: the writer hands it back */
	struct daemon *daemon;
	struct pool pool;
	struct change change;
	const struct key_record *key; /* once it has been found; the pool's */
	int64_t now;
	char prefix[KEYTEXT_PREFIX_SIZE];
	uint8_t former[DIGEST_BYTES], native[DIGEST_BYTES];
};

static enum apikey_error log_it(
	struct rehash_job *j, const struct key_record *key, struct failure *why)
{
	const struct audit_record row = {
		.at = j->now,
		.actor = text_of(ACTOR),
		.action = text_of(ACTION),
		.object = text_of(key->id),
		.tenant = key->tenant,
		.outcome = text_of("ok"),
		.detail = key->name,
	};

	registry_event(&j->change, "key.rehashed", key);
	return registry_audit(j->daemon->registry, &j->change, &row, why);
}

static enum apikey_error on_run(struct writer_job *job, struct store *store, struct failure *why)
{
	struct rehash_job *j = (struct rehash_job *)job;
	struct registry *registry = j->daemon->registry;
	struct key_record *key = pool_alloc(&j->pool, sizeof *key);

	registry_abandon(registry, &j->change);
	j->key = key;
	if (registry_ops(registry)->key_get(store, &j->pool, text_of(j->prefix), key, why) !=
			APIKEY_OK ||
		registry_rehash(registry, &j->change, key, j->former, j->native, why) != APIKEY_OK)
		return why->code;
	return log_it(j, key, why);
}

/* Another key has that digest: the same key was taken over twice, and neither import could see it. Both stay as they are,
 * and the log says so, however often they are used, no more than a few times. */
static void note_twin(const struct rehash_job *j, const struct failure *why)
{
	const struct refusal refusal = {
		.actor = text_of(ACTOR),
		.action = text_of(ACTION),
		.object = text_of(j->key->id),
		.tenant = j->key->tenant,
		.why = why,
	};

	refusals_note(j->daemon->refusals, &refusal, j->now);
}

/* One that has failed changed nothing, and nobody waits for it. */
static void on_done(struct writer_job *job, enum apikey_error outcome, const struct failure *why)
{
	struct rehash_job *j = (struct rehash_job *)job;

	if (outcome == APIKEY_CONFLICT)
		note_twin(j, why);
	if (outcome == APIKEY_OK) {
		registry_apply(j->daemon->registry, &j->change);
		announce_change(j->daemon, &j->change, text_of(ACTOR), text_of(ACTION), j->now);
	} else {
		registry_abandon(j->daemon->registry, &j->change);
	}
	pool_free(&j->pool);
	free(j);
}

void rehash_later(struct daemon *d, struct text prefix, const uint8_t former[DIGEST_BYTES],
	const uint8_t native[DIGEST_BYTES], int64_t now)
{
	struct rehash_job *j = calloc(1, sizeof *j);

	if (j == NULL || prefix.len >= sizeof j->prefix) {
		free(j);
		return;
	}
	j->job.run = on_run;
	j->job.done = on_done;
	j->daemon = d;
	j->change.pool = &j->pool;
	j->now = now;
	memcpy(j->prefix, prefix.data, prefix.len);
	memcpy(j->former, former, DIGEST_BYTES);
	memcpy(j->native, native, DIGEST_BYTES);
	if (writer_submit(d->writer, &j->job) != APIKEY_OK)
		free(j);
}
