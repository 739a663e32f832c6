/* client_verify.c - the verify call with typed question and answer. */
#include <string.h>

#include "protocol/client.h"
#include "protocol/keytext.h"

/* No key is longer than that less one byte: what is cut off has no part in the verdict, and a stranger must not get an
 * error in its place by sending more than a message holds. */
#define KEY_SENT_MAX (KEYTEXT_MAX + 1)

void apikey_put_request(struct apikey_params *params, const struct apikey_request *request)
{
	size_t len = request->key_len < KEY_SENT_MAX ? request->key_len : KEY_SENT_MAX;

	apikey_put_text(params, "key", request->key ? request->key : "", len);
	apikey_put_string(params, "ip", request->ip);
	if (request->scope_count > 0)
		apikey_put_strings(params, "scopes", request->scopes, request->scope_count);
	apikey_put_string(params, "tenant", request->tenant);
	apikey_put_string(params, "resource", request->resource);
	apikey_put_string(params, "agent", request->agent);
	if (request->units != 0)
		apikey_put_int(params, "units", request->units);
	if (request->cost != 0)
		apikey_put_int(params, "cost", request->cost);
	if (request->dry_run)
		apikey_put_bool(params, "dry_run", true);
}

/* What is said where: the fields of the answer that are text, and those that are numbers. */
static void read_fields(const struct apikey_value *result, struct apikey_verdict *v)
{
	const struct {
		const char *name, **text;
	} texts[] = {
		{"key_id", &v->key_id},
		{"prefix", &v->prefix},
		{"name", &v->name},
		{"tenant", &v->tenant},
		{"owner", &v->owner},
		{"env", &v->env},
	};
	const struct {
		const char *name;
		const struct apikey_value **value;
	} values[] = {
		{"scopes", &v->scopes},
		{"meta", &v->meta},
		{"missing", &v->missing},
		{"limits", &v->limits},
	};

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		*texts[i].text = apikey_string(apikey_get(result, texts[i].name));
	for (size_t i = 0; i < sizeof values / sizeof *values; i++)
		*values[i].value = apikey_get(result, values[i].name);
	v->expires_at = apikey_int(apikey_get(result, "expires_at"), 0);
	v->retry_after = apikey_int(apikey_get(result, "retry_after"), 0);
	v->grace_ends = apikey_int(apikey_get(result, "grace_ends"), 0);
	v->superseded = apikey_bool(apikey_get(result, "superseded"), false);
}

/* A key is good only where the answer says so twice. */
enum apikey_error apikey_read_verdict(
	const struct apikey_value *result, struct apikey_verdict *verdict)
{
	const struct apikey_value *valid = apikey_get(result, "valid");
	const char *code = apikey_string(apikey_get(result, "code"));

	*verdict = (struct apikey_verdict){.code = APIKEY_CODE_COUNT};
	if (apikey_type(valid) != APIKEY_BOOL || !code)
		return APIKEY_BROKEN;
	verdict->code_name = code;
	verdict->code = code_from_name(code, strlen(code));
	verdict->valid = apikey_bool(valid, false);
	verdict->result = result;
	read_fields(result, verdict);
	if (verdict->valid != (verdict->code == APIKEY_CODE_OK)) {
		*verdict = (struct apikey_verdict){.code = APIKEY_CODE_COUNT};
		return APIKEY_BROKEN;
	}
	return APIKEY_OK;
}

enum apikey_error apikey_verify(struct apikey_client *client, const struct apikey_request *request,
	struct apikey_verdict *verdict)
{
	struct apikey_params *params = apikey_params_new();
	const int64_t deadline = client_deadline(client);
	const bool stale = client->fd >= 0;
	const unsigned connections = client->connections;
	const struct apikey_value *result;
	enum apikey_error r;

	*verdict = (struct apikey_verdict){.code = APIKEY_CODE_COUNT};
	if (!params)
		return fail(&client->why, APIKEY_NO_MEMORY, "no memory");
	apikey_put_request(params, request);
	r = client_call(client, "verify", params, deadline, &result);
	if (r == APIKEY_UNREACHABLE && (stale || client->connections != connections))
		r = client_call(client, "verify", params, deadline, &result);
	if (r == APIKEY_OK && (r = apikey_read_verdict(result, verdict)) != APIKEY_OK)
		fail(&client->why, r, "the daemon's answer is no verdict");
	apikey_params_free(params);
	return r;
}
