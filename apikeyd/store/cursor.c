/* cursor.c - cursors of listings: the position of a page's last key as bytes with a checksum. */
#include <endian.h>
#include <string.h>

#include "apikeyd/store/model.h"

#define CURSOR_VERSION 1

/* What stands in a cursor, little-endian, before the word. */
struct cursor_head {
	uint64_t sum; /* over all that follows */
	int64_t row, number;
	uint8_t version, sort, descending, zero[5];
};

static uint64_t cursor_sum(const uint8_t *bytes, size_t len)
{
	return checksum_add(0, bytes + sizeof(uint64_t), len - sizeof(uint64_t));
}

struct text cursor_make(
	struct pool *pool, const struct key_query *query, const struct key_position *last)
{
	struct cursor_head head = {
		.row = (int64_t)htole64((uint64_t)last->row),
		.number = (int64_t)htole64((uint64_t)last->number),
		.version = CURSOR_VERSION,
		.sort = (uint8_t)query->sort,
		.descending = query->descending,
	};
	size_t len = sizeof head + last->word.len;
	uint8_t *bytes = pool_alloc(pool, len);

	memcpy(bytes, &head, sizeof head);
	if (last->word.len > 0)
		memcpy(bytes + sizeof head, last->word.data, last->word.len);
	head.sum = htole64(cursor_sum(bytes, len));
	memcpy(bytes, &head.sum, sizeof head.sum);
	return (struct text){(const char *)bytes, len};
}

enum apikey_error cursor_read(struct pool *pool, const struct key_query *query,
	struct key_position *out, struct failure *why)
{
	struct text cursor = pool_text(pool, query->cursor); /* as long-lived as what is read */
	const uint8_t *bytes = (const uint8_t *)cursor.data;
	struct cursor_head head;
	size_t len = cursor.len;

	if (len < sizeof head)
		return fail(why, APIKEY_INVALID_ARGUMENT, "cursor: not one of this store's");
	memcpy(&head, bytes, sizeof head);
	if (le64toh(head.sum) != cursor_sum(bytes, len) || head.version != CURSOR_VERSION)
		return fail(why, APIKEY_INVALID_ARGUMENT, "cursor: not one of this store's");
	if (head.sort != query->sort || head.descending != query->descending)
		return fail(why, APIKEY_INVALID_ARGUMENT,
			"cursor: belongs to a listing in another order");
	*out = (struct key_position){
		.word = {cursor.data + sizeof head, len - sizeof head},
		.number = (int64_t)le64toh((uint64_t)head.number),
		.row = (int64_t)le64toh((uint64_t)head.row),
	};
	return APIKEY_OK;
}
