/* keys.c - the keys that a load asks about, and the choice among them. */
#include "tests/bench/keys.h"

#include <err.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sysexits.h>

#define HUGE_PAGE ((size_t)2 * 1024 * 1024)

static uint32_t line_length(FILE *in, const char *file)
{
	char line[512];

	if (fgets(line, sizeof(line), in) == NULL)
		errx(EX_DATAERR, "%s: no key in it", file);
	rewind(in);
	return (uint32_t)strcspn(line, "\n");
}

static void read_lines(struct keys *keys, FILE *in, const char *file)
{
	char line[512];

	for (uint32_t i = 0; i < keys->count; i++) {
		if (fgets(line, sizeof(line), in) == NULL || strcspn(line, "\n") != keys->len)
			errx(EX_DATAERR, "%s:%u: not as long as the first key", file, i + 1);
		memcpy(keys->data + (uint64_t)i * keys->len, line, keys->len);
	}
}

void keys_read(struct keys *keys, const char *file)
{
	struct stat st;
	FILE *in = fopen(file, "r");

	if (in == NULL || fstat(fileno(in), &st) != 0)
		err(EX_NOINPUT, "%s", file);
	keys->len = line_length(in, file);
	keys->count = (uint32_t)((uint64_t)st.st_size / (keys->len + 1));

	/* Whole huge pages; where there are none, it is only slower. */
	size_t size = ((size_t)keys->count * keys->len | (HUGE_PAGE - 1)) + 1;

	keys->data = aligned_alloc(HUGE_PAGE, size);
	if (keys->data == NULL)
		err(EX_OSERR, "%zu bytes for keys", size);
	madvise(keys->data, size, MADV_HUGEPAGE);
	read_lines(keys, in, file);
	fclose(in);
}

/* Gray et al., "Quickly generating billion-record synthetic databases", SIGMOD 1994, section 3.2. */
void keys_skew(struct keys *keys, double skew)
{
	double n = keys->count;

	keys->skew = skew;
	keys->zeta = 0;
	for (uint32_t i = 1; i <= keys->count; i++)
		keys->zeta += pow(i, -skew);
	keys->threshold = 1 + pow(0.5, skew);
	keys->eta = (1 - pow(2 / n, 1 - skew)) / (1 - keys->threshold / keys->zeta);
}

/* Steele, Lea, Flood, "Fast splittable pseudorandom number generators" (splitmix64). */
static uint64_t random_next(struct keys *keys)
{
	uint64_t z = keys->state += 0x9e3779b97f4a7c15;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

static uint32_t choose_skewed(struct keys *keys)
{
	double u = (double)(random_next(keys) >> 11) * 0x1p-53, uz = u * keys->zeta;

	if (uz < 1)
		return 0;
	if (uz < keys->threshold)
		return keys->count > 1;

	double rank = keys->count * pow(keys->eta * u - keys->eta + 1, 1 / (1 - keys->skew));

	return rank < keys->count ? (uint32_t)rank : keys->count - 1;
}

uint32_t keys_choose(struct keys *keys)
{
	if (keys->in_order)
		return keys->next < keys->count ? keys->next++ : keys->count;
	if (keys->skew > 0)
		return choose_skewed(keys);
	return (uint32_t)(((random_next(keys) >> 32) * keys->count) >> 32);
}
