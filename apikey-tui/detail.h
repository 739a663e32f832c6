/* detail.h - whatever the daemon answered about one thing, as labelled lines. */
#ifndef TUI_DETAIL_H
#define TUI_DETAIL_H

#include "apikey-tui/kit/sheet.h"
#include "include/apikey.h"

#define DETAIL_LABEL 14 /* cells */

/* Every member of a map on the sheet: times as times, limits as they are typed, maps within maps indented. Empty ones are
 * left out. */
void detail_put(struct sheet *s, const struct apikey_value *map);
/* One value as text, "a b c" for an array. */
void detail_text(const char *name, const struct apikey_value *value, char *out, size_t size);

#endif
