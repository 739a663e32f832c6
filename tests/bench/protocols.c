/* protocols.c - apikeyd's verify, redis GET, SET and a script, and the bare echo, as bytes.
 *
 * Nothing of the daemon's own code is used, so that a fault of its encoder cannot hide behind its decoder. */
#include "tests/bench/protocols.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* The scripts of servers.py, by their digests. */
#define REDIS_COUNT "1e5a6f4bf44b2a3926365c579938a609d00585bd"
#define REDIS_VERIFY "23cd1a201df8ebbc5f9f5fd85ac7fff9043be802"

#define REDIS_ID "0123456789ab" /* of every key */

static void put(struct request *r, const void *data, size_t len)
{
	memcpy(r->bytes + r->len, data, len);
	r->len += len;
}

/* Leaves room for a key. */
static void put_key(struct request *r, size_t key_len)
{
	r->key_at = r->len;
	r->len += key_len;
}

/* [0, msgid, "verify", [{"key": key, …}]] up to the key, in a map of so many members */
static void verify_head(struct request *r, size_t key_len, uint8_t members)
{
	const uint8_t head[] = {0x94, 0x00, 0xce, 0, 0, 0, 0, 0xa6, 'v', 'e', 'r', 'i', 'f', 'y',
		0x91, (uint8_t)(0x80 | members), 0xa3, 'k', 'e', 'y', 0xd9, (uint8_t)key_len};

	put(r, head, sizeof(head));
	put_key(r, key_len);
	r->msgid_at = 3;
}

static void verify_request(struct request *r, size_t key_len, size_t size)
{
	(void)size;
	verify_head(r, key_len, 1);
}

/* With "ip": "10.1.2.3", "scopes": ["seed:scope0"]. */
static void full_request(struct request *r, size_t key_len, size_t size)
{
	static const char rest[] = "\xa2ip\xa8"
				   "10.1.2.3\xa6scopes\x91\xabseed:scope0";

	(void)size;
	verify_head(r, key_len, 3);
	put(r, rest, sizeof(rest) - 1);
}

/* The types c0 to df: bytes of the whole value but its body, how many of them (the last) are a length, and
 * how many values follow for each one of that length. */
static const struct head {
	uint8_t size, width, children;
} heads[32] = {
	{1, 0, 0}, {1, 0, 0}, {1, 0, 0}, {1, 0, 0},              /* nil, -, false, true */
	{2, 1, 0}, {3, 2, 0}, {5, 4, 0},                         /* bin */
	{3, 1, 0}, {4, 2, 0}, {6, 4, 0},                         /* ext: never sent */
	{5, 0, 0}, {9, 0, 0},                                    /* float */
	{2, 0, 0}, {3, 0, 0}, {5, 0, 0}, {9, 0, 0},              /* uint */
	{2, 0, 0}, {3, 0, 0}, {5, 0, 0}, {9, 0, 0},              /* int */
	{3, 0, 0}, {4, 0, 0}, {6, 0, 0}, {10, 0, 0}, {18, 0, 0}, /* fixext: never sent */
	{2, 1, 0}, {3, 2, 0}, {5, 4, 0},                         /* str */
	{3, 2, 1}, {5, 4, 1},                                    /* array */
	{3, 2, 2}, {5, 4, 2},                                    /* map */
};

/* The end of the next `values` values with all they hold, or NULL when more bytes are needed. */
static const uint8_t *skip_values(const uint8_t *p, const uint8_t *end, uint64_t values)
{
	while (values > 0) {
		if (p >= end)
			return NULL;
		uint8_t type = *p;

		values--;
		if (type < 0x80 || type >= 0xe0) {
			p++;
		} else if (type >= 0xa0 && type < 0xc0) {
			p += 1 + (type & 31);
		} else if (type < 0xa0) {
			values += (uint64_t)(type & 15) * (type < 0x90 ? 2 : 1);
			p++;
		} else {
			struct head head = heads[type & 31];
			uint64_t n = 0;

			if (end - p < head.size)
				return NULL;
			p += head.size;
			for (int i = head.width; i > 0; i--)
				n = n << 8 | p[-i];
			values += n * head.children;
			if (head.children == 0 && (uint64_t)(end - p) < n)
				return NULL;
			p += head.children == 0 ? n : 0;
		}
	}
	return p <= end ? p : NULL;
}

/* An unsigned integer of at most 32 bits. */
static const uint8_t *read_msgid(const uint8_t *p, uint32_t *out)
{
	unsigned width = *p == 0xce ? 4 : *p == 0xcd ? 2 : *p == 0xcc ? 1 : 0;

	*out = width > 0 ? 0 : *p;
	p++;
	while (width-- > 0)
		*out = *out << 8 | *p++;
	return p;
}

/* [1, msgid, nil, {…, "valid": true, …}] */
static long verify_answer(const uint8_t *data, size_t len, size_t size, uint32_t *msgid)
{
	static const uint8_t valid[] = {0xa5, 'v', 'a', 'l', 'i', 'd'};
	const uint8_t *p, *end = data + len;
	uint32_t members;
	bool is_valid = false;

	(void)size;
	if (len < 16)
		return 0;
	if (data[0] != 0x94 || data[1] != 1)
		return -1;
	p = read_msgid(data + 2, msgid);
	if (*p++ != 0xc0)
		return -1;
	if (*p >= 0x80 && *p < 0x90) {
		members = *p++ & 15;
	} else if (*p == 0xde) {
		members = (uint32_t)p[1] << 8 | p[2];
		p += 3;
	} else {
		return -1;
	}
	for (; members > 0; members--) {
		if (end - p <= (long)sizeof(valid))
			return 0;
		if (memcmp(p, valid, sizeof(valid)) == 0)
			is_valid = p[sizeof(valid)] == 0xc3;
		p = skip_values(p, end, 2);
		if (p == NULL)
			return 0;
	}
	return is_valid ? p - data : -1;
}

