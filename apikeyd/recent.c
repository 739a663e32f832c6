/* recent.c - how many of something there were within the last minute. */
#include "apikeyd/recent.h"

/* Brings the parts up to that time: those that it comes to begin with nothing. */
static void turn(struct recent *r, int64_t at)
{
	int64_t part = at / RECENT_PART;

	if (part - r->part > RECENT_PARTS)
		r->part = part - RECENT_PARTS;
	while (r->part < part)
		r->counts[++r->part % RECENT_PARTS] = 0;
}

unsigned recent_add(struct recent *r, int64_t at, unsigned more)
{
	unsigned sum = 0;

	turn(r, at);
	r->counts[r->part % RECENT_PARTS] += more;
	for (unsigned i = 0; i < RECENT_PARTS; i++)
		sum += r->counts[i];
	return sum;
}

bool recent_take(struct recent *r, int64_t at)
{
	unsigned i = 0;

	turn(r, at);
	while (i < RECENT_PARTS && r->counts[i] == 0)
		i++;
	if (i == RECENT_PARTS)
		return false;
	r->counts[i]--;
	return true;
}
