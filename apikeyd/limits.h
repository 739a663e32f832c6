/* limits.h - limits between the wire and the engine: what "rate" and "quota" hold, encoded as they came. */
#ifndef APIKEYD_LIMITS_H
#define APIKEYD_LIMITS_H

#include "apikeyd/engine/limit.h"
#include "protocol/error.h"
#include "protocol/reader.h"

/* The words of a limit: its period, and what it is a limit of. */
const char *limit_period_name(uint32_t what);
const char *limit_of_name(uint32_t what);

/* Reads an array of rates, or of quotas; invalid_argument names the element of the parameter `name` and the member at
 * fault. out has room for LIMIT_RATES_MAX or LIMIT_QUOTAS_MAX. */
enum apikey_error limits_read_rates(struct reader *r, const char *name, struct limit *out,
	unsigned *count, struct failure *why);
enum apikey_error limits_read_quotas(struct reader *r, const char *name, struct limit *out,
	unsigned *count, struct failure *why);
/* Both, of what has been checked so and stored; data NULL is none. Returns how many, rates first. */
unsigned limits_of(struct text rate, struct text quota, struct limit out[LIMITS_MAX]);

#endif
