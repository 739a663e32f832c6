/* registry_slot.c - which slots of the counters a key's secrets and limits get, and how a secret leaves its own. */
#include "apikeyd/registry_state.h"

struct usage_owner registry_owner(const struct key_record *key, const struct secret_record *secret)
{
	return (struct usage_owner){text_of(key->id), key->tenant, secret->prefix};
}

/* A key on a plan has counters even while the plan has no limits: they may come. */
static bool wants_limit_slot(const struct key_record *key)
{
	return key->limit_slot == 0 &&
	       (key->rate.data != NULL || key->quota.data != NULL || key->plan.len > 0);
}

enum apikey_error registry_take_limits(
	struct registry *r, struct change_step *step, struct failure *why)
{
	uint32_t slot;

	if (!wants_limit_slot(step->key))
		return APIKEY_OK;
	if (slot_file_take(r->o.counters->limits, &slot, why) != APIKEY_OK)
		return why->code;
	step->key->limit_slot = slot + 1;
	step->fresh_limits = true;
	return APIKEY_OK;
}

/* *known says whether a secret of that prefix counted there before: an import may choose a prefix that another key had. */
static enum apikey_error take_any_slot(
	struct registry *r, struct secret_record *secret, bool *known, struct failure *why)
{
	if (counters_take_secret(r->o.counters, &secret->slot, why) != APIKEY_OK)
		return why->code;
	if (r->o.ops->usage_leaver_known(r->o.store, secret->slot, secret->prefix, known, why) !=
		APIKEY_OK)
		slot_file_give_back(r->o.counters->usage, secret->slot);
	return why->code;
}

/* In the store, what counted in a slot is told apart by prefixes. So a slot that is known by this one will not do, and is
 * set aside until another is found. */
enum apikey_error registry_take_slot(struct registry *r, const struct key_record *key,
	struct secret_record *secret, struct failure *why)
{
	const struct usage_owner owner = registry_owner(key, secret);
	struct pool pool = {0};
	struct aside {
		struct aside *next;
		uint32_t slot;
	} *aside = NULL, *one;
	bool known = false;

	while (take_any_slot(r, secret, &known, why) == APIKEY_OK && known) {
		one = pool_alloc(&pool, sizeof *one);
		*one = (struct aside){aside, secret->slot};
		aside = one;
	}
	if (why->code == APIKEY_OK)
		fold_claim(r->fold, secret->slot, &owner);
	for (; aside != NULL; aside = aside->next)
		slot_file_give_back(r->o.counters->usage, aside->slot);
	pool_free(&pool);
	return why->code;
}

enum apikey_error registry_leave_slot(struct registry *r, const struct key_record *key,
	const struct secret_record *secret, struct failure *why)
{
	const struct usage_owner owner = registry_owner(key, secret);

	return fold_leave(r->fold, secret->slot, &owner, why);
}
