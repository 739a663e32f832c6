/* password.c - passwords of people: what one must be, and how it is kept. */
#include "apikeyd/password.h"

#include <sodium/crypto_pwhash.h>
#include <sodium/utils.h>
#include <stdio.h>
#include <string.h>

_Static_assert(PASSWORD_HASH_SIZE == crypto_pwhash_STRBYTES, "the size of a hash");

/* ---- what one must be ---------------------------------------------------------------------------------------- */

#define PIECE_MAX 8  /* bytes of a piece that, repeated, is no password */
#define NAME_MIN 4   /* bytes of a user name that a password must not hold */
#define BARE_MIN 4   /* letters of a password for the list of common ones to be asked */
#define BARE_SIZE 64 /* of those letters, longer ones are not common */
#define SEQUENCE_SIZE 512

/* What lists of stolen passwords begin with, and what people make of it to reach a length: only the letters count, in
 * small, so "Password123456!!" is among them. */
static const char *const common[] = {
	"abcabcabcabc",
	"admin",
	"adminadmin",
	"administrator",
	"apikey",
	"apikeyd",
	"changeit",
	"changeme",
	"correcthorsebatterystaple",
	"default",
	"defaultpassword",
	"dragon",
	"football",
	"guest",
	"guestguest",
	"helloworld",
	"iloveyou",
	"iloveyousomuch",
	"letmein",
	"letmeinletmein",
	"letmeinplease",
	"login",
	"loginlogin",
	"master",
	"monkey",
	"mypassword",
	"mypasswordis",
	"newpassword",
	"nopassword",
	"operator",
	"passphrase",
	"password",
	"passwordpassword",
	"princess",
	"qazwsx",
	"qazwsxedc",
	"qazwsxedcrfv",
	"qwerty",
	"qwertyqwerty",
	"qwertyuiop",
	"qwertz",
	"root",
	"rootroot",
	"secret",
	"secretpassword",
	"secretsecret",
	"sunshine",
	"superman",
	"superuser",
	"temporary",
	"temporarypassword",
	"test",
	"testpassword",
	"testtest",
	"thisisapassword",
	"thisismypassword",
	"trustno",
	"viewer",
	"welcome",
	"welcomewelcome",
	"whatever",
	"yourpassword",
	"zaqxsw",
};

/* Runs along the keyboard and the alphabet, there and back. */
static const char *const runs[] = {
	"01234567890123456789012345678901234567890",
	"abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz",
	"qwertyuiopasdfghjklzxcvbnmqwertyuiop",
	"1234567890qwertyuiopasdfghjklzxcvbnm",
	"1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
};

static char small(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Whether the needle stands in the text, letters alike in any case. */
static bool holds(struct text text, struct text needle)
{
	for (size_t at = 0; at + needle.len <= text.len; at++) {
		size_t same = 0;

		while (same < needle.len && small(text.data[at + same]) == small(needle.data[same]))
			same++;
		if (same == needle.len)
			return true;
	}
	return false;
}

static bool is_repeated(struct text t)
{
	for (size_t piece = 1; piece <= PIECE_MAX && piece * 2 <= t.len; piece++)
		if (memcmp(t.data, t.data + piece, t.len - piece) == 0)
			return true;
	return false;
}

static bool is_run(struct text t)
{
	char back[SEQUENCE_SIZE];

	for (size_t i = 0; i < sizeof runs / sizeof runs[0]; i++) {
		size_t len = strlen(runs[i]);

		for (size_t k = 0; k < len; k++)
			back[k] = runs[i][len - 1 - k];
		if (holds(text_of(runs[i]), t) || holds((struct text){back, len}, t))
			return true;
	}
	return false;
}

static bool is_common(struct text t)
{
	char bare[BARE_SIZE];
	size_t len = 0;

	for (size_t i = 0; i < t.len && len < sizeof bare; i++)
		if (small(t.data[i]) >= 'a' && small(t.data[i]) <= 'z')
			bare[len++] = small(t.data[i]);
		else if (t.data[i] & 0x80)
			return false;
	if (len < BARE_MIN)
		return true; /* digits and signs alone: a date, a telephone number */
	for (size_t i = 0; i < sizeof common / sizeof common[0]; i++)
		if (text_equal((struct text){bare, len}, text_of(common[i])))
			return true;
	return false;
}

const char *password_check(struct text password, struct text username)
{
	if (password.len < PASSWORD_MIN_BYTES)
		return "must have at least 15 bytes; a few words in a row are easy to remember";
	if (password.len > PASSWORD_MAX_BYTES)
		return "must have at most 1024 bytes";
	if (username.len >= NAME_MIN && holds(password, username))
		return "must not hold the user name";
	if (is_repeated(password))
		return "must not be one short piece over and over";
	if (is_run(password))
		return "must not be a run along the keyboard or the alphabet";
	if (is_common(password))
		return "is among those that are tried first";
	return NULL;
}

/* ---- how it is kept -------------------------------------------------------------------------------------------- */

#define HASH_BYTES 32 /* what libsodium takes of Argon2's output */

/* A hash like any other, of which nobody has the password. */
static const char dummy[] = "$argon2id$v=19$m=65536,t=2,p=1$YXBpa2V5ZCBuby1vbmUuLg"
			    "$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

enum apikey_error password_hash(
	const uint8_t digest[PASSWORD_DIGEST_BYTES], char out[PASSWORD_HASH_SIZE])
{
	return crypto_pwhash_str_alg(out, (const char *)digest, PASSWORD_DIGEST_BYTES,
		       PASSWORD_PASSES, PASSWORD_MEMORY, crypto_pwhash_ALG_ARGON2ID13) == 0
		       ? APIKEY_OK
		       : APIKEY_NO_MEMORY;
}

/* What a hash in its text form says: crypto_pwhash_str_alg() writes it, as of RFC 9106 and the PHC string format. */
struct made {
	unsigned kib, passes;
	uint8_t salt[crypto_pwhash_SALTBYTES], hash[HASH_BYTES];
};

static bool decode(const char *text, uint8_t *out, size_t len)
{
	size_t got = 0;

	return sodium_base642bin(out, len, text, strlen(text), NULL, &got, NULL,
		       sodium_base64_VARIANT_ORIGINAL_NO_PADDING) == 0 &&
	       got == len;
}

static bool read_made(const char *text, struct made *out)
{
	char salt[22 + 1], hash[43 + 1]; /* letters of base64, as many as in the format */

	return sscanf(text, "$argon2id$v=19$m=%9u,t=%9u,p=1$%22[^$]$%43s", &out->kib, &out->passes,
		       salt, hash) == 4 &&
	       decode(salt, out->salt, sizeof out->salt) &&
	       decode(hash, out->hash, sizeof out->hash);
}

/* Not by crypto_pwhash_str_verify(), which says of a hash that there was no memory for that it does not match. */
enum apikey_error password_matches(
	const uint8_t digest[PASSWORD_DIGEST_BYTES], const char *hash, bool *matches)
{
	uint8_t again[HASH_BYTES];
	struct made made;

	*matches = false;
	if (!read_made(hash != NULL ? hash : dummy, &made))
		return APIKEY_INTERNAL;
	if (crypto_pwhash(again, sizeof again, (const char *)digest, PASSWORD_DIGEST_BYTES,
		    made.salt, made.passes, (size_t)made.kib * 1024,
		    crypto_pwhash_ALG_ARGON2ID13) != 0)
		return APIKEY_NO_MEMORY;
	*matches = sodium_memcmp(again, made.hash, sizeof again) == 0 && hash != NULL;
	return APIKEY_OK;
}
