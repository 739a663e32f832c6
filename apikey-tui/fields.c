/* fields.c - what can be typed about a key: checked as the daemon will, and split into what it takes. */
#include "apikey-tui/fields.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "protocol/method.h"
#include "protocol/text.h"

#define SCOPE_MAX 64
#define NOTES_MAX 4096
#define LIMITS_MAX 4
#define LIMIT_MOST 2147483648
#define WINDOW_MOST 2678400 /* seconds, 31 days */
#define SPAN_MOST 31622400  /* seconds, 366 days */
#define COUNT_DIGITS 12
#define YEAR_9999 253402300799

const char *field_check_name(const char *text)
{
	return *text == '\0' ? "a key needs a name"
			     : text_check(text_of(text), 1, NAME_MAX_BYTES, false);
}

const char *field_check_word(const char *text)
{
	return *text == '\0' ? NULL : word_check(text_of(text));
}

const char *field_check_needed_word(const char *text)
{
	return *text == '\0' ? "it needs a name" : field_check_word(text);
}

const char *field_check_notes(const char *text)
{
	return *text == '\0' ? NULL : text_check(text_of(text), 1, NOTES_MAX, true);
}

size_t field_split(char *text, const char **out, size_t max)
{
	size_t count = 0;

	for (char *save, *item = strtok_r(text, ", ", &save); item != NULL;
		item = strtok_r(NULL, ", ", &save)) {
		if (count == max)
			break;
		out[count++] = item;
	}
	return count;
}

const char *field_check_email(const char *text)
{
	return *text == '\0' || strchr(text, '@') != NULL ? NULL : "an address has an @";
}

/* Checks each of at most so many items of a list; none may come twice. */
static const char *check_items(const char *text, size_t max, const char *(*check)(const char *item))
{
	const char *items[FIELDS_ITEMS_MAX + 1], *reason = NULL;
	char *copy = strdup(text);
	size_t count = copy != NULL ? field_split(copy, items, FIELDS_ITEMS_MAX + 1) : 0;

	if (count > max)
		reason = max == FIELDS_ITEMS_MAX ? "at most 64 of them" : "at most 4 of them";
	for (size_t i = 0; i < count && reason == NULL; i++) {
		reason = check(items[i]);
		for (size_t j = 0; j < i && reason == NULL; j++)
			if (strcmp(items[i], items[j]) == 0)
				reason = "one of them is there twice";
	}
	free(copy);
	return reason;
}

static const char *check_scope(const char *scope)
{
	size_t len = strlen(scope),
	       good = strspn(scope, "abcdefghijklmnopqrstuvwxyz0123456789._:/-");

	if (len > SCOPE_MAX)
		return "a scope has at most 64 characters";
	if (good != len && !(good + 1 == len && scope[good] == '*'))
		return "a scope is made of a-z 0-9 . _ : / - and may end in *";
	return NULL;
}

/* The bits after the first so many must be 0. */
static bool host_bits(const unsigned char *bytes, size_t size, unsigned prefix)
{
	for (size_t bit = prefix; bit < size * 8; bit++)
		if ((bytes[bit / 8] >> (7 - bit % 8) & 1) != 0)
			return true;
	return false;
}

static const char *check_address(const char *text)
{
	static const char *const wrong =
		"an address is like 192.0.2.0/24, 192.0.2.7 or 2001:db8::/32";
	char host[INET6_ADDRSTRLEN];
	unsigned char bytes[16];
	const char *slash = strchr(text, '/');
	size_t len = slash != NULL ? (size_t)(slash - text) : strlen(text);
	unsigned max = strchr(text, ':') != NULL ? 128 : 32, prefix = max;

	if (len >= sizeof host)
		return wrong;
	memcpy(host, text, len);
	host[len] = '\0';
	if (slash != NULL) {
		size_t digits = strspn(slash + 1, "0123456789");

		if (digits == 0 || digits > 3 || slash[1 + digits] != '\0' ||
			(digits > 1 && slash[1] == '0'))
			return wrong;
		prefix = (unsigned)strtoul(slash + 1, NULL, 10);
	}
	if (prefix > max || inet_pton(max == 128 ? AF_INET6 : AF_INET, host, bytes) != 1)
		return wrong;
	return host_bits(bytes, max / 8, prefix) ? "an address has bits set after its prefix"
						 : NULL;
}

