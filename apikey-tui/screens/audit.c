/* audit.c - who did what, the latest first; searched by the daemon, and its chain checked. */
#include <stdlib.h>
#include <string.h>

#include "apikey-tui/format.h"
#include "apikey-tui/kit/graph.h"
#include "apikey-tui/listing.h"
#include "apikey-tui/screens/screens.h"

#define GAUGE_WIDTH 20

enum check {
	CHECK_NONE,
	CHECK_RUNS,
	CHECK_DONE,
};

struct audit {
	struct listing listing; /* first: its functions take it for the state */
	enum check check;
	bool whole;
	char verdict[256];
};

enum column {
	COLUMN_AT,
	COLUMN_ACTOR,
	COLUMN_ACTION,
	COLUMN_OBJECT,
	COLUMN_OUTCOME,
	COLUMN_DETAIL,
	COLUMN_COUNT,
};

static const struct table_column columns[COLUMN_COUNT + 1] = {
	[COLUMN_AT] = {"WHEN", 7, .grow = 0},
	[COLUMN_ACTOR] = {"ACTOR", 7, .grow = 1, .rank = 1},
	[COLUMN_ACTION] = {"ACTION", 11, .grow = 1, .most = 20},
	[COLUMN_OBJECT] = {"OBJECT", 13, .rank = 3},
	[COLUMN_OUTCOME] = {"OUTCOME", 9, .rank = 2},
	[COLUMN_DETAIL] = {"DETAIL", 10, .grow = 2, .rank = 4},
	[COLUMN_COUNT] = {.width = 0},
};

static const char *const asks[] = {"actor", "action", "object", "from", "to", NULL};

static void cell(const struct listing *l, const struct apikey_value *row, unsigned column,
	struct table_cell *out)
{
	static const char *const members[COLUMN_COUNT] = {
		[COLUMN_ACTOR] = "actor",
		[COLUMN_ACTION] = "action",
		[COLUMN_OBJECT] = "object",
		[COLUMN_OUTCOME] = "outcome",
		[COLUMN_DETAIL] = "detail",
	};
	bool failed = strcmp(member(row, "outcome"), "ok") != 0;

	if (column == COLUMN_AT)
		format_ago(apikey_int(apikey_get(row, "at"), 0), l->console->time, out->text);
	else
		snprintf(out->text, sizeof out->text, "%s", member(row, members[column]));
	if (column == COLUMN_OUTCOME && failed)
		out->paint = PAINT_BAD;
}

/* ---- the chain ---- */

static void checked(
	void *arg, enum apikey_error error, const struct apikey_value *result, const char *why)
{
	struct audit *a = arg;
	char number[FORMAT_SIZE];

	a->check = CHECK_DONE;
	a->whole = apikey_bool(apikey_get(result, "ok"), false);
	format_number(
		apikey_int(apikey_get(result, a->whole ? "entries" : "broken_at"), 0), number);
	if (error != APIKEY_OK)
		snprintf(a->verdict, sizeof a->verdict, "not checked: %.200s", why);
	else if (a->whole)
		snprintf(a->verdict, sizeof a->verdict, "chain whole: %s entries", number);
	else
		snprintf(a->verdict, sizeof a->verdict, "CHAIN BROKEN at entry %s: %.150s", number,
			member(result, "reason"));
}

static void check(struct audit *a)
{
	struct console *c = a->listing.console;
	struct apikey_params *params;

	if (a->check == CHECK_RUNS)
		return;
	a->check = CHECK_RUNS;
	model_progress_begin(c->model);
	params = apikey_params_new();
	apikey_put_bool(params, "progress", true);
	model_read(c->model, "audit.verify", params, checked, a);
}

static void draw_progress(const struct console *c, struct pen *p)
{
	struct model_progress progress = model_progress(c->model);

	pen_put(p, PAINT_ACCENT, "checking the chain ");
	if (progress.total <= 0)
		return;
	graph_gauge(p, (uint64_t)progress.done, (uint64_t)progress.total, GAUGE_WIDTH);
	pen_format(p, PAINT_ACCENT, " %lld %%", (long long)(100 * progress.done / progress.total));
}

static void caption(const struct listing *l, struct pen *p)
{
	const struct audit *a = (const struct audit *)l;

	if (a->check == CHECK_NONE)
		return;
	if (a->check == CHECK_RUNS)
		draw_progress(l->console, p);
	else
		pen_put(p, a->whole ? PAINT_GOOD : PAINT_BAD, a->verdict);
}

static const struct listing_view view = {
	.method = "audit.list",
	.rows = "entries",
	.word = "entries",
	.asks = asks,
	.columns = columns,
	.cell = cell,
	.caption = caption,
	.nothing = "Nothing has been done yet.",
	.place = PLACE_AUDIT,
};

/* ---- the screen ---- */

static void *open_audit(struct console *c, const char *arg)
{
	struct audit *a = calloc(1, sizeof *a);

	if (a != NULL)
		listing_open(&a->listing, c, &view, arg);
	return a;
}

static void close_audit(struct console *c, void *state)
{
	model_forget(c->model, state);
	listing_close(c, state);
}

static struct wish act(struct console *c, void *state, const struct action_row *row, int key)
{
	if (row->action != ACTION_CHECK)
		return listing_act(c, state, row, key);
	check(state);
	return (struct wish){.kind = WISH_STAY};
}

const struct screen audit_screen = {
	.name = "audit",
	.title = "Audit",
	.least = ROLE_VIEWER,
	.open = open_audit,
	.close = close_audit,
	.place = listing_place,
	.act = act,
	LISTING_FUNCTIONS,
};
