/* json.c - answers as JSON, by jansson; the only file that knows it. */
#include "apikeyctl/json.h"

#include <jansson.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Bytes that are no UTF-8 are shown escaped; JSON has no other place for them. */
static json_t *text_json(const char *data, size_t len)
{
	json_t *json = json_stringn(data, len);
	char *shown;

	if (json)
		return json;
	shown = malloc(4 * len + 1);
	if (!shown)
		return NULL;
	text_escape((struct text){data, len}, shown, 4 * len + 1);
	json = json_string(shown);
	free(shown);
	return json;
}

static json_t *to_json(const struct apikey_value *value);

static json_t *array_json(const struct apikey_value *value)
{
	json_t *json = json_array();

	for (size_t i = 0; i < apikey_count(value); i++)
		json_array_append_new(json, to_json(apikey_at(value, i)));
	return json;
}

static json_t *map_json(const struct apikey_value *value)
{
	json_t *json = json_object();

	for (size_t i = 0; i < apikey_count(value); i++)
		if (apikey_key_at(value, i))
			json_object_set_new(
				json, apikey_key_at(value, i), to_json(apikey_at(value, i)));
	return json;
}

static json_t *to_json(const struct apikey_value *value)
{
	switch (apikey_type(value)) {
	case APIKEY_BOOL:
		return json_boolean(apikey_bool(value, false));
	case APIKEY_INT:
		return json_integer(apikey_int(value, 0));
	case APIKEY_FLOAT:
		return json_real(apikey_float(value, 0));
	case APIKEY_STRING:
	case APIKEY_BYTES:
		return text_json(apikey_string(value), apikey_length(value));
	case APIKEY_ARRAY:
		return array_json(value);
	case APIKEY_MAP:
		return map_json(value);
	case APIKEY_NIL:
		break;
	}
	return json_null();
}

/* ASCII on a terminal, which must not be shown what strangers wrote. */
static void dump(json_t *json, size_t layout)
{
	size_t flags = isatty(STDOUT_FILENO) ? JSON_ENSURE_ASCII : 0;

	json_dumpf(json, stdout, layout | flags | JSON_ENCODE_ANY);
	json_decref(json);
}

static void print(json_t *json)
{
	dump(json, isatty(STDOUT_FILENO) ? JSON_INDENT(2) : JSON_COMPACT);
}

void json_print(const struct apikey_value *value)
{
	print(to_json(value));
}

void json_print_line(const struct apikey_value *value)
{
	dump(to_json(value), JSON_COMPACT);
}

void json_print_without(const struct apikey_value *map, const char *name)
{
	json_t *json = map_json(map);

	json_object_del(json, name);
	print(json);
}

void json_print_text(const char *text)
{
	print(text_json(text, strlen(text)));
}

struct json_t *json_read(const char *text, size_t len)
{
	json_t *json = json_loadb(text, len, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);

	if (json_is_object(json))
		return json;
	json_decref(json);
	return NULL;
}

static void put(struct apikey_params *params, const char *name, const json_t *value)
{
	switch (json_typeof(value)) {
	case JSON_OBJECT:
		apikey_put_map(params, name);
		json_put_members(value, params);
		apikey_put_end(params);
		break;
	case JSON_ARRAY:
		apikey_put_array(params, name);
		for (size_t i = 0; i < json_array_size(value); i++)
			put(params, NULL, json_array_get(value, i));
		apikey_put_end(params);
		break;
	case JSON_STRING:
		apikey_put_text(params, name, json_string_value(value), json_string_length(value));
		break;
	case JSON_INTEGER:
		apikey_put_int(params, name, json_integer_value(value));
		break;
	case JSON_REAL:
		apikey_put_float(params, name, json_real_value(value));
		break;
	case JSON_TRUE:
	case JSON_FALSE:
		apikey_put_bool(params, name, json_is_true(value));
		break;
	case JSON_NULL:
		apikey_put_nil(params, name);
		break;
	}
}

void json_put_members(const struct json_t *object, struct apikey_params *params)
{
	json_t *from = (json_t *)(uintptr_t)object; /* it is only read */

	for (void *at = json_object_iter(from); at; at = json_object_iter_next(from, at))
		put(params, json_object_iter_key(at), json_object_iter_value(at));
}

void json_free(struct json_t *object)
{
	json_decref(object);
}

struct text json_text(const struct json_t *object, const char *name)
{
	const json_t *member = json_object_get(object, name);

	if (!json_is_string(member))
		return (struct text){NULL, 0};
	return (struct text){json_string_value(member), json_string_length(member)};
}

bool json_int(const struct json_t *object, const char *name, int64_t *out)
{
	const json_t *member = json_object_get(object, name);

	if (json_is_integer(member))
		*out = json_integer_value(member);
	return json_is_integer(member);
}