const char *field_check_scopes(const char *text)
{
	return check_items(text, FIELDS_ITEMS_MAX, check_scope);
}

const char *field_check_addresses(const char *text)
{
	return check_items(text, FIELDS_ITEMS_MAX, check_address);
}

static bool parse_span(const char *text, int64_t *out)
{
	static const struct {
		char unit;
		int64_t seconds;
	} units[] = {
		{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}, {'w', 604800}, {'y', 31536000}};
	char *end;
	long long n;

	if (!isdigit((unsigned char)*text))
		return false;
	n = strtoll(text, &end, 10);
	for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
		if (*end == units[i].unit && end[1] == '\0' && n > 0 &&
			n <= YEAR_9999 / units[i].seconds) {
			*out = n * units[i].seconds;
			return true;
		}
	return false;
}

bool field_span(const char *text, int64_t *out)
{
	*out = 0;
	return strcmp(text, "0") == 0 || parse_span(text, out);
}

const char *field_check_span(const char *text)
{
	int64_t span;

	return field_span(text, &span) && span <= SPAN_MOST ? NULL : "say 0, 30m, 12h or 7d";
}

const char *field_check_count(const char *text)
{
	return text[strspn(text, "0123456789")] != '\0' || strlen(text) > COUNT_DIGITS
		       ? "a whole number"
		       : NULL;
}

const char *field_check_cap(const char *text)
{
	const char *reason = field_check_count(text);
	int64_t cap = strtoll(text, NULL, 10);

	if (*text == '\0' || reason != NULL)
		return reason;
	return cap >= 1 && cap <= CAP_MAX ? NULL : "1 to 1000000000";
}

/* The number before the slash; *rest is what follows it. */
static bool parse_most(const char *text, int64_t *out, const char **rest)
{
	char *end;

	if (!isdigit((unsigned char)*text))
		return false;
	*out = strtoll(text, &end, 10);
	*rest = end + 1;
	return *end == '/' && *out > 0 && *out <= LIMIT_MOST;
}

bool field_rate(const char *text, struct field_limit *out)
{
	const char *rest;

	*out = (struct field_limit){.of = "requests"};
	return parse_most(text, &out->limit, &rest) && parse_span(rest, &out->window) &&
	       out->window <= WINDOW_MOST;
}

bool field_quota(const char *text, struct field_limit *out)
{
	static const struct {
		const char *text, *period, *of;
	} rows[] = {{"day", "day", "requests"}, {"month", "month", "requests"},
		{"day:units", "day", "units"}, {"month:units", "month", "units"}};
	const char *rest;

	*out = (struct field_limit){0};
	if (!parse_most(text, &out->limit, &rest))
		return false;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (strcmp(rest, rows[i].text) == 0) {
			out->period = rows[i].period;
			out->of = rows[i].of;
		}
	return out->period != NULL;
}

static const char *check_rate(const char *text)
{
	struct field_limit limit;

	return field_rate(text, &limit) ? NULL : "a rate is like 100/60s or 5000/1h";
}

static const char *check_quota(const char *text)
{
	struct field_limit limit;

	return field_quota(text, &limit) ? NULL
					 : "a quota is like 1000/day, 20000/month or 500/day:units";
}

const char *field_check_rates(const char *text)
{
	return check_items(text, LIMITS_MAX, check_rate);
}

const char *field_check_quotas(const char *text)
{
	return check_items(text, LIMITS_MAX, check_quota);
}

static bool parse_date(const char *text, int64_t *out)
{
	static const char *const formats[] = {"%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%SZ"};

	for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
		struct tm tm = {0}, was;
		const char *end = strptime(text, formats[i], &tm);

		if (end == NULL || *end != '\0')
			continue;
		was = tm;
		*out = timegm(&tm);
		return tm.tm_mday == was.tm_mday && *out > 0; /* not the 31st of February */
	}
	return false;
}

bool field_expiry(const char *text, struct expiry *out)
{
	*out = (struct expiry){0};
	out->never = *text == '\0' || strcmp(text, "never") == 0;
	return out->never || parse_span(text, &out->in) || parse_date(text, &out->at);
}

const char *field_check_expiry(const char *text)
{
	struct expiry expiry;

	if (!field_expiry(text, &expiry))
		return "say never, 12h, 90d, 1y, or a date such as 2027-01-31";
	if (expiry.at != 0 && expiry.at <= (int64_t)time(NULL))
		return "that is past";
	return NULL;
}
