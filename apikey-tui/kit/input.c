/* input.c - keys and pastes: from bytes to characters, from sequences to keys. */
#include <stdio.h>
#include <string.h>

#include "apikey-tui/kit/private.h"

enum {
	PASTE_BEGIN = KEY_MAX + 1,
	PASTE_END,
	REPORT_BEGIN,
};

/* As reports of a mouse number them. */
enum {
	BUTTON_LEFT = 0,
	WHEEL_UP = 64,
	WHEEL_DOWN = 65,
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

#define PASTE_END_BYTES "\033[201~"

/* What terminals send besides what their description says: in the other mode, or as their relatives do. */
static const struct {
	const char *sequence;
	int code;
} sequences[] = {
	{"\033[200~", PASTE_BEGIN},
	{PASTE_END_BYTES, PASTE_END},
	{"\033[<", REPORT_BEGIN},
	{"\033[A", KEY_UP},
	{"\033[B", KEY_DOWN},
	{"\033[C", KEY_RIGHT},
	{"\033[D", KEY_LEFT},
	{"\033OA", KEY_UP},
	{"\033OB", KEY_DOWN},
	{"\033OC", KEY_RIGHT},
	{"\033OD", KEY_LEFT},
	{"\033[H", KEY_HOME},
	{"\033[F", KEY_END},
	{"\033OH", KEY_HOME},
	{"\033OF", KEY_END},
	{"\033[1~", KEY_HOME},
	{"\033[4~", KEY_END},
	{"\033[3~", KEY_DC},
	{"\033[5~", KEY_PPAGE},
	{"\033[6~", KEY_NPAGE},
	{"\033[Z", KEY_BTAB},
};

void input_prepare(struct term *t)
{
	(void)t;
	for (size_t i = 0; i < sizeof sequences / sizeof sequences[0]; i++)
		define_key(sequences[i].sequence, sequences[i].code);
}

static void keep(struct term *t, const char *bytes, size_t count)
{
	for (size_t i = 0; i < count && t->paste_len < TERM_PASTE_MAX; i++)
		t->paste[t->paste_len++] = bytes[i];
}

/* True at the end: over a slow line it comes in pieces, which curses no longer takes for one sequence. */
static bool paste_byte(struct term *t, int byte)
{
	static const char end[] = PASTE_END_BYTES;
	char c = (char)byte;

	if (c != end[t->ending]) {
		keep(t, end, t->ending);
		t->ending = 0;
	}
	if (c == end[t->ending])
		return end[++t->ending] == '\0';
	keep(t, &c, 1);
	return false;
}

/* Bytes of the character that begins so (RFC 3629); 0: none does. */
static size_t character_size(unsigned char first)
{
	if (first < 0x80)
		return 1;
	if (first < 0xc2 || first > 0xf4)
		return 0;
	return first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

/* Gathers the bytes of a character, however they come; true when it is whole. What is none is dropped. */
static bool character_byte(struct term *t, int byte)
{
	size_t size;

	if ((byte & 0xc0) != 0x80)
		t->character_len = 0;
	else if (t->character_len == 0)
		return false;
	t->character[t->character_len++] = (char)byte;
	t->character[t->character_len] = '\0';
	size = character_size((unsigned char)t->character[0]);
	if (size > t->character_len)
		return false;
	t->character_len = 0;
	return size > 0;
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

/* A byte of what SGR reports begin with "CSI <": button; column; line, M where it is pressed and m where it is let go. */
static bool report_byte(struct term *t, int byte, struct term_event *out)
{
	int button, line;

	if (t->report_len < TERM_REPORT_MAX)
		t->report[t->report_len++] = (char)byte;
	t->report[t->report_len] = '\0';
	if (byte == ';' || (byte >= '0' && byte <= '9'))
		return false;
	t->pointing = false;
	if (byte != 'M' || sscanf(t->report, "%d;%*d;%dM", &button, &line) != 2)
		return false;
	*out = (struct term_event){.type = TERM_CLICK, .text = "", .y = line - 1};
	if (button != BUTTON_LEFT)
		out->type = TERM_WHEEL;
	out->key = button == WHEEL_UP ? TERM_UP : TERM_DOWN;
	return button == BUTTON_LEFT || button == WHEEL_UP || button == WHEEL_DOWN;
}

/* A key or a report of the mouse. */
static bool press_event(struct term *t, int code, struct term_event *out)
{
	if (t->pointing)
		return report_byte(t, code, out);
	if (code != REPORT_BEGIN)
		return key_event(t, code, out);
	t->pointing = true;
	t->report_len = 0;
	return false;
}

static bool paste_event(struct term *t, struct term_event *out)
{
	t->pasting = false;
	t->ending = 0;
	t->paste[t->paste_len] = '\0';
	t->paste_len = 0;
	*out = (struct term_event){.type = TERM_PASTE, .text = t->paste};
	return true;
}

static int read_code(struct term *t)
{
	int code = t->held;

	t->held = 0;
	return code != 0 ? code : getch();
}

/* Whether a sequence begins that is no known key's, such as Ctrl-Left where the terminal's description lacks it: it must not
 * be taken for Esc, and what follows for keys (ECMA-48, section 5.4; and the one of keypads). */
static bool begins_unknown(struct term *t, int code)
{
	int next;

	if (code != TERM_ESC)
		return false;
	next = getch();
	t->unknown = next == '[' || next == 'O';
	t->held = t->unknown || next == ERR ? 0 : next;
	return t->unknown;
}

/* Whether this still belongs to it. */
static bool in_unknown(struct term *t, int code)
{
	bool was = t->unknown;

	t->unknown = was && code >= ' ' && code < '@';
	return was && code >= ' ' && code < TERM_BACKSPACE;
}

bool term_next(struct term *t, struct term_event *out)
{
	int code;

	if (!t->pasting)
		explicit_bzero(t->paste, sizeof t->paste); /* it may have been a secret */
	while ((code = read_code(t)) != ERR) {
		if (in_unknown(t, code) || (!t->pasting && begins_unknown(t, code)))
			continue;
		if (code == PASTE_BEGIN)
			t->pasting = true;
		else if (code == PASTE_END && t->pasting)
			return paste_event(t, out);
		else if (t->pasting && code <= 0xff && paste_byte(t, code))
			return paste_event(t, out);
		else if (!t->pasting && press_event(t, code, out))
			return true;
	}
	return false;
}
