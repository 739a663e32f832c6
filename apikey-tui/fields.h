/* fields.h - what can be typed about a key: checked as the daemon will, and split into what it takes. */
#ifndef TUI_FIELDS_H
#define TUI_FIELDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FIELDS_ITEMS_MAX 64 /* scopes or addresses of a key */

/* NULL, or the reason as a half sentence. An empty text is good for all but a name. */
const char *field_check_name(const char *text);
const char *field_check_word(const char *text);
const char *field_check_needed_word(const char *text); /* nor is an empty text good for this */
const char *field_check_scopes(const char *text);
const char *field_check_addresses(const char *text);
const char *field_check_expiry(const char *text);
const char *field_check_notes(const char *text);
const char *field_check_email(const char *text);
const char *field_check_rates(const char *text);
const char *field_check_quotas(const char *text);

/* Splits at commas and spaces, in place; pointers into text. Returns how many there are, at most max. */
size_t field_split(char *text, const char **out, size_t max);

/* "0", "30m", "12h", "7d": a time in seconds. False: none of these. */
bool field_span(const char *text, int64_t *out);
const char *field_check_span(const char *text);
const char *field_check_count(const char *text);
/* A count that may be at most a billion, and not 0. */
const char *field_check_cap(const char *text);

/* A rate or a quota. */
struct field_limit {
	int64_t limit;
	int64_t window;     /* seconds; 0: a quota */
	const char *period; /* "day" or "month"; static */
	const char *of;     /* "requests" or "units"; static */
};
/* "100/60s", "5000/1h"; "20000/month", "500/day:units". False: none. */
bool field_rate(const char *text, struct field_limit *out);
bool field_quota(const char *text, struct field_limit *out);

/* When a key is to expire. */
struct expiry {
	bool never;
	int64_t in; /* seconds from now; 0 where there is a date */
	int64_t at;
};
/* "never" or nothing; "30m", "12h", "90d", "52w", "1y"; "2027-01-31" or "2027-01-31 18:00", UTC. False: none of these. */
bool field_expiry(const char *text, struct expiry *out);

#endif
