/* registry.c - the only place where store and engine meet: store first, engine second, subscribers third, answer last. */
#include "apikeyd/registry.h"

#include <stdlib.h>
#include <string.h>

#include "apikeyd/registry_state.h"

#define PIECES_MAX 16384 /* encoded members of one key */

struct registry *registry_new(const struct registry_options *options)
{
	struct registry *r = calloc(1, sizeof *r);

	if (r == NULL)
		abort();
	r->o = *options;
	r->plans = plans_new();
	r->foreign = foreign_new();
	r->fold = fold_new(&(struct fold_options){
		options->ops, options->store, options->counters, options->engine});
	r->own.max = r->shared.max = r->shared_of.max = r->shared_of_next.max = PIECES_MAX;
	return r;
}

void registry_free(struct registry *r)
{
	if (r == NULL)
		return;
	buffer_free(&r->own);
	buffer_free(&r->shared);
	plans_free(r->plans);
	foreign_free(r->foreign);
	fold_free(r->fold);
	buffer_free(&r->shared_of);
	buffer_free(&r->shared_of_next);
	free(r);
}

struct loading {
	struct registry *r;
	struct failure *why;
};

static bool load_one(const struct key_record *key, void *arg)
{
	struct loading *l = arg;

	for (unsigned i = 0; i < key->secret_count; i++) {
		const struct secret_record *s = &key->secrets[i];
		const struct usage_owner owner = registry_owner(key, s);

		if (counters_claim_secret(l->r->o.counters, s->slot, l->why) != APIKEY_OK)
			return false;
		fold_claim(l->r->fold, s->slot, &owner);
	}
	if (key->limit_slot != 0 &&
		slot_file_claim(l->r->o.counters->limits, key->limit_slot - 1, l->why) != APIKEY_OK)
		return false;
	if (l->r->o.engine != NULL && !registry_put(l->r, key, NULL)) {
		fail(l->why, APIKEY_NO_MEMORY, "memory ended");
		return false;
	}
	return true;
}

static enum apikey_error load_plans(struct registry *r, struct failure *why)
{
	struct plan_record *plans;
	struct pool pool = {0};
	unsigned count = 0;
	enum apikey_error error = r->o.ops->plan_list(r->o.store, &pool, &plans, &count, why);

	for (unsigned i = 0; error == APIKEY_OK && i < count; i++)
		plans_set(r->plans, &plans[i]);
	pool_free(&pool);
	return error;
}

enum apikey_error registry_load(struct registry *r, struct failure *why)
{
	struct loading l = {.r = r, .why = why};
	enum apikey_error error;

	if ((error = load_plans(r, why)) != APIKEY_OK)
		return error;
	why->code = APIKEY_OK;
	error = r->o.ops->load(r->o.store, load_one, &l, why);
	if (error == APIKEY_OK)
		error = why->code;
	if (error == APIKEY_OK)
		error = people_load(r->o.people, r->o.ops, r->o.store, why);
	if (error == APIKEY_OK)
		error = fold_load(r->fold, why);
	if (error == APIKEY_OK) {
		counters_loaded(r->o.counters);
		fold_ready(r->fold);
	}
	return error;
}

static struct change_step *add_step(struct change *change, struct key_record *key)
{
	struct change_step *step = pool_alloc(change->pool, sizeof *step);

	step->key = key;
	if (change->last_step == NULL)
		change->last_step = &change->steps;
	*change->last_step = step;
	change->last_step = &step->next;
	return step;
}

enum apikey_error registry_insert(
	struct registry *r, struct change *change, struct key_record *key, struct failure *why)
{
	struct change_step *step;

	for (unsigned i = 0; i < key->secret_count; i++)
		if (registry_take_slot(r, key, &key->secrets[i], why) != APIKEY_OK)
			return why->code;
	step = add_step(change, key);
	step->fresh = key->secret_count;
	if (registry_take_limits(r, step, why) != APIKEY_OK)
		return why->code;
	return r->o.ops->key_insert(r->o.store, key, why);
}

enum apikey_error registry_update(
	struct registry *r, struct change *change, struct key_record *key, struct failure *why)
{
	if (registry_take_limits(r, add_step(change, key), why) != APIKEY_OK)
		return why->code;
	return r->o.ops->key_update(r->o.store, key, why);
}

enum apikey_error registry_rotate(struct registry *r, struct change *change, struct key_record *key,
	const struct secret_record *gone, struct failure *why)
{
	struct secret_record *added = &key->secrets[key->secret_count - 1];
	struct change_step *step;

	if (registry_take_slot(r, key, added, why) != APIKEY_OK)
		return why->code;
	step = add_step(change, key);
	step->fresh = 1;
	step->gone = gone;
	if (gone != NULL && registry_leave_slot(r, key, gone, why) != APIKEY_OK)
		return why->code;
	return r->o.ops->key_update(r->o.store, key, why);
}

enum apikey_error registry_rehash(struct registry *r, struct change *change, struct key_record *key,
	const uint8_t former[DIGEST_BYTES], const uint8_t native[DIGEST_BYTES], struct failure *why)
{
	struct rehash *rehash = pool_alloc(change->pool, sizeof *rehash);
	struct secret_record *secret = key->secrets;

	while (secret < key->secrets + key->secret_count &&
		memcmp(secret->digest, former, DIGEST_BYTES) != 0)
		secret++;
	if (secret == key->secrets + key->secret_count)
		return fail(why, APIKEY_NOT_FOUND, "no secret of key %s has that digest", key->id);
	rehash->secret = (unsigned)(secret - key->secrets);
	memcpy(rehash->former, former, DIGEST_BYTES);
	memcpy(secret->digest, native, DIGEST_BYTES);
	secret->algorithm = DIGEST_BLAKE2B_PEPPERED;
	secret->bcrypt = (struct text){0};
	add_step(change, key)->rehash = rehash;
	return r->o.ops->key_update(r->o.store, key, why);
}

