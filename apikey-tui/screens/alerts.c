/* alerts.c - what somebody may have to know, the latest first. */
#include "apikey-tui/format.h"
#include "apikey-tui/listing.h"
#include "apikey-tui/screens/screens.h"

enum column {
	COLUMN_AT,
	COLUMN_KIND,
	COLUMN_DETAIL,
	COLUMN_TENANT,
	COLUMN_COUNT,
};

static const struct table_column columns[COLUMN_COUNT + 1] = {
	[COLUMN_AT] = {"WHEN", 8, .grow = 0},
	[COLUMN_KIND] = {"ALERT", 14, .grow = 0},
	[COLUMN_DETAIL] = {"DETAIL", 14, .grow = 1},
	[COLUMN_TENANT] = {"TENANT", 8, .rank = 1},
	[COLUMN_COUNT] = {.width = 0},
};

static const char *const asks[] = {"object", NULL};

static void cell(const struct listing *l, const struct apikey_value *row, unsigned column,
	struct table_cell *out)
{
	static const char *const members[COLUMN_COUNT] = {
		[COLUMN_KIND] = "kind",
		[COLUMN_DETAIL] = "detail",
		[COLUMN_TENANT] = "tenant",
	};

	if (column == COLUMN_AT)
		format_ago(apikey_int(apikey_get(row, "at"), 0), l->console->time, out->text);
	else
		snprintf(out->text, sizeof out->text, "%s", member(row, members[column]));
	if (column == COLUMN_KIND)
		out->paint = PAINT_WARN;
}

static const struct listing_view view = {
	.method = "alert.list",
	.rows = "alerts",
	.word = "alerts",
	.asks = asks,
	.columns = columns,
	.cell = cell,
	.nothing =
		"Nothing to worry about. Limits reached, keys about to expire, revoked keys that "
		"are still tried, new networks and floods of unknown keys are told of here.",
	.place = PLACE_ALERTS,
};

static void *open_alerts(struct console *c, const char *arg)
{
	return listing_new(c, &view, arg);
}

const struct screen alerts_screen = {
	.name = "alerts",
	.title = "Alerts",
	.least = ROLE_VIEWER,
	.open = open_alerts,
	.close = listing_close,
	.place = listing_place,
	.act = listing_act,
	LISTING_FUNCTIONS,
};
