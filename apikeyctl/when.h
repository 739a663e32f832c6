/* when.h - times as people write and read them. */
#ifndef APIKEYCTL_WHEN_H
#define APIKEYCTL_WHEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum when_type {
	WHEN_NEVER,
	WHEN_IN, /* so many seconds from now */
	WHEN_AT, /* seconds since 1970 UTC */
};

struct when {
	enum when_type type;
	int64_t seconds;
};

/* Longest text of the functions below, terminator included. */
#define WHEN_TEXT_SIZE 32

/* "never", a number with s m h d w or y (365 days), a date (its first second, UTC), or RFC 3339. */
bool when_parse(const char *text, struct when *out);
/* RFC 3339 in UTC, for programs. */
void when_rfc3339(int64_t at, char out[WHEN_TEXT_SIZE]);
/* Date and minute in the local time zone, for people. */
void when_local(int64_t at, char out[WHEN_TEXT_SIZE]);
/* "3 min ago", "in 89 days". */
void when_relative(int64_t at, int64_t now, char out[WHEN_TEXT_SIZE]);
/* "3 days", "12 min": the largest unit that fits. */
void when_span(int64_t seconds, char out[WHEN_TEXT_SIZE]);

#endif
