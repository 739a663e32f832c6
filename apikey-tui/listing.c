/* listing.c - what every view of rows has in common. */
#include "apikey-tui/listing.h"

#include <stdlib.h>
#include <string.h>

#include "apikey-tui/change.h"
#include "apikey-tui/detail.h"
#include "apikey-tui/filter.h"
#include "apikey-tui/format.h"
#include "apikey-tui/summary.h"

/* ---- rows ---- */

static void ask(void *arg, struct apikey_params *params)
{
	const struct listing *l = arg;

	if (l->view->asks != NULL)
		filter_ask(l->filter.text, l->view->asks, l->console->time, params);
	if (l->view->ask != NULL)
		l->view->ask(l, params);
}

bool listing_wants(const struct listing *l, const struct apikey_value *row)
{
	return filter_holds(l->filter.text, l->view->asks, row);
}

static bool wanted(void *arg, const struct apikey_value *row)
{
	return listing_wants(arg, row);
}

static const struct apikey_value *row_at(const struct listing *l, size_t index)
{
	return l->view->method != NULL ? feed_row(&l->feed, index) : l->view->row(l, index);
}

/* Whether what is shown is what is asked for. */
static bool known(const struct listing *l)
{
	return l->view->method == NULL || l->feed.known;
}

const struct apikey_value *listing_row(const struct listing *l)
{
	return known(l) && l->table.rows > 0 ? row_at(l, l->table.selected) : NULL;
}

/* FNV-1a. */
static uint64_t mix(uint64_t hash, const void *data, size_t len)
{
	for (size_t i = 0; i < len; i++)
		hash = (hash ^ ((const unsigned char *)data)[i]) * 0x100000001b3;
	return hash;
}

static uint64_t mix_value(uint64_t hash, const struct apikey_value *value)
{
	int64_t n = apikey_int(value, 0);
	const char *text = apikey_string(value);

	return text != NULL ? mix(hash, text, apikey_length(value)) : mix(hash, &n, sizeof n);
}

/* What a row is known by: its name, or, in a log, all that it says. Never 0. */
static uint64_t known_by(const struct listing *l, const struct apikey_value *row)
{
	uint64_t hash = 0xcbf29ce484222325;

	if (l->view->id != NULL)
		return mix_value(hash, apikey_get(row, l->view->id)) | 1;
	for (size_t i = 0; i < apikey_count(row); i++)
		hash = mix_value(hash, apikey_at(row, i));
	return hash | 1;
}

/* Whether rows may stand elsewhere than before. */
static bool moved(struct listing *l)
{
	bool renewed = l->view->method == NULL || l->renewed != l->feed.renewed;

	l->renewed = l->feed.renewed;
	return renewed;
}

/* The cursor stays on its row when rows come and go above it; at the top of a log it stays at the top. */
static void follow(struct listing *l)
{
	bool looking = moved(l) && l->selected != 0 &&
		       (l->view->id != NULL || l->table.selected > 0 || l->opened);
	const struct apikey_value *row;

	for (size_t i = 0; i < l->table.rows && looking; i++)
		if (known_by(l, row_at(l, i)) == l->selected) {
			l->table.selected = i;
			looking = false;
		}
	table_move(&l->table, MOTION_NONE);
	row = listing_row(l);
	l->selected = row != NULL ? known_by(l, row) : 0;
}

/* Sees to it that what is looked at is there. */
static void update(struct listing *l, size_t height)
{
	if (l->view->method != NULL) {
		feed_update(&l->feed, l->table.selected + 2 * height, l->console->now);
		l->table.rows = l->feed.shown.count;
	} else {
		l->table.rows = l->view->count(l);
	}
	follow(l);
	l->opened = l->opened && l->table.rows > 0;
}

static enum table_row table_row(void *arg, size_t index)
{
	(void)arg;
	(void)index;
	return TABLE_THERE;
}

