/* params.c - named parameters, written as they are put. */
#include "protocol/params.h"

#include <stdlib.h>

#include "protocol/frame.h"
#include "protocol/writer.h"

/* Message, its array of one and the map itself are three levels of the wire's bound. */
#define PARAMS_MAX_DEPTH (FRAME_MAX_DEPTH - 3 + 1)

/* A map or array that is being put; the outermost one's header is written by params_write(). */
struct level {
	size_t begin;
	uint16_t count;
	bool array;
};

struct apikey_params {
	struct buffer body; /* the entries */
	struct level levels[PARAMS_MAX_DEPTH];
	unsigned depth;
	bool misused;
};

struct apikey_params *apikey_params_new(void)
{
	struct apikey_params *params = calloc(1, sizeof *params);

	if (params)
		params->body.max = FRAME_MAX_ADMIN;
	return params;
}

void apikey_params_free(struct apikey_params *params)
{
	if (!params)
		return;
	buffer_wipe(&params->body);
	free(params);
}

/* Begins one entry: its name in a map, nothing in an array. */
static struct buffer *entry(struct apikey_params *params, const char *name)
{
	struct level *level = &params->levels[params->depth];

	if (level->array != (name == NULL) || level->count == UINT16_MAX)
		params->misused = true;
	else
		level->count++;
	if (name)
		write_str(&params->body, name);
	return &params->body;
}

void apikey_put_nil(struct apikey_params *params, const char *name)
{
	write_nil(entry(params, name));
}

void apikey_put_bool(struct apikey_params *params, const char *name, bool value)
{
	write_bool(entry(params, name), value);
}

void apikey_put_int(struct apikey_params *params, const char *name, int64_t value)
{
	write_int(entry(params, name), value);
}

void apikey_put_float(struct apikey_params *params, const char *name, double value)
{
	write_float(entry(params, name), value);
}

void apikey_put_string(struct apikey_params *params, const char *name, const char *value)
{
	if (value)
		write_str(entry(params, name), value);
}

void apikey_put_text(struct apikey_params *params, const char *name, const char *data, size_t len)
{
	if (data)
		write_text(entry(params, name), (struct text){data, len});
}

void apikey_put_strings(
	struct apikey_params *params, const char *name, const char *const *values, size_t count)
{
	apikey_put_array(params, name);
	for (size_t i = 0; i < count; i++) {
		params->misused =
			params->misused || !values[i]; /* a scope less would let more in */
		apikey_put_string(params, NULL, values[i]);
	}
	apikey_put_end(params);
}

static void begin(struct apikey_params *params, const char *name, bool array)
{
	struct buffer *body = entry(params, name);

	if (params->depth + 1 == PARAMS_MAX_DEPTH) {
		params->misused = true;
		return;
	}
	params->levels[++params->depth] = (struct level){
		.begin = array ? write_array_begin(body) : write_map_begin(body),
		.array = array,
	};
}

void apikey_put_map(struct apikey_params *params, const char *name)
{
	begin(params, name, false);
}

void apikey_put_array(struct apikey_params *params, const char *name)
{
	begin(params, name, true);
}

void apikey_put_end(struct apikey_params *params)
{
	const struct level *level = &params->levels[params->depth];

	if (params->depth == 0) {
		params->misused = true;
		return;
	}
	if (level->array)
		write_array_end(&params->body, level->begin, level->count);
	else
		write_map_end(&params->body, level->begin, level->count);
	params->depth--;
}

enum apikey_error params_check(const struct apikey_params *params, struct failure *why)
{
	if (!params)
		return APIKEY_OK;
	if (params->misused || params->depth > 0)
		return fail(why, APIKEY_BAD_REQUEST, "parameters without name, end or beginning");
	if (params->body.failed)
		return fail(why, APIKEY_TOO_LARGE, "parameters over 64 KiB, or no memory for them");
	return APIKEY_OK;
}

size_t params_size(const struct apikey_params *params)
{
	return WRITE_HEADER_MAX + (params ? params->body.len : 0);
}

void params_write(const struct apikey_params *params, struct buffer *out)
{
	write_map(out, params ? params->levels[0].count : 0);
	if (params)
		write_raw(out, params->body.data, params->body.len);
}
