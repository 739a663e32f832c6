/* sightings.h - what a worker's verifies meet that somebody may have to know: noticed here, judged on the store thread.
 *
 * A verify pays a few comparisons. What is worth a look goes into a ring of one writer, the worker, and one reader, the
 * store thread; the same thing not again within a minute, and nothing where the ring is full. Nothing here allocates,
 * locks or calls the system after the start. */
#ifndef APIKEYD_SIGHTINGS_H
#define APIKEYD_SIGHTINGS_H

#include <endian.h>
#include <string.h>

#include "apikeyd/engine/engine.h"
#include "protocol/keytext.h"

#define SIGHTING_REST                                                                              \
	86400 /* seconds unused after which a key may count as asleep; options only say more */

enum sighting_kind {
	SIGHTING_NONE,
	SIGHTING_LIMITED, /* a limit or quota denied */
	SIGHTING_DEAD,    /* a revoked or expired secret was used */
	SIGHTING_WOKE,    /* allowed, after SIGHTING_REST at least */
	SIGHTING_MOVED,   /* allowed, from another network than last time, or the first */
	SIGHTING_UNKNOWN, /* so many unknown keys from one network */
	SIGHTING_KINDS,
};

struct sighting {
	enum sighting_kind kind;
	enum apikey_code code;
	int64_t at;
	char prefix[KEYTEXT_PREFIX_SIZE]; /* the secret's; empty for an unknown one */
	bool has_network, has_former;
	struct cidr network, former; /* where it came from, and where it had last come from */
	int64_t used_before;         /* last use before this one */
	int64_t period_ends;         /* of the quota that denied; 0: a rate limit did */
	unsigned count;
};

struct sightings;

/* Never NULL. */
struct sightings *sightings_new(void);
void sightings_free(struct sightings *s);
/* Any thread: how many unknown keys of one network within a minute are one sighting; 0: none are. */
void sightings_unknown_step(struct sightings *s, unsigned step);

/* The worker's: a closer look at a verdict, before its release. */
void sightings_look(struct sightings *s, const struct verify_request *request,
	const struct verdict *verdict, int64_t now);
/* Whether two addresses are of one network, /24 or /48: what one customer of a provider has. */
static inline bool sightings_same_network(const struct address *a, const struct address *b)
{
	uint64_t x[2], y[2];

	memcpy(x, a->bytes, sizeof x);
	memcpy(y, b->bytes, sizeof y);
	if ((x[0] | y[0]) == 0) /* IPv4 */
		return be64toh(x[1] ^ y[1]) >> 8 == 0;
	return be64toh(x[0] ^ y[0]) >> 16 == 0;
}
/* The worker's, for every verdict. */
static inline void sightings_note(struct sightings *s, const struct verify_request *request,
	const struct verdict *verdict, int64_t now)
{
	if (verdict->code != APIKEY_CODE_OK ||
		(verdict->counted &&
			(now - verdict->used_before >= SIGHTING_REST ||
				(request->ip != NULL && !sightings_same_network(request->ip,
								&verdict->ip_before)))))
		sightings_look(s, request, verdict, now);
}

/* The store thread's: the oldest that waits; false: there is none. */
bool sightings_take(struct sightings *s, struct sighting *out);
/* Any thread. */
bool sightings_wait(const struct sightings *s);

#endif
