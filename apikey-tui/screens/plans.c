/* plans.c - plans: limits under a name, and how many keys are on each. */
#include "apikey-tui/format.h"
#include "apikey-tui/listing.h"
#include "apikey-tui/screens/screens.h"

enum column {
	COLUMN_NAME,
	COLUMN_RATE,
	COLUMN_QUOTA,
	COLUMN_UNITS,
	COLUMN_KEYS,
	COLUMN_CREATED,
	COLUMN_COUNT,
};

static const struct table_column columns[COLUMN_COUNT + 1] = {
	[COLUMN_NAME] = {"PLAN", 12, .grow = 1},
	[COLUMN_RATE] = {"RATE", 12, .grow = 1, .rank = 2},
	[COLUMN_QUOTA] = {"QUOTA", 14, .grow = 1, .rank = 3},
	[COLUMN_UNITS] = {"UNITS/REQ", 9, .rank = 4},
	[COLUMN_KEYS] = {"KEYS", 6, .rank = 1},
	[COLUMN_CREATED] = {"CREATED", 10, .rank = 5},
	[COLUMN_COUNT] = {.width = 0},
};

static void put_number(const struct apikey_value *number, struct table_cell *out)
{
	if (apikey_type(number) == APIKEY_INT)
		format_number(apikey_int(number, 0), out->text);
	else
		snprintf(out->text, sizeof out->text, "-");
}

static void put_limits(const struct apikey_value *limits, struct table_cell *out)
{
	format_limits(limits, out->text, sizeof out->text);
	if (out->text[0] == '\0')
		snprintf(out->text, sizeof out->text, "-");
}

static void cell(const struct listing *l, const struct apikey_value *row, unsigned column,
	struct table_cell *out)
{
	(void)l;
	if (column == COLUMN_NAME)
		snprintf(out->text, sizeof out->text, "%s", member(row, "name"));
	else if (column == COLUMN_RATE)
		put_limits(apikey_get(row, "rate"), out);
	else if (column == COLUMN_QUOTA)
		put_limits(apikey_get(row, "quota"), out);
	else if (column == COLUMN_UNITS)
		put_number(apikey_get(row, "units_per_request"), out);
	else if (column == COLUMN_KEYS)
		put_number(apikey_get(row, "keys"), out);
	else
		format_date(apikey_int(apikey_get(row, "created_at"), 0), out->text);
}

static const struct listing_view view = {
	.method = "plan.list",
	.rows = "plans",
	.whole = true,
	.word = "plans",
	.id = "name",
	.columns = columns,
	.cell = cell,
	.nothing =
		"There is no plan. A plan holds limits under a name; keys on it follow it when it "
		"changes.",
	.place = PLACE_PLANS,
};

static void *open_plans(struct console *c, const char *arg)
{
	return listing_new(c, &view, arg);
}

const struct screen plans_screen = {
	.name = "plans",
	.title = "Plans",
	.least = ROLE_ADMIN,
	.open = open_plans,
	.close = listing_close,
	.place = listing_place,
	.draw = listing_draw,
	.act = listing_act,
	.typing = listing_typing,
	.type = listing_type,
};