void listing_put(const struct apikey_value *row, const char *name, struct table_cell *out)
{
	const struct apikey_value *value = apikey_get(row, name);
	size_t len = strlen(name);

	if (apikey_type(value) == APIKEY_INT && len > 3 && strcmp(name + len - 3, "_at") == 0)
		format_date(apikey_int(value, 0), out->text);
	else
		detail_text(name, value, out->text, sizeof out->text);
	if (out->text[0] == '\0')
		snprintf(out->text, sizeof out->text, "-");
}

static void table_cell(void *arg, size_t index, unsigned column, struct table_cell *out)
{
	const struct listing *l = arg;

	if (l->view->cell != NULL) {
		l->view->cell(l, row_at(l, index), column, out);
		return;
	}
	listing_put(row_at(l, index), l->view->members[column], out);
	if (strcmp(l->view->members[column], "status") == 0)
		out->paint = status_paint(out->text);
}

/* What is shown no longer is what is asked for. */
static void ask_again(struct listing *l)
{
	l->selected = 0;
	l->table.selected = 0;
	l->opened = false;
	if (l->view->method != NULL)
		feed_reset(&l->feed);
}

/* ---- drawing ---- */

static void draw_count(const struct listing *l, struct pen *p)
{
	bool complete = l->view->method == NULL || l->feed.shown.complete;
	char row[FORMAT_SIZE], count[FORMAT_SIZE];

	format_number((int64_t)l->table.selected + 1, row);
	format_number((int64_t)l->table.rows, count);
	if (known(l) && l->table.rows > 0)
		pen_format(p, PAINT_DIM, "row %s of %s%s  ", row, count, complete ? "" : "+");
	if (l->feed.shown.seen >= FEED_ROWS_MAX)
		pen_put(p, PAINT_WARN, "older ones were not looked at  ");
}

static void draw_caption(const struct listing *l, struct pen p)
{
	if (l->typing || l->filter.len > 0)
		pen_put(&p, PAINT_ACCENT, "/");
	if (l->typing) {
		line_draw(&l->filter, &p, true);
		return;
	}
	if (l->filter.len > 0) {
		pen_put(&p, PAINT_TITLE, l->filter.text);
		pen_skip(&p, 2);
	}
	draw_count(l, &p);
	if (l->view->caption != NULL)
		l->view->caption(l, &p);
}

/* No row: why, and what to do. */
static void draw_nothing(const struct listing *l, struct area area)
{
	struct sheet sheet = {0};
	char text[128];

	sheet_begin(&sheet, l->console->term, area, 0);
	sheet_put(&sheet, "", PAINT_PLAIN, "");
	snprintf(text, sizeof text, "None of the %s holds this. Esc clears the filter.",
		l->view->word);
	if (l->feed.trouble[0] != '\0')
		sheet_put(&sheet, "", PAINT_BAD, l->feed.trouble);
	else if (!known(l))
		sheet_put(&sheet, "", PAINT_DIM, "Waiting for the daemon.");
	else if (l->filter.len > 0)
		sheet_put(&sheet, "", PAINT_PLAIN, text);
	else
		sheet_put(&sheet, "", PAINT_PLAIN, l->view->nothing);
	sheet_end(&sheet);
}

static void draw_opened(struct listing *l, struct area area)
{
	sheet_begin(&l->sheet, l->console->term, area, DETAIL_LABEL);
	detail_put(&l->sheet, listing_row(l));
	sheet_end(&l->sheet);
}

void listing_draw(struct console *c, void *state, struct area area)
{
	struct listing *l = state;
	struct area caption = area_top(&area, 1);

	update(l, (size_t)area.h);
	if (l->opened)
		draw_opened(l, area);
	else if (l->table.rows == 0)
		draw_nothing(l, area);
	else
		table_draw(&l->table, c->term, area);
	draw_caption(l, pen_at(c->term, caption,
				0)); /* last: while it is typed in, the cursor belongs there */
}

/* ---- what can be done ---- */

static struct wish stay(void)
{
	return (struct wish){.kind = WISH_STAY};
}

