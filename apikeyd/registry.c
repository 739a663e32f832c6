/* registry.c - the only place where store and engine meet: store first, engine second, subscribers third, answer last. */
#include "apikeyd/registry.h"

#include <stdlib.h>
#include <string.h>

#include "apikeyd/key_reply.h"
#include "protocol/buffer.h"

#define PIECES_MAX 16384 /* encoded members of one key */

struct registry {
	struct registry_options o;
	struct buffer own, shared; /* reused for every key */
};

struct registry *registry_new(const struct registry_options *options)
{
	struct registry *r = calloc(1, sizeof *r);

	if (r == NULL)
		abort();
	r->o = *options;
	r->own.max = r->shared.max = PIECES_MAX;
	return r;
}

void registry_free(struct registry *r)
{
	if (r == NULL)
		return;
	buffer_free(&r->own);
	buffer_free(&r->shared);
	free(r);
}

/* Splits text joined by single spaces. */
static size_t split(struct text joined, struct text *out, size_t max)
{
	const char *p = joined.data, *end = p + joined.len;
	size_t count = 0;

	while (p < end && count < max) {
		const char *space = memchr(p, ' ', (size_t)(end - p));
		const char *stop = space != NULL ? space : end;

		out[count++] = (struct text){p, (size_t)(stop - p)};
		p = stop + 1;
	}
	return count;
}

static size_t parse_cidrs(struct text joined, struct cidr *out)
{
	struct text items[ENGINE_CIDRS_MAX];
	size_t count = split(joined, items, ENGINE_CIDRS_MAX), kept = 0;

	for (size_t i = 0; i < count; i++)
		if (cidr_parse(items[i], &out[kept]) == NULL)
			kept++;
	return kept;
}

static int64_t or_never(int64_t stored)
{
	return stored == STORE_NEVER ? ENGINE_NEVER : stored;
}

static enum key_state state_of(const struct key_record *key)
{
	if (key->revoked_at != STORE_NEVER)
		return KEY_REVOKED;
	return key->disabled ? KEY_DISABLED : KEY_ACTIVE;
}

static void fill_secrets(const struct key_record *key, struct engine_secret *out)
{
	for (unsigned i = 0; i < key->secret_count; i++) {
		const struct secret_record *s = &key->secrets[i];

		memcpy(out[i].digest, s->digest, DIGEST_BYTES);
		out[i].prefix = s->prefix;
		out[i].expires_at = or_never(s->expires_at);
		out[i].superseded = i + 1 < key->secret_count;
		out[i].revoked = s->revoked;
		out[i].slot = s->slot;
	}
}

static bool put(struct registry *r, const struct key_record *key)
{
	struct engine_secret secrets[STORE_SECRETS_MAX];
	struct text scopes[ENGINE_SCOPES_MAX];
	struct cidr cidrs[ENGINE_CIDRS_MAX];
	struct engine_key k = {
		.state = state_of(key),
		.expires_at = or_never(key->expires_at),
		.tenant = key->tenant,
		.owner = key->owner,
		.scopes = scopes,
		.scope_count = split(key->scopes, scopes, ENGINE_SCOPES_MAX),
		.cidrs = cidrs,
		.cidr_count = parse_cidrs(key->ip_allow, cidrs),
		.secrets = secrets,
		.secret_count = key->secret_count,
	};

	fill_secrets(key, secrets);
	r->own.len = r->shared.len = 0;
	k.own_members = key_reply_own(&r->own, key);
	k.shared_members = key_reply_shared(&r->shared, key, scopes, k.scope_count);
	k.own = (struct text){(const char *)r->own.data, r->own.len};
	k.shared = (struct text){(const char *)r->shared.data, r->shared.len};
	return !r->own.failed && !r->shared.failed && engine_put(r->o.engine, &k);
}

struct loading {
	struct registry *r;
	struct failure *why;
};

