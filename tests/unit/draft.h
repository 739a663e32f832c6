/* draft.h - a stream under construction, fed to the scanner in pieces as a connection would. */
#ifndef TESTS_DRAFT_H
#define TESTS_DRAFT_H

#include <stddef.h>
#include <stdint.h>

#include "protocol/frame.h"

#define MAX_BYTES 4096 /* the bound that scanner() sets */
#define WHOLE SIZE_MAX /* a step that feeds all at once */

struct draft {
	uint8_t data[2 * FRAME_MAX_SKIP + 64];
	size_t len;
};

void add(struct draft *d, const void *bytes, size_t len);
void add_many(struct draft *d, uint8_t byte, size_t count);
/* A string of len bytes whose header has the length in four bytes. */
void add_string(struct draft *d, size_t len);

#define ADD(d, literal) add(d, literal, sizeof(literal) - 1)
#define START(d, literal) ((d)->len = 0, ADD(d, literal))
/* A request with msgid 9 up to its params. */
#define REQUEST "\x94\x00\x09\xa4ping"

struct frame_scan scanner(bool client);

/* What a stream led to: how it ended, how many messages there were, and the last of them. */
struct outcome {
	int end; /* 0: all looked at, -1: hung up */
	int messages;
	struct frame last;
};

/* Feeds the stream in pieces of step bytes. What the scanner does not let go of is kept and comes again. */
struct outcome feed(struct frame_scan *s, const uint8_t *data, size_t len, size_t step);
/* The draft, to a daemon's scanner. */
struct outcome feed_draft(const struct draft *d, size_t step);

/* However it is cut, the draft is hung up on with this fault, for msgid 9 if there is one. */
void assert_broken(const struct draft *d, enum apikey_error fault);
/* However it is cut, the draft is one request with msgid 9 and this fault, and the stream goes on. */
void assert_request(const struct draft *d, enum apikey_error fault);

#endif
