/* verify_fuzz.c - whatever the short cut of a verify reads, the general way reads the same. */
#include <string.h>

#include "apikeyd/args.h"
#include "apikeyd/methods/verify_read.h"
#include "protocol/frame.h"
#include "protocol/reader.h"
#include "tests/fuzz/fuzz.h"

static void check_scopes(const struct args *args, const struct verify_request *q)
{
	const struct arg *arg = arg_set(args, "scopes");
	struct reader r;
	struct text scope;
	uint32_t count = 0;

	CHECK(arg != NULL || q->need_count == 0);
	if (arg == NULL)
		return;
	r = reader_of((const uint8_t *)arg->text.data, arg->text.len);
	CHECK(read_array(&r, &count) && count == q->need_count);
	for (uint32_t i = 0; i < count; i++)
		CHECK(read_str(&r, &scope) && text_equal(scope, q->needs[i]));
}

static void check_request(const struct args *args, const struct verify_request *q)
{
	struct text ip = arg_text(args, "ip");
	struct address address;

	CHECK(text_equal(arg_text(args, "key"), q->key));
	CHECK(text_equal(arg_text(args, "tenant"), q->tenant));
	CHECK(text_equal(arg_text(args, "resource"), q->resource));
	CHECK((ip.data != NULL) == (q->ip != NULL));
	CHECK(q->ip == NULL ||
		(address_parse(ip, &address) && memcmp(&address, q->ip, sizeof address) == 0));
	CHECK(arg_number(args, "units", 0) == q->units);
	CHECK(arg_number(args, "cost", 1) == q->cost);
	CHECK((arg_number(args, "dry_run", 0) != 0) == q->dry_run);
	check_scopes(args, q);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text needs[VERIFY_READ_SCOPES];
	struct address address;
	struct verify_request request = {.cost = 1};
	struct verify_reading reading = {.request = &request, .address = &address, .needs = needs};
	struct frame_scan scan;
	struct frame frame;
	struct failure why;
	struct args args;
	uint8_t *exact = malloc(size > 0 ? size : 1); /* so that a step past the end is seen */
	size_t used, scanned;

	CHECK(exact != NULL);
	memcpy(exact, data, size);
	used = verify_read(exact, size, &reading);
	if (used > 0) {
		frame_scan_init(&scan, (struct frame_bounds){.max_bytes = FRAME_MAX_VERIFY,
					       .max_elements = FRAME_MAX_ELEMENTS});
		CHECK(frame_next(&scan, exact, size, &frame, &scanned) == 1 && scanned == used);
		CHECK(frame.type == FRAME_REQUEST && frame.fault == APIKEY_OK &&
			frame.msgid == reading.msgid && method_find(frame.method) == METHOD_VERIFY);
		CHECK(args_parse(&method_table[METHOD_VERIFY],
			      (struct text){(const char *)frame.params, frame.params_len}, &args,
			      &why) == APIKEY_OK);
		check_request(&args, &request);
	}
	free(exact);
	return 0;
}
