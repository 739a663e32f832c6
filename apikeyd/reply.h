/* reply.h - the envelopes of answers. */
#ifndef APIKEYD_REPLY_H
#define APIKEYD_REPLY_H

#include "protocol/buffer.h"
#include "protocol/error.h"
#include "protocol/text.h"

/* [1, msgid, "code: sentence", nil] */
void reply_error(struct buffer *b, uint32_t msgid, const struct failure *why);
/* [1, msgid, nil, result]; with `once`, the encoded result is a map that gets this encoded member in addition. */
void reply_result(struct buffer *b, uint32_t msgid, const struct buffer *result, struct text once);

#endif
