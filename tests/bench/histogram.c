/* histogram.c - latencies counted in log-linear buckets. */
#include "tests/bench/histogram.h"

#define LINEAR_BITS 7 /* HISTOGRAM_PARTS is two to this */

static unsigned bucket_of(uint64_t value)
{
	if (value < 2 * HISTOGRAM_PARTS)
		return (unsigned)value;

	unsigned shift = 63 - (unsigned)__builtin_clzll(value) - LINEAR_BITS;

	if (shift > HISTOGRAM_POWERS)
		return HISTOGRAM_BUCKETS - 1;
	return shift * HISTOGRAM_PARTS + (unsigned)(value >> shift);
}

/* The middle of a bucket. */
static uint64_t value_of(unsigned bucket)
{
	if (bucket < 2 * HISTOGRAM_PARTS)
		return bucket;

	unsigned shift = bucket / HISTOGRAM_PARTS - 1;

	return ((uint64_t)(bucket - shift * HISTOGRAM_PARTS) << shift) + ((uint64_t)1 << shift) / 2;
}

void histogram_add(struct histogram *h, uint64_t value, uint64_t n)
{
	h->buckets[bucket_of(value)] += n;
	h->count += n;
	if (value > h->max)
		h->max = value;
}

uint64_t histogram_at(const struct histogram *h, double fraction)
{
	uint64_t wanted = (uint64_t)(fraction * (double)h->count), seen = 0;

	for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
		seen += h->buckets[i];
		if (seen > 0 && seen >= wanted)
			return value_of(i) < h->max ? value_of(i) : h->max;
	}
	return h->max;
}
