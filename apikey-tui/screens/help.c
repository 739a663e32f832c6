/* help.c - what can be done, from the one list of actions; searched with `/`. */
#include <stdlib.h>
#include <string.h>

#include "apikey-tui/kit/sheet.h"
#include "apikey-tui/screens/screens.h"

#define KEYS_WIDTH 22
#define KEYS_WIDTH_NARROW 14

struct help {
	enum place about;
	struct sheet sheet;
	struct line search;
	bool typing;
};

static bool found(const struct help *h, const struct action_row *row)
{
	return h->search.len == 0 || strcasestr(row->help, h->search.text) != NULL ||
	       strcasestr(row->name, h->search.text) != NULL;
}

/* The rows that hold here, or those that hold only elsewhere. */
static void put_rows(const struct console *c, struct help *h, const char *title, bool here)
{
	bool any = false;
	char keys[64];

	for (const struct action_row *row = action_table; row->action != ACTION_NONE; row++) {
		bool elsewhere = action_applies(row, (enum place) ~0u, console_rights(c));

		if (!elsewhere || action_applies(row, h->about, ROLE_ADMIN) != here ||
			!found(h, row))
			continue;
		if (!any)
			sheet_heading(&h->sheet, PAINT_TITLE, title);
		any = true;
		action_keys(row, keys, sizeof keys);
		sheet_put(&h->sheet, keys, PAINT_PLAIN, row->help);
	}
	if (any)
		sheet_put(&h->sheet, "", PAINT_PLAIN, "");
}

static void draw(struct console *c, void *state, struct area area)
{
	struct help *h = state;
	struct area line = area_top(&area, 1);
	struct pen p = pen_at(c->term, line, 0);

	sheet_begin(&h->sheet, c->term, area, area.w < 60 ? KEYS_WIDTH_NARROW : KEYS_WIDTH);
	put_rows(c, h, "Here", true);
	put_rows(c, h, "Elsewhere", false);
	if (h->sheet.line == 0)
		sheet_heading(&h->sheet, PAINT_PLAIN, "Nothing holds this. Esc clears the search.");
	sheet_end(&h->sheet);
	if (!h->typing && h->search.len == 0)
		return;
	pen_put(&p, PAINT_ACCENT, "/");
	if (h->typing)
		line_draw(&h->search, &p, true);
	else
		pen_put(&p, PAINT_TITLE, h->search.text);
}

static struct wish stay(void)
{
	return (struct wish){.kind = WISH_STAY};
}

static struct wish clear_search(struct help *h)
{
	h->typing = false;
	h->sheet.top = 0;
	line_set(&h->search, "");
	return stay();
}

static struct wish act(struct console *c, void *state, const struct action_row *row, int key)
{
	struct help *h = state;

	(void)c;
	if (row->action == ACTION_MOVE)
		sheet_move(&h->sheet, row->motion);
	else if (row->action == ACTION_FILTER)
		h->typing = true;
	else if (row->action == ACTION_BACK && key == TERM_ESC && h->search.len > 0)
		return clear_search(h);
	else if (row->action == ACTION_BACK || row->action == ACTION_HELP)
		return (struct wish){.kind = WISH_BACK};
	return stay();
}

static bool typing(const void *state)
{
	return ((const struct help *)state)->typing;
}

static struct wish type(struct console *c, void *state, const struct term_event *event)
{
	struct help *h = state;

	(void)c;
	h->sheet.top = 0;
	if (event->type == TERM_PASTE)
		line_paste(&h->search, event->text);
	else if (event->key == TERM_ESC)
		return clear_search(h);
	else if (event->key == TERM_ENTER)
		h->typing = false;
	else
		line_key(&h->search, event);
	return stay();
}

static enum place place(const void *state)
{
	(void)state;
	return PLACE_HELP;
}

static void *open_help(struct console *c, const char *arg)
{
	struct help *h = calloc(1, sizeof *h);

	(void)c;
	if (h == NULL)
		return NULL;
	h->about = arg != NULL ? (enum place)atoi(arg) : PLACE_KEYS;
	h->search.max = 64;
	return h;
}

static void close_help(struct console *c, void *state)
{
	(void)c;
	free(state);
}

const struct screen help_screen = {
	.name = "help",
	.title = "Help",
	.open = open_help,
	.close = close_help,
	.place = place,
	.draw = draw,
	.act = act,
	.typing = typing,
	.type = type,
};
