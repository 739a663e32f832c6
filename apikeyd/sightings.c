/* sightings.c - what a worker's verifies meet that somebody may have to know. */
#include "apikeyd/sightings.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "apikeyd/recent.h"

#define RING 256        /* sightings that wait, a power of two */
#define SEEN 1024       /* things not said again, a power of two */
#define SAID_AGAIN 60   /* seconds after which they are */
#define SOURCES 256     /* networks whose unknown keys are counted, a power of two */
#define BITS_OF_IPV4 24 /* of a network, as sightings_same_network() has it */
#define BITS_OF_IPV6 48

struct seen {
	uint64_t what;
	int64_t at;
};

struct source {
	uint64_t what;
	struct recent recent;
};

struct sightings {
	struct sighting ring[RING];
	atomic_uint head, tail; /* written by the worker; by the store thread */
	atomic_uint unknown_step;
	struct seen seen[SEEN];
	struct source sources[SOURCES];
};

struct sightings *sightings_new(void)
{
	struct sightings *s = calloc(1, sizeof *s);

	if (s == NULL)
		abort();
	return s;
}

void sightings_free(struct sightings *s)
{
	free(s);
}

void sightings_unknown_step(struct sightings *s, unsigned step)
{
	atomic_store_explicit(&s->unknown_step, step, memory_order_relaxed);
}

/* FNV-1a (draft-eastlake-fnv): spreads, and stops nobody who wants two things to meet: then one is said later. */
static uint64_t mix(uint64_t hash, const void *data, size_t len)
{
	const uint8_t *p = data;

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ p[i]) * 0x100000001b3u;
	return hash;
}

/* The network that an address is of. */
static struct cidr network_of(const struct address *ip)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
	bool is_ipv4 = memcmp(ip->bytes, mapped, sizeof mapped) == 0;
	struct cidr c = {.bits = is_ipv4 ? 96 + BITS_OF_IPV4 : BITS_OF_IPV6};

	memcpy(c.base.bytes, ip->bytes, c.bits / 8);
	return c;
}

/* False: there is no room. Strangers get half of it, so that they hide nothing that keys do. */
static bool put(struct sightings *s, const struct sighting *sighting)
{
	unsigned head = atomic_load_explicit(&s->head, memory_order_relaxed);
	unsigned room = sighting->kind == SIGHTING_UNKNOWN ? RING / 2 : RING;

	if (head - atomic_load_explicit(&s->tail, memory_order_acquire) >= room)
		return false;
	s->ring[head % RING] = *sighting;
	atomic_store_explicit(&s->head, head + 1, memory_order_release);
	return true;
}

/* Unless it was said a moment ago. */
static void say(struct sightings *s, const struct sighting *sighting)
{
	uint64_t what = mix(0xcbf29ce484222325u, &sighting->kind, sizeof sighting->kind);
	struct seen *seen;

	what = mix(what, sighting->prefix, strlen(sighting->prefix));
	if (sighting->kind == SIGHTING_MOVED)
		what = mix(what, &sighting->network.base, sizeof sighting->network.base);
	if (sighting->kind == SIGHTING_LIMITED)
		what = mix(what, &sighting->period_ends, sizeof sighting->period_ends);
	seen = &s->seen[what % SEEN];
	if ((seen->what != what || sighting->at - seen->at >= SAID_AGAIN) && put(s, sighting))
		*seen = (struct seen){what, sighting->at};
}

/* Counts an unknown key of a network; a network that meets another in its place takes one from it until that has none
 * left (Misra and Gries 1982), so that few large ones are seen among many small. */
static bool is_burst(struct sightings *s, const struct sighting *sighting)
{
	unsigned step = atomic_load_explicit(&s->unknown_step, memory_order_relaxed);
	uint64_t what = mix(0xcbf29ce484222325u, &sighting->network, sizeof sighting->network);
	struct source *source = &s->sources[what % SOURCES];

	if (step == 0)
		return false;
	if (source->what != what && recent_take(&source->recent, sighting->at))
		return false;
	if (source->what != what)
		*source = (struct source){.what = what};
	if (recent_add(&source->recent, sighting->at, 1) < step)
		return false;
	*source = (struct source){.what = what};
	return true;
}

