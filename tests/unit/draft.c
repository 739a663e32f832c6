/* draft.c - a stream under construction, fed to the scanner in pieces as a connection would. */
#include "tests/unit/draft.h"

#include <string.h>

#include "tests/unit/unit.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

void add(struct draft *d, const void *bytes, size_t len)
{
	memcpy(d->data + d->len, bytes, len);
	d->len += len;
}

void add_many(struct draft *d, uint8_t byte, size_t count)
{
	memset(d->data + d->len, byte, count);
	d->len += count;
}

void add_string(struct draft *d, size_t len)
{
	uint8_t head[5] = {0xdb, (uint8_t)(len >> 24), (uint8_t)(len >> 16), (uint8_t)(len >> 8),
		(uint8_t)len};

	add(d, head, sizeof(head));
	add_many(d, 'x', len);
}

struct frame_scan scanner(bool client)
{
	struct frame_scan s;

	frame_scan_init(&s, (struct frame_bounds){MAX_BYTES, FRAME_MAX_ELEMENTS, client});
	return s;
}

/* Takes all messages from the front of the bytes; returns how many bytes are done with. */
static size_t take(struct frame_scan *s, const uint8_t *data, size_t len, struct outcome *o)
{
	size_t done = 0;
	int r;

	do {
		size_t used = SIZE_MAX;

		r = frame_next(s, data + done, len - done, &o->last, &used);
		assert_true(used <= len - done);
		assert_true(r >= 0 || used == 0);
		done += used;
		o->messages += r == 1;
	} while (r == 1 && done < len);
	o->end = r < 0 ? -1 : 0;
	return done;
}

struct outcome feed(struct frame_scan *s, const uint8_t *data, size_t len, size_t step)
{
	struct outcome o = {0};

	for (size_t begin = 0, end = 0; end < len && o.end == 0;) {
		end = len - end < step ? len : end + step;
		begin += take(s, data + begin, end - begin, &o);
		if (o.end == 0) /* what a connection must keep is bounded, whatever comes */
			assert_true(end - begin < MAX_BYTES);
	}
	return o;
}

struct outcome feed_draft(const struct draft *d, size_t step)
{
	struct frame_scan s = scanner(false);

	return feed(&s, d->data, d->len, step);
}

void assert_broken(const struct draft *d, enum apikey_error fault)
{
	static const size_t steps[] = {WHOLE, 1, 2, 4096};

	for (size_t i = 0; i < COUNT(steps); i++) {
		struct outcome o = feed_draft(d, steps[i]);

		assert_int_equal(o.end, -1);
		assert_int_equal(o.messages, 0);
		assert_int_equal(o.last.fault, fault);
		if (fault != APIKEY_OK)
			assert_int_equal(o.last.msgid, 9);
	}
}

void assert_request(const struct draft *d, enum apikey_error fault)
{
	static const size_t steps[] = {WHOLE, 1, 7, 4096};
	static const uint8_t next[] = "\x94\x00\x0a\xa4ping\x90";

	for (size_t i = 0; i < COUNT(steps); i++) {
		struct frame_scan s = scanner(false);
		struct outcome o = feed(&s, d->data, d->len, steps[i]);

		assert_int_equal(o.end, 0);
		assert_int_equal(o.messages, 1);
		assert_int_equal(o.last.type, FRAME_REQUEST);
		assert_int_equal(o.last.msgid, 9);
		assert_int_equal(o.last.fault, fault);
		o = feed(&s, next, sizeof(next) - 1, steps[i]);
		assert_int_equal(o.messages, 1);
		assert_int_equal(o.last.msgid, 10);
		assert_int_equal(o.last.fault, APIKEY_OK);
	}
}
