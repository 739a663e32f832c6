/* keys.c - the table of all keys: found, sorted, and acted upon. */
#include <stdlib.h>
#include <string.h>

#include "apikey-tui/bulk.h"
#include "apikey-tui/change.h"
#include "apikey-tui/filter.h"
#include "apikey-tui/format.h"
#include "apikey-tui/screens/keys.h"
#include "apikey-tui/screens/screens.h"
#include "apikey-tui/summary.h"

#define TALL 12 /* lines of a screen that has room for more than the table */

/* ---- the listing ---- */

/* Another listing. The rows of the last one stay on the screen until it comes. */
static void list(struct keys *k)
{
	struct model_query query = {
		.sort = keys_order(k->order)->name, .descending = k->descending};

	snprintf(query.text, sizeof query.text, "%.*s", MODEL_QUERY_MAX, k->filter.text);
	bulk_stop_marking(k->console);
	k->switched = true;
	k->table.sorted = (int)keys_order(k->order)->column;
	k->table.keeps_sorted = keys_order(k->order) != keys_order(0);
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

/* Not a row of the listing before, which is seen until another has come. */
static const struct apikey_value *selected(struct keys *k)
{
	if (model_list_known(k->console->model))
		return model_list_row(k->console->model, k->table.selected);
	console_say(k->console, PAINT_WARN, "What this finds is on its way yet.");
	return NULL;
}

/* ---- drawing ---- */

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
		keys_draw_nothing(k, area);
	else
		table_draw(&k->table, c->term, area);
	if (k->table.rows > 0 || k->typing || k->filter.len > 0)
		keys_draw_caption(k, pen_at(c->term, caption, 0));
}

/* ---- what can be done ---- */

static struct wish stay(void)
{
	return (struct wish){.kind = WISH_STAY};
}

/* The row that the cursor is on now: keys that came together were not drawn between. */
static struct wish open_selected(struct keys *k)
{
	const char *id = member(selected(k), "id");

	return *id != '\0' ? (struct wish){WISH_OPEN, &key_screen, id} : stay();
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
	if (k->console->bulk->marked.count > 0 || k->console->bulk->gathering)
		bulk_unmark(k->console);
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
		return open_selected(k);
	case ACTION_FILTER:
		k->typing = true;
		break;
	case ACTION_SORT:
		k->order++;
		k->descending = keys_order(k->order)->descending;
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
	k->table = keys_table(k);
	line_paste(&k->filter, arg != NULL ? arg : c->memory.filter);
	k->order = keys_order_named(c->memory.sort);
	k->descending =
		c->memory.sort[0] != '\0' ? c->memory.descending : keys_order(k->order)->descending;
	list(k);
	return k;
}

static void close_keys(struct console *c, void *state)
{
	const struct keys *k = state;

	snprintf(c->memory.sort, sizeof c->memory.sort, "%s", keys_order(k->order)->name);
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
