/* format.h - numbers, times and names as people read them. */
#ifndef TUI_FORMAT_H
#define TUI_FORMAT_H

#include <stddef.h>
#include <stdint.h>

#include "include/apikey.h"

#define FORMAT_SIZE 48

/* "2026-11-21 10:09 UTC", and without the time of day. */
void format_time(int64_t at, char out[FORMAT_SIZE]);
void format_date(int64_t at, char out[FORMAT_SIZE]);
/* The time of day, "10:09:07". */
void format_clock(int64_t at, char out[FORMAT_SIZE]);
/* "now" (under a minute), "3m ago", "5h ago", "12d ago". In steps this coarse a screen stays still. */
void format_ago(int64_t at, int64_t now, char out[FORMAT_SIZE]);
/* "in 3m", "in 12d"; "past" where it is. */
void format_ahead(int64_t at, int64_t now, char out[FORMAT_SIZE]);
/* "1,234,567" */
void format_number(int64_t n, char out[FORMAT_SIZE]);

/* Nanoseconds and bytes in the unit that keeps them short: "850 ns", "9.8 us", "12 MiB". */
void format_duration(int64_t nanoseconds, char out[FORMAT_SIZE]);
void format_bytes(int64_t bytes, char out[FORMAT_SIZE]);
/* A rate or quota as it is typed: "100/60s", "20000/month", "500/day:units". */
void format_limit(const struct apikey_value *limit, char out[FORMAT_SIZE]);
/* All of an array of them, with spaces between. */
void format_limits(const struct apikey_value *limits, char *out, size_t size);

/* A name as a message holds it: whole characters of its beginning, where it is long. */
void format_short(const char *text, char out[FORMAT_SIZE]);

/* The text of this name in a map; empty where there is none. Lives as long as the map. */
const char *member(const struct apikey_value *map, const char *name);

#endif
