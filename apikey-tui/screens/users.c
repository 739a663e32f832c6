/* users.c - users: in which role and tenant, and how they sign in. */
#include <string.h>

#include "apikey-tui/change.h"
#include "apikey-tui/format.h"
#include "apikey-tui/listing.h"
#include "apikey-tui/screens/screens.h"

enum column {
	COLUMN_NAME,
	COLUMN_ROLE,
	COLUMN_TENANT,
	COLUMN_STATUS,
	COLUMN_ACCOUNT,
	COLUMN_PASSWORD,
	COLUMN_LOGIN,
	COLUMN_COUNT,
};

static const struct table_column columns[COLUMN_COUNT + 1] = {
	[COLUMN_NAME] = {"USER", 10, .grow = 2},
	[COLUMN_ROLE] = {"ROLE", 8, .grow = 0},
	[COLUMN_TENANT] = {"TENANT", 8, .grow = 1, .rank = 2},
	[COLUMN_STATUS] = {"STATUS", 8, .rank = 1},
	[COLUMN_ACCOUNT] = {"OS ACCOUNT", 10, .rank = 4},
	[COLUMN_PASSWORD] = {"PASSWORD", 8, .rank = 5},
	[COLUMN_LOGIN] = {"LAST LOGIN", 10, .rank = 3},
	[COLUMN_COUNT] = {.width = 0},
};

static const char *const members[COLUMN_COUNT] = {
	[COLUMN_NAME] = "username",
	[COLUMN_ROLE] = "role",
	[COLUMN_TENANT] = "tenant",
	[COLUMN_STATUS] = "status",
	[COLUMN_ACCOUNT] = "os_account",
	[COLUMN_PASSWORD] = "password",
	[COLUMN_LOGIN] = "last_login_at",
};

static const char *const asks[] = {"tenant", NULL};

static const struct listing_view view = {
	.method = "user.list",
	.rows = "users",
	.word = "users",
	.id = "username",
	.noun = "user",
	.form = &user_screen,
	.columns = columns,
	.members = members,
	.asks = asks,
	.nothing = "There is no user. Root of this host needs none; n makes others.",
	.place = PLACE_USERS,
};

/* Who is no admin may make codes for nobody but themselves. */
static enum place place(const void *state)
{
	const struct listing *l = state;
	const struct console *c = l->console;
	const char *self = member(model_hello(c->model), "user");
	enum place here = listing_place(state);

	if (here == PLACE_USERS && console_rights(c) < ROLE_ADMIN && *self != '\0' &&
		strcmp(member(listing_row(l), "username"), self) == 0)
		return (enum place)(PLACE_USERS | PLACE_OWN_USER);
	return here;
}

static void *open_users(struct console *c, const char *arg)
{
	return listing_new(c, &view, arg);
}

static struct wish act(struct console *c, void *state, const struct action_row *row, int key)
{
	const struct apikey_value *user = listing_row(state);

	if (row->action == ACTION_DISABLE)
		change_person(c, "user", "username", user);
	else if (row->action == ACTION_GO_KEYS && user != NULL)
		return console_keys_of(c, "owner", member(user, "username"));
	else if (row->action == ACTION_SESSIONS && user != NULL)
		return (struct wish){WISH_OPEN, &sessions_screen, member(user, "username")};
	else if (row->action == ACTION_CODES && user != NULL)
		return (struct wish){WISH_OPEN, &codes_screen, member(user, "username")};
	else
		return listing_act(c, state, row, key);
	return (struct wish){.kind = WISH_STAY};
}

const struct screen users_screen = {
	.name = "users",
	.title = "Users",
	.least = ROLE_VIEWER,
	.open = open_users,
	.close = listing_close,
	.place = place,
	.act = act,
	LISTING_FUNCTIONS,
};
