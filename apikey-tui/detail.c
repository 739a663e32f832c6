/* detail.c - whatever the daemon answered about one thing, as labelled lines. */
#include "apikey-tui/detail.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "apikey-tui/format.h"

#define TEXT_SIZE 4200 /* the longest text there is, the notes of a key */
#define DEPTH_MAX 3

static bool is_time(const char *name)
{
	size_t len = strlen(name);

	return strcmp(name, "at") == 0 || (len > 3 && strcmp(name + len - 3, "_at") == 0);
}

static void int_text(const char *name, int64_t n, char *out, size_t size)
{
	char text[FORMAT_SIZE];

	if (is_time(name))
		format_time(n, text);
	else
		format_number(n, text);
	snprintf(out, size, "%s", text);
}

/* What an array holds, one after the other; a map in it can only be a limit. */
static void array_text(const struct apikey_value *array, char *out, size_t size)
{
	size_t at = 0;

	*out = '\0';
	for (size_t i = 0; i < apikey_count(array) && at < size; i++) {
		const struct apikey_value *item = apikey_at(array, i);
		const char *text = apikey_string(item);
		char limit[FORMAT_SIZE];

		if (apikey_type(item) == APIKEY_MAP)
			format_limit(item, limit);
		at += (size_t)snprintf(out + at, size - at, "%s%s", i > 0 ? " " : "",
			apikey_type(item) == APIKEY_MAP ? limit
			: text != NULL                  ? text
							: "");
	}
}

void detail_text(const char *name, const struct apikey_value *value, char *out, size_t size)
{
	*out = '\0';
	switch (apikey_type(value)) {
	case APIKEY_BOOL:
		snprintf(out, size, "%s", apikey_bool(value, false) ? "yes" : "no");
		break;
	case APIKEY_INT:
		int_text(name, apikey_int(value, 0), out, size);
		break;
	case APIKEY_FLOAT:
		snprintf(out, size, "%g", apikey_float(value, 0));
		break;
	case APIKEY_STRING:
		snprintf(out, size, "%s", apikey_string(value));
		break;
	case APIKEY_ARRAY:
		array_text(value, out, size);
		break;
	default:
		break;
	}
}

/* "created_at" as "Created at". */
static void label_of(const char *name, int depth, char out[DETAIL_LABEL + 1])
{
	snprintf(out, DETAIL_LABEL + 1, "%*s%s", depth, "", name);
	for (char *c = out; *c != '\0'; c++)
		if (*c == '_')
			*c = ' ';
	if (depth == 0)
		*out = (char)toupper((unsigned char)*out);
}

static void put_map(struct sheet *s, const struct apikey_value *map, int depth)
{
	for (size_t i = 0; i < apikey_count(map); i++) {
		const struct apikey_value *value = apikey_at(map, i);
		const char *name = apikey_key_at(map, i);
		char text[TEXT_SIZE], label[DETAIL_LABEL + 1];

		if (name == NULL)
			continue;
		label_of(name, depth, label);
		detail_text(name, value, text, sizeof text);
		if (apikey_type(value) == APIKEY_MAP && apikey_count(value) > 0 &&
			depth < DEPTH_MAX) {
			sheet_put(s, label, PAINT_PLAIN, "");
			put_map(s, value, depth + 1);
		} else if (*text != '\0') {
			sheet_put(s, label, PAINT_PLAIN, text);
		}
	}
}

void detail_put(struct sheet *s, const struct apikey_value *map)
{
	put_map(s, map, 0);
}
