/* key_import.c - taking over a key that is in use elsewhere: kept as a digest from here on, like any other. */
#include <sodium/randombytes.h>
#include <sodium/utils.h>
#include <string.h>

#include "apikeyd/bcrypt.h"
#include "apikeyd/config.h"
#include "apikeyd/engine/digest.h"
#include "apikeyd/methods/auth.h"
#include "apikeyd/methods/key.h"

#define PLAIN_MIN 8   /* bytes: less could be guessed by asking */
#define SHOWN_MIN 20  /* bytes of a key whose last four may be shown */
#define SHOWN_BYTES 4 /* of a key, in its masked form */
#define SHA256_BYTES 32
#define FINGERPRINT_BYTES 16
#define BEGINNING_MIN 4 /* bytes of the public beginning of a key known by its bcrypt */

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

/* An id leads to its own key, so no other may be found by it: whoever acts as a key is looked up by the prefix. */
static enum apikey_error check_prefix(struct call *call, struct failure *why)
{
	if (key_id_has_form(arg_text(&call->args, "prefix")))
		return fail(why, APIKEY_INVALID_ARGUMENT,
			"prefix: must not have the form of a key's id");
	return APIKEY_OK;
}

static struct text made_prefix(struct call *call)
{
	char id[KEY_ID_SIZE];

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

/* A digest that two keys of which one is known by its SHA-256 have in common. */
static enum apikey_error digest_by_sha256(
	struct call *call, struct text plain, uint8_t out[DIGEST_BYTES], struct failure *why)
{
	uint8_t hash[DIGEST_BYTES];

	digest_sha256(plain, hash);
	return registry_digest_foreign(
		call->daemon->registry, (struct text){(const char *)hash, sizeof hash}, out, why);
}

/* By which a dry run of many tells that two are the same. */
static void say_fingerprint(struct call *call, const uint8_t digest[DIGEST_BYTES])
{
	char hex[2 * FINGERPRINT_BYTES + 1];

	if (arg_number(&call->args, "dry_run", 0) == 0)
		return;
	sodium_bin2hex(hex, sizeof hex, digest, FINGERPRINT_BYTES);
	call_once(call, "fingerprint", text_of(hex));
}

static enum apikey_error exists(struct failure *why)
{
	return fail(why, APIKEY_CONFLICT, "this key exists already");
}

/* Whether it is there as another system's hash. Those that it begins like are the hasher's to look at: then the handler is
 * called again. */
static enum apikey_error check_unknown(struct call *call, struct text plain, struct failure *why)
{
	const struct verify_request request = {.key = plain};
	struct foreign *foreign = registry_foreign(call->daemon->registry);
	struct foreign_key found[FOREIGN_FOUND_MAX];
	uint8_t digest[DIGEST_BYTES];
	bool known = false;
	unsigned count;

	if (digest_by_sha256(call, plain, digest, why) != APIKEY_OK ||
		call_ops(call)->digest_find(call_store(call), digest, &known, why) != APIKEY_OK)
		return why->code;
	if (known || (call->work != NULL && call->work->matches))
		return exists(why);
	say_fingerprint(call, digest);
	if (call->work != NULL || (count = foreign_find(foreign, &request, found)) == 0)
		return APIKEY_OK;
	auth_begin_work(call);
	call->work->key = plain;
	call->work->found_count = count;
	memcpy(call->work->found, found, sizeof found);
	return APIKEY_OK;
}

static enum apikey_error import_plaintext(
	struct call *call, struct key_record *key, struct text plain, struct failure *why)
{
	struct text prefix = arg_text(&call->args, "prefix"), own = keytext_prefix(plain);
	struct secret_record *secret;

	if (check_plain(daemon_config(call->daemon)->brand, plain, prefix, why) != APIKEY_OK ||
		check_unknown(call, plain, why) != APIKEY_OK)
		return why->code;
	if (prefix.data == NULL)
		prefix =
			own.data != NULL && own.len < KEYTEXT_PREFIX_SIZE ? own : made_prefix(call);
	secret = key_take_secret(call, key, prefix);
	note_last(plain, secret->last4);
	return registry_digest(call->daemon->registry, plain, secret->digest, why);
}

static enum apikey_error import_sha256(
	struct call *call, struct key_record *key, struct text hex, struct failure *why)
{
	struct text prefix = arg_text(&call->args, "prefix");
	struct secret_record *secret;
	char hash[SHA256_BYTES];
	size_t len = 0;

