/* filter.h - what is typed after `/`: words that a row has to hold, and "name:value" that the daemon looks for. */
#ifndef TUI_FILTER_H
#define TUI_FILTER_H

#include <stdbool.h>
#include <stdint.h>

#include "apikey-tui/kit/line.h"
#include "include/apikey.h"

/* Puts each "name:value" whose name is among these (ends with NULL) into the parameters. Of "from" and "to" the value is a
 * time: "24h" ago, or a date. */
void filter_ask(const struct line *filter, const char *const *names, int64_t now,
	struct apikey_params *params);
/* Whether each of the other words is somewhere in the texts of this map, whatever its case. */
bool filter_holds(
	const struct line *filter, const char *const *names, const struct apikey_value *map);
/* A whole key that was pasted becomes its public part: its secret stays out of the screen and the socket. */
void filter_hide_secret(struct line *filter);

#endif
