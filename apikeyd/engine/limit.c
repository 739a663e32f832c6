/* limit.c - counting within windows and periods. */
#include "apikeyd/engine/limit.h"

/* Whoever holds the slot's lock alone writes. */
static void store(struct limit_counter *to, struct limit_counter value)
{
	__atomic_store_n(&to->head, value.head, __ATOMIC_RELAXED);
	__atomic_store_n(&to->used, value.used, __ATOMIC_RELAXED);
}

/* ---- one rate limit ------------------------------------------------------------------------------------------------ */

static uint64_t window_ms(uint32_t what)
{
	return (uint64_t)what * 1000;
}

/* Brings the two windows up to now; returns the milliseconds since the present one began. */
static uint64_t rate_turn(struct limit_counter *c, int64_t steady_ms)
{
	uint64_t now = (uint64_t)steady_ms, window = window_ms(c->what), begin = c->index * window;
	struct limit_counter turned = {0};

	if (now - begin < window)
		return now - begin;
	/* A power cut may have taken back a moment of the clock, but not of the counter. */
	if (now < begin && begin - now <= window)
		return 0;
	turned.what = c->what;
	turned.index = (uint32_t)(now / window);
	turned.previous = now >= begin && now - begin < 2 * window ? c->current : 0;
	store(c, turned);
	return now - turned.index * window;
}

/* Every term is below 2^63: a count and a limit are at most 2^31, a window is below 2^32 ms. */
static uint32_t rate_remaining(const struct limit_counter *c, uint32_t most, uint64_t elapsed)
{
	uint64_t window = window_ms(c->what), all = most * window,
		 used = c->current * window + c->previous * (window - elapsed);

	if (c->previous == 0)
		return most > c->current ? most - c->current : 0;
	return used < all ? (uint32_t)((all - used) / window) : 0;
}

/* Milliseconds until so much (at most the limit) would pass. Without traffic what is used only shrinks, so the first moment
 * is where the weight of the previous window has come down far enough: within this window, or, with this one's
 * count as the previous, within the next. */
static uint64_t rate_wait(
	const struct limit_counter *c, uint32_t most, uint64_t amount, uint64_t elapsed)
{
	uint64_t window = window_ms(c->what), room = most - amount, weight;

	if (c->current <= room) {
		weight = c->previous == 0 ? window : (room - c->current) * window / c->previous;
		if (weight >= window - elapsed)
			return 0;
		if (weight > 0)
			return window - weight - elapsed;
	}
	weight = c->current == 0 ? window : room * window / c->current;
	return window - elapsed + (weight < window ? window - weight : 0);
}

/* Milliseconds until nothing counts any more. */
static uint64_t rate_clears(const struct limit_counter *c, uint64_t elapsed)
{
	uint64_t window = window_ms(c->what);

	if (c->current > 0)
		return 2 * window - elapsed;
	return c->previous > 0 ? window - elapsed : 0;
}

/* ---- one quota ----------------------------------------------------------------------------------------------------- */

/* A period ahead by one is that of a clock set back a little: its count goes on. One further ahead was a wrong clock's. */
static void quota_turn(struct limit_counter *c, const struct now *now)
{
	uint32_t index = now->periods[limit_period(c->what)].index;

	if (c->index == index || c->index == index + 1)
		return;
	store(c, (struct limit_counter){.what = c->what, .index = index});
}

static uint32_t quota_remaining(const struct limit_counter *c, uint32_t most)
{
	return c->used < most ? (uint32_t)(most - c->used) : 0;
}

/* ---- all of a key -------------------------------------------------------------------------------------------------- */

/* The counter of the n-th limit: the n-th, but for the moment in which a change has fitted the slot and this verify still
 * reads the limits of before. One that is gone by then counts nowhere. */
static struct limit_counter *counter_of(struct limit_slot *slot, unsigned n, uint32_t what)
{
	if (slot->counters[n].what == what)
		return &slot->counters[n];
	for (unsigned i = 0; i < LIMIT_COUNTERS; i++)
		if (slot->counters[i].what == what)
			return &slot->counters[i];
	return NULL;
}

