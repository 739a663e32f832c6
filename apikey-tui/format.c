/* format.c - numbers and times as people read them. */
#include "apikey-tui/format.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define SHORT_MAX 22 /* bytes: in 40 columns there is room for a name and what became of it */

static struct tm utc(int64_t at)
{
	time_t t = (time_t)at;
	struct tm tm = {.tm_year = 70};

	gmtime_r(&t, &tm);
	return tm;
}

void format_date(int64_t at, char out[FORMAT_SIZE])
{
	struct tm tm = utc(at);

	strftime(out, FORMAT_SIZE, "%Y-%m-%d", &tm);
}

void format_time(int64_t at, char out[FORMAT_SIZE])
{
	struct tm tm = utc(at);

	strftime(out, FORMAT_SIZE, "%Y-%m-%d %H:%M UTC", &tm);
}

void format_clock(int64_t at, char out[FORMAT_SIZE])
{
	struct tm tm = utc(at);

	strftime(out, FORMAT_SIZE, "%H:%M:%S", &tm);
}

/* The largest unit of which there is at least one; false under a minute. */
static int span(int64_t seconds, char out[FORMAT_SIZE])
{
	static const struct {
		int64_t seconds;
		char unit;
	} units[] = {{86400, 'd'}, {3600, 'h'}, {60, 'm'}};

	for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
		if (seconds >= units[i].seconds)
			return snprintf(out, FORMAT_SIZE, "%lld%c",
				(long long)(seconds / units[i].seconds), units[i].unit);
	return 0;
}

void format_ago(int64_t at, int64_t now, char out[FORMAT_SIZE])
{
	char text[FORMAT_SIZE];

	if (span(now - at, text) > 0)
		snprintf(out, FORMAT_SIZE, "%.20s ago", text);
	else
		snprintf(out, FORMAT_SIZE, "now");
}

void format_ahead(int64_t at, int64_t now, char out[FORMAT_SIZE])
{
	char text[FORMAT_SIZE];

	if (at <= now)
		snprintf(out, FORMAT_SIZE, "past");
	else if (span(at - now, text) > 0)
		snprintf(out, FORMAT_SIZE, "in %.20s", text);
	else
		snprintf(out, FORMAT_SIZE, "in under 1m");
}

void format_number(int64_t n, char out[FORMAT_SIZE])
{
	char digits[FORMAT_SIZE];
	int len = snprintf(digits, sizeof digits, "%lld", (long long)n), at = 0;

	for (int i = 0; i < len; i++) {
		out[at++] = digits[i];
		if ((len - i - 1) % 3 == 0 && i + 1 < len && digits[i] != '-')
			out[at++] = ',';
	}
	out[at] = '\0';
}

void format_short(const char *text, char out[FORMAT_SIZE])
{
	size_t len = strlen(text);
	bool cut = len > SHORT_MAX;

	if (cut)
		for (len = SHORT_MAX; len > 0 && ((unsigned char)text[len] & 0xc0) == 0x80; len--)
			;
	snprintf(out, FORMAT_SIZE, "%.*s%s", (int)len, text, cut ? "\u2026" : "");
}

const char *member(const struct apikey_value *map, const char *name)
{
	const char *text = apikey_string(apikey_get(map, name));

	return text != NULL ? text : "";
}

/* In the largest of the units, each so many times the one before, of which there is at least one. */
static void scale(int64_t n, int64_t step, const char *const *units, char out[FORMAT_SIZE])
{
	double value = (double)n;

	for (; value >= (double)step && units[1] != NULL; units++)
		value /= (double)step;
	snprintf(out, FORMAT_SIZE, "%.*f %s", value < 10 && value != (double)n ? 1 : 0, value,
		*units);
}

void format_duration(int64_t nanoseconds, char out[FORMAT_SIZE])
{
	static const char *const units[] = {"ns", "us", "ms", "s", NULL};

	scale(nanoseconds, 1000, units, out);
}

void format_bytes(int64_t bytes, char out[FORMAT_SIZE])
{
	static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", NULL};

	scale(bytes, 1024, units, out);
}

/* In the largest unit that says it exactly. */
static void window(int64_t seconds, char out[FORMAT_SIZE])
{
	static const struct {
		int64_t seconds;
		char unit;
	} units[] = {{86400, 'd'}, {3600, 'h'}, {60, 'm'}, {1, 's'}};
	size_t i = 0;

	while (seconds % units[i].seconds != 0)
		i++;
	snprintf(
		out, FORMAT_SIZE, "%lld%c", (long long)(seconds / units[i].seconds), units[i].unit);
}

void format_limit(const struct apikey_value *limit, char out[FORMAT_SIZE])
{
	long long most = apikey_int(apikey_get(limit, "limit"), 0);
	const char *period = member(limit, "period"), *of = member(limit, "of");
	char span[FORMAT_SIZE];

	if (*period == '\0')
		window(apikey_int(apikey_get(limit, "window"), 1), span);
	else
		snprintf(span, sizeof span, "%.12s%s", period,
			strcmp(of, "units") == 0 ? ":units" : "");
	snprintf(out, FORMAT_SIZE, "%lld/%.20s", most, span);
}

void format_limits(const struct apikey_value *limits, char *out, size_t size)
{
	size_t at = 0;
	char text[FORMAT_SIZE];

	*out = '\0';
	for (size_t i = 0; i < apikey_count(limits) && at < size; i++) {
		format_limit(apikey_at(limits, i), text);
		at += (size_t)snprintf(out + at, size - at, "%s%s", i > 0 ? " " : "", text);
	}
}
