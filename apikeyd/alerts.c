/* alerts.c - what somebody may have to know, found off the verify path, kept in the store, told once. */
#include "apikeyd/alerts.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apikeyd/config.h"
#include "apikeyd/events.h"
#include "apikeyd/log.h"
#include "apikeyd/registry.h"
#include "apikeyd/sightings.h"
#include "apikeyd/store/model.h"
#include "apikeyd/store/writer.h"
#include "protocol/writer.h"

#define DAY 86400
#define HOUR 3600
#define MINUTE 60
#define EXPIRY_NOTE "alert_expiry" /* the store's note: expiries up to here have been looked at */
#define EXPIRY_PAGE 100
#define EXPIRY_PAGES 20      /* of one look */
#define EXPIRY_ONE_BY_ONE 20 /* alerts of one look; one more says how many others there are */
#define SHORT_LIFE DAY       /* a key that was made for less is not worth an alert */
#define CHANGED_MAX 64       /* keys changed since the last look that may expire soon */
#define BURSTS 64            /* networks whose unknown keys are counted at once */
#define MEMBERS_MAX 4096     /* bytes of what one event says */

enum kind {
	KIND_LIMIT,
	KIND_EXPIRING,
	KIND_DEAD,
	KIND_WOKE,
	KIND_NETWORK,
	KIND_UNKNOWN,
	KINDS,
};

/* The kinds as the table of methods has them, and as events. */
static const struct {
	const char *name, *event;
} kinds[KINDS] = {
	[KIND_LIMIT] = {"limit_reached", "alert.limit_reached"},
	[KIND_EXPIRING] = {"key_expiring", "alert.key_expiring"},
	[KIND_DEAD] = {"dead_key_used", "alert.dead_key_used"},
	[KIND_WOKE] = {"key_woke", "alert.key_woke"},
	[KIND_NETWORK] = {"new_network", "alert.new_network"},
	[KIND_UNKNOWN] = {"unknown_keys", "alert.unknown_keys"},
};

struct burst {
	char network[CIDR_TEXT_SIZE];
	int64_t minute;
	unsigned count;
};

/* An alert that is to be told after the commit. */
struct raised {
	struct raised *next;
	enum kind kind;
	struct alert_record alert;
};

struct alerts {
	struct writer_job job; /* first: the writer hands it back */
	struct daemon *daemon;
	atomic_bool submitted, changed_waits;
	int64_t tick_at; /* of the tick that submitted */
	/* the store thread's own */
	int64_t now, looked_at;
	char changed[CHANGED_MAX][KEY_ID_SIZE];
	unsigned changed_count;
	struct burst bursts[BURSTS];
	struct pool pool;
	struct raised *raised, **last;
};

static const struct store_ops *ops_of(const struct alerts *a)
{
	return registry_ops(a->daemon->registry);
}

static struct store *store_of(const struct alerts *a)
{
	return registry_store(a->daemon->registry);
}

static enum apikey_error raise_alert(
	struct alerts *a, enum kind kind, const struct alert_record *alert, struct failure *why)
{
	struct raised *raised;
	bool fresh;

	if (ops_of(a)->alert_put(store_of(a), alert, &fresh, why) != APIKEY_OK)
		return why->code;
	if (!fresh)
		return APIKEY_OK;
	raised = pool_alloc(&a->pool, sizeof *raised);
	raised->kind = kind;
	raised->alert = *alert;
	*a->last = raised;
	a->last = &raised->next;
	return APIKEY_OK;
}

/* An alert about a key. The detail is the pool's. */
static enum apikey_error about_key(struct alerts *a, enum kind kind, const struct key_record *key,
	int64_t period, const char *detail, struct failure *why)
{
	const struct alert_record alert = {
		.at = a->now,
		.kind = text_of(kinds[kind].name),
		.object = pool_text(&a->pool, text_of(key->id)),
		.period = period,
		.tenant = key->tenant,
		.detail = text_of(detail),
	};

	return raise_alert(a, kind, &alert, why);
}

/* ---- sightings ---- */

/* What is judged, and with what. */
struct hearing {
	struct alerts *a;
	const struct sighting *sighting;
	const struct config *config;
	const struct key_record *key; /* NULL: unknown keys have none */
	char network[CIDR_TEXT_SIZE];
};

static enum apikey_error judge_limit(const struct hearing *h, struct failure *why)
{
	const struct sighting *s = h->sighting;
	bool quota = s->period_ends != 0;

	if (!h->config->alert_limits)
		return APIKEY_OK;
	return about_key(h->a, KIND_LIMIT, h->key, quota ? s->period_ends : s->at / DAY,
		pool_printf(&h->a->pool, "%s: %s", h->key->name.data, apikey_code_name(s->code)),
		why);
}

