/* help.c - what can be done, from the one list of actions: searched with `/`, done with Enter. */
#include <stdlib.h>
#include <string.h>

#include "apikey-tui/kit/sheet.h"
#include "apikey-tui/screens/screens.h"

#define KEYS_WIDTH 22
#define KEYS_WIDTH_NARROW 14
#define ROWS_MAX 128

struct help {
	enum place about;
	const struct action_row *rows[ROWS_MAX]; /* that are found */
	int lines[ROWS_MAX];                     /* where each begins */
	size_t count;
	struct table table; /* for the selected one */
	struct sheet sheet;
	struct line search;
	bool typing;
};

static bool found(const struct help *h, const struct action_row *row)
{
	return h->search.len == 0 || strcasestr(row->help, h->search.text) != NULL ||
	       strcasestr(row->name, h->search.text) != NULL;
}

static bool is_here(const struct help *h, const struct action_row *row)
{
	return action_applies(row, h->about, ROLE_ADMIN);
}

/* The rows that hold here, then those that hold only elsewhere, as they are found. */
static void list(const struct console *c, struct help *h)
{
	h->count = 0;
	for (int here = 1; here >= 0; here--)
		for (const struct action_row *row = action_table; row->action != ACTION_NONE; row++)
			if (action_applies(row, (enum place) ~0u, console_rights(c)) &&
				is_here(h, row) == here && found(h, row) && h->count < ROWS_MAX)
				h->rows[h->count++] = row;
	h->table.rows = h->count;
	table_move(&h->table, MOTION_NONE);
}

static void put_rows(struct help *h)
{
	char keys[64];

	for (size_t i = 0; i < h->count; i++) {
		bool here = is_here(h, h->rows[i]);

		if (i == 0 || here != is_here(h, h->rows[i - 1])) {
			if (i > 0)
				sheet_put(&h->sheet, "", PAINT_PLAIN, "");
			sheet_heading(&h->sheet, PAINT_TITLE, here ? "Here" : "Elsewhere");
		}
		action_keys(h->rows[i], keys, sizeof keys);
		h->lines[i] = h->sheet.line;
		h->sheet.selected = i == h->table.selected;
		sheet_put(&h->sheet, keys, PAINT_PLAIN, h->rows[i]->help);
		h->sheet.selected = false;
	}
	if (h->count == 0)
		sheet_heading(&h->sheet, PAINT_PLAIN, "Nothing holds this. Esc clears the search.");
}

/* Measured before it is drawn, so that the selected row is seen. */
static void draw_rows(const struct console *c, struct help *h, struct area area)
{
	int label = area.w < 60 ? KEYS_WIDTH_NARROW : KEYS_WIDTH;

	sheet_begin(&h->sheet, c->term, (struct area){area.y, area.x, 0, area.w}, label);
	put_rows(h);
	sheet_end(&h->sheet);
	h->sheet.seen = area.h;
	sheet_follow(&h->sheet);
	if (h->table.selected == 0)
		h->sheet.top = 0;
	sheet_begin(&h->sheet, c->term, area, label);
	put_rows(h);
	sheet_end(&h->sheet);
	h->table.height = area.h > 0 ? (size_t)area.h : 0;
}

static void draw(struct console *c, void *state, struct area area)
{
	struct help *h = state;
	struct area line = area_top(&area, 1);
	struct pen p = pen_at(c->term, line, 0);

	list(c, h);
	draw_rows(c, h, area);
	if (!h->typing && h->search.len == 0)
		return;
	pen_put(&p, PAINT_ACCENT, "/");
	if (h->typing)
		line_draw(&h->search, &p, true);
	else
		pen_put(&p, PAINT_TITLE, h->search.text);
}

/* ---- what can be done ---- */

static struct wish stay(void)
{
	return (struct wish){.kind = WISH_STAY};
}

static struct wish clear_search(struct help *h)
{
	h->typing = false;
	h->table.selected = 0;
	line_set(&h->search, "");
	return stay();
}

/* What was typed may not have been drawn yet. */
static struct wish run(struct console *c, struct help *h)
{
	const struct action_row *row;

	list(c, h);
	if (h->table.selected >= h->count)
		return stay();
	row = h->rows[h->table.selected];
	if (!is_here(h, row)) {
		console_say(c, PAINT_WARN, "This can be done elsewhere, not where you came from.");
		return stay();
	}
	c->chosen = row;
	return (struct wish){.kind = WISH_BACK};
}

static struct wish act(struct console *c, void *state, const struct action_row *row, int key)
{
	struct help *h = state;

	switch (row->action) {
	case ACTION_MOVE:
		table_move(&h->table, row->motion);
		break;
	case ACTION_FILTER:
		h->typing = true;
		break;
	case ACTION_RUN:
		return run(c, h);
	case ACTION_BACK:
		if (key == TERM_ESC && h->search.len > 0)
			return clear_search(h);
		return (struct wish){.kind = WISH_BACK};
	default:
		break;
	}
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
	if (event->type == TERM_KEY && event->key == TERM_ESC)
		return clear_search(h);
	if (event->type == TERM_PASTE)
		line_paste(&h->search, event->text);
	else if (event->key == TERM_ENTER)
		h->typing = false;
	else if (event->key == TERM_UP || event->key == TERM_DOWN)
		table_move(&h->table, event->key == TERM_UP ? MOTION_UP : MOTION_DOWN);
	else if (line_key(&h->search, event))
		h->table.selected = 0;
	return stay();
}

/* A row may be of several lines, below a heading. */
static bool point(void *state, int y)
{
	struct help *h = state;
	int line = y - h->sheet.area.y + h->sheet.top;

	if (y < h->sheet.area.y || y >= h->sheet.area.y + h->sheet.area.h)
		return false;
	for (size_t i = h->count; i-- > 0;)
		if (h->lines[i] <= line) {
			h->table.selected = i;
			return true;
		}
	return false;
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
	.point = point,
	.typing = typing,
	.type = type,
};
