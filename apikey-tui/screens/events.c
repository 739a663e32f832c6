/* events.c - what happens, as it happens; it can be held still. */
#include <stdlib.h>
#include <string.h>

#include "apikey-tui/format.h"
#include "apikey-tui/listing.h"
#include "apikey-tui/screens/screens.h"

struct events {
	struct listing listing; /* first: its functions take it for the state */
	bool paused;
	uint64_t end; /* of what is shown; moves on while it is not paused */
	uint64_t
		numbers[JOURNAL_KEPT]; /* of those that the filter lets through, the latest first */
};

enum column {
	COLUMN_AT,
	COLUMN_TYPE,
	COLUMN_WHAT,
	COLUMN_ACTOR,
	COLUMN_TENANT,
	COLUMN_COUNT,
};

static const struct table_column columns[COLUMN_COUNT + 1] = {
	[COLUMN_AT] = {"TIME", 8, .grow = 0},
	[COLUMN_TYPE] = {"EVENT", 14, .grow = 1, .most = 24},
	[COLUMN_WHAT] = {"WHAT", 14, .grow = 2, .rank = 1},
	[COLUMN_ACTOR] = {"ACTOR", 8, .rank = 2},
	[COLUMN_TENANT] = {"TENANT", 8, .rank = 3},
	[COLUMN_COUNT] = {.width = 0},
};

/* The first of these that an event has says what it is about. */
static const char *what(const struct apikey_value *event)
{
	static const char *const members[] = {"action", "detail", "object", "key"};
	const char *name = member(apikey_get(event, "record"), "name"), *text = name;

	for (size_t i = 0; i < sizeof members / sizeof members[0] && *text == '\0'; i++)
		text = member(event, members[i]);
	return text;
}

static enum paint type_paint(const char *type, const struct apikey_value *event)
{
	const char *outcome = member(event, "outcome");

	if (strncmp(type, "alert.", strlen("alert.")) == 0)
		return PAINT_WARN;
	return *outcome != '\0' && strcmp(outcome, "ok") != 0 ? PAINT_BAD : PAINT_PLAIN;
}

static void cell(const struct listing *l, const struct apikey_value *row, unsigned column,
	struct table_cell *out)
{
	(void)l;
	if (column == COLUMN_AT)
		format_clock(apikey_int(apikey_get(row, "at"), 0), out->text);
	else if (column == COLUMN_TYPE)
		snprintf(out->text, sizeof out->text, "%s", member(row, "type"));
	else if (column == COLUMN_WHAT)
		snprintf(out->text, sizeof out->text, "%s", what(row));
	else if (column == COLUMN_ACTOR)
		snprintf(out->text, sizeof out->text, "%s", member(row, "actor"));
	else
		snprintf(out->text, sizeof out->text, "%s", member(row, "tenant"));
	if (column == COLUMN_TYPE)
		out->paint = type_paint(out->text, row);
}

static size_t count(struct listing *l)
{
	const struct journal *j = model_journal(l->console->model);
	struct events *e = (struct events *)l;
	size_t found = 0;

	if (!e->paused)
		e->end = j->added;
	for (uint64_t n = e->end; n-- > 0 && found < JOURNAL_KEPT && journal_at(j, n) != NULL;)
		if (listing_wants(l, journal_at(j, n)))
			e->numbers[found++] = n;
	return found;
}

static const struct apikey_value *row(const struct listing *l, size_t index)
{
	const struct events *e = (const struct events *)l;

	return journal_at(model_journal(l->console->model), e->numbers[index]);
}

static void caption(const struct listing *l, struct pen *p)
{
	const struct events *e = (const struct events *)l;
	const struct journal *j = model_journal(l->console->model);

	if (e->paused)
		pen_format(p, PAINT_WARN, "PAUSED, %llu new; p goes on",
			(unsigned long long)(j->added - e->end));
	else
		pen_put(p, PAINT_ACCENT, "live");
	if (j->missed > 0)
		pen_format(p, PAINT_WARN, "  %llu missed", (unsigned long long)j->missed);
}

static const struct listing_view view = {
	.word = "events",
	.columns = columns,
	.cell = cell,
	.count = count,
	.row = row,
	.caption = caption,
	.nothing = "Nothing has happened since the daemon started. What does is seen here at once.",
	.place = PLACE_EVENTS,
};

static void *open_events(struct console *c, const char *arg)
{
	struct events *e = calloc(1, sizeof *e);

	if (e != NULL)
		listing_open(&e->listing, c, &view, arg);
	return e;
}

static struct wish act(struct console *c, void *state, const struct action_row *action, int key)
{
	struct events *e = state;

	if (action->action != ACTION_PAUSE)
		return listing_act(c, state, action, key);
	e->paused = !e->paused;
	return (struct wish){.kind = WISH_STAY};
}

const struct screen events_screen = {
	.name = "events",
	.title = "Events",
	.least = ROLE_VIEWER,
	.open = open_events,
	.close = listing_close,
	.place = listing_place,
	.act = act,
	LISTING_FUNCTIONS,
};
