/* tally.c - what a worker's verifies come to within a second, for those who watch. */
#include "apikeyd/tally.h"

#include <stdlib.h>
#include <string.h>

#include "apikeyd/key_reply.h"

#define BUCKETS (2 * TALLY_WATCHES)
#define FNV_BASIS 0xcbf29ce484222325u
#define FNV_PRIME 0x100000001b3u

/* What a scope names. */
enum kind {
	OF_ALL,
	OF_TENANT = 1,
	OF_KEY = 2,
	OF_BOTH = OF_TENANT | OF_KEY,
	KINDS,
};

struct watch {
	struct watch *next; /* in its bucket */
	struct tally_scope scope;
	uint64_t hash;
	struct tally_counts counts;
};

struct tally {
	pthread_mutex_t lock; /* over all below but the first */
	atomic_uint watching;
	unsigned kinds[KINDS]; /* watches of each */
	struct watch *watches[TALLY_WATCHES];
	struct watch *buckets[BUCKETS];
	struct watch *all; /* that of OF_ALL, which most have */
};

/* A scope as it is looked for. */
struct sought {
	struct text tenant, key; /* empty: any */
	uint64_t hash;
};

struct tally *tally_new(void)
{
	struct tally *t = calloc(1, sizeof *t);

	if (t == NULL)
		abort();
	pthread_mutex_init(&t->lock, NULL);
	return t;
}

void tally_free(struct tally *t)
{
	for (unsigned i = 0; i < TALLY_WATCHES; i++)
		free(t->watches[i]);
	pthread_mutex_destroy(&t->lock);
	free(t);
}

/* FNV-1a (draft-eastlake-fnv). */
static uint64_t mix(uint64_t hash, struct text t)
{
	for (size_t i = 0; i < t.len; i++)
		hash = (hash ^ (uint8_t)t.data[i]) * FNV_PRIME;
	return hash;
}

/* Ids are random: the last eight characters of a whole one tell enough. Multiplicative hashing (Knuth, The Art of Computer
 * Programming 3, 6.4), whose upper bits are the good ones, with these put below. */
static uint64_t hash_of_id(struct text id)
{
	uint64_t hash;

	if (id.len < KEY_ID_SIZE - 1)
		return mix(FNV_BASIS, id);
	memcpy(&hash, id.data + 4, sizeof hash);
	return __builtin_bswap64(hash * 0x9e3779b97f4a7c15u);
}

static struct sought sought_of(struct text tenant, struct text key)
{
	return (struct sought){tenant, key, mix(hash_of_id(key), tenant)};
}

static struct sought sought_of_scope(const struct tally_scope *scope)
{
	return sought_of(text_of(scope->tenant), text_of(scope->key));
}

static enum kind kind_of(const struct tally_scope *scope)
{
	return (scope->tenant[0] != '\0' ? OF_TENANT : 0) | (scope->key[0] != '\0' ? OF_KEY : 0);
}

/* Where the watch of a scope is linked in, or the end of its bucket. */
static struct watch **find(struct tally *t, const struct sought *sought)
{
	struct watch **at = &t->buckets[sought->hash % BUCKETS];

	while (*at != NULL && ((*at)->hash != sought->hash ||
				      !text_equal(text_of((*at)->scope.tenant), sought->tenant) ||
				      !text_equal(text_of((*at)->scope.key), sought->key)))
		at = &(*at)->next;
	return at;
}

void tally_watch(struct tally *t, unsigned number, const struct tally_scope *scope)
{
	struct watch *watch = calloc(1, sizeof *watch);
	struct sought sought = sought_of_scope(scope);

	if (watch == NULL)
		abort();
	watch->scope = *scope;
	watch->hash = sought.hash;
	pthread_mutex_lock(&t->lock);
	*find(t, &sought) = watch;
	t->watches[number] = watch;
	if (kind_of(scope) == OF_ALL)
		t->all = watch;
	t->kinds[kind_of(scope)]++;
	atomic_fetch_add(&t->watching, 1);
	pthread_mutex_unlock(&t->lock);
}

