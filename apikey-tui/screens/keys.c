/* keys.c - the table of all keys: found, sorted, and acted upon. */
#include <stdlib.h>
#include <string.h>

#include "apikey-tui/bulk.h"
#include "apikey-tui/change.h"
#include "apikey-tui/filter.h"
#include "apikey-tui/format.h"
#include "apikey-tui/kit/sheet.h"
#include "apikey-tui/screens/screens.h"
#include "apikey-tui/summary.h"
#include "protocol/keytext.h"

#define TALL 12 /* lines of a screen that has room for more than the table */

struct keys {
	struct console *console;
	struct table table;
	struct line filter;
	bool typing;
	unsigned order; /* in orders */
	bool descending;
	bool switched;              /* the rows of another listing are on their way */
	char selected[KEY_ID_SIZE]; /* the id of the selected row; empty: whatever is there */
	const struct apikey_value *row;
};

enum column {
	COLUMN_NAME,
	COLUMN_KEY,
	COLUMN_STATUS,
	COLUMN_OWNER,
	COLUMN_TENANT,
	COLUMN_CREATED,
	COLUMN_EXPIRES,
	COLUMN_USED,
	COLUMN_COUNT,
};

static const struct table_column columns[COLUMN_COUNT + 1] = {
	[COLUMN_NAME] = {"NAME", 16, .grow = 3},
	[COLUMN_KEY] = {"KEY", 24, .rank = 3},
	[COLUMN_STATUS] = {"STATUS", 8, .rank = 1},
	[COLUMN_OWNER] = {"OWNER", 8, .grow = 1, .rank = 4},
	[COLUMN_TENANT] = {"TENANT", 9, .rank = 7},
	[COLUMN_CREATED] = {"CREATED", 10, .rank = 6},
	[COLUMN_EXPIRES] = {"EXPIRES", 10, .rank = 5},
	[COLUMN_USED] = {"LAST USED", 9, .rank = 2},
	[COLUMN_COUNT] = {.width = 0},
};

/* What can be sorted by, as key.list names it. */
static const struct {
	const char *name, *word;
	enum column column;
} orders[] = {
	{"created_at", "created", COLUMN_CREATED},
	{"name", "name", COLUMN_NAME},
	{"owner", "owner", COLUMN_OWNER},
	{"tenant", "tenant", COLUMN_TENANT},
	{"expires_at", "expiry", COLUMN_EXPIRES},
	{"last_used_at", "last use", COLUMN_USED},
};

#define ORDERS (sizeof orders / sizeof orders[0])

/* ---- the listing ---- */

/* Another listing. The rows of the last one stay on the screen until it comes. */
static void list(struct keys *k)
{
	struct model_query query = {.sort = orders[k->order].name, .descending = k->descending};

	snprintf(query.text, sizeof query.text, "%.*s", MODEL_QUERY_MAX, k->filter.text);
	k->switched = true;
	k->table.sorted = (int)orders[k->order].column;
	k->table.descending = k->descending;
	model_list(k->console->model, &query);
}

/* The cursor stays on its key when rows come and go above it, and in another listing if the key is near its start. */
static void follow(struct keys *k)
{
	struct model *m = k->console->model;
	size_t index;

	k->table.rows = model_list_total(m);
	if (model_list_known(m)) {
		if (k->switched)
			k->table.selected = k->table.top = 0;
		k->switched = false;
		if (k->selected[0] != '\0' && model_list_find(m, k->selected, &index))
			k->table.selected = index;
	}
	table_move(&k->table, MOTION_NONE);
	snprintf(k->selected, sizeof k->selected, "%s",
		member(model_list_row(m, k->table.selected), "id"));
}

static const struct apikey_value *selected(struct keys *k)
{
	return model_list_row(k->console->model, k->table.selected);
}

static enum table_row row(void *arg, size_t index)
{
	struct keys *k = arg;

	k->row = model_list_row(k->console->model, index);
	return k->row != NULL ? TABLE_THERE : TABLE_LOADING;
}

static void put_time(const struct apikey_value *time, struct table_cell *out)
{
	if (apikey_type(time) == APIKEY_INT)
		format_date(apikey_int(time, 0), out->text);
	else
		snprintf(out->text, sizeof out->text, "never");
}

static void put_used(const struct keys *k, struct table_cell *out)
{
	const struct apikey_value *at = apikey_get(k->row, "last_used_at");

	if (apikey_type(at) == APIKEY_INT)
		format_ago(apikey_int(at, 0), k->console->time, out->text);
	else
		snprintf(out->text, sizeof out->text, "never");
}

