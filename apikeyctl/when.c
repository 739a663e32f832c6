/* when.c - times as people write and read them. Format of moments: RFC 3339, section 5.6. */
#include "apikeyctl/when.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define MINUTE 60
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

/* Units as they are written behind a number, and as they are read, the largest first. */
static const struct unit {
	char letter;
	int64_t seconds;
	const char *one, *many;
} units[] = {
	{'y', 365L * DAY, "year", "years"},
	{'w', 7L * DAY, NULL, NULL},
	{'d', DAY, "day", "days"},
	{'h', HOUR, "h", "h"},
	{'m', MINUTE, "min", "min"},
	{'s', 1, "s", "s"},
};
#define UNITS (sizeof units / sizeof *units)

static bool parse_span(const char *text, int64_t *out)
{
	int64_t number = 0;
	const char *p = text;

	for (; isdigit((unsigned char)*p); p++)
		if (__builtin_mul_overflow(number, 10, &number) ||
			__builtin_add_overflow(number, *p - '0', &number))
			return false;
	if (p == text || p[0] == '\0' || p[1] != '\0')
		return false;
	for (size_t i = 0; i < UNITS; i++)
		if (units[i].letter == *p)
			return !__builtin_mul_overflow(number, units[i].seconds, out);
	return false;
}

/* Reads exactly as many digits as the pattern has '9's, and the other characters as they stand. */
static bool matches(const char *text, const char *pattern)
{
	for (; *pattern; pattern++, text++)
		if (*pattern == '9' ? !isdigit((unsigned char)*text) : *text != *pattern)
			return false;
	return true;
}

static int number_at(const char *text, int digits)
{
	int number = 0;

	while (digits-- > 0)
		number = number * 10 + (*text++ - '0');
	return number;
}

/* "Z" or "+01:30": seconds east of UTC. */
static bool parse_zone(const char *text, int *east)
{
	*east = 0;
	if (strcmp(text, "Z") == 0 || strcmp(text, "z") == 0)
		return true;
	if ((*text != '+' && *text != '-') || !matches(text + 1, "99:99") || text[6] != '\0')
		return false;
	*east = number_at(text + 1, 2) * HOUR + number_at(text + 4, 2) * MINUTE;
	if (*text == '-')
		*east = -*east;
	return number_at(text + 1, 2) < 24 && number_at(text + 4, 2) < 60;
}

/* A date that timegm() had to mend, such as February 30, is none. */
static bool moment_of(struct tm *tm, int64_t *out)
{
	const struct tm asked = *tm;

	*out = timegm(tm);
	return tm->tm_mday == asked.tm_mday && tm->tm_mon == asked.tm_mon &&
	       tm->tm_hour == asked.tm_hour && tm->tm_min == asked.tm_min &&
	       tm->tm_sec == asked.tm_sec;
}

static bool parse_moment(const char *text, int64_t *out)
{
	struct tm tm = {0};
	int east = 0;

	if (!matches(text, "9999-99-99"))
		return false;
	tm.tm_year = number_at(text, 4) - 1900;
	tm.tm_mon = number_at(text + 5, 2) - 1;
	tm.tm_mday = number_at(text + 8, 2);
	text += 10;
	if (*text != '\0') {
		if (!strchr("Tt ", *text) || !matches(text + 1, "99:99:99"))
			return false;
		tm.tm_hour = number_at(text + 1, 2);
		tm.tm_min = number_at(text + 4, 2);
		tm.tm_sec = number_at(text + 7, 2);
		text += 9;
		if (*text == '.')
			text += 1 + strspn(text + 1, "0123456789");
		if (!parse_zone(text, &east))
			return false;
	}
	if (!moment_of(&tm, out))
		return false;
	*out -= east;
	return true;
}

bool when_parse(const char *text, struct when *out)
{
	if (strcmp(text, "never") == 0) {
		*out = (struct when){WHEN_NEVER, 0};
		return true;
	}
	out->type = WHEN_IN;
	if (parse_span(text, &out->seconds))
		return true;
	out->type = WHEN_AT;
	return parse_moment(text, &out->seconds);
}

void when_rfc3339(int64_t at, char out[WHEN_TEXT_SIZE])
{
	time_t t = (time_t)at;
	struct tm tm;

	out[0] = '\0';
	if (gmtime_r(&t, &tm))
		(void)strftime(out, WHEN_TEXT_SIZE, "%Y-%m-%dT%H:%M:%SZ", &tm);
}

void when_local(int64_t at, char out[WHEN_TEXT_SIZE])
{
	time_t t = (time_t)at;
	struct tm tm;

	out[0] = '\0';
	if (localtime_r(&t, &tm))
		(void)strftime(out, WHEN_TEXT_SIZE, "%Y-%m-%d %H:%M", &tm);
}

void when_span(int64_t seconds, char out[WHEN_TEXT_SIZE])
{
	const struct unit *unit = units;
	int64_t number;

	while (unit < &units[UNITS - 1] && (seconds < 2 * unit->seconds || !unit->one))
		unit++;
	number = seconds / unit->seconds;
	snprintf(out, WHEN_TEXT_SIZE, "%" PRId64 " %s", number,
		number == 1 ? unit->one : unit->many);
}

void when_relative(int64_t at, int64_t now, char out[WHEN_TEXT_SIZE])
{
	char span[WHEN_TEXT_SIZE];

	when_span(at > now ? at - now : now - at, span);
	if (at > now)
		snprintf(out, WHEN_TEXT_SIZE, "in %.*s", WHEN_TEXT_SIZE - 8, span);
	else
		snprintf(out, WHEN_TEXT_SIZE, "%.*s ago", WHEN_TEXT_SIZE - 8, span);
}
