/* json.h - answers as JSON. */
#ifndef APIKEYCTL_JSON_H
#define APIKEYCTL_JSON_H

#include "include/apikey.h"

/* Each writes one JSON text to standard output: indented on a terminal (and then in ASCII only,
 * so that no text of a stranger can act on it), else on one line. No newline follows. */
void json_print(const struct apikey_value *value);
/* The value, a map, without this member. */
void json_print_without(const struct apikey_value *map, const char *name);
void json_print_text(const char *text);

#endif
