/* frame_fuzz.c - however a stream is cut, the scanner finds the same messages in it, and what it accepts can be
 * read to exactly its end. The first three bytes of the input choose bounds, side and cuts. */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "protocol/frame.h"
#include "protocol/reader.h"

/* All that was found, as one number, so that two runs can be compared. */
struct found {
	uint64_t hash;
	int end;
};

static void mix(struct found *f, const void *data, size_t len)
{
	const uint8_t *p = data;

	for (size_t i = 0; i < len; i++)
		f->hash = (f->hash ^ p[i]) * 0x100000001b3; /* FNV-1a */
	f->hash = (f->hash ^ len) * 0x100000001b3;
}

static void check_readable(const uint8_t *data, size_t len)
{
	struct reader r = reader_of(data, len);

	CHECK(read_raw(&r, NULL) && r.p == r.end);
}

static void note(struct found *f, const struct frame *out)
{
	mix(f, &out->type, sizeof(out->type));
	mix(f, &out->msgid, sizeof(out->msgid));
	mix(f, &out->fault, sizeof(out->fault));
	if (out->fault != APIKEY_OK)
		return;
	mix(f, out->method.data, out->method.len);
	mix(f, out->params, out->params_len);
	check_readable(out->params, out->params_len);
	if (out->type == FRAME_REPLY) {
		mix(f, out->result, out->result_len);
		check_readable(out->result, out->result_len);
	}
}

/* One call, on a copy of exactly these bytes, so that looking past them is seen. */
static int next(
	struct frame_scan *s, const uint8_t *data, size_t len, struct found *f, size_t *used)
{
	uint8_t *copy = malloc(len > 0 ? len : 1);
	struct frame out;
	int r;

	CHECK(copy != NULL);
	memcpy(copy, data, len);
	r = frame_next(s, copy, len, &out, used);
	CHECK(*used <= len && (r >= 0 || *used == 0));
	if (r == 1)
		note(f, &out);
	else if (r < 0 && out.fault != APIKEY_OK)
		mix(f, &out.msgid, sizeof(out.msgid));
	free(copy);
	return r;
}

static struct found scan(struct frame_bounds bounds, const uint8_t *data, size_t len, unsigned cuts)
{
	struct found f = {0};
	struct frame_scan s;
	size_t begin = 0, end = 0, used;

	frame_scan_init(&s, bounds);
	while (end < len && f.end == 0) {
		size_t step = cuts == 0 ? len : 1 + (cuts >> 16) % 9;

		cuts = cuts * 1103515245 + (cuts != 0) * 12345;
		end = len - end < step ? len : end + step;
		do {
			f.end = next(&s, data + begin, end - begin, &f, &used);
			begin += used;
		} while (f.end == 1 && begin < end);
		f.end = f.end < 0 ? -1 : 0;
		CHECK(f.end < 0 || end - begin <= bounds.max_bytes);
	}
	return f;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct frame_bounds bounds;
	struct found whole, cut;

	if (size < 3)
		return 0;
	bounds = (struct frame_bounds){16 + 16u * data[0], 8 + 2u * (data[1] & 0x7f), data[1] >> 7};
	whole = scan(bounds, data + 3, size - 3, 0);
	cut = scan(bounds, data + 3, size - 3, data[2] + 1u);
	CHECK(whole.hash == cut.hash && whole.end == cut.end);
	cut = scan(bounds, data + 3, size - 3, UINT32_MAX / (data[2] + 1u));
	CHECK(whole.hash == cut.hash && whole.end == cut.end);
	return 0;
}
