/* calendar.h - the moment of a turn, and the calendar days and months (UTC) around it. */
#ifndef ENGINE_CALENDAR_H
#define ENGINE_CALENDAR_H

#include <stdint.h>

enum period {
	PERIOD_DAY,
	PERIOD_MONTH,
	PERIOD_COUNT,
};

/* One day or month: from begin to before end, seconds since 1970; index counts them, 0 began with 1970. */
struct span {
	int64_t begin, end;
	uint32_t index;
};

/* When a verify takes place: read once a turn by whoever has a clock, handed down. */
struct now {
	int64_t wall;      /* seconds since 1970: for expiry and quotas */
	int64_t wall_ms;   /* the same in milliseconds */
	int64_t steady_ms; /* milliseconds that never stop or go back: for rate limits */
	struct span periods[PERIOD_COUNT];
};

/* The period that a time from 1970 to the year 9999 lies in. */
struct span calendar_span(enum period period, int64_t seconds);
/* Moves *now on; zeroed before the first time. Periods are only worked out when they change. */
void now_set(struct now *now, int64_t wall_ms, int64_t steady_ms);

#endif
