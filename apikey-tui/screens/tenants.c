/* tenants.c - tenants: how many keys and users each has, and of how many keys it may have. */
#include "apikey-tui/change.h"
#include "apikey-tui/format.h"
#include "apikey-tui/listing.h"
#include "apikey-tui/screens/screens.h"

enum column {
	COLUMN_NAME,
	COLUMN_STATUS,
	COLUMN_KEYS,
	COLUMN_MAX,
	COLUMN_USERS,
	COLUMN_PLAN,
	COLUMN_CREATED,
	COLUMN_COUNT,
};

static const struct table_column columns[COLUMN_COUNT + 1] = {
	[COLUMN_NAME] = {"TENANT", 12, .grow = 2},
	[COLUMN_STATUS] = {"STATUS", 8, .grow = 0},
	[COLUMN_KEYS] = {"KEYS", 9, .rank = 1, .number = true},
	[COLUMN_MAX] = {"AT MOST", 9, .rank = 3, .number = true},
	[COLUMN_USERS] = {"USERS", 5, .rank = 2, .number = true},
	[COLUMN_PLAN] = {"PLAN", 8, .grow = 1, .rank = 4},
	[COLUMN_CREATED] = {"CREATED", 10, .rank = 5},
	[COLUMN_COUNT] = {.width = 0},
};

static const char *const members[COLUMN_COUNT] = {
	[COLUMN_NAME] = "name",
	[COLUMN_STATUS] = "status",
	[COLUMN_KEYS] = "keys",
	[COLUMN_MAX] = "max_keys",
	[COLUMN_USERS] = "users",
	[COLUMN_PLAN] = "plan",
	[COLUMN_CREATED] = "created_at",
};

static const struct listing_view view = {
	.method = "tenant.list",
	.rows = "tenants",
	.word = "tenants",
	.id = "name",
	.noun = "tenant",
	.form = &tenant_screen,
	.columns = columns,
	.members = members,
	.nothing = "There is no tenant.",
	.place = PLACE_TENANTS,
};

static void *open_tenants(struct console *c, const char *arg)
{
	return listing_new(c, &view, arg);
}

static struct wish act(struct console *c, void *state, const struct action_row *row, int key)
{
	const struct apikey_value *tenant = listing_row(state);

	if (row->action == ACTION_DISABLE)
		change_person(c, "tenant", "name", tenant);
	else if (row->action == ACTION_GO_KEYS && tenant != NULL)
		return console_keys_of(c, "tenant", member(tenant, "name"));
	else
		return listing_act(c, state, row, key);
	return (struct wish){.kind = WISH_STAY};
}

const struct screen tenants_screen = {
	.name = "tenants",
	.title = "Tenants",
	.least = ROLE_VIEWER,
	.open = open_tenants,
	.close = listing_close,
	.place = listing_place,
	.act = act,
	LISTING_FUNCTIONS,
};