/* How much of a limit the question asks for. */
static uint64_t amount_of(const struct limit_query *q, uint32_t what)
{
	if (!limit_is_quota(what))
		return (uint64_t)q->cost;
	return limit_of(what) == OF_UNITS ? (uint64_t)q->units : 1;
}

/* Where the present window stands, once it has been turned to. */
static uint64_t elapsed_of(const struct limit_query *q, const struct limit_counter *c)
{
	uint64_t begin = c->index * window_ms(c->what), now = (uint64_t)q->now->steady_ms;

	return now > begin ? now - begin : 0;
}

void limits_look(struct limit_query *q)
{
	for (unsigned i = 0; i < q->count; i++) {
		struct limit limit = q->limits[i];
		struct limit_counter *c = counter_of(q->slot, i, limit.what);
		struct limit_view *view = &q->views[i];
		bool quota = limit_is_quota(limit.what);

		q->counters[i] = c;
		view->limit = limit;
		view->remaining = limit.most;
		if (c != NULL && quota) {
			quota_turn(c, q->now);
			view->remaining = quota_remaining(c, limit.most);
		} else if (c != NULL) {
			view->remaining =
				rate_remaining(c, limit.most, rate_turn(c, q->now->steady_ms));
		}
		if (amount_of(q, limit.what) > view->remaining)
			*(quota ? &q->over_quota : &q->over_rate) = true;
	}
}

void limits_use(struct limit_query *q)
{
	for (unsigned i = 0; i < q->count; i++) {
		uint32_t what = q->limits[i].what, amount = (uint32_t)amount_of(q, what);
		struct limit_counter *c = q->counters[i], used;

		q->views[i].remaining -= amount;
		if (c == NULL)
			continue;
		used = *c;
		if (limit_is_quota(what))
			used.used += amount;
		else
			used.current += amount;
		store(c, used);
	}
}

static int64_t seconds_up(uint64_t ms)
{
	return (int64_t)((ms + 999) / 1000);
}

void limits_show(struct limit_query *q)
{
	for (unsigned i = 0; i < q->count; i++) {
		uint32_t what = q->limits[i].what;
		const struct limit_counter *c = q->counters[i];
		uint64_t clears;

		if (limit_is_quota(what)) {
			q->views[i].reset = q->now->periods[limit_period(what)].end;
			continue;
		}
		clears = c != NULL ? rate_clears(c, elapsed_of(q, c)) : 0;
		q->views[i].reset = seconds_up((uint64_t)q->now->wall_ms + clears);
	}
}

int64_t limits_retry_after(const struct limit_query *q)
{
	int64_t longest = 1;

	for (unsigned i = 0; i < q->count; i++) {
		struct limit limit = q->limits[i];
		uint64_t amount = amount_of(q, limit.what);
		const struct limit_counter *c = q->counters[i];
		int64_t wait;

		if (amount <= q->views[i].remaining)
			continue;
		if (amount > limit.most || c == NULL)
			return 0;
		wait = limit_is_quota(limit.what)
			       ? q->now->periods[limit_period(limit.what)].end - q->now->wall
			       : seconds_up(rate_wait(c, limit.most, amount, elapsed_of(q, c)));
		longest = wait > longest ? wait : longest;
	}
	return longest;
}

void limits_fit(struct limit_slot *slot, const struct limit *limits, unsigned count)
{
	struct limit_slot fitted = {0};

	for (unsigned i = 0; i < count; i++) {
		const struct limit_counter *c = counter_of(slot, i, limits[i].what);

		if (c != NULL)
			fitted.counters[i] = *c;
		fitted.counters[i].what = limits[i].what;
	}
	for (unsigned i = 0; i < LIMIT_COUNTERS; i++)
		store(&slot->counters[i], fitted.counters[i]);
}
