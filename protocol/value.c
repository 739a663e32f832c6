/* value.c - answers as trees, decoded by msgpack-c; the only file that knows it. */
#include "protocol/value.h"

#include <msgpack.h>
#include <stdlib.h>
#include <string.h>

/* What value_decode() gives: the root comes first, so that a pointer to it is one to all. Text
 * points into bytes. */
struct document {
	msgpack_object root;
	msgpack_zone *zone;
	size_t len;
	char bytes[];
};

static const msgpack_object *object_of(const struct apikey_value *value)
{
	return (const msgpack_object *)(const void *)value;
}

static const struct apikey_value *value_of(const msgpack_object *object)
{
	return (const struct apikey_value *)(const void *)object;
}

static void terminate_text(const char **text, uint32_t size, char *bytes)
{
	if (size == 0)
		*text = ""; /* the decoder gives none */
	else
		bytes[*text - bytes + size] = '\0';
}

/* Terminates every text in place: what follows it is the header of the next value, which has been
 * decoded, or the spare byte at the end. The depth is what the scanner allows. */
static void terminate(msgpack_object *o, char *bytes)
{
	if (o->type == MSGPACK_OBJECT_STR)
		terminate_text(&o->via.str.ptr, o->via.str.size, bytes);
	else if (o->type == MSGPACK_OBJECT_BIN)
		terminate_text(&o->via.bin.ptr, o->via.bin.size, bytes);
	else if (o->type == MSGPACK_OBJECT_ARRAY)
		for (uint32_t i = 0; i < o->via.array.size; i++)
			terminate(&o->via.array.ptr[i], bytes);
	else if (o->type == MSGPACK_OBJECT_MAP)
		for (uint32_t i = 0; i < o->via.map.size; i++) {
			terminate(&o->via.map.ptr[i].key, bytes);
			terminate(&o->via.map.ptr[i].val, bytes);
		}
}

struct apikey_value *value_decode(const uint8_t *data, size_t len)
{
	struct document *doc = malloc(sizeof *doc + len + 1);
	msgpack_unpacked unpacked;
	msgpack_unpack_return got;
	size_t end = 0;

	if (!doc)
		return NULL;
	doc->len = len;
	memcpy(doc->bytes, data, len);
	msgpack_unpacked_init(&unpacked);
	got = msgpack_unpack_next(&unpacked, doc->bytes, len, &end);
	doc->zone = msgpack_unpacked_release_zone(&unpacked);
	doc->root = unpacked.data;
	if (got != MSGPACK_UNPACK_SUCCESS || end != len) {
		apikey_value_free((struct apikey_value *)(void *)doc);
		return NULL;
	}
	terminate(&doc->root, doc->bytes);
	return (struct apikey_value *)(void *)doc;
}

void apikey_value_free(struct apikey_value *value)
{
	struct document *doc = (struct document *)(void *)value;

	if (!doc)
		return;
	if (doc->zone)
		msgpack_zone_free(doc->zone);
	explicit_bzero(doc->bytes, doc->len);
	free(doc);
}

enum apikey_type apikey_type(const struct apikey_value *value)
{
	static const enum apikey_type types[] = {
		[MSGPACK_OBJECT_NIL] = APIKEY_NIL,
		[MSGPACK_OBJECT_BOOLEAN] = APIKEY_BOOL,
		[MSGPACK_OBJECT_POSITIVE_INTEGER] = APIKEY_INT,
		[MSGPACK_OBJECT_NEGATIVE_INTEGER] = APIKEY_INT,
		[MSGPACK_OBJECT_FLOAT32] = APIKEY_FLOAT,
		[MSGPACK_OBJECT_FLOAT64] = APIKEY_FLOAT,
		[MSGPACK_OBJECT_STR] = APIKEY_STRING,
		[MSGPACK_OBJECT_BIN] = APIKEY_BYTES,
		[MSGPACK_OBJECT_ARRAY] = APIKEY_ARRAY,
		[MSGPACK_OBJECT_MAP] = APIKEY_MAP,
		[MSGPACK_OBJECT_EXT] = APIKEY_NIL,
	};

	return value ? types[object_of(value)->type] : APIKEY_NIL;
}

bool apikey_bool(const struct apikey_value *value, bool fallback)
{
	return apikey_type(value) == APIKEY_BOOL ? object_of(value)->via.boolean : fallback;
}

int64_t apikey_int(const struct apikey_value *value, int64_t fallback)
{
	const msgpack_object *o = object_of(value);

	if (apikey_type(value) != APIKEY_INT)
		return fallback;
	return o->type == MSGPACK_OBJECT_POSITIVE_INTEGER && o->via.u64 > INT64_MAX ? fallback
										    : o->via.i64;
}

double apikey_float(const struct apikey_value *value, double fallback)
{
	return apikey_type(value) == APIKEY_FLOAT ? object_of(value)->via.f64 : fallback;
}

const char *apikey_string(const struct apikey_value *value)
{
	switch (apikey_type(value)) {
	case APIKEY_STRING:
		return object_of(value)->via.str.ptr;
	case APIKEY_BYTES:
		return object_of(value)->via.bin.ptr;
	default:
		return NULL;
	}
}

size_t apikey_length(const struct apikey_value *value)
{
	switch (apikey_type(value)) {
	case APIKEY_STRING:
		return object_of(value)->via.str.size;
	case APIKEY_BYTES:
		return object_of(value)->via.bin.size;
	default:
		return 0;
	}
}

size_t apikey_count(const struct apikey_value *value)
{
	switch (apikey_type(value)) {
	case APIKEY_ARRAY:
		return object_of(value)->via.array.size;
	case APIKEY_MAP:
		return object_of(value)->via.map.size;
	default:
		return 0;
	}
}

const struct apikey_value *apikey_at(const struct apikey_value *value, size_t index)
{
	if (index >= apikey_count(value))
		return NULL;
	if (apikey_type(value) == APIKEY_ARRAY)
		return value_of(&object_of(value)->via.array.ptr[index]);
	return value_of(&object_of(value)->via.map.ptr[index].val);
}

const char *apikey_key_at(const struct apikey_value *map, size_t index)
{
	if (apikey_type(map) != APIKEY_MAP || index >= apikey_count(map))
		return NULL;
	return apikey_string(value_of(&object_of(map)->via.map.ptr[index].key));
}

const struct apikey_value *apikey_get(const struct apikey_value *map, const char *name)
{
	for (size_t i = 0; i < apikey_count(map); i++) {
		const char *key = apikey_key_at(map, i);

		if (key && strcmp(key, name) == 0) {
			const struct apikey_value *value = apikey_at(map, i);

			return apikey_type(value) == APIKEY_NIL ? NULL : value;
		}
	}
	return NULL;
}
