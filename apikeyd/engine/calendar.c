/* calendar.c - days and months of the proleptic Gregorian calendar. */
#include "apikeyd/engine/calendar.h"

#define DAY 86400
#define ERA_DAYS 146097   /* of 400 years, after which the calendar repeats */
#define EPOCH_DAYS 719468 /* from 0000-03-01 to 1970-01-01 */

/* Months since January 1970. After Howard Hinnant, "chrono-compatible low-level date algorithms", civil_from_days():
 * a year that begins in March has its leap day last, and its months lie on a straight line. */
static int64_t month_of(int64_t day)
{
	int64_t z = day + EPOCH_DAYS, era = z / ERA_DAYS, day_of_era = z % ERA_DAYS;
	int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 -
				      day_of_era / (ERA_DAYS - 1)) /
			      365;
	int64_t day_of_year =
		day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	int64_t month = (5 * day_of_year + 2) / 153; /* 0 is March */

	return (era * 400 + year_of_era) * 12 + month + 2 - (int64_t)1970 * 12;
}

/* The first day of a month, the same way back: days_from_civil(). */
static int64_t first_day_of(int64_t month)
{
	int64_t march = month + (int64_t)1970 * 12 - 2; /* since March of year 0 */
	int64_t year = march / 12, era = year / 400, year_of_era = year % 400;
	int64_t day_of_year = (153 * (march % 12) + 2) / 5;

	return era * ERA_DAYS + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 +
	       day_of_year - EPOCH_DAYS;
}

struct span calendar_span(enum period period, int64_t seconds)
{
	int64_t day = seconds / DAY, month;

	if (period == PERIOD_DAY)
		return (struct span){day * DAY, (day + 1) * DAY, (uint32_t)day};
	month = month_of(day);
	return (struct span){
		first_day_of(month) * DAY, first_day_of(month + 1) * DAY, (uint32_t)month};
}

void now_set(struct now *now, int64_t wall_ms, int64_t steady_ms)
{
	now->wall_ms = wall_ms;
	now->wall = wall_ms / 1000;
	now->steady_ms = steady_ms;
	for (int i = 0; i < PERIOD_COUNT; i++)
		if (now->wall < now->periods[i].begin || now->wall >= now->periods[i].end)
			now->periods[i] = calendar_span((enum period)i, now->wall);
}
