/* text_fuzz.c - whatever the bytes, what is shown holds nothing that text_check() refuses, and text that passed
 * is shown as it is. The first byte of the input chooses where the shown text is cut. */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "protocol/text.h"

/* Refusals that are about a text as a whole, not about a character in it. */
static int is_about_the_whole(const char *reason)
{
	return strstr(reason, "space") != NULL || strstr(reason, "normalization") != NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t room = 8 * size + 1, full, some;
	char *copy = malloc(size + 1), *shown = malloc(room), *cut = malloc(room);
	struct text t = {copy, size > 0 ? size - 1 : 0};
	const char *reason;

	CHECK(copy != NULL && shown != NULL && cut != NULL);
	memcpy(copy, data + (size > 0), t.len);
	full = text_escape(t, shown, room);
	CHECK(strlen(shown) == full);
	reason = text_check((struct text){shown, full}, 0, room, false);
	CHECK(reason == NULL || is_about_the_whole(reason));
	reason = text_check(t, 0, size, false);
	CHECK(reason != NULL || (full == t.len && memcmp(shown, copy, full) == 0));
	CHECK(reason != NULL || text_check(t, 0, size, true) == NULL);
	CHECK(word_check(t) != NULL || (reason == NULL && t.len > 0));
	if (size > 0) {
		some = text_escape(t, cut, 1 + data[0] % room);
		CHECK(some <= full && some <= data[0] % room && memcmp(cut, shown, some) == 0);
		reason = text_check((struct text){cut, some}, 0, room, false);
		CHECK(reason == NULL || is_about_the_whole(reason));
	}
	free(copy);
	free(shown);
	free(cut);
	return 0;
}
