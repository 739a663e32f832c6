/* keys.h - the keys that a load asks about: any number, laid end to end, and the choice among them. */
#ifndef BENCH_KEYS_H
#define BENCH_KEYS_H

#include <stdbool.h>
#include <stdint.h>

/* Zero-initialise. Keys of one file have one length, so a key is found by its number alone. */
struct keys {
	char *data; /* owned; count keys of len bytes, without terminators */
	uint32_t count, len;
	bool in_order;  /* 0, 1, 2, … instead of by chance */
	double skew;    /* 0: every key alike; else the exponent of a Zipf distribution, below 1 */
	uint64_t state; /* of the random numbers; any */
	uint32_t next;  /* in order: the one to come */
	double zeta, eta, threshold; /* of the distribution */
};

/* Reads a file of one key a line into huge pages. Ends the program with a sentence if it cannot. */
void keys_read(struct keys *keys, const char *file);
/* Must be called once before a choice with skew. */
void keys_skew(struct keys *keys, double skew);
/* The number of the next key to ask about; in order, count when there is none left. */
uint32_t keys_choose(struct keys *keys);

static inline const char *keys_get(const struct keys *keys, uint32_t number)
{
	return keys->data + (uint64_t)number * keys->len;
}

#endif
