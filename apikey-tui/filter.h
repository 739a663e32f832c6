/* filter.h - what is typed after `/`: words that a row has to hold, and "name:value" that the daemon looks for. */
#ifndef TUI_FILTER_H
#define TUI_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "apikey-tui/kit/line.h"
#include "include/apikey.h"

#define FILTER_MAX 200 /* bytes of a filter; of longer ones the rest is left out */

/* The value of the first "name:value" with this name; false: there is none, or it is empty. */
bool filter_value(const char *filter, const char *name, char *out, size_t size);
/* All words but those that begin with one of these names (ends with NULL) and a colon, with spaces between. */
void filter_words(const char *filter, const char *const *names, char *out, size_t size);
/* Puts each "name:value" with one of these names into the parameters. Of "from" and "to" the value is a time: "24h" ago, or
 * a date. */
void filter_ask(
	const char *filter, const char *const *names, int64_t now, struct apikey_params *params);
/* Whether each of the other words is somewhere in the texts of this map, whatever its case. */
bool filter_holds(const char *filter, const char *const *names, const struct apikey_value *map);
/* A text with a whole key in it becomes that key's public part: the secret stays out of the screen and the socket. */
void filter_hide_secret(struct line *filter);

#endif
