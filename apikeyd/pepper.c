/* pepper.c - the secret that every digest is keyed with: read, made on the first start, and checked against the store. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sodium/crypto_generichash.h>
#include <sodium/randombytes.h>
#include <sodium/utils.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "apikeyd/data_dir.h"
#include "apikeyd/log.h"

#define CHECK_NOTE "pepper_check"
#define CHECK_HEX (DIGEST_BYTES * 2 + 1)
#define PEPPER_FILE_MAX 128 /* hex and a newline fit */

static const char check_text[] = "apikeyd pepper check";

/* What the store keeps to recognise its pepper; tells nothing about it. */
static void check_value(const uint8_t pepper[PEPPER_BYTES], char out[CHECK_HEX])
{
	uint8_t input[PEPPER_BYTES + sizeof check_text - 1], digest[DIGEST_BYTES];

	memcpy(input, pepper, PEPPER_BYTES);
	memcpy(input + PEPPER_BYTES, check_text, sizeof check_text - 1);
	crypto_generichash(digest, sizeof digest, input, sizeof input, NULL, 0);
	sodium_bin2hex(out, CHECK_HEX, digest, sizeof digest);
	sodium_memzero(input, sizeof input);
}

/* 32 raw bytes, or 64 hex digits and white space. */
static bool decode(const uint8_t *data, size_t len, uint8_t out[PEPPER_BYTES])
{
	size_t got = 0;

	if (len == PEPPER_BYTES) {
		memcpy(out, data, PEPPER_BYTES);
		return true;
	}
	return sodium_hex2bin(out, PEPPER_BYTES, (const char *)data, len, " \t\r\n", &got, NULL) ==
		       0 &&
	       got == PEPPER_BYTES;
}

enum pepper_found {
	PEPPER_NONE,
	PEPPER_READ,
	PEPPER_UNUSABLE,
};

static enum pepper_found read_pepper(const char *path, uint8_t out[PEPPER_BYTES])
{
	uint8_t data[PEPPER_FILE_MAX];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;
	bool ok;

	if (fd < 0 && errno == ENOENT)
		return PEPPER_NONE;
	n = fd >= 0 ? read(fd, data, sizeof data) : -1;
	ok = n >= 0 && decode(data, (size_t)n, out);
	if (!ok)
		log_error("%s: %s", path,
			n < 0 ? strerror(errno) : "holds neither 32 bytes nor 64 hex digits");
	if (fd >= 0)
		close(fd);
	sodium_memzero(data, sizeof data);
	return ok ? PEPPER_READ : PEPPER_UNUSABLE;
}

/* Written whole to the disk under another name first: half a pepper must never be found. */
static bool make_pepper(const char *dir, const char *path, uint8_t out[PEPPER_BYTES])
{
	char fresh[PATH_MAX];
	int fd, dir_fd = -1;
	bool ok;

	randombytes_buf(out, PEPPER_BYTES);
	snprintf(fresh, sizeof fresh, "%s/pepper.new", dir);
	fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	ok = fd >= 0 && write(fd, out, PEPPER_BYTES) == PEPPER_BYTES && fsync(fd) == 0 &&
	     rename(fresh, path) == 0 &&
	     (dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) >= 0 && fsync(dir_fd) == 0;
	if (!ok)
		log_error("%s: cannot be written: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	if (dir_fd >= 0)
		close(dir_fd);
	return ok;
}

static enum apikey_error keep_check(
	const struct store_ops *ops, struct store *store, const char *value, struct failure *why)
{
	if (ops->begin(store, why) != APIKEY_OK)
		return why->code;
	if (ops->note_put(store, CHECK_NOTE, text_of(value), why) == APIKEY_OK &&
		ops->commit(store, why) == APIKEY_OK)
		return APIKEY_OK;
	ops->rollback(store);
	return why->code;
}

static enum pepper_found find_pepper(const char *file, uint8_t out[PEPPER_BYTES])
{
	const char *credentials = getenv("CREDENTIALS_DIRECTORY");
	char path[PATH_MAX];
	enum pepper_found found = PEPPER_NONE;

	if (credentials != NULL &&
		snprintf(path, sizeof path, "%s/pepper", credentials) < (int)sizeof path)
		found = read_pepper(path, out);
	return found == PEPPER_NONE ? read_pepper(file, out) : found;
}

int data_dir_pepper(struct data_dir *d, const struct store_ops *ops, struct store *store,
	uint8_t out[PEPPER_BYTES], bool *sealed)
{
	char file[PATH_MAX], expected[CHECK_HEX];
	struct pool pool = {0};
	struct text kept = {0};
	struct failure why = {0};
	enum pepper_found found;
	int code = EX_OK;

	*sealed = false;
	snprintf(file, sizeof file, "%s/pepper", data_dir_path(d));
	if (ops->note_get(store, &pool, CHECK_NOTE, &kept, &why) != APIKEY_OK) {
		log_error("%s", why.text);
		code = EX_IOERR;
		goto out;
	}
	found = find_pepper(file, out);
	if (found == PEPPER_NONE && kept.data == NULL) {
		found = make_pepper(data_dir_path(d), file, out) ? PEPPER_READ : PEPPER_UNUSABLE;
		code = found == PEPPER_READ ? EX_OK : EX_CANTCREAT;
	}
	check_value(out, expected);
	if (found != PEPPER_READ) {
		log_error("there is no usable pepper: the daemon is sealed until it has that of "
			  "this store");
		*sealed = true;
	} else if (kept.data == NULL && keep_check(ops, store, expected, &why) != APIKEY_OK) {
		log_error("%s", why.text);
		code = EX_IOERR;
	} else if (kept.data != NULL && !text_equal(kept, text_of(expected))) {
		log_error("the pepper is not that of this store: the daemon is sealed until it has "
			  "the right one");
		*sealed = true;
	}
out:
	pool_free(&pool);
	return code;
}