void tally_unwatch(struct tally *t, unsigned number)
{
	struct watch *watch, **at;
	struct sought sought;

	pthread_mutex_lock(&t->lock);
	watch = t->watches[number];
	sought = sought_of_scope(&watch->scope);
	at = find(t, &sought);
	*at = watch->next;
	t->watches[number] = NULL;
	if (t->all == watch)
		t->all = NULL;
	t->kinds[kind_of(&watch->scope)]--;
	atomic_fetch_sub(&t->watching, 1);
	pthread_mutex_unlock(&t->lock);
	free(watch);
}

bool tally_take(
	struct tally *t, unsigned number, const struct tally_scope *scope, struct tally_counts *out)
{
	struct watch *watch;
	bool same;

	pthread_mutex_lock(&t->lock);
	watch = t->watches[number];
	same = watch != NULL && memcmp(&watch->scope, scope, sizeof *scope) == 0;
	if (same) {
		*out = watch->counts;
		memset(&watch->counts, 0, sizeof watch->counts);
	}
	pthread_mutex_unlock(&t->lock);
	return same;
}

bool tally_begin(struct tally *t)
{
	if (atomic_load_explicit(&t->watching, memory_order_relaxed) == 0)
		return false;
	pthread_mutex_lock(&t->lock);
	return true;
}

void tally_end(struct tally *t)
{
	pthread_mutex_unlock(&t->lock);
}

/* A key as it is counted. */
struct counted {
	struct text id, tenant;
	uint64_t hash;
	const uint8_t *digest;
};

/* The key's place in its set, or that of the least there, which it takes. */
static struct tally_key *place_of(struct tally_key *set, const struct counted *key)
{
	struct tally_key *least = set;

	for (unsigned i = 0; i < TALLY_WAYS; i++) {
		if (set[i].hash == key->hash && memcmp(set[i].id, key->id.data, key->id.len) == 0)
			return &set[i];
		if (set[i].count < least->count)
			least = &set[i];
	}
	least->hash = key->hash;
	memset(least->id, 0, sizeof least->id);
	memcpy(least->id, key->id.data, key->id.len);
	least->doubtful = least->count;
	return least;
}

static void count(struct watch *watch, enum apikey_code code, const struct counted *key)
{
	struct tally_key *place;

	if (watch == NULL)
		return;
	watch->counts.codes[code]++;
	if (key == NULL)
		return;
	place = place_of(&watch->counts.keys[key->hash % TALLY_SETS * TALLY_WAYS], key);
	place->count++;
	memcpy(place->digest, key->digest, DIGEST_BYTES);
}

static void count_filtered(struct tally *t, enum apikey_code code, const struct counted *key)
{
	static const struct text any = {"", 0};

	for (unsigned kind = OF_TENANT; kind < KINDS; kind++) {
		struct sought sought;

		if (t->kinds[kind] == 0)
			continue;
		sought = sought_of(
			kind & OF_TENANT ? key->tenant : any, kind & OF_KEY ? key->id : any);
		count(*find(t, &sought), code, key);
	}
}

/* A key that does not exist for the caller is nobody's: only who watches all hears of it. */
void tally_note(
	struct tally *t, const struct verify_request *request, const struct verdict *verdict)
{
	struct counted key;

	if (request->dry_run)
		return;
	if (!verdict->found) {
		count(t->all, verdict->code, NULL);
		return;
	}
	key.id = key_reply_id(verdict->own);
	key.tenant = key_reply_tenant(verdict->shared);
	if (key.id.len >= KEY_ID_SIZE)
		key.id.len = KEY_ID_SIZE - 1;
	key.hash = hash_of_id(key.id);
	key.digest = request->digest;
	count(t->all, verdict->code, &key);
	count_filtered(t, verdict->code, &key);
}