static void cell(void *arg, size_t index, unsigned column, struct table_cell *out)
{
	static const char *const members[COLUMN_COUNT] = {
		[COLUMN_NAME] = "name",
		[COLUMN_KEY] = "masked",
		[COLUMN_STATUS] = "status",
		[COLUMN_OWNER] = "owner",
		[COLUMN_TENANT] = "tenant",
	};
	const struct keys *k = arg;
	bool marked = marks_has(&k->console->bulk->marked, member(k->row, "id"));

	(void)index;
	if (column == COLUMN_CREATED)
		put_time(apikey_get(k->row, "created_at"), out);
	else if (column == COLUMN_EXPIRES)
		put_time(apikey_get(k->row, "expires_at"), out);
	else if (column == COLUMN_USED)
		put_used(k, out);
	else
		snprintf(out->text, sizeof out->text, "%s%s",
			column == COLUMN_NAME && marked ? "* " : "",
			member(k->row, members[column]));
	if (column == COLUMN_STATUS)
		out->paint = status_paint(out->text);
	else if (marked)
		out->paint = PAINT_ACCENT;
}

/* ---- drawing ---- */

/* What is listed, and in which order. */
static void draw_caption(const struct keys *k, struct pen p)
{
	char number[FORMAT_SIZE], row[FORMAT_SIZE];

	if (k->typing) {
		pen_put(&p, PAINT_ACCENT, "/");
		line_draw(&k->filter, &p, true);
		return;
	}
	format_number((int64_t)k->table.rows, number);
	if (k->filter.len > 0) {
		pen_put(&p, PAINT_ACCENT, "/");
		pen_put(&p, PAINT_TITLE, k->filter.text);
		pen_format(&p, PAINT_DIM, "  %s found",
			model_list_known(k->console->model) ? number : "none yet");
	}
	if (k->filter.len > 0)
		pen_skip(&p, 2);
	pen_format(&p, PAINT_DIM, "by %s", orders[k->order].word);
	pen_skip(&p, 1);
	pen_symbol(&p, PAINT_DIM, k->descending ? SYMBOL_DOWN : SYMBOL_UP);
	if (k->table.rows > 0) {
		format_number((int64_t)k->table.selected + 1, row);
		pen_format(&p, PAINT_DIM, "  row %s of %s", row, number);
	}
	if (k->console->bulk->marked.count > 0)
		pen_format(&p, PAINT_ACCENT, "  %zu marked", k->console->bulk->marked.count);
}

/* Nothing to show: why, and what to do. */
static void draw_nothing(const struct keys *k, struct area area)
{
	struct console *c = k->console;
	const char *trouble = model_list_trouble(c->model);
	struct sheet sheet = {0};

	sheet_begin(&sheet, c->term, area, 0);
	sheet_put(&sheet, "", PAINT_PLAIN, "");
	if (*trouble != '\0') {
		sheet_put(&sheet, "", PAINT_BAD, trouble);
	} else if (!model_list_known(c->model)) {
		sheet_put(&sheet, "", PAINT_DIM, "Waiting for the daemon.");
	} else if (k->filter.len > 0) {
		sheet_put(&sheet, "", PAINT_PLAIN, "No key holds this. Esc clears the filter.");
	} else {
		summary_first_steps(&sheet, console_may_change(c));
	}
	sheet_end(&sheet);
}

static void draw(struct console *c, void *state, struct area area)
{
	struct keys *k = state;
	struct area caption;

	follow(k);
	if (area.h >= TALL) {
		summary_totals(c->model, pen_at(c->term, area_top(&area, 1), 0));
		summary_rates(c->model, pen_at(c->term, area_top(&area, 1), 0), true);
	}
	caption = area_top(&area, 1);
	if (k->table.rows == 0)
		draw_nothing(k, area);
	else
		table_draw(&k->table, c->term, area);
	if (k->table.rows > 0 || k->typing || k->filter.len > 0)
		draw_caption(k, pen_at(c->term, caption, 0));
}

/* ---- what can be done ---- */

static struct wish stay(void)
{
	return (struct wish){.kind = WISH_STAY};
}

static struct wish clear_filter(struct keys *k)
{
	k->typing = false;
	if (k->filter.len > 0) {
		line_set(&k->filter, "");
		list(k);
	}
	return stay();
}