	if (hex.len != 2 * SHA256_BYTES || sodium_hex2bin((uint8_t *)hash, sizeof hash, hex.data,
						   hex.len, NULL, &len, NULL) != 0)
		return fail(why, APIKEY_INVALID_ARGUMENT, "sha256: must be %d hex digits",
			2 * SHA256_BYTES);
	secret = key_take_secret(call, key, prefix.data != NULL ? prefix : made_prefix(call));
	secret->algorithm = DIGEST_SHA256;
	if (registry_digest_foreign(call->daemon->registry, (struct text){hash, sizeof hash},
		    secret->digest, why) != APIKEY_OK)
		return why->code;
	say_fingerprint(call, secret->digest);
	return APIKEY_OK;
}

/* It is found by the beginning of its text, which must not be common to all keys of a kind. */
static enum apikey_error import_bcrypt(
	struct call *call, struct key_record *key, struct text hash, struct failure *why)
{
	struct text prefix = arg_text(&call->args, "prefix");
	const char *wrong = bcrypt_check(hash);
	struct secret_record *secret;

	if (wrong != NULL)
		return fail(why, APIKEY_INVALID_ARGUMENT, "bcrypt: %s", wrong);
	if (prefix.len < BEGINNING_MIN)
		return fail(why, APIKEY_INVALID_ARGUMENT,
			"prefix: with bcrypt it must be the first %d characters of the key or more",
			BEGINNING_MIN);
	secret = key_take_secret(call, key, prefix);
	secret->algorithm = DIGEST_BCRYPT;
	secret->bcrypt = hash;
	if (registry_digest_foreign(call->daemon->registry, hash, secret->digest, why) != APIKEY_OK)
		return why->code;
	say_fingerprint(call, secret->digest);
	return APIKEY_OK;
}

/* What may be known of a key, and how each is taken. */
static const struct {
	const char *name;
	enum apikey_error (*take)(
		struct call *call, struct key_record *key, struct text known, struct failure *why);
} forms[] = {
	{"plaintext", import_plaintext},
	{"sha256", import_sha256},
	{"bcrypt", import_bcrypt},
};

static enum apikey_error take_secret(struct call *call, struct key_record *key, struct failure *why)
{
	const size_t count = sizeof forms / sizeof forms[0];
	size_t form = count;

	for (size_t i = 0; i < count; i++) {
		if (arg_set(&call->args, forms[i].name) == NULL)
			continue;
		if (form != count)
			return fail(why, APIKEY_INVALID_ARGUMENT, "%s: give it or %s, not both",
				forms[i].name, forms[form].name);
		form = i;
	}
	if (form == count)
		return fail(why, APIKEY_INVALID_ARGUMENT, "plaintext: give it or a hash of it");
	return forms[form].take(call, key, arg_text(&call->args, forms[form].name), why);
}

/* Whatever would refuse it has been asked; now it is taken back, and nobody hears of it. */
static enum apikey_error take_back(
	struct call *call, const struct key_record *key, struct failure *why)
{
	registry_abandon(call->daemon->registry, &call->change);
	return call_ops(call)->key_delete(call_store(call), key->id, why);
}

/* One tenant's caller is not told what was there already, nor whether it was another's. */
static enum apikey_error insert(struct call *call, struct key_record *key, struct failure *why)
{
	enum apikey_error error = registry_insert(call->daemon->registry, &call->change, key, why);

	if (error == APIKEY_CONFLICT && call->caller.tenant[0] != '\0')
		return fail(why, error, "this key or its prefix is in use already");
	return error;
}

enum apikey_error key_import(struct call *call, struct failure *why)
{
	struct key_record *key = pool_alloc(&call->pool, sizeof *key);
	bool dry_run = arg_number(&call->args, "dry_run", 0) != 0;

	if (key_fill_new(call, key, why) != APIKEY_OK || check_prefix(call, why) != APIKEY_OK ||
		take_secret(call, key, why) != APIKEY_OK)
		return why->code;
	if (call->again)
		return APIKEY_OK;
	if (insert(call, key, why) != APIKEY_OK)
		return why->code;
	key_write(call, &call->result, key);
	if (dry_run)
		return take_back(call, key, why);
	return key_record_change(call, "key.imported", key, why);
}
