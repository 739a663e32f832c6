/* stats.c - what a worker counts about its own work. */
#include "apikeyd/stats.h"

void stats_add(_Atomic uint64_t *counter, uint64_t n)
{
	atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + n,
		memory_order_relaxed);
}

static void turn_window(struct stats *s, int64_t now)
{
	unsigned next = !s->window;

	histogram_clear(&s->latency[next]);
	atomic_store_explicit(&s->window, next, memory_order_relaxed);
	s->window_since = now;
}

void stats_turn(struct stats *s, uint64_t n, uint64_t ns, int64_t now)
{
	if (now - s->window_since >= STATS_WINDOW || now < s->window_since)
		turn_window(s, now);
	stats_add(&s->requests, n);
	histogram_record(&s->latency[s->window], ns, n);
}