/* What an allowed one is worth. A first use is no waking, but it is a first network. */
static void look_at_allowed(struct sightings *s, struct sighting *sighting)
{
	bool moved = sighting->has_network &&
		     (!sighting->has_former || memcmp(&sighting->network, &sighting->former,
						       sizeof sighting->network) != 0);

	sighting->kind = SIGHTING_WOKE;
	if (sighting->used_before != 0 && sighting->at - sighting->used_before >= SIGHTING_REST)
		say(s, sighting);
	sighting->kind = SIGHTING_MOVED;
	if (moved)
		say(s, sighting);
}

static void look_at_denied(struct sightings *s, struct sighting *sighting)
{
	static const enum sighting_kind kinds[APIKEY_CODE_COUNT] = {
		[APIKEY_CODE_MALFORMED] = SIGHTING_UNKNOWN,
		[APIKEY_CODE_NOT_FOUND] = SIGHTING_UNKNOWN,
		[APIKEY_CODE_REVOKED] = SIGHTING_DEAD,
		[APIKEY_CODE_EXPIRED] = SIGHTING_DEAD,
		[APIKEY_CODE_RATE_LIMITED] = SIGHTING_LIMITED,
		[APIKEY_CODE_QUOTA_EXCEEDED] = SIGHTING_LIMITED,
	};

	sighting->kind = kinds[sighting->code];
	if (sighting->kind == SIGHTING_UNKNOWN) {
		sighting->count = atomic_load_explicit(&s->unknown_step, memory_order_relaxed);
		if (is_burst(s, sighting))
			(void)put(s, sighting);
	} else if (sighting->kind != SIGHTING_NONE) {
		say(s, sighting);
	}
}

/* When the quota that denied ends: one that has less left than was asked for. */
static int64_t period_end(const struct verify_request *request, const struct verdict *verdict)
{
	if (verdict->code != APIKEY_CODE_QUOTA_EXCEEDED)
		return 0;
	for (unsigned i = 0; i < verdict->limit_count; i++) {
		const struct limit_view *view = &verdict->limits[i];
		int64_t asked = limit_of(view->limit.what) == OF_UNITS ? request->units : 1;

		if (limit_is_quota(view->limit.what) && asked > view->remaining)
			return view->reset;
	}
	return 0;
}

void sightings_look(struct sightings *s, const struct verify_request *request,
	const struct verdict *verdict, int64_t now)
{
	static const struct address none;
	struct sighting sighting = {
		.code = verdict->code,
		.at = now,
		.used_before = verdict->counted ? verdict->used_before : 0,
		.has_network = request->ip != NULL,
		.has_former = verdict->counted && request->ip != NULL &&
			      memcmp(&verdict->ip_before, &none, sizeof none) != 0,
		.period_ends = period_end(request, verdict),
	};

	if (request->dry_run || (verdict->found && verdict->prefix.len >= sizeof sighting.prefix))
		return;
	if (verdict->found)
		memcpy(sighting.prefix, verdict->prefix.data, verdict->prefix.len);
	if (sighting.has_network)
		sighting.network = network_of(request->ip);
	if (sighting.has_former)
		sighting.former = network_of(&verdict->ip_before);
	if (verdict->code == APIKEY_CODE_OK)
		look_at_allowed(s, &sighting);
	else
		look_at_denied(s, &sighting);
}

bool sightings_take(struct sightings *s, struct sighting *out)
{
	unsigned tail = atomic_load_explicit(&s->tail, memory_order_relaxed);

	if (tail == atomic_load_explicit(&s->head, memory_order_acquire))
		return false;
	*out = s->ring[tail % RING];
	atomic_store_explicit(&s->tail, tail + 1, memory_order_release);
	return true;
}

bool sightings_wait(const struct sightings *s)
{
	return atomic_load_explicit(&s->head, memory_order_relaxed) !=
	       atomic_load_explicit(&s->tail, memory_order_relaxed);
}
