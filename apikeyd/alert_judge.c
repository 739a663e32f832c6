/* alert_judge.c - whether what a worker met is worth an alert. */
#include "apikeyd/alert_judge.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "apikeyd/config.h"

#define DAY 86400
#define HOUR 3600

/* What is judged, and with what. */
struct hearing {
	struct alert_judge *judge;
	struct alert_pass *a;
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
	return alert_about(h->a, ALERT_LIMIT, h->key, quota ? s->period_ends : s->at / DAY,
		pool_printf(&h->a->pool, "%s: %s", h->key->name.data, apikey_code_name(s->code)),
		why);
}

static enum apikey_error judge_dead(const struct hearing *h, struct failure *why)
{
	const struct sighting *s = h->sighting;

	if (!h->config->alert_dead_keys)
		return APIKEY_OK;
	return alert_about(h->a, ALERT_DEAD, h->key, s->at / DAY,
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
	return alert_about(h->a, ALERT_WOKE, h->key, s->at / DAY,
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
	const struct store_ops *ops = alert_ops(h->a);
	const struct sighting *s = h->sighting;
	struct network_record networks[STORE_NETWORKS_MAX];
	struct network_record here = {text_of(h->network), s->at, s->at}, former;
	char former_text[CIDR_TEXT_SIZE];
	int64_t days = h->config->alert_network_days, latest;
	unsigned count;
	bool known;

	if (days == 0)
		return APIKEY_OK;
	if (ops->network_list(alert_store(h->a), &h->a->pool, h->key->id, networks, &count, why) !=
		APIKEY_OK)
		return why->code;
	if (count == 0 && s->has_former) {
		cidr_format(&s->former, former_text);
		former = (struct network_record){
			text_of(former_text), h->key->created_at, s->used_before};
		if (ops->network_put(alert_store(h->a), h->key->id, &former, why) != APIKEY_OK)
			return why->code;
		networks[count++] = former;
	}
	known = is_known(networks, count, h->network, &latest);
	if (ops->network_put(alert_store(h->a), h->key->id, &here, why) != APIKEY_OK)
		return why->code;
	if (known || count == 0 || s->at - latest < days * DAY)
		return APIKEY_OK;
	return alert_about(h->a, ALERT_NETWORK, h->key, s->at,
		pool_printf(&h->a->pool, "%s: for the first time from %s", h->key->name.data,
			h->network),
		why);
}

/* Of the network; the one that has been quiet longest makes room. */
static struct burst *burst_of(struct alert_judge *j, const char *network)
{
	struct burst *found = &j->bursts[0];

	for (struct burst *b = j->bursts; b < j->bursts + ALERT_BURSTS; b++) {
		if (strcmp(b->network, network) == 0)
			return b;
		if (b->at < found->at)
			found = b;
	}
	*found = (struct burst){0};
	snprintf(found->network, sizeof found->network, "%s", network);
	return found;
}

static enum apikey_error judge_unknown(const struct hearing *h, struct failure *why)
{
	const struct sighting *s = h->sighting;
	struct burst *burst = burst_of(h->judge, h->network);
	const struct alert_record alert = {
		.at = h->a->now,
		.kind = alert_kind_name(ALERT_UNKNOWN),
		.object = pool_text(&h->a->pool, text_of(h->network)),
		.period = s->at / HOUR,
		.detail = text_of(
			pool_printf(&h->a->pool, "%" PRId64 " unknown keys within a minute from %s",
				h->config->alert_unknown_keys, h->network)),
	};

	burst->at = s->at;
	if (recent_add(&burst->recent, s->at, s->count) < h->config->alert_unknown_keys ||
		h->config->alert_unknown_keys == 0)
		return APIKEY_OK;
	return alert_raise(h->a, ALERT_UNKNOWN, &alert, why);
}

static enum apikey_error (*const judges[SIGHTING_KINDS])(
	const struct hearing *h, struct failure *why) = {
	[SIGHTING_LIMITED] = judge_limit,
	[SIGHTING_DEAD] = judge_dead,
	[SIGHTING_WOKE] = judge_woke,
	[SIGHTING_MOVED] = judge_network,
	[SIGHTING_UNKNOWN] = judge_unknown,
};

enum apikey_error alert_judge(struct alert_judge *j, struct alert_pass *a,
	const struct sighting *sighting, struct failure *why)
{
	struct key_record *key = pool_alloc(&a->pool, sizeof *key);
	struct hearing h = {.judge = j,
		.a = a,
		.sighting = sighting,
		.config = daemon_config(a->daemon),
		.network = "an unknown address"};

	if (sighting->has_network)
		cidr_format(&sighting->network, h.network);
	if (sighting->prefix[0] != '\0') {
		enum apikey_error error = alert_ops(a)->key_get(
			alert_store(a), &a->pool, text_of(sighting->prefix), key, why);

		if (error == APIKEY_NOT_FOUND) /* it has gone meanwhile */
			return APIKEY_OK;
		if (error != APIKEY_OK)
			return error;
		h.key = key;
	}
	return judges[sighting->kind](&h, why);
}
