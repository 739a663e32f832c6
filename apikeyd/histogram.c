/* histogram.c - latencies in log-linear buckets, after HdrHistogram (hdrhistogram.org). */
#include "apikeyd/histogram.h"

#define SUB_BITS 4

static unsigned bucket_of(uint64_t value)
{
	unsigned top, bucket;

	if (value < HISTOGRAM_SUB)
		return (unsigned)value;
	top = 63 - (unsigned)__builtin_clzll(value);
	bucket = (top - SUB_BITS + 1) * HISTOGRAM_SUB +
		 (unsigned)((value >> (top - SUB_BITS)) & (HISTOGRAM_SUB - 1));
	return bucket < HISTOGRAM_BUCKETS ? bucket : HISTOGRAM_BUCKETS - 1;
}

/* The largest value that falls into the bucket. */
static uint64_t value_of(unsigned bucket)
{
	unsigned shift;

	if (bucket < HISTOGRAM_SUB)
		return bucket;
	shift = bucket / HISTOGRAM_SUB - 1;
	return ((uint64_t)(HISTOGRAM_SUB + bucket % HISTOGRAM_SUB + 1) << shift) - 1;
}

/* One writer: a plain add suffices, atomic only so that readers see whole words. */
void histogram_record(struct histogram *h, uint64_t value, uint64_t times)
{
	_Atomic uint64_t *count = &h->counts[bucket_of(value)];

	atomic_store_explicit(count, atomic_load_explicit(count, memory_order_relaxed) + times,
		memory_order_relaxed);
}

void histogram_add(uint64_t sum[HISTOGRAM_BUCKETS], const struct histogram *h)
{
	for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++)
		sum[i] += atomic_load_explicit(&h->counts[i], memory_order_relaxed);
}

uint64_t histogram_percentile(const uint64_t sum[HISTOGRAM_BUCKETS], double p)
{
	uint64_t total = 0, seen = 0, want;

	for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++)
		total += sum[i];
	want = (uint64_t)((double)total * p);
	for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
		seen += sum[i];
		if (total > 0 && seen > 0 && seen >= want)
			return value_of(i);
	}
	return 0;
}

void histogram_clear(struct histogram *h)
{
	for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++)
		atomic_store_explicit(&h->counts[i], 0, memory_order_relaxed);
}
