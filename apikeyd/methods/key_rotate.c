/* key_rotate.c - a new secret for a key, and the grace time of the ones before it. */
#include <string.h>

#include "apikeyd/methods/key.h"

static bool ran_out(const struct secret_record *secret, int64_t now)
{
	return secret->revoked || (secret->expires_at != STORE_NEVER && secret->expires_at <= now);
}

/* Lets the first `count` secrets verify for `grace` seconds yet; what has run out stays so. Returns how many have not. */
static unsigned set_grace(struct key_record *key, unsigned count, int64_t now, int64_t grace)
{
	unsigned running = 0;

	for (unsigned i = 0; i < count; i++) {
		if (ran_out(&key->secrets[i], now))
			continue;
		key->secrets[i].expires_at = now + grace;
		running++;
	}
	return running;
}

/* What the secret was used for stays in the key's totals, in the same commit that takes the secret away: once it has run
 * out nothing is allowed to it any more. */
static void keep_usage(struct key_record *key, const struct usage_slot *usage)
{
	key->past.requests = usage_plus(key->past.requests, (int64_t)usage->allowed);
	key->past.units = usage_plus(key->past.units, (int64_t)usage->units);
	if (usage->last_used_at > key->past.last_used_at)
		key->past.last_used_at = usage->last_used_at;
}

/* Where there is no room for another secret, the oldest that has run out goes: *gone, else NULL. */
static enum apikey_error make_room(struct call *call, struct key_record *key,
	const struct secret_record **gone, struct failure *why)
{
	struct secret_record *dropped;
	struct usage_slot usage;
	unsigned i = 0;

	*gone = NULL;
	if (key->secret_count < STORE_SECRETS_MAX)
		return APIKEY_OK;
	while (i < key->secret_count && !ran_out(&key->secrets[i], call->now))
		i++;
	if (i == key->secret_count)
		return fail(why, APIKEY_CONFLICT,
			"key %s has %d secrets that verify; end their grace time first", key->id,
			STORE_SECRETS_MAX);
	dropped = pool_alloc(&call->pool, sizeof *dropped);
	*dropped = key->secrets[i];
	usage = registry_usage(call->daemon->registry, dropped);
	keep_usage(key, &usage);
	key->secret_count--;
	memmove(&key->secrets[i], &key->secrets[i + 1],
		(key->secret_count - i) * sizeof *key->secrets);
	*gone = dropped;
	return APIKEY_OK;
}

/* A new secret of a key that can never verify, or not before it gets another expiry, would help nobody. A disabled key
 * may get one: a leak is a reason for both. */
static enum apikey_error check_state(const struct key_record *key, int64_t now, struct failure *why)
{
	enum key_status status = key_status_of(key, now);

	if (status == STATUS_REVOKED)
		return fail(why, APIKEY_CONFLICT, "key %s is revoked; that is for good", key->id);
	if (status == STATUS_EXPIRED)
		return fail(why, APIKEY_CONFLICT,
			"key %s has expired; give it a later expiry first", key->id);
	return APIKEY_OK;
}

/* Notes what the newest secret was used for up to now. */
static void supersede(struct call *call, struct key_record *key)
{
	struct secret_record *newest = &key->secrets[key->secret_count - 1];

	newest->requests_before = (int64_t)registry_usage(call->daemon->registry, newest).allowed;
	set_grace(key, key->secret_count, call->now, arg_number(&call->args, "grace", 0));
}

enum apikey_error key_rotate(struct call *call, struct failure *why)
{
	const struct secret_record *gone;
	struct key_record *key;

	if (key_find_granted(call, &key, why) != APIKEY_OK ||
		check_state(key, call->now, why) != APIKEY_OK ||
		make_room(call, key, &gone, why) != APIKEY_OK)
		return why->code;
	supersede(call, key);
	if (key_add_secret(call, key, why) != APIKEY_OK ||
		registry_rotate(call->daemon->registry, &call->change, key, gone, why) !=
			APIKEY_OK ||
		key_record_change(call, "key.rotated", key, why) != APIKEY_OK)
		return why->code;
	key_write(call, &call->result, key);
	return APIKEY_OK;
}

enum apikey_error key_update_grace(struct call *call, struct key_record *key, struct failure *why)
{
	const struct arg *grace = arg_set(&call->args, "grace");

	if (grace == NULL || set_grace(key, key->secret_count - 1, call->now, grace->number) > 0)
		return APIKEY_OK;
	return fail(
		why, APIKEY_CONFLICT, "no older secret of key %s is in its grace time", key->id);
}
