/* plans.c - plans: limits under a name, and how many keys are on each. */
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
	[COLUMN_UNITS] = {"UNITS/REQ", 9, .rank = 4, .number = true},
	[COLUMN_KEYS] = {"KEYS", 9, .rank = 1, .number = true},
	[COLUMN_CREATED] = {"CREATED", 10, .rank = 5},
	[COLUMN_COUNT] = {.width = 0},
};

static const char *const members[COLUMN_COUNT] = {
	[COLUMN_NAME] = "name",
	[COLUMN_RATE] = "rate",
	[COLUMN_QUOTA] = "quota",
	[COLUMN_UNITS] = "units_per_request",
	[COLUMN_KEYS] = "keys",
	[COLUMN_CREATED] = "created_at",
};

static const struct listing_view view = {
	.method = "plan.list",
	.rows = "plans",
	.whole = true,
	.word = "plans",
	.id = "name",
	.noun = "plan",
	.form = &plan_screen,
	.columns = columns,
	.members = members,
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
	.act = listing_act,
	LISTING_FUNCTIONS,
};
