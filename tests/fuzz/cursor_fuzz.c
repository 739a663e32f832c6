/* cursor_fuzz.c - a cursor or a noted place of the audit log that comes back from a stranger is refused or means what it
 * says. The first byte chooses the listing and whether the rest is given a checksum of its own. */
#include "tests/fuzz/fuzz.h"

#include <endian.h>
#include <string.h>

#include "apikeyd/pool.h"
#include "apikeyd/store/model.h"
#include "protocol/audit_chain.h"

/* What a forger would do who knows how the sum is made. */
static struct text forged(struct pool *pool, const uint8_t *data, size_t size)
{
	uint64_t sum = htole64(checksum_add(0, data, size));
	char *out = pool_alloc(pool, sizeof sum + size);

	memcpy(out, &sum, sizeof sum);
	memcpy(out + sizeof sum, data, size);
	return (struct text){out, sizeof sum + size};
}

static void check_cursor(struct pool *pool, struct key_query *query)
{
	struct key_position place, again;
	struct failure why = {0};

	if (cursor_read(pool, query, &place, &why) != APIKEY_OK) {
		CHECK(why.code == APIKEY_INVALID_ARGUMENT && *why.text != '\0');
		return;
	}
	query->cursor = cursor_make(pool, query, &place);
	CHECK(cursor_read(pool, query, &again, &why) == APIKEY_OK);
	CHECK(key_position_compare(&place, &again) == 0);
}

static void check_place(const char *text)
{
	uint8_t mac[CHAIN_BYTES], same[CHAIN_BYTES];
	char noted[CHAIN_PLACE_TEXT];
	int64_t seq, number;

	if (!chain_place_parse(text, &seq, mac))
		return;
	chain_place_format(seq, mac, noted);
	CHECK(chain_place_parse(noted, &number, same) && number == seq);
	CHECK(memcmp(mac, same, sizeof mac) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pool pool = {0};
	struct key_query query = {.limit = 1};
	struct text rest;

	if (size < 2)
		return 0;
	rest = (struct text){(const char *)data + 1, size - 1};
	query.sort = (enum key_sort)(data[0] >> 2 & 7);
	query.descending = data[0] & 1;
	query.cursor = (data[0] & 2) != 0 ? forged(&pool, data + 1, size - 1) : rest;
	check_cursor(&pool, &query);
	check_place(pool_text(&pool, rest).data);
	pool_free(&pool);
	return 0;
}
