/* audit_file.c - checks an audit log without its daemon: which form a file has, and what its keys come from. */
#include "apikeyctl/audit_file.h"

#include <errno.h>
#include <string.h>

static const char store_magic[16] = "SQLite format 3";

static enum apikey_error unreadable(struct failure *why, const char *path)
{
	return fail(why, APIKEY_NOT_FOUND, "%s: %s", path, strerror(errno));
}

enum apikey_error audit_file_pepper(
	const char *path, uint8_t out[CHAIN_PEPPER_BYTES], struct failure *why)
{
	uint8_t data[2 * CHAIN_PEPPER_BYTES + 8];
	FILE *in = fopen(path, "re");
	size_t len;
	bool ok = true;

	if (!in)
		return unreadable(why, path);
	setvbuf(in, NULL, _IONBF, 0);
	len = fread(data, 1, sizeof data, in);
	fclose(in);
	if (len == CHAIN_PEPPER_BYTES) {
		memcpy(out, data, len);
	} else {
		while (len > 0 && memchr(" \t\r\n", data[len - 1], 4))
			len--;
		ok = chain_mac_parse((struct text){(const char *)data, len}, out);
	}
	explicit_bzero(data, sizeof data);
	return ok ? APIKEY_OK
		  : fail(why, APIKEY_INVALID_ARGUMENT,
			    "%s: holds neither 32 bytes nor 64 hex digits", path);
}

enum apikey_error audit_file_check(const char *path, const struct chain_root *root,
	struct chain_check *check, struct failure *why)
{
	char magic[sizeof store_magic];
	enum apikey_error error;
	FILE *in;

	if (strcmp(path, "-") == 0)
		return audit_export_check(stdin, root, check, why);
	in = fopen(path, "re");
	if (!in)
		return unreadable(why, path);
	if (fread(magic, 1, sizeof magic, in) == sizeof magic &&
		memcmp(magic, store_magic, sizeof magic) == 0) {
		error = audit_store_check(path, root, check, why);
	} else {
		rewind(in);
		error = audit_export_check(in, root, check, why);
	}
	fclose(in);
	return error;
}