static enum apikey_error judge_dead(const struct hearing *h, struct failure *why)
{
	const struct sighting *s = h->sighting;

	if (!h->config->alert_dead_keys)
		return APIKEY_OK;
	return about_key(h->a, KIND_DEAD, h->key, s->at / DAY,
		pool_printf(&h->a->pool, "%s: %s, used with %s from %s", h->key->name.data,
			apikey_code_name(s->code), s->prefix, h->network),
		why);
}

/* Asleep means all of the key, not just a secret that others have replaced. */
static enum apikey_error judge_woke(const struct hearing *h, struct failure *why)
{
	const struct sighting *s = h->sighting;
	int64_t days = h->config->alert_asleep_days, last = s->used_before;

	for (unsigned i = 0; i < h->key->secret_count; i++) {
		struct usage_slot usage =
			registry_usage(h->a->daemon->registry, &h->key->secrets[i]);

		if (!text_equal(h->key->secrets[i].prefix, text_of(s->prefix)) &&
			usage.last_used_at > last)
			last = usage.last_used_at;
	}
	if (days == 0 || s->at - last < days * DAY)
		return APIKEY_OK;
	return about_key(h->a, KIND_WOKE, h->key, s->at / DAY,
		pool_printf(&h->a->pool, "%s: unused for %" PRId64 " days, used from %s",
			h->key->name.data, (s->at - last) / DAY, h->network),
		why);
}

/* Whether the network is known, and when the latest of all became so. */
static bool is_known(
	const struct network_record *networks, unsigned count, const char *network, int64_t *latest)
{
	bool known = false;

	*latest = 0;
	for (unsigned i = 0; i < count; i++) {
		known = known || text_equal(networks[i].network, text_of(network));
		if (networks[i].first_at > *latest)
			*latest = networks[i].first_at;
	}
	return known;
}

/* A key is steady when it has had no new network for some days. Where its history is not known it begins with the network
 * that it came from before, as long as the key has been there. */
static enum apikey_error judge_network(const struct hearing *h, struct failure *why)
{
	const struct store_ops *ops = ops_of(h->a);
	const struct sighting *s = h->sighting;
	struct network_record networks[STORE_NETWORKS_MAX];
	struct network_record here = {text_of(h->network), s->at, s->at}, former;
	char former_text[CIDR_TEXT_SIZE];
	int64_t days = h->config->alert_network_days, latest;
	unsigned count;
	bool known;

	if (days == 0)
		return APIKEY_OK;
	if (ops->network_list(store_of(h->a), &h->a->pool, h->key->id, networks, &count, why) !=
		APIKEY_OK)
		return why->code;
	if (count == 0 && s->has_former) {
		cidr_format(&s->former, former_text);
		former = (struct network_record){
			text_of(former_text), h->key->created_at, s->used_before};
		if (ops->network_put(store_of(h->a), h->key->id, &former, why) != APIKEY_OK)
			return why->code;
		networks[count++] = former;
	}
	known = is_known(networks, count, h->network, &latest);
	if (ops->network_put(store_of(h->a), h->key->id, &here, why) != APIKEY_OK)
		return why->code;
	if (known || count == 0 || s->at - latest < days * DAY)
		return APIKEY_OK;
	return about_key(h->a, KIND_NETWORK, h->key, s->at,
		pool_printf(&h->a->pool, "%s: for the first time from %s", h->key->name.data,
			h->network),
		why);
}

/* The count of the network in this minute; the one that has been quiet longest makes room. */
static struct burst *burst_of(struct alerts *a, const char *network, int64_t minute)
{
	struct burst *found = &a->bursts[0];

	for (struct burst *b = a->bursts; b < a->bursts + BURSTS; b++) {
		if (strcmp(b->network, network) == 0) {
			found = b;
			break;
		}
		if (b->minute < found->minute)
			found = b;
	}
	if (found->minute != minute || strcmp(found->network, network) != 0) {
		found->minute = minute;
		found->count = 0;
		snprintf(found->network, sizeof found->network, "%s", network);
	}
	return found;
}

static enum apikey_error judge_unknown(const struct hearing *h, struct failure *why)
{
	const struct sighting *s = h->sighting;
	struct burst *burst = burst_of(h->a, h->network, s->at / MINUTE);
	const struct alert_record alert = {
		.at = h->a->now,
		.kind = text_of(kinds[KIND_UNKNOWN].name),
		.object = pool_text(&h->a->pool, text_of(h->network)),
		.period = s->at / HOUR,
		.detail = text_of(
			pool_printf(&h->a->pool, "%" PRId64 " unknown keys within a minute from %s",
				h->config->alert_unknown_keys, h->network)),
	};

