/* limits.h - limits as they are typed (100/60s, 1000/day) and as they are shown. */
#ifndef APIKEYCTL_LIMITS_H
#define APIKEYCTL_LIMITS_H

#include "apikeyctl/print.h"
#include "protocol/error.h"

/* The rows of the options that a key and a plan have in common; clearing: an empty value takes away. */
#define LIMIT_OPTIONS(clearing)                                                                    \
	{.name = "rate",                                                                           \
		.value = "N/WINDOW",                                                               \
		.help = "at most so many in any such time: 100/60s",                               \
		.type = OPTION_RATE,                                                               \
		.param = "rate",                                                                   \
		.clears = (clearing)},                                                             \
		{.name = "quota",                                                                  \
			.value = "N/PERIOD",                                                       \
			.help = "1000/day, 20000/month, 500/day:units",                            \
			.type = OPTION_QUOTA,                                                      \
			.param = "quota",                                                          \
			.clears = (clearing)},                                                     \
	{                                                                                          \
		.name = "units-per-request", .value = "N",                                         \
		.help = "units that one verify may ask for", .type = OPTION_INT,                   \
		.param = "units_per_request", .clears = (clearing)                                 \
	}

/* Puts one limit into the array that is open; false where the text is none. */
bool limits_put_rate(struct apikey_params *params, const char *text);
bool limits_put_quota(struct apikey_params *params, const char *text);

/* On a terminal: the limits among the checks of a key.explain, each with what is left of it. */
void limits_print(const struct ctl *ctl, const struct apikey_value *checks);

#endif
