/* record_fuzz.c - bytes from the store are a key or are refused, and a key that was read is written as the same
 * bytes again. The checksum is put before the input, for it keeps no forger out. */
#include "tests/fuzz/fuzz.h"

#include <endian.h>
#include <string.h>

#include "apikeyd/pool.h"
#include "apikeyd/store/model.h"
#include "apikeyd/store/record.h"

static struct text with_sum(struct pool *pool, const uint8_t *data, size_t size)
{
	uint64_t sum = htole64(checksum_add(0, data, size));
	char *bytes = pool_alloc(pool, sizeof sum + size);

	memcpy(bytes, &sum, sizeof sum);
	memcpy(bytes + sizeof sum, data, size);
	return (struct text){bytes, sizeof sum + size};
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct key_record key = {0}, again = {0};
	struct pool pool = {0};
	struct text first, second;

	if (size > 0 && record_decode(with_sum(&pool, data, size), &key)) {
		first = record_encode(&pool, &key);
		CHECK(record_decode(first, &again));
		second = record_encode(&pool, &again);
		CHECK(text_equal(first, second) && key_checksum(&key) == key_checksum(&again));
	}
	(void)record_decode((struct text){(const char *)data, size}, &key);
	pool_free(&pool);
	return 0;
}
