/* sessions.c - the sessions of a user, or one's own: since when, until when, and which is this one. */
#include "apikey-tui/change.h"
#include "apikey-tui/format.h"
#include "apikey-tui/listing.h"
#include "apikey-tui/screens/screens.h"

enum column {
	COLUMN_ID,
	COLUMN_USER,
	COLUMN_UID,
	COLUMN_CREATED,
	COLUMN_SEEN,
	COLUMN_EXPIRES,
	COLUMN_CURRENT,
	COLUMN_COUNT,
};

static const struct table_column columns[COLUMN_COUNT + 1] = {
	[COLUMN_ID] = {"SESSION", 12, .grow = 0},
	[COLUMN_USER] = {"USER", 8, .grow = 1, .rank = 1},
	[COLUMN_UID] = {"UID", 6, .rank = 4},
	[COLUMN_CREATED] = {"BEGUN", 8, .rank = 3},
	[COLUMN_SEEN] = {"SEEN", 8, .rank = 2},
	[COLUMN_EXPIRES] = {"ENDS", 8, .rank = 5},
	[COLUMN_CURRENT] = {"THIS", 4, .rank = 6},
	[COLUMN_COUNT] = {.width = 0},
};

static void cell(const struct listing *l, const struct apikey_value *row, unsigned column,
	struct table_cell *out)
{
	static const char *const members[COLUMN_COUNT] = {
		[COLUMN_ID] = "id",
		[COLUMN_USER] = "username",
		[COLUMN_UID] = "uid",
		[COLUMN_CREATED] = "created_at",
		[COLUMN_SEEN] = "seen_at",
		[COLUMN_EXPIRES] = "expires_at",
		[COLUMN_CURRENT] = "current",
	};
	int64_t n = apikey_int(apikey_get(row, members[column]), 0);

	if (column == COLUMN_EXPIRES)
		format_ahead(n, l->console->time, out->text);
	else if (column == COLUMN_CREATED || column == COLUMN_SEEN)
		format_ago(n, l->console->time, out->text);
	else if (column == COLUMN_UID)
		snprintf(out->text, sizeof out->text, "%lld", (long long)n);
	else
		listing_put(row, members[column], out);
}

static void ask(const struct listing *l, struct apikey_params *params)
{
	apikey_put_string(params, "username", l->arg[0] != '\0' ? l->arg : NULL);
}

static const struct listing_view view = {
	.method = "user.sessions",
	.rows = "sessions",
	.whole = true,
	.word = "sessions",
	.id = "id",
	.ask = ask,
	.columns = columns,
	.cell = cell,
	.nothing =
		"There is no session. One begins with a login, and ends after 15 minutes without a "
		"request.",
	.place = PLACE_SESSIONS,
};

static void *open_sessions(struct console *c, const char *arg)
{
	return listing_new(c, &view, arg);
}

static struct wish act(struct console *c, void *state, const struct action_row *row, int key)
{
	if (row->action != ACTION_END)
		return listing_act(c, state, row, key);
	change_end_session(c, listing_row(state));
	return (struct wish){.kind = WISH_STAY};
}

const struct screen sessions_screen = {
	.name = "sessions",
	.title = "Sessions",
	.least = ROLE_VIEWER,
	.open = open_sessions,
	.close = listing_close,
	.place = listing_place,
	.act = act,
	LISTING_FUNCTIONS,
};
