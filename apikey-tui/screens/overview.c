/* overview.c - all at a glance: how many keys, how they are used just now, what was denied and why, what happened. */
#include <stdlib.h>
#include <string.h>

#include "apikey-tui/format.h"
#include "apikey-tui/kit/graph.h"
#include "apikey-tui/kit/panes.h"
#include "apikey-tui/question.h"
#include "apikey-tui/screens/screens.h"
#include "apikey-tui/summary.h"

#define TALL 16          /* lines with which there is room for the graph */
#define GRAPH_SHARE 3    /* of them, it has one in so many */
#define LABEL 9          /* cells */
#define SOON (7 * 86400) /* seconds in which a key that expires does so soon */
#define SOON_EVERY 60000 /* milliseconds */
#define SOON_MOST 100    /* keys that are counted */
#define LINES 50         /* of a pane, at most */

enum { PANE_BUSIEST, PANE_DENIED, PANE_EVENTS, PANE_ALERTS, PANE_DAEMON, PANE_COUNT };

struct overview {
	struct console *console;
	struct panes panes;
	struct question alerts, soon;
	char selected[KEY_ID_SIZE]; /* among the busiest */
};

/* ---- the panes ---- */

/* The place of the selected key; the first where it is among them no more. */
static size_t selected(const struct overview *o)
{
	const struct live *l = model_live(o->console->model);

	for (size_t i = 0; i < l->key_count; i++)
		if (strcmp(l->keys[i].id, o->selected) == 0)
			return i;
	return 0;
}

static void put_busiest(void *arg, struct sheet *s)
{
	const struct overview *o = arg;
	const struct live *l = model_live(o->console->model);
	char rate[FORMAT_SIZE];

	for (size_t i = 0; i < l->key_count; i++) {
		struct pen p;

		snprintf(rate, sizeof rate, l->keys[i].rate < 10 ? "%.1f/s" : "%.0f/s",
			l->keys[i].rate);
		p = sheet_line(s, rate);
		p.selected = o->panes.focus == PANE_BUSIEST && i == selected(o);
		if (p.selected)
			term_cursor(p.term, p.y, p.x);
		pen_put(&p, PAINT_PLAIN, l->keys[i].name);
	}
	if (l->key_count == 0)
		sheet_heading(s, PAINT_DIM, "no key is in use just now");
}

static void put_denied(void *arg, struct sheet *s)
{
	const struct overview *o = arg;
	const struct live *l = model_live(o->console->model);
	char number[FORMAT_SIZE];
	int before = s->line;

	for (enum apikey_code code = 0; code < APIKEY_CODE_OK; code++)
		if (live_code(l, code) > 0) {
			format_number((int64_t)live_code(l, code), number);
			sheet_put(s, number, PAINT_BAD, apikey_code_name(code));
		}
	if (s->line == before)
		sheet_heading(s, PAINT_DIM, "nothing in the last four minutes");
}

/* An entry of the audit log for a change that has an event of its own. */
static bool said_already(const struct apikey_value *event)
{
	return strcmp(member(event, "type"), "audit.entry") == 0 &&
	       strcmp(member(event, "outcome"), "ok") == 0;
}

static void put_events(void *arg, struct sheet *s)
{
	static const char *const members[] = {"action", "detail", "object", "key"};
	const struct overview *o = arg;
	const struct journal *j = model_journal(o->console->model);
	char time[FORMAT_SIZE];

	for (uint64_t n = j->added; n > 0 && n + LINES > j->added; n--) {
		const struct apikey_value *event = journal_at(j, n - 1);
		const char *what = member(apikey_get(event, "record"), "name");
		struct pen p;

		if (event == NULL)
			break;
		if (said_already(event))
			continue;
		for (size_t i = 0; i < sizeof members / sizeof members[0] && *what == '\0'; i++)
			what = member(event, members[i]);
		format_clock(apikey_int(apikey_get(event, "at"), 0), time);
		p = sheet_line(s, time);
		pen_format(&p, PAINT_PLAIN, "%s ", member(event, "type"));
		pen_put(&p, PAINT_DIM, what);
	}
	if (j->added == 0)
		sheet_heading(s, PAINT_DIM, "none yet");
}

static void put_alerts(void *arg, struct sheet *s)
{
	const struct overview *o = arg;
	const struct apikey_value *alerts = apikey_get(o->alerts.answer, "alerts");
	char ago[FORMAT_SIZE];

	for (size_t i = 0; i < apikey_count(alerts); i++) {
		const struct apikey_value *alert = apikey_at(alerts, i);
		struct pen p;

		format_ago(apikey_int(apikey_get(alert, "at"), 0), o->console->time, ago);
		p = sheet_line(s, ago);
		pen_format(&p, PAINT_WARN, "%s ", member(alert, "kind"));
		pen_put(&p, PAINT_DIM, member(alert, "detail"));
	}
	if (apikey_count(alerts) == 0)
		sheet_heading(s, PAINT_DIM,
			*o->alerts.trouble != '\0' ? o->alerts.trouble
			: alerts == NULL           ? "waiting"
						   : "nothing to worry about");
}

static void put_bytes(struct sheet *s, const char *label, const struct apikey_value *bytes)
{
	char number[PLOT_NUMBER], text[FORMAT_SIZE];

	plot_number((uint64_t)apikey_int(bytes, 0), number);
	snprintf(text, sizeof text, "%sB", number);
	sheet_put(s, label, PAINT_PLAIN, text);
}

static void put_daemon(void *arg, struct sheet *s)
{
	const struct overview *o = arg;
	const struct apikey_value *stats = model_stats(o->console->model);
	char text[3 * FORMAT_SIZE], since[FORMAT_SIZE], span[FORMAT_SIZE];

	if (stats == NULL) {
		sheet_heading(s, PAINT_DIM, "waiting");
		return;
	}
	format_ago(apikey_int(apikey_get(stats, "started_at"), 0), o->console->time, since);
	snprintf(text, sizeof text, "%.20s, started %s", member(stats, "version"), since);
	sheet_put(s, "apikeyd", PAINT_PLAIN, text);
	format_duration(apikey_int(apikey_get(apikey_get(stats, "latency_ns"), "p99"), 0), span);
	snprintf(text, sizeof text, "%s for 99 of 100", span);
	sheet_put(s, "verify", PAINT_PLAIN, text);
	snprintf(text, sizeof text, "%lld connected",
		(long long)apikey_int(apikey_get(stats, "connections"), 0));
	sheet_put(s, "clients", PAINT_PLAIN, text);
	put_bytes(s, "store", apikey_get(stats, "store_bytes"));
	put_bytes(s, "memory", apikey_get(stats, "memory_bytes"));
}

/* In the order of their weight. */
static const struct pane panes[PANE_COUNT] = {
	[PANE_BUSIEST] = {"Busiest keys", 2, LABEL, .put = put_busiest},
	[PANE_DENIED] = {"Denied", 1, LABEL, .put = put_denied},
	[PANE_EVENTS] = {"Events", 2, LABEL, .put = put_events},
	[PANE_ALERTS] = {"Alerts", 1, LABEL, .put = put_alerts},
	[PANE_DAEMON] = {"Daemon", 1, LABEL, .put = put_daemon},
};

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
	apikey_put_int(params, "limit", LINES);
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
	struct table table = {.rows = l->key_count, .selected = selected(o), .height = LIVE_KEYS};

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
	o->panes = (struct panes){.panes = panes, .count = PANE_COUNT, .arg = o};
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
