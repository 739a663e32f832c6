/* input.c - keys and pastes: from bytes to characters, from sequences to keys. */
#include <string.h>

#include "apikey-tui/kit/cells.h"
#include "apikey-tui/kit/private.h"

enum {
	PASTE_BEGIN = KEY_MAX + 1,
	PASTE_END,
};

static const struct {
	int code, key;
} keys[] = {
	{KEY_UP, TERM_UP},
	{KEY_DOWN, TERM_DOWN},
	{KEY_LEFT, TERM_LEFT},
	{KEY_RIGHT, TERM_RIGHT},
	{KEY_PPAGE, TERM_PAGE_UP},
	{KEY_NPAGE, TERM_PAGE_DOWN},
	{KEY_HOME, TERM_HOME},
	{KEY_END, TERM_END},
	{KEY_DC, TERM_DELETE},
	{KEY_BACKSPACE, TERM_BACKSPACE},
	{KEY_BTAB, TERM_BACKTAB},
	{KEY_ENTER, TERM_ENTER},
	{KEY_F(1), TERM_F1},
	{KEY_F(5), TERM_F5},
	{KEY_F(10), TERM_F10},
	{'\n', TERM_ENTER},
	{'\b', TERM_BACKSPACE},
};

void input_prepare(struct term *t)
{
	(void)t;
	define_key("\033[200~", PASTE_BEGIN);
	define_key("\033[201~", PASTE_END);
}

static void paste_byte(struct term *t, int byte)
{
	if (t->paste_len < TERM_PASTE_MAX)
		t->paste[t->paste_len++] = (char)byte;
}

/* Gathers the bytes of a character; true when it is whole, or broken. */
static bool character_byte(struct term *t, int byte)
{
	struct text c = {t->character, ++t->character_len};
	unsigned char first;

	t->character[t->character_len - 1] = (char)byte;
	t->character[t->character_len] = '\0';
	first = (unsigned char)t->character[0];
	if (first >= 0xc2 && first < 0xf5 && (byte >= 0xc0 || t->character_len > 1) &&
		t->character_len < (first < 0xe0          ? 2u
					   : first < 0xf0 ? 3u
							  : 4u) &&
		((unsigned)byte & 0x80) != 0)
		return false;
	t->character_len = 0;
	return cells_next(c) == c.len;
}

static int code_point(const char *c)
{
	unsigned char first = (unsigned char)*c;
	int point = first < 0x80   ? first
		    : first < 0xe0 ? first & 0x1f
		    : first < 0xf0 ? first & 0x0f
				   : first & 0x07;

	for (c++; *c != '\0'; c++)
		point = point << 6 | ((unsigned char)*c & 0x3f);
	return point;
}

static bool key_event(struct term *t, int code, struct term_event *out)
{
	*out = (struct term_event){.type = TERM_KEY, .text = ""};
	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
		if (keys[i].code == code) {
			out->key = keys[i].key;
			return true;
		}
	if (code > 0xff || !character_byte(t, code))
		return false;
	out->key = code_point(t->character);
	if (out->key >= 0x20 && out->key != TERM_BACKSPACE)
		out->text = t->character;
	return true;
}

static bool paste_event(struct term *t, struct term_event *out)
{
	t->pasting = false;
	t->paste[t->paste_len] = '\0';
	t->paste_len = 0;
	*out = (struct term_event){.type = TERM_PASTE, .text = t->paste};
	return true;
}

bool term_next(struct term *t, struct term_event *out)
{
	int code;

	if (!t->pasting)
		explicit_bzero(t->paste, sizeof t->paste); /* it may have been a secret */
	while ((code = getch()) != ERR) {
		if (code == PASTE_BEGIN)
			t->pasting = true;
		else if (code == PASTE_END && t->pasting)
			return paste_event(t, out);
		else if (t->pasting && code <= 0xff)
			paste_byte(t, code);
		else if (!t->pasting && key_event(t, code, out))
			return true;
	}
	return false;
}
