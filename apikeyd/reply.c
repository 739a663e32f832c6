/* reply.c - the envelopes of answers. */
#include "apikeyd/reply.h"

#include <stdio.h>

#include "protocol/frame.h"
#include "protocol/reader.h"
#include "protocol/text.h"
#include "protocol/writer.h"

static void begin(struct buffer *b, uint32_t msgid)
{
	write_array(b, 4);
	write_int(b, FRAME_REPLY);
	write_int(b, msgid);
}

/* A strict client reads no string that is no UTF-8, such as words of a damaged store, or a text cut within a character. */
static void make_utf8(char *text)
{
	if (text_is_utf8(text_of(text)))
		return;
	for (; *text != '\0'; text++)
		if ((unsigned char)*text >= 0x80)
			*text = '?';
}

void reply_error(struct buffer *b, uint32_t msgid, const struct failure *why)
{
	char line[FAILURE_TEXT_MAX + 32];

	snprintf(line, sizeof line, "%s: %s", apikey_error_name(why->code), why->text);
	make_utf8(line);
	begin(b, msgid);
	write_str(b, line);
	write_nil(b);
}

void reply_result(struct buffer *b, uint32_t msgid, const struct buffer *result, struct text once)
{
	struct reader r = reader_of(result->data, result->len);
	uint32_t members;

	begin(b, msgid);
	write_nil(b);
	if (once.data == NULL || !read_map(&r, &members)) {
		write_raw(b, result->data, result->len);
		return;
	}
	write_map(b, members + 1);
	write_raw(b, r.p, (size_t)(r.end - r.p));
	write_raw(b, once.data, once.len);
}
