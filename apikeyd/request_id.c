/* request_id.c - request_id: what was asked before under the same one gets the same answer. */
#include "apikeyd/request_id.h"

#include <sodium/crypto_generichash.h>
#include <string.h>

#include "protocol/writer.h"

/* What stands for a parameter in the digest of a request: a secret only by its own digest, since what is stored must not
 * help to guess it. */
static enum apikey_error digest_text(const struct call *call, unsigned i, struct text *text,
	uint8_t secret[STORE_DIGEST_BYTES], struct failure *why)
{
	*text = call->args.values[i].text;
	if (call->method->params[i].type != PARAM_SECRET || text->data == NULL)
		return APIKEY_OK;
	if (registry_digest(call->daemon->registry, *text, secret, why) != APIKEY_OK)
		return why->code;
	*text = (struct text){(const char *)secret, STORE_DIGEST_BYTES};
	return APIKEY_OK;
}

/* A digest of the method and its parameters in the table's order, request_id left out. */
static enum apikey_error digest_request(
	const struct call *call, uint8_t out[STORE_DIGEST_BYTES], struct failure *why)
{
	uint8_t secret[STORE_DIGEST_BYTES];
	crypto_generichash_state state;
	struct text text;

	crypto_generichash_init(&state, NULL, 0, STORE_DIGEST_BYTES);
	crypto_generichash_update(
		&state, (const uint8_t *)call->method->name, strlen(call->method->name) + 1);
	for (unsigned i = 0; i < call->method->param_count; i++) {
		const struct arg *arg = &call->args.values[i];
		int64_t facts[] = {arg->state, arg->number, (int64_t)arg->text.len};

		if (digest_text(call, i, &text, secret, why) != APIKEY_OK)
			return why->code;
		crypto_generichash_update(&state, (const uint8_t *)facts, sizeof facts);
		if (text.data != NULL)
			crypto_generichash_update(&state, (const uint8_t *)text.data, text.len);
	}
	crypto_generichash_final(&state, out, STORE_DIGEST_BYTES);
	return APIKEY_OK;
}

enum apikey_error request_id_replay(
	struct call *call, struct request_record *row, struct failure *why)
{
	const struct store_ops *ops = registry_ops(call->daemon->registry);
	struct store *store = registry_store(call->daemon->registry);
	struct request_record before;
	bool found = false;

	if (digest_request(call, row->digest, why) != APIKEY_OK)
		return why->code;
	if (ops->request_get(store, &call->pool, row->actor, row->request_id,
		    call->now - REQUEST_ID_LIFE, &before, &found, why) != APIKEY_OK)
		return why->code;
	if (!found)
		return APIKEY_OK;
	if (memcmp(before.digest, row->digest, sizeof row->digest) != 0)
		return fail(
			why, APIKEY_CONFLICT, "request_id was used before, with other parameters");
	write_raw(&call->result, before.answer.data, before.answer.len);
	call->replayed = true;
	return APIKEY_OK;
}

enum apikey_error request_id_keep(
	const struct call *call, struct request_record *row, struct failure *why)
{
	row->answer = (struct text){(const char *)call->result.data, call->result.len};
	row->at = call->now;
	return registry_ops(call->daemon->registry)
		->request_put(registry_store(call->daemon->registry), row,
			call->now - REQUEST_ID_LIFE, why);
}