	burst->count += s->count;
	if (h->config->alert_unknown_keys == 0 || burst->count < h->config->alert_unknown_keys)
		return APIKEY_OK;
	return raise_alert(h->a, KIND_UNKNOWN, &alert, why);
}

static enum apikey_error (*const judges[SIGHTING_KINDS])(
	const struct hearing *h, struct failure *why) = {
	[SIGHTING_LIMITED] = judge_limit,
	[SIGHTING_DEAD] = judge_dead,
	[SIGHTING_WOKE] = judge_woke,
	[SIGHTING_MOVED] = judge_network,
	[SIGHTING_UNKNOWN] = judge_unknown,
};

static enum apikey_error judge(
	struct alerts *a, const struct sighting *sighting, struct failure *why)
{
	struct key_record *key = pool_alloc(&a->pool, sizeof *key);
	struct hearing h = {.a = a,
		.sighting = sighting,
		.config = daemon_config(a->daemon),
		.network = "an unknown address"};

	if (sighting->has_network)
		cidr_format(&sighting->network, h.network);
	if (sighting->prefix[0] != '\0') {
		enum apikey_error error = ops_of(a)->key_get(
			store_of(a), &a->pool, text_of(sighting->prefix), key, why);

		if (error == APIKEY_NOT_FOUND) /* it has gone meanwhile */
			return APIKEY_OK;
		if (error != APIKEY_OK)
			return error;
		h.key = key;
	}
	return judges[sighting->kind](&h, why);
}

static enum apikey_error judge_all(struct alerts *a, struct failure *why)
{
	struct sighting sighting;

	for (unsigned i = 0; i < a->daemon->worker_count; i++)
		while (sightings_take(a->daemon->sightings[i], &sighting))
			if (judge(a, &sighting, why) != APIKEY_OK)
				return why->code;
	return APIKEY_OK;
}

/* ---- keys that expire soon ---- */

static int64_t horizon(const struct alerts *a)
{
	return a->now + daemon_config(a->daemon)->alert_expiry_days * DAY;
}

static bool expires_soon(const struct alerts *a, const struct key_record *key)
{
	return key->expires_at != STORE_NEVER && key->expires_at > a->now &&
	       key->expires_at <= horizon(a) && key->revoked_at == STORE_NEVER &&
	       key->expires_at - key->created_at >= SHORT_LIFE;
}

static enum apikey_error raise_expiring(
	struct alerts *a, const struct key_record *key, struct failure *why)
{
	int64_t left = key->expires_at - a->now;
	bool days = left >= 2 * DAY;

	return about_key(a, KIND_EXPIRING, key, key->expires_at,
		pool_printf(&a->pool, "%s: expires in %" PRId64 " %s", key->name.data,
			left / (days ? DAY : HOUR), days ? "days" : "hours"),
		why);
}

static enum apikey_error raise_others(struct alerts *a, int64_t count, struct failure *why)
{
	const struct alert_record alert = {
		.at = a->now,
		.kind = text_of(kinds[KIND_EXPIRING].name),
		.object = text_of("others"),
		.period = a->now,
		.detail =
			text_of(pool_printf(&a->pool, "%" PRId64 " more keys expire soon", count)),
	};

	return raise_alert(a, KIND_EXPIRING, &alert, why);
}

static enum apikey_error look_at_changed(struct alerts *a, struct failure *why)
{
	for (; a->changed_count > 0; a->changed_count--) {
		struct key_record *key = pool_alloc(&a->pool, sizeof *key);
		struct text id = text_of(a->changed[a->changed_count - 1]);

		if (ops_of(a)->key_get(store_of(a), &a->pool, id, key, why) == APIKEY_OK) {
			if (expires_soon(a, key) && raise_expiring(a, key, why) != APIKEY_OK)
				return why->code;
		} else if (why->code != APIKEY_NOT_FOUND) {
			return why->code;
		}
	}
	atomic_store(&a->changed_waits, false);
	return APIKEY_OK;
}

/* One page of keys by expiry; false after the last that is within the horizon. */
static bool look_at_page(struct alerts *a, struct key_query *query, int64_t *told, int64_t *others,
	struct failure *why)
{
	struct key_page page;

