/* rates.c - verifies a second, from the counters that the daemon gives. */
#include "apikey-tui/rates.h"

#include <stdbool.h>
#include <string.h>

static uint64_t verifies(const struct apikey_value *stats, bool allowed)
{
	const struct apikey_value *by_code = apikey_get(stats, "verifies");
	uint64_t sum = 0;

	for (size_t i = 0; i < apikey_count(by_code); i++) {
		const char *code = apikey_key_at(by_code, i);

		if (code != NULL && (strcmp(code, "ok") == 0) == allowed)
			sum += (uint64_t)apikey_int(apikey_at(by_code, i), 0);
	}
	return sum;
}

/* Rounded; a counter that went back belongs to another daemon. */
static uint64_t per_second(uint64_t before, uint64_t after, int64_t milliseconds)
{
	if (after < before || milliseconds <= 0)
		return 0;
	return ((after - before) * 1000 + (uint64_t)milliseconds / 2) / (uint64_t)milliseconds;
}

void rates_add(struct rates *r, const struct apikey_value *stats, int64_t now)
{
	uint64_t allowed = verifies(stats, true), denied = verifies(stats, false);

	if (r->sampled_at != 0) {
		if (r->count == RATES_KEPT) {
			r->count--;
			memmove(r->allowed, r->allowed + 1, r->count * sizeof r->allowed[0]);
			memmove(r->denied, r->denied + 1, r->count * sizeof r->denied[0]);
		}
		r->allowed[r->count] = per_second(r->allowed_before, allowed, now - r->sampled_at);
		r->denied[r->count] = per_second(r->denied_before, denied, now - r->sampled_at);
		r->count++;
	}
	r->sampled_at = now;
	r->allowed_before = allowed;
	r->denied_before = denied;
}

void rates_pause(struct rates *r)
{
	r->sampled_at = 0;
}
