/* export_fuzz.c - a file that says it is an exported audit log is checked to its end, and none that strangers made is whole
 * unless it is empty. */
#include "tests/fuzz/fuzz.h"

#include <stdio.h>

#include "apikeyctl/audit_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t pepper[CHAIN_PEPPER_BYTES] = "not that of the file's author";
	struct chain_root root;
	struct chain_check check;
	struct failure why = {0};
	FILE *in;

	if (size == 0)
		return 0;
	in = fmemopen((void *)(uintptr_t)data, size, "r");
	CHECK(in != NULL);
	chain_root(pepper, &root);
	chain_check_begin(&check, &root);
	if (audit_export_check(in, &root, &check, &why) != APIKEY_OK)
		CHECK(why.code == APIKEY_BROKEN && *why.text != '\0');
	else
		CHECK(check.broken ? *check.reason != '\0' : check.chain.seq == 0);
	fclose(in);
	return 0;
}
