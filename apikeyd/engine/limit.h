/* limit.h - how much a key may be used: sliding-window counters and quotas, all checked before any is used.
 *
 * A rate limit counts as Cloudflare's "sliding window counter" does ("How we built rate limiting capable of scaling to
 * millions of domains", 2017): the requests of this window plus those of the one before, weighted by how much of
 * that still lies within the last `window` seconds. Windows stand side by side on the steady clock; the arithmetic is in
 * whole milliseconds and exact. A quota counts within a day or a month of the UTC calendar. */
#ifndef ENGINE_LIMIT_H
#define ENGINE_LIMIT_H

#include <stdbool.h>
#include <stddef.h>

#include "apikeyd/engine/calendar.h"
#include "apikeyd/engine/limit_slot.h"

#define LIMIT_RATES_MAX 4
#define LIMIT_QUOTAS_MAX 4
#define LIMITS_MAX (LIMIT_RATES_MAX + LIMIT_QUOTAS_MAX)
#define LIMIT_WINDOW_MAX (31 * 86400) /* seconds */
#define LIMIT_MOST_MAX                                                                             \
	((int64_t)2147483647 + 1) /* most of anything: products with a window then fit 64 bits */

_Static_assert(LIMITS_MAX <= LIMIT_COUNTERS, "every limit has its counter");

enum limit_of {
	OF_REQUESTS,
	OF_UNITS,
};

/* What a limit counts: for a rate its window in seconds, for a quota its period and what of. Tells the counters of a
 * key apart; 0 is none. */
#define LIMIT_QUOTA 0x80000000u

/* One limit as it is configured. Rates come before quotas. */
struct limit {
	uint32_t what, most;
};

static inline uint32_t limit_quota(enum period period, enum limit_of of)
{
	return LIMIT_QUOTA | (uint32_t)period << 1 | (uint32_t)of;
}

static inline bool limit_is_quota(uint32_t what)
{
	return (what & LIMIT_QUOTA) != 0;
}

static inline enum period limit_period(uint32_t what)
{
	return (enum period)(what >> 1 & 1);
}

static inline enum limit_of limit_of(uint32_t what)
{
	return (enum limit_of)(what & 1);
}

/* Where one limit stands. */
struct limit_view {
	struct limit limit;
	uint32_t remaining; /* how much would still pass now */
	int64_t reset;      /* seconds since 1970: when all of it would */
};

/* One question to all limits of a key. The slot must be locked from limits_look() to limits_show(). */
struct limit_query {
	const struct now *now;
	int64_t cost, units;
	const struct limit *limits;
	unsigned count;
	struct limit_slot *slot;
	struct limit_view *views;        /* count of them are filled in */
	struct limit_counter **counters; /* room for as many, from limits_look() to limits_show() */
	bool over_rate, over_quota;
};

/* Says what of the limits is left, and whether they refuse. */
void limits_look(struct limit_query *q);
/* Uses them; only after a look that refused nothing. */
void limits_use(struct limit_query *q);
/* Says when each will be full again, after a look and perhaps a use. */
void limits_show(struct limit_query *q);
/* Of a look that refused: the smallest number of whole seconds, at least 1, after which the same would pass if nothing else
 * came; 0 when it never would. */
int64_t limits_retry_after(const struct limit_query *q);

/* Makes the slot hold exactly the counters of these limits, in their order; those of limits that stay go on. */
void limits_fit(struct limit_slot *slot, const struct limit *limits, unsigned count);

#endif
