/* histogram.h - latencies counted in log-linear buckets: constant work to add, percentiles within 0.4 %.
 *
 * The idea is HdrHistogram's (hdrhistogram.org): each power of two is cut into equal parts. */
#ifndef BENCH_HISTOGRAM_H
#define BENCH_HISTOGRAM_H

#include <stdint.h>

#define HISTOGRAM_PARTS 128 /* of each power of two; smaller values have a bucket each */
#define HISTOGRAM_POWERS 33 /* values up to 2^40 are told apart: 18 minutes in ns */
#define HISTOGRAM_BUCKETS ((HISTOGRAM_POWERS + 2) * HISTOGRAM_PARTS)

/* Zero-initialise. */
struct histogram {
	uint64_t buckets[HISTOGRAM_BUCKETS];
	uint64_t count, max;
};

/* Counts a value that was seen n times. */
void histogram_add(struct histogram *h, uint64_t value, uint64_t n);
/* The value that `fraction` (0 to 1) of all values do not exceed; 0 of none. */
uint64_t histogram_at(const struct histogram *h, double fraction);

#endif