	why->code = ops_of(a)->key_list(store_of(a), &a->pool, query, &page, why);
	if (why->code != APIKEY_OK)
		return false;
	for (unsigned i = 0; i < page.count; i++) {
		const struct key_record *key = page.keys[i];

		if (key->expires_at == STORE_NEVER || key->expires_at > horizon(a))
			return false;
		if (!expires_soon(a, key))
			continue;
		if (++*told > EXPIRY_ONE_BY_ONE)
			++*others;
		else if (raise_expiring(a, key, why) != APIKEY_OK)
			return false;
	}
	query->cursor = page.next;
	return page.next.data != NULL;
}

static enum apikey_error read_mark(struct alerts *a, int64_t *mark, struct failure *why)
{
	struct text note;

	if (ops_of(a)->note_get(store_of(a), &a->pool, EXPIRY_NOTE, &note, why) != APIKEY_OK)
		return why->code;
	*mark = note.data != NULL ? strtoll(note.data, NULL, 10) : 0;
	if (*mark < a->now)
		*mark = a->now;
	return APIKEY_OK;
}

/* Keys whose expiry has come within the horizon since the last look; the mark goes on behind them. */
static enum apikey_error look_for_expiring(struct alerts *a, struct failure *why)
{
	struct key_query query = {.sort = SORT_EXPIRES, .limit = EXPIRY_PAGE, .now = a->now};
	int64_t mark = 0, told = 0, others = 0;

	why->code = APIKEY_OK;
	if (read_mark(a, &mark, why) != APIKEY_OK)
		return why->code;
	if (daemon_config(a->daemon)->alert_expiry_days == 0 || mark >= horizon(a))
		return APIKEY_OK;
	query.cursor = cursor_make(
		&a->pool, &query, &(struct key_position){.number = mark, .row = INT64_MAX});
	for (int i = 0; i < EXPIRY_PAGES && look_at_page(a, &query, &told, &others, why); i++)
		;
	if (why->code != APIKEY_OK || (others > 0 && raise_others(a, others, why) != APIKEY_OK))
		return why->code;
	return ops_of(a)->note_put(store_of(a), EXPIRY_NOTE,
		text_of(pool_printf(&a->pool, "%" PRId64, horizon(a))), why);
}

void alerts_key(struct alerts *a, const struct key_record *key, int64_t now)
{
	a->now = now;
	if (a->changed_count < CHANGED_MAX && expires_soon(a, key))
		memcpy(a->changed[a->changed_count++], key->id, KEY_ID_SIZE);
	atomic_store(&a->changed_waits, a->changed_count > 0);
}

/* ---- the job ---- */

static void forget(struct alerts *a)
{
	pool_free(&a->pool);
	a->raised = NULL;
	a->last = &a->raised;
}

static enum apikey_error on_run(struct writer_job *job, struct store *store, struct failure *why)
{
	struct alerts *a = (struct alerts *)job;

	(void)store;
	forget(a);
	a->now = a->tick_at;
	if (judge_all(a, why) != APIKEY_OK || look_at_changed(a, why) != APIKEY_OK)
		return why->code;
	if (a->now - a->looked_at < MINUTE && a->now >= a->looked_at)
		return APIKEY_OK;
	a->looked_at = a->now;
	return look_for_expiring(a, why);
}

static void member(struct buffer *b, const char *name, struct text value)
{
	write_str(b, name);
	write_text(b, value);
}

static void tell(struct alerts *a, const struct raised *raised)
{
	const struct alert_record *alert = &raised->alert;
	struct buffer members = {.max = MEMBERS_MAX};
	struct event_facts facts = {.topic = TOPIC_ALERT,
		.type = kinds[raised->kind].event,
		.key = alert->object,
		.tenant = alert->tenant,
		.member_count = 4};

	member(&members, "kind", alert->kind);
	member(&members, "object", alert->object);
	member(&members, "tenant", alert->tenant);
	member(&members, "detail", alert->detail);
	facts.members = (struct text){(const char *)members.data, members.len};
	events_publish(a->daemon->events, &facts, alert->at);
	buffer_free(&members);
}

static void on_done(struct writer_job *job, enum apikey_error outcome, const struct failure *why)
{
	struct alerts *a = (struct alerts *)job;

	if (outcome != APIKEY_OK)
		log_warning("alerts were lost: %s", why->text);
	for (struct raised *r = a->raised; outcome == APIKEY_OK && r != NULL; r = r->next)
		tell(a, r);
	forget(a);
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

struct alerts *alerts_new(struct daemon *d)
{
	struct alerts *a = calloc(1, sizeof *a);

	if (a == NULL)
		abort();
	a->job.run = on_run;
	a->job.done = on_done;
	a->daemon = d;
	a->last = &a->raised;
	return a;
}

void alerts_free(struct alerts *a)
{
	if (a == NULL)
		return;
	forget(a);
	free(a);
}
