/* key_import.c - taking over a key that is in use elsewhere: kept as a digest from here on, like any other. */
#include <sodium/randombytes.h>
#include <string.h>

#include "apikeyd/config.h"
#include "apikeyd/methods/key.h"

#define PLAIN_MIN 8   /* bytes: less could be guessed by asking */
#define SHOWN_MIN 20  /* bytes of a key whose last four may be shown */
#define SHOWN_BYTES 4 /* of a key, in its masked form */

/* A key in this daemon's form names its own prefix. */
static enum apikey_error check_plain(
	const char *brand, struct text plain, struct text prefix, struct failure *why)
{
	if (plain.len < PLAIN_MIN || plain.len > KEYTEXT_MAX)
		return fail(why, APIKEY_INVALID_ARGUMENT, "plaintext: must have %d to %d bytes",
			PLAIN_MIN, KEYTEXT_MAX);
	if (keytext_classify(brand, plain) == KEYTEXT_BROKEN)
		return fail(why, APIKEY_INVALID_ARGUMENT,
			"plaintext: its checksum is wrong, so a character is missing or changed");
	if (prefix.data != NULL && memmem(prefix.data, prefix.len, plain.data, plain.len) != NULL)
		return fail(why, APIKEY_INVALID_ARGUMENT, "prefix: must not hold the key");
	return APIKEY_OK;
}

static struct text choose_prefix(struct call *call, struct text plain, struct text asked)
{
	struct text own = keytext_prefix(plain);
	char id[KEY_ID_SIZE];

	if (asked.data != NULL)
		return asked;
	if (own.data != NULL && own.len < KEYTEXT_PREFIX_SIZE)
		return own;
	key_id_make(randombytes_uniform, id);
	return text_of(pool_printf(&call->pool, "imported_%.*s", KEYTEXT_PREFIX_ID, id + 2));
}

/* The last four characters of a long key; a short one would lose too much. */
static void note_last(struct text plain, char out[SHOWN_BYTES + 1])
{
	const char *last = plain.data + plain.len - SHOWN_BYTES;

	if (plain.len < SHOWN_MIN)
		return;
	for (int i = 0; i < SHOWN_BYTES; i++)
		if (last[i] <= ' ' || last[i] > '~')
			return;
	memcpy(out, last, SHOWN_BYTES);
}

enum apikey_error key_import(struct call *call, struct failure *why)
{
	struct key_record *key = pool_alloc(&call->pool, sizeof *key);
	struct text plain = arg_text(&call->args, "plaintext");
	struct text prefix = arg_text(&call->args, "prefix");

	if (check_plain(daemon_config(call->daemon)->brand, plain, prefix, why) != APIKEY_OK ||
		key_fill_new(call, key, why) != APIKEY_OK)
		return why->code;
	note_last(plain, key->secrets[0].last4);
	if (key_keep_secret(call, key, choose_prefix(call, plain, prefix), plain, why) !=
			APIKEY_OK ||
		registry_insert(call->daemon->registry, &call->change, key, why) != APIKEY_OK ||
		key_record_change(call, "key.imported", key, why) != APIKEY_OK)
		return why->code;
	key_write(call, &call->result, key);
	return APIKEY_OK;
}
