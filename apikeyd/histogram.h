/* histogram.h - latencies in log-linear buckets: within 1/16 of the true value, from 1 ns to 18 minutes. */
#ifndef APIKEYD_HISTOGRAM_H
#define APIKEYD_HISTOGRAM_H

#include <stdatomic.h>
#include <stdint.h>

#define HISTOGRAM_SUB 16 /* linear steps of each power of two */
#define HISTOGRAM_BUCKETS (37 * HISTOGRAM_SUB)

/* Zero-initialise. One thread records, any may read. */
struct histogram {
	_Atomic uint64_t counts[HISTOGRAM_BUCKETS];
};

void histogram_record(struct histogram *h, uint64_t value, uint64_t times);
/* Adds the counts of h to sum. */
void histogram_add(uint64_t sum[HISTOGRAM_BUCKETS], const struct histogram *h);
/* The value below which the share p (0 to 1) of all lies; 0 when nothing was recorded. */
uint64_t histogram_percentile(const uint64_t sum[HISTOGRAM_BUCKETS], double p);
void histogram_clear(struct histogram *h);

#endif
