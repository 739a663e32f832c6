/* registry_apply.c - what is on disk brought into force; or, where it is not, taken back. */
#include <stdlib.h>

#include "apikeyd/registry_state.h"

static void remove_secret(struct registry *r, const struct secret_record *secret)
{
	if (r->o.engine != NULL)
		engine_remove(r->o.engine, secret->digest);
	foreign_remove(r->foreign, secret->prefix);
	fold_gone(r->fold, secret->slot);
}

static void remove_key(struct registry *r, const struct key_record *key)
{
	for (unsigned i = 0; i < key->secret_count; i++)
		remove_secret(r, &key->secrets[i]);
	if (key->limit_slot != 0)
		slot_file_give_back(r->o.counters->limits, key->limit_slot - 1);
}

static bool follow_plan(const struct key_record *key, void *arg)
{
	if (!registry_put(arg, key, NULL))
		abort(); /* as below */
	return true;
}

/* The plan, then every key on it: one short change to a shard after the other, so no verify waits for all. */
static void apply_plan(struct registry *r, const struct change_step *step)
{
	struct failure why;

	if (step->remove) {
		plans_remove(r->plans, step->plan->name);
		return;
	}
	plans_set(r->plans, step->plan);
	if (r->o.engine != NULL && r->o.ops->plan_load(r->o.store, step->plan->name, follow_plan, r,
					   &why) != APIKEY_OK)
		abort(); /* as below */
}

static bool apply_people(struct people *people, const struct change_step *step)
{
	if (step->tenant != NULL)
		return (step->remove ? people_remove_tenant : people_set_tenant)(
			people, step->tenant);
	return (step->remove ? people_remove_user : people_set_user)(people, step->user);
}

static bool apply_key(struct registry *r, const struct change_step *step)
{
	if (step->gone != NULL)
		remove_secret(r, step->gone);
	if (step->remove)
		remove_key(r, step->key);
	return step->remove || r->o.engine == NULL || registry_put(r, step->key, step->rehash);
}

void registry_apply(struct registry *r, struct change *change)
{
	for (struct change_step *step = change->steps; step != NULL; step = step->next) {
		if (step->plan != NULL)
			apply_plan(r, step);
		else if (step->session.data != NULL)
			logins_end(r->o.logins, step->session);
		else if (!(step->key != NULL ? apply_key(r, step)
					     : apply_people(r->o.people, step)))
			abort(); /* on disk but not in memory: only a new start may answer */
	}
}

static void stay(struct registry *r, const struct key_record *key)
{
	for (unsigned i = 0; i < key->secret_count; i++)
		fold_stay(r->fold, key->secrets[i].slot);
}

/* A step's counters are its own only if the key was new; an update's secrets keep theirs. */
void registry_abandon(struct registry *r, struct change *change)
{
	for (struct change_step *step = change->steps; step != NULL; step = step->next) {
		for (unsigned i = 1; i <= step->fresh; i++) {
			uint32_t slot = step->key->secrets[step->key->secret_count - i].slot;

			fold_unclaim(r->fold, slot);
			slot_file_give_back(r->o.counters->usage, slot);
		}
		if (step->gone != NULL)
			fold_stay(r->fold, step->gone->slot);
		if (step->remove && step->key != NULL)
			stay(r, step->key);
		if (step->fresh_limits)
			slot_file_give_back(r->o.counters->limits, step->key->limit_slot - 1);
	}
	*change = (struct change){.pool = change->pool};
}