static bool load_one(const struct key_record *key, void *arg)
{
	struct loading *l = arg;

	for (unsigned i = 0; i < key->secret_count; i++)
		if (usage_file_claim(l->r->o.usage, key->secrets[i].slot, l->why) != APIKEY_OK)
			return false;
	if (l->r->o.engine != NULL && !put(l->r, key)) {
		fail(l->why, APIKEY_NO_MEMORY, "memory ended");
		return false;
	}
	return true;
}

enum apikey_error registry_load(struct registry *r, struct failure *why)
{
	struct loading l = {.r = r, .why = why};
	enum apikey_error error;

	why->code = APIKEY_OK;
	error = r->o.ops->load(r->o.store, load_one, &l, why);
	if (error == APIKEY_OK)
		error = why->code;
	if (error == APIKEY_OK)
		usage_file_loaded(r->o.usage);
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
	for (unsigned i = 0; i < key->secret_count; i++)
		if (usage_file_take(r->o.usage, &key->secrets[i].slot, why) != APIKEY_OK)
			return why->code;
	add_step(change, key)->fresh = key->secret_count;
	return r->o.ops->key_insert(r->o.store, key, why);
}

enum apikey_error registry_update(
	struct registry *r, struct change *change, struct key_record *key, struct failure *why)
{
	add_step(change, key);
	return r->o.ops->key_update(r->o.store, key, why);
}

enum apikey_error registry_rotate(struct registry *r, struct change *change, struct key_record *key,
	const struct secret_record *gone, struct failure *why)
{
	struct secret_record *added = &key->secrets[key->secret_count - 1];
	struct change_step *step;

	if (usage_file_take(r->o.usage, &added->slot, why) != APIKEY_OK)
		return why->code;
	step = add_step(change, key);
	step->fresh = 1;
	step->gone = gone;
	return r->o.ops->key_update(r->o.store, key, why);
}

enum apikey_error registry_delete(
	struct registry *r, struct change *change, struct key_record *key, struct failure *why)
{
	add_step(change, key)->remove = true;
	return r->o.ops->key_delete(r->o.store, key->id, why);
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

static void remove_secret(struct registry *r, const struct secret_record *secret)
{
	if (r->o.engine != NULL)
		engine_remove(r->o.engine, secret->digest);
	usage_file_give_back(r->o.usage, secret->slot);
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

static void remove_key(struct registry *r, const struct key_record *key)
{
	for (unsigned i = 0; i < key->secret_count; i++)
		remove_secret(r, &key->secrets[i]);
}

void registry_apply(struct registry *r, struct change *change)
{
	for (struct change_step *step = change->steps; step != NULL; step = step->next) {
		if (step->gone != NULL)
			remove_secret(r, step->gone);
		if (step->remove)
			remove_key(r, step->key);
		else if (r->o.engine != NULL && !put(r, step->key))
			abort(); /* on disk but not in memory: only a new start may answer */
	}
}

/* A step's counters are its own only where a secret was new; the others keep theirs. */
void registry_abandon(struct registry *r, struct change *change)
{
	for (struct change_step *step = change->steps; step != NULL; step = step->next)
		for (unsigned i = 1; i <= step->fresh; i++)
			usage_file_give_back(
				r->o.usage, step->key->secrets[step->key->secret_count - i].slot);
	change->steps = NULL;
	change->last_step = NULL;
	change->events = NULL;
	change->last_event = NULL;
	change->audits = NULL;
	change->last_audit = NULL;
}

struct usage_slot registry_usage(struct registry *r, const struct secret_record *secret)
{
	return usage_slot_read(&usage_file_slots(r->o.usage)[secret->slot]);
}

enum apikey_error registry_digest(
	struct registry *r, struct text key, uint8_t out[DIGEST_BYTES], struct failure *why)
{
	if (r->o.engine == NULL)
		return fail(
			why, APIKEY_UNAVAILABLE, "the daemon is sealed: it has no usable pepper");
	engine_digest(r->o.engine, key, out);
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
