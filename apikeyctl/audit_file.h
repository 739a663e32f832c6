/* audit_file.h - checks an audit log without its daemon: in a copy of the store, or in what "audit export" wrote. */
#ifndef APIKEYCTL_AUDIT_FILE_H
#define APIKEYCTL_AUDIT_FILE_H

#include <stdio.h>

#include "protocol/audit_chain.h"
#include "protocol/error.h"

/* Reads the pepper: 32 bytes, or 64 hexadecimal digits. */
enum apikey_error audit_file_pepper(
	const char *path, uint8_t out[CHAIN_PEPPER_BYTES], struct failure *why);

/* Checks the file, of either form, to its end; *check has begun, perhaps with a head to find. What is found is in it;
 * the error says that the file could not be read. Nothing is changed. */
enum apikey_error audit_file_check(const char *path, const struct chain_root *root,
	struct chain_check *check, struct failure *why);

/* audit_store.c: the store; not while a daemon has it. */
enum apikey_error audit_store_check(const char *path, const struct chain_root *root,
	struct chain_check *check, struct failure *why);
/* audit_export.c: JSON lines, from their beginning. */
enum apikey_error audit_export_check(
	FILE *in, const struct chain_root *root, struct chain_check *check, struct failure *why);

#endif