static struct wish clear_filter(struct listing *l)
{
	l->typing = false;
	if (l->filter.len > 0) {
		line_set(&l->filter, "");
		ask_again(l);
	}
	return stay();
}

static struct wish back(struct listing *l, int key)
{
	if (l->opened) {
		l->opened = false;
		return stay();
	}
	if (key == TERM_ESC && l->filter.len > 0)
		return clear_filter(l);
	return (struct wish){.kind = WISH_BACK};
}

/* To the form of the row, or of a new one. */
static struct wish open_form(const struct listing *l, bool anew)
{
	const struct apikey_value *row = listing_row(l);

	if (!anew && row == NULL)
		return stay();
	return (struct wish){WISH_OPEN, l->view->form, anew ? NULL : member(row, l->view->id)};
}

struct wish listing_act(struct console *c, void *state, const struct action_row *row, int key)
{
	struct listing *l = state;

	switch (row->action) {
	case ACTION_MOVE:
		if (l->opened)
			sheet_move(&l->sheet, row->motion);
		else
			table_move(&l->table, row->motion);
		l->selected = l->opened ? l->selected : 0;
		break;
	case ACTION_OPEN:
		l->opened = listing_row(l) != NULL;
		l->sheet.top = 0;
		break;
	case ACTION_FILTER:
		l->typing = true;
		break;
	case ACTION_CREATE:
	case ACTION_EDIT:
		return open_form(l, row->action == ACTION_CREATE);
	case ACTION_DELETE:
		change_remove(c, l->view->noun, l->view->id, listing_row(l));
		break;
	case ACTION_GO_KEY:
		return console_key_of(listing_row(l));
	case ACTION_BACK:
		return back(l, key);
	default:
		break;
	}
	return stay();
}

bool listing_point(void *state, int y)
{
	struct listing *l = state;

	if (l->opened || !table_point(&l->table, y))
		return false;
	l->selected = 0;
	return true;
}

bool listing_typing(const void *state)
{
	return ((const struct listing *)state)->typing;
}

struct wish listing_type(struct console *c, void *state, const struct term_event *event)
{
	struct listing *l = state;

	(void)c;
	if (event->type == TERM_PASTE) {
		line_paste(&l->filter, event->text);
	} else if (event->key == TERM_ESC) {
		return clear_filter(l);
	} else if (event->key == TERM_ENTER) {
		l->typing = false;
		return stay();
	} else if (event->key == TERM_UP || event->key == TERM_DOWN) {
		table_move(&l->table, event->key == TERM_UP ? MOTION_UP : MOTION_DOWN);
		l->selected = 0;
		return stay();
	} else if (!line_key(&l->filter, event)) {
		return stay();
	}
	filter_hide_secret(&l->filter);
	ask_again(l);
	return stay();
}

enum place listing_place(const void *state)
{
	const struct listing *l = state;

	return l->opened ? PLACE_DETAIL : l->view->place;
}

/* ---- its life ---- */

void listing_open(
	struct listing *l, struct console *c, const struct listing_view *view, const char *arg)
{
	l->console = c;
	l->view = view;
	snprintf(l->arg, sizeof l->arg, "%s", arg != NULL ? arg : "");
	l->filter.max = FILTER_MAX;
	l->source = (struct feed_source){view->method, view->rows, view->whole, ask, wanted};
	l->table = (struct table){.columns = view->columns,
		.row = table_row,
		.cell = table_cell,
		.arg = l,
		.sorted = -1};
	if (view->method != NULL)
		feed_open(&l->feed, c->model, &l->source, l, c->now);
}

void *listing_new(struct console *c, const struct listing_view *view, const char *arg)
{
	struct listing *l = calloc(1, sizeof *l);

	if (l != NULL)
		listing_open(l, c, view, arg);
	return l;
}

void listing_close(struct console *c, void *state)
{
	struct listing *l = state;

	(void)c;
	if (l->view->method != NULL)
		feed_close(&l->feed);
	free(l);
}