static void redis_request(struct request *r, const char *command, size_t key_len)
{
	r->len += (size_t)sprintf((char *)r->bytes, "%s\r\n$%zu\r\n", command, key_len);
	put_key(r, key_len);
	put(r, "\r\n", 2);
}

static void get_request(struct request *r, size_t key_len, size_t size)
{
	(void)size;
	redis_request(r, "*2\r\n$3\r\nGET", key_len);
}

#define EVALSHA(digest) "*4\r\n$7\r\nEVALSHA\r\n$40\r\n" digest "\r\n$1\r\n1"

/* The record of a key, and one more in its window. */
static void count_request(struct request *r, size_t key_len, size_t size)
{
	(void)size;
	redis_request(r, EVALSHA(REDIS_COUNT), key_len);
}

/* A verdict on a key with one limit. */
static void verdict_request(struct request *r, size_t key_len, size_t size)
{
	(void)size;
	redis_request(r, EVALSHA(REDIS_VERIFY), key_len);
}

/* [1, "ok", id, what is left of the limit] */
static long verdict_answer(const uint8_t *data, size_t len, size_t size, uint32_t *msgid)
{
	static const char head[] = "*4\r\n:1\r\n$2\r\nok\r\n$12\r\n" REDIS_ID "\r\n:";
	size_t at = sizeof(head) - 1;

	(void)size;
	*msgid = 0;
	if (memcmp(data, head, len < at ? len : at) != 0)
		return -1;
	while (at < len && data[at] >= '0' && data[at] <= '9')
		at++;
	return at + 2 <= len ? (long)(at + 2) : 0;
}

/* "$150\r\n…\r\n" */
static long get_answer(const uint8_t *data, size_t len, size_t size, uint32_t *msgid)
{
	size_t n = 0, at = 1;

	*msgid = 0;
	if (len < 1 || data[0] != '$')
		return len < 1 ? 0 : -1;
	for (; at < len && data[at] >= '0' && data[at] <= '9'; at++)
		n = n * 10 + (data[at] - '0');
	if (at + 2 + n + 2 > len)
		return at >= len || data[at] == '\r' ? 0 : -1;
	return n == size && memcmp(data + at + 2 + n, "\r\n", 2) == 0 ? (long)(at + 2 + n + 2) : -1;
}

static void set_request(struct request *r, size_t key_len, size_t size)
{
	redis_request(r, "*3\r\n$3\r\nSET", key_len);
	r->len += (size_t)sprintf((char *)r->bytes + r->len, "$%zu\r\n", size);
	memset(r->bytes + r->len, 'x', size);
	r->len += size;
	put(r, "\r\n", 2);
}

/* What redis-verify reads: a key that is never over its limit. */
static void hset_request(struct request *r, size_t key_len, size_t size)
{
	static const char fields[] = "$2\r\nid\r\n$12\r\n" REDIS_ID "\r\n"
				     "$4\r\nname\r\n$7\r\nservice\r\n"
				     "$7\r\nenabled\r\n$1\r\n1\r\n"
				     "$5\r\nlimit\r\n$10\r\n1000000000\r\n"
				     "$6\r\nwindow\r\n$2\r\n60\r\n";

	(void)size;
	redis_request(r, "*12\r\n$4\r\nHSET", key_len);
	put(r, fields, sizeof(fields) - 1);
}

static long hset_answer(const uint8_t *data, size_t len, size_t size, uint32_t *msgid)
{
	(void)size;
	*msgid = 0;
	return len < 4 ? 0 : memcmp(data, ":5\r\n", 4) == 0 ? 4 : -1;
}

static long set_answer(const uint8_t *data, size_t len, size_t size, uint32_t *msgid)
{
	(void)size;
	*msgid = 0;
	if (len < 5)
		return 0;
	return memcmp(data, "+OK\r\n", 5) == 0 ? 5 : -1;
}

static long echo_answer(const uint8_t *data, size_t len, size_t size, uint32_t *msgid)
{
	(void)data;
	*msgid = 0;
	return len >= size ? (long)size : 0;
}

/* The echo server answers without a msgid, so none is sent by that name. */
static void echo_request(struct request *r, size_t key_len, size_t size)
{
	verify_request(r, key_len, size);
	r->msgid_at = 0;
}

static const struct protocol protocols[] = {
	{"verify", verify_request, verify_answer},
	{"verify-full", full_request, verify_answer},
	{"redis-count", count_request, get_answer},
	{"redis-verify", verdict_request, verdict_answer},
	{"redis-get", get_request, get_answer},
	{"redis-set", set_request, set_answer},
	{"redis-hset", hset_request, hset_answer},
	{"echo", echo_request, echo_answer},
};

const struct protocol *protocol_find(const char *name)
{
	for (size_t i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++)
		if (strcmp(protocols[i].name, name) == 0)
			return &protocols[i];
	return NULL;
}