enum apikey_error registry_delete(
	struct registry *r, struct change *change, struct key_record *key, struct failure *why)
{
	add_step(change, key)->remove = true;
	for (unsigned i = 0; i < key->secret_count; i++)
		if (registry_leave_slot(r, key, &key->secrets[i], why) != APIKEY_OK)
			return why->code;
	return r->o.ops->key_delete(r->o.store, key->id, why);
}

enum apikey_error registry_plan_put(struct registry *r, struct change *change,
	const struct plan_record *plan, struct failure *why)
{
	add_step(change, NULL)->plan = plan;
	return r->o.ops->plan_put(r->o.store, plan, why);
}

enum apikey_error registry_plan_delete(struct registry *r, struct change *change,
	const struct plan_record *plan, struct failure *why)
{
	struct change_step *step = add_step(change, NULL);

	step->plan = plan;
	step->remove = true;
	return r->o.ops->plan_delete(r->o.store, plan->name, why);
}

enum apikey_error registry_tenant_put(struct registry *r, struct change *change,
	const struct tenant_record *tenant, struct failure *why)
{
	add_step(change, NULL)->tenant = tenant;
	return r->o.ops->tenant_put(r->o.store, tenant, why);
}

enum apikey_error registry_tenant_delete(struct registry *r, struct change *change,
	const struct tenant_record *tenant, struct failure *why)
{
	struct change_step *step = add_step(change, NULL);

	step->tenant = tenant;
	step->remove = true;
	return r->o.ops->tenant_delete(r->o.store, tenant->name, why);
}

enum apikey_error registry_user_put(struct registry *r, struct change *change,
	const struct user_record *user, struct failure *why)
{
	add_step(change, NULL)->user = user;
	return r->o.ops->user_put(r->o.store, user, why);
}

enum apikey_error registry_user_delete(struct registry *r, struct change *change,
	const struct user_record *user, struct failure *why)
{
	struct change_step *step = add_step(change, NULL);

	step->user = user;
	step->remove = true;
	return r->o.ops->user_delete(r->o.store, user->username, why);
}

enum apikey_error registry_end_session(
	struct registry *r, struct change *change, struct text id, struct failure *why)
{
	add_step(change, NULL)->session = id;
	return r->o.ops->session_delete(r->o.store, id, why);
}

enum apikey_error registry_end_sessions(
	struct registry *r, struct change *change, struct text user, struct failure *why)
{
	struct session_record *sessions;
	unsigned count;

	if (r->o.ops->session_list(r->o.store, change->pool, user, &sessions, &count, why) !=
		APIKEY_OK)
		return why->code;
	for (unsigned i = 0; i < count; i++)
		if (registry_end_session(r, change, sessions[i].id, why) != APIKEY_OK)
			return why->code;
	return APIKEY_OK;
}

void registry_event(struct change *change, const char *type, const struct key_record *key)
{
	struct change_event *event = pool_alloc(change->pool, sizeof *event);

	event->type = type;
	event->key = key;
	if (change->last_event == NULL)
		change->last_event = &change->events;
	*change->last_event = event;
	change->last_event = &event->next;
}

enum apikey_error registry_audit(struct registry *r, struct change *change,
	const struct audit_record *entry, struct failure *why)
{
	struct change_audit *audit = pool_alloc(change->pool, sizeof *audit);

	audit->entry = *entry;
	if (change->last_audit == NULL)
		change->last_audit = &change->audits;
	*change->last_audit = audit;
	change->last_audit = &audit->next;
	return audit_append(r->o.audit, &audit->entry, why);
}

struct foreign *registry_foreign(const struct registry *r)
{
	return r->foreign;
}

struct fold *registry_fold(const struct registry *r)
{
	return r->fold;
}

struct usage_slot registry_usage(struct registry *r, const struct secret_record *secret)
{
	const struct usage_slot *slots = slot_file_slots(r->o.counters->usage);

	return usage_slot_read(&slots[secret->slot]);
}

static enum apikey_error check_unsealed(const struct registry *r, struct failure *why)
{
	if (r->o.engine != NULL)
		return APIKEY_OK;
	return fail(why, APIKEY_UNAVAILABLE, "the daemon is sealed: it has no usable pepper");
}

enum apikey_error registry_digest(
	struct registry *r, struct text key, uint8_t out[DIGEST_BYTES], struct failure *why)
{
	if (check_unsealed(r, why) != APIKEY_OK)
		return why->code;
	engine_digest(r->o.engine, key, out);
	return APIKEY_OK;
}

enum apikey_error registry_digest_foreign(
	struct registry *r, struct text hash, uint8_t out[DIGEST_BYTES], struct failure *why)
{
	if (check_unsealed(r, why) != APIKEY_OK)
		return why->code;
	engine_digest_foreign(r->o.engine, hash, out);
	return APIKEY_OK;
}

struct audit *registry_log(const struct registry *r)
{
	return r->o.audit;
}

const struct store_ops *registry_ops(const struct registry *r)
{
	return r->o.ops;
}

struct store *registry_store(const struct registry *r)
{
	return r->o.store;
}
