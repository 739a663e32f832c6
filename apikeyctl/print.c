/* print.c - values as text for people and for programs. */
#include "apikeyctl/print.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <wchar.h>

#include "apikeyctl/when.h"
#include "protocol/text.h"

static const struct {
	const char *begin, *end;
} colors[PAINT_COUNT] = {
	[PAINT_PLAIN] = {"", ""},
	[PAINT_TITLE] = {"\033[1m", "\033[0m"},
	[PAINT_GOOD] = {"\033[32m", "\033[0m"},
	[PAINT_WARNING] = {"\033[33m", "\033[0m"},
	[PAINT_BAD] = {"\033[31m", "\033[0m"},
};

const char *print_begin(const struct ctl *ctl, enum paint role)
{
	return ctl->color ? colors[role].begin : "";
}

const char *print_end(const struct ctl *ctl, enum paint role)
{
	return ctl->color ? colors[role].end : "";
}

enum paint print_paint_of(const char *status)
{
	static const struct {
		const char *status;
		enum paint role;
	} rows[] = {
		{"active", PAINT_GOOD},
		{"disabled", PAINT_WARNING},
		{"superseded", PAINT_WARNING},
		{"expired", PAINT_WARNING},
		{"revoked", PAINT_BAD},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (status && strcmp(rows[i].status, status) == 0)
			return rows[i].role;
	return PAINT_PLAIN;
}

static void *checked(void *memory)
{
	if (memory)
		return memory;
	fputs("apikeyctl: no memory\n", stderr);
	exit(END_FAILED);
}

static char *escaped(const char *text, size_t len)
{
	char *shown = checked(malloc(4 * len + 1));

	text_escape((struct text){text, len}, shown, 4 * len + 1);
	return shown;
}

char *print_escaped(const char *text)
{
	return escaped(text, strlen(text));
}

static char *number(int64_t n)
{
	char text[32];

	snprintf(text, sizeof text, "%" PRId64, n);
	return checked(strdup(text));
}

/* 1536 is 1.5 KiB, with units a thousand or 1024 apart. */
static char *scaled(int64_t n, int64_t step, const char *const *units)
{
	double x = (double)n;
	char text[32];

	while (x >= (double)step && units[1]) {
		x /= (double)step;
		units++;
	}
	snprintf(text, sizeof text, "%.*f %s", x == (double)(int64_t)x ? 0 : 1, x, *units);
	return checked(strdup(text));
}

/* In the largest unit of which it is a whole number. */
static void exact_span(int64_t seconds, char *out, size_t size)
{
	static const struct {
		int64_t seconds;
		const char *one, *many;
	} units[] = {{86400, "day", "days"}, {3600, "h", "h"}, {60, "min", "min"}, {1, "s", "s"}};
	size_t i = 0;

	while (seconds % units[i].seconds != 0)
		i++;
	seconds /= units[i].seconds;
	snprintf(out, size, "%" PRId64 " %s", seconds, seconds == 1 ? units[i].one : units[i].many);
}

/* "100 in 1 min", "1000 units a day". */
static char *limit(const struct apikey_value *value)
{
	const char *period = apikey_string(apikey_get(value, "period"));
	const char *of = apikey_string(apikey_get(value, "of"));
	long long most = apikey_int(apikey_get(value, "limit"), 0);
	char span[WHEN_TEXT_SIZE], text[128];

	exact_span(apikey_int(apikey_get(value, "window"), 0), span, sizeof span);
	if (period)
		snprintf(text, sizeof text, "%lld %s a %s", most, of ? of : "", period);
	else
		snprintf(text, sizeof text, "%lld in %s", most, span);
	return print_escaped(text);
}

/* Words parted by commas; a map as NAME=VALUE. */
static char *words(const struct ctl *ctl, const struct apikey_value *value, enum kind kind)
{
	char *out = checked(strdup(""));

	for (size_t i = 0; i < apikey_count(value); i++) {
		const char *name = apikey_key_at(value, i);
		char *shown = print_value(ctl, apikey_at(value, i), kind);
		char *key = print_escaped(name ? name : ""), *longer;

		if (asprintf(&longer, "%s%s%s%s%s", out, i ? "," : "", key, name ? "=" : "",
			    shown) < 0)
			longer = NULL;
		free(out);
		free(key);
		free(shown);
		out = checked(longer);
	}
	return out;
}

static char *moment(const struct ctl *ctl, int64_t at, enum kind kind)
{
	char text[WHEN_TEXT_SIZE];

	if (ctl->format == FORMAT_PLAIN)
		when_rfc3339(at, text);
	else if (kind == KIND_AGO)
		when_relative(at, (int64_t)time(NULL), text);
	else
		when_local(at, text);
	return checked(strdup(text));
}

static char *span(int64_t seconds)
{
	char text[WHEN_TEXT_SIZE];

	when_span(seconds, text);
	return checked(strdup(text));
}

static char *integer(const struct ctl *ctl, int64_t n, enum kind kind)
{
	static const char *const bytes[] = {"B", "KiB", "MiB", "GiB", "TiB", NULL};
	static const char *const nanos[] = {"ns", "us", "ms", "s", NULL};

	if (kind == KIND_TIME || kind == KIND_EXPIRY || kind == KIND_AGO)
		return moment(ctl, n, kind);
	if (ctl->format == FORMAT_PLAIN)
		return number(n);
	switch (kind) {
	case KIND_SPAN:
		return span(n);
	case KIND_BYTES:
		return scaled(n, 1024, bytes);
	case KIND_NANOS:
		return scaled(n, 1000, nanos);
	default:
		return number(n);
	}
}

/* What stands where there is nothing: for programs nothing. */
static const char *absent(const struct ctl *ctl, enum kind kind)
{
	if (ctl->format == FORMAT_PLAIN)
		return "";
	return kind == KIND_EXPIRY || kind == KIND_AGO ? "never" : "-";
}

char *print_value(const struct ctl *ctl, const struct apikey_value *value, enum kind kind)
{
	char real[32];

	switch (apikey_type(value)) {
	case APIKEY_STRING:
	case APIKEY_BYTES:
		return escaped(apikey_string(value), apikey_length(value));
	case APIKEY_INT:
		return integer(ctl, apikey_int(value, 0), kind);
	case APIKEY_BOOL:
		return checked(strdup(apikey_bool(value, false) ? "yes" : "no"));
	case APIKEY_FLOAT:
		snprintf(real, sizeof real, "%g", apikey_float(value, 0));
		return checked(strdup(real));
	case APIKEY_ARRAY:
	case APIKEY_MAP:
		if (kind == KIND_LIMITS && apikey_type(value) == APIKEY_MAP)
			return limit(value);
		if (apikey_count(value) > 0)
			return words(ctl, value, kind == KIND_LIMITS ? kind : KIND_TEXT);
		break;
	case APIKEY_NIL:
		break;
	}
	return checked(strdup(absent(ctl, kind)));
}

/* Where the locale cannot say how wide a character is, it is taken for one cell. */
size_t print_cells(const char *text)
{
	mbstate_t state = {0};
	size_t cells = 0;

	while (*text) {
		wchar_t wide;
		size_t n = mbrtowc(&wide, text, MB_CUR_MAX, &state);
		int width = 1;

		if (n == (size_t)-1 || n == (size_t)-2) {
			state = (mbstate_t){0};
			n = 1;
			width = ((unsigned char)*text & 0xc0) != 0x80;
		} else {
			width = wcwidth(wide);
		}
		cells += width > 0 ? (size_t)width : 0;
		text += n;
	}
	return cells;
}
