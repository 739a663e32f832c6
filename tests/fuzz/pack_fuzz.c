/* pack_fuzz.c - whatever stands in the store as a pack of usage is read within its bounds, and can be added to. */
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>

#include "apikeyd/store/usage_pack.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text pack = {(const char *)data, size}, sum;
	struct usage_entry entry, more = {.place = 3, .tag = 7};
	struct pool pool = {0};
	size_t before = 0, after = 0;

	more.values.n[USAGE_ALLOWED] = 1;
	sum = usage_pack_add(&pool, pack, &more, 1);
	while (usage_pack_take(&pack, &entry))
		before++;
	while (usage_pack_take(&sum, &entry))
		after++;
	if (sum.len != 0 || after < before || after > before + 1)
		abort();
	pool_free(&pool);
	return 0;
}
