/* overview.c - all at a glance: how many keys, how they are used just now, and what overview_panes.c shows below. */
#include <stdlib.h>

#include "apikey-tui/kit/graph.h"
#include "apikey-tui/screens/overview.h"
#include "apikey-tui/screens/screens.h"
#include "apikey-tui/summary.h"

#define TALL 16          /* lines with which there is room for the graph */
#define GRAPH_SHARE 3    /* of them, it has one in so many */
#define SOON (7 * 86400) /* seconds in which a key that expires does so soon */
#define SOON_EVERY 60000 /* milliseconds */
#define SOON_MOST 100    /* keys that are counted */

/* ---- keys that expire soon ---- */

static void ask_soon(struct apikey_params *params, const void *arg, int64_t time)
{
	(void)arg;
	(void)time;
	apikey_put_string(params, "status", "active");
	apikey_put_string(params, "sort", "expires_at");
	apikey_put_int(params, "limit", SOON_MOST);
}

static void ask_alerts(struct apikey_params *params, const void *arg, int64_t time)
{
	(void)arg;
	(void)time;
	apikey_put_int(params, "limit", OVERVIEW_LINES);
}

static void draw_soon(const struct overview *o, struct pen p)
{
	const struct apikey_value *keys = apikey_get(o->soon.answer, "keys");
	char text[64];
	size_t count = 0;

	while (count < apikey_count(keys) &&
		apikey_int(apikey_get(apikey_at(keys, count), "expires_at"), INT64_MAX) <=
			o->console->time + SOON)
		count++;
	snprintf(text, sizeof text, "%zu%s expiring in 7d", count,
		count == SOON_MOST ? " or more" : "");
	if (keys != NULL)
		summary_add(&p, count > 0 ? PAINT_WARN : PAINT_DIM, text);
}

/* ---- drawing ---- */

static void draw_graph(const struct overview *o, struct area area)
{
	const struct live *l = model_live(o->console->model);
	struct graph graph = {.upper = {"allowed", PAINT_ACCENT, l->allowed},
		.lower = {"denied", PAINT_BAD, l->denied},
		.count = l->count,
		.cursor = GRAPH_NONE};

	graph_draw(o->console->term, area, &graph);
}

static void draw_first_steps(const struct overview *o, struct area area)
{
	struct sheet sheet = {0};

	sheet_begin(&sheet, o->console->term, area, 0);
	summary_first_steps(&sheet, console_may_change(o->console));
	sheet_end(&sheet);
}

static void draw(struct console *c, void *state, struct area area)
{
	struct overview *o = state;
	struct area line = area_top(&area, 1);
	struct pen totals = pen_at(c->term, line, 0);

	question_keep(&o->alerts, c->model, c->now, c->time);
	question_keep(&o->soon, c->model, c->now, c->time);
	draw_soon(o, summary_totals(c->model, totals));
	summary_rates(c->model, pen_at(c->term, area_top(&area, 1), 0), area.h < TALL);
	if (area.h >= TALL) {
		draw_graph(o, area_top(&area, area.h / GRAPH_SHARE));
		area_top(&area, 1);
	}
	if (summary_empty(c->model))
		draw_first_steps(o, area);
	else
		panes_draw(&o->panes, c->term, area);
}

/* ---- what can be done ---- */

static void select_key(struct overview *o, enum motion motion)
{
	const struct live *l = model_live(o->console->model);
	struct table table = {
		.rows = l->key_count, .selected = overview_selected(o), .height = LIVE_KEYS};

	if (l->key_count == 0)
		return;
	table_move(&table, motion);
	snprintf(o->selected, sizeof o->selected, "%s", l->keys[table.selected].id);
}

static struct wish open_key(struct overview *o)
{
	select_key(o, MOTION_NONE);
	if (o->panes.focus != PANE_BUSIEST || o->selected[0] == '\0')
		return (struct wish){.kind = WISH_STAY};
	return (struct wish){WISH_OPEN, &key_screen, o->selected};
}

static struct wish act(struct console *c, void *state, const struct action_row *row, int key)
{
	struct overview *o = state;

	switch (row->action) {
	case ACTION_MOVE:
		if (o->panes.focus == PANE_BUSIEST)
			select_key(o, row->motion);
		else
			panes_move(&o->panes, row->motion);
		break;
	case ACTION_PANE:
		panes_turn(&o->panes, key == TERM_BACKTAB ? -1 : 1);
		break;
	case ACTION_OPEN:
		return open_key(o);
	case ACTION_FILTER: /* of the keys */
		c->chosen = row;
		return (struct wish){.kind = WISH_GO, .screen = &keys_screen};
	case ACTION_CREATE:
		return (struct wish){WISH_OPEN, &create_screen, NULL};
	case ACTION_BACK:
		return (struct wish){.kind = WISH_BACK};
	default:
		break;
	}
	return (struct wish){.kind = WISH_STAY};
}

static enum place place(const void *state)
{
	(void)state;
	return PLACE_OVERVIEW;
}

static void *open_overview(struct console *c, const char *arg)
{
	struct overview *o = calloc(1, sizeof *o);

	(void)arg;
	if (o == NULL)
		return NULL;
	o->console = c;
	o->panes = (struct panes){.panes = overview_panes, .count = PANE_COUNT, .arg = o};
	o->alerts = (struct question){.method = "alert.list", .put = ask_alerts};
	o->soon = (struct question){.method = "key.list", .put = ask_soon, .every = SOON_EVERY};
	return o;
}

static void close_overview(struct console *c, void *state)
{
	struct overview *o = state;

	(void)c;
	question_drop(&o->alerts);
	question_drop(&o->soon);
	free(o);
}

const struct screen overview_screen = {
	.name = "overview",
	.title = "Overview",
	.least = ROLE_VIEWER,
	.open = open_overview,
	.close = close_overview,
	.place = place,
	.draw = draw,
	.act = act,
};
