/* json.h - answers as JSON. */
#ifndef APIKEYCTL_JSON_H
#define APIKEYCTL_JSON_H

#include "include/apikey.h"
#include "protocol/text.h"

/* Each writes one JSON text to standard output: indented on a terminal (and then in ASCII only,
 * so that no text of a stranger can act on it), else on one line. No newline follows. */
void json_print(const struct apikey_value *value);
/* On one line, whatever standard output is. */
void json_print_line(const struct apikey_value *value);
/* The value, a map, without this member. */
void json_print_without(const struct apikey_value *map, const char *name);
void json_print_text(const char *text);

/* One JSON object; NULL where the text is none. The caller frees it with json_free(). */
struct json_t;
struct json_t *json_read(const char *text, size_t len);
/* Puts every member under its name. */
void json_put_members(const struct json_t *object, struct apikey_params *params);
void json_free(struct json_t *object);
/* A member that is text, terminated, as long as the object lives; data NULL where it is none. */
struct text json_text(const struct json_t *object, const char *name);
bool json_int(const struct json_t *object, const char *name, int64_t *out);

#endif