/* Marks go first, then the filter, then the view. */
static struct wish escape(struct keys *k)
{
	if (k->console->bulk->marked.count > 0)
		marks_clear(&k->console->bulk->marked);
	else if (k->filter.len > 0)
		return clear_filter(k);
	else
		return (struct wish){.kind = WISH_BACK};
	return stay();
}

static void toggle_mark(struct keys *k)
{
	struct marks *marked = &k->console->bulk->marked;
	const char *id = member(selected(k), "id");

	if (marks_has(marked, id))
		marks_drop(marked, id);
	else
		marks_put(marked, id, member(selected(k), "status"));
	table_move(&k->table, MOTION_DOWN);
	k->selected[0] = '\0';
}

static struct wish act(struct console *c, void *state, const struct action_row *row, int key)
{
	struct keys *k = state;

	switch (row->action) {
	case ACTION_MOVE:
		table_move(&k->table, row->motion);
		k->selected[0] = '\0';
		break;
	case ACTION_OPEN:
		if (k->selected[0] != '\0')
			return (struct wish){WISH_OPEN, &key_screen, k->selected};
		break;
	case ACTION_FILTER:
		k->typing = true;
		break;
	case ACTION_SORT:
		k->order = (k->order + 1) % ORDERS;
		k->descending = orders[k->order].column == COLUMN_CREATED ||
				orders[k->order].column == COLUMN_USED;
		list(k);
		break;
	case ACTION_REVERSE:
		k->descending = !k->descending;
		list(k);
		break;
	case ACTION_CREATE:
		return (struct wish){WISH_OPEN, &create_screen, NULL};
	case ACTION_DISABLE:
	case ACTION_REVOKE:
	case ACTION_DELETE:
		change_marked(c, row->action, selected(k));
		break;
	case ACTION_MARK:
		toggle_mark(k);
		break;
	case ACTION_MARK_ALL:
		bulk_mark_all(c);
		break;
	case ACTION_BACK:
		return key == TERM_ESC ? escape(k) : (struct wish){.kind = WISH_BACK};
	default:
		break;
	}
	return stay();
}

static bool typing(const void *state)
{
	return ((const struct keys *)state)->typing;
}

static struct wish type(struct console *c, void *state, const struct term_event *event)
{
	struct keys *k = state;

	(void)c;
	if (event->type == TERM_PASTE) {
		line_paste(&k->filter, event->text);
	} else if (event->key == TERM_ESC) {
		return clear_filter(k);
	} else if (event->key == TERM_ENTER) {
		k->typing = false;
		return stay();
	} else if (event->key == TERM_UP || event->key == TERM_DOWN) {
		table_move(&k->table, event->key == TERM_UP ? MOTION_UP : MOTION_DOWN);
		k->selected[0] = '\0';
		return stay();
	} else if (!line_key(&k->filter, event)) {
		return stay();
	}
	filter_hide_secret(&k->filter);
	k->selected[0] = '\0';
	list(k);
	return stay();
}

static bool point(void *state, int y)
{
	struct keys *k = state;
	size_t before = k->table.selected;

	if (!table_point(&k->table, y))
		return false;
	if (k->table.selected != before)
		k->selected[0] = '\0';
	return true;
}

static enum place place(const void *state)
{
	(void)state;
	return PLACE_KEYS;
}

static void *open_keys(struct console *c, const char *arg)
{
	struct keys *k = calloc(1, sizeof *k);

	if (k == NULL)
		return NULL;
	k->console = c;
	k->filter.max = MODEL_QUERY_MAX;
	k->descending = true;
	k->table = (struct table){.columns = columns, .row = row, .cell = cell, .arg = k};
	line_set(&k->filter, arg != NULL ? arg : c->memory.filter);
	for (unsigned i = 0; i < ORDERS; i++)
		if (strcmp(orders[i].name, c->memory.sort) == 0) {
			k->order = i;
			k->descending = c->memory.descending;
		}
	list(k);
	return k;
}

static void close_keys(struct console *c, void *state)
{
	const struct keys *k = state;

	snprintf(c->memory.sort, sizeof c->memory.sort, "%s", orders[k->order].name);
	snprintf(
		c->memory.filter, sizeof c->memory.filter, "%.*s", MODEL_QUERY_MAX, k->filter.text);
	c->memory.descending = k->descending;
	free(state);
}

const struct screen keys_screen = {
	.name = "keys",
	.title = "Keys",
	.open = open_keys,
	.close = close_keys,
	.place = place,
	.draw = draw,
	.act = act,
	.point = point,
	.typing = typing,
	.type = type,
};
