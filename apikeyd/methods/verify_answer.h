/* verify_answer.h - answers of verify, encoded: what is the same for every call was encoded before.
 *
 * That is "valid" and "code" and the frame of "limits", here, and a key's own members, in the engine. */
#ifndef METHODS_VERIFY_ANSWER_H
#define METHODS_VERIFY_ANSWER_H

#include "apikeyd/engine/engine.h"
#include "include/apikey.h"
#include "protocol/buffer.h"

/* "valid" and "code" with their values, encoded. */
struct answer_outcome {
	uint8_t len;
	uint8_t bytes[47];
};

#define ANSWER_LIMIT_SIZE                                                                          \
	72 /* bytes of the longest element of "limits"; all are copied, since that is quicker */
#define ANSWER_LIMITS 5 /* a rate's, and four kinds of quotas' */

/* An element of "limits", encoded but for its numbers: four bytes for each, eight for the time, at these places. */
struct answer_limit {
	uint8_t len, window, limit, remaining, reset; /* window 0: a quota has none */
	uint8_t bytes[ANSWER_LIMIT_SIZE];
};

/* Made once, read by any thread. */
struct answer_pieces {
	struct answer_outcome outcomes[APIKEY_CODE_COUNT];
	struct answer_limit limits[ANSWER_LIMITS];
};

void verify_answer_prepare(struct answer_pieces *pieces);
/* Appends the answer to the request, of which this is the verdict. A buffer that has no room for it has failed. */
void verify_answer(struct buffer *out, const struct answer_pieces *pieces, uint32_t msgid,
	const struct verify_request *q, const struct verdict *v);

#endif
