/* actions.h - the one list of what can be done: key map, footer, help and --dump-keys come from it. */
#ifndef TUI_ACTIONS_H
#define TUI_ACTIONS_H

#include <stdbool.h>
#include <stdio.h>

#include "apikey-tui/kit/table.h"
#include "protocol/method.h"

/* Where the operator is. Bits, so that a row can name several. */
enum place {
	PLACE_QUESTION = 0, /* of which no row tells */
	PLACE_KEYS = 1,
	PLACE_KEY = 2,
	PLACE_HELP = 4,
	PLACE_FORM = 8,    /* letters are text here */
	PLACE_SECRET = 16, /* a new key is shown */
	PLACE_DETAIL = 32, /* a row of a view, opened */
	PLACE_PLANS = 64,
	PLACE_AUDIT = 128,
	PLACE_EVENTS = 256,
	PLACE_ALERTS = 512,
	PLACE_HEALTH = 1024,
	PLACE_OVERVIEW = 2048,
	PLACE_TENANTS = 4096,
	PLACE_USERS = 8192,
	PLACE_SESSIONS = 16384,
	PLACE_CODES = 32768,    /* one-time codes are shown */
	PLACE_OWN_USER = 65536, /* besides PLACE_USERS: one's own row */
	PLACE_LINE = 131072,    /* a line is typed: what to filter for, to find, to go to */
};

enum action {
	ACTION_NONE,
	ACTION_MOVE, /* the row says how */
	ACTION_OPEN,
	ACTION_BACK,
	ACTION_RUN,
	ACTION_FILTER,
	ACTION_SORT,
	ACTION_REVERSE,
	ACTION_CREATE,
	ACTION_DISABLE,
	ACTION_REVOKE,
	ACTION_DELETE,
	ACTION_MARK,
	ACTION_MARK_ALL,
	ACTION_UNDO,
	ACTION_COPY,
	ACTION_PANE,
	ACTION_CURSOR,
	ACTION_RANGE,
	ACTION_EDIT,
	ACTION_ROTATE,
	ACTION_END_GRACE,
	ACTION_EXPLAIN,
	ACTION_EXAMPLES,
	ACTION_SUBMIT,
	ACTION_VIEW, /* the row's name is the view's */
	ACTION_CHECK,
	ACTION_PAUSE,
	ACTION_GO_KEY,
	ACTION_GO_KEYS,
	ACTION_SESSIONS,
	ACTION_CODES,
	ACTION_END,
	ACTION_GO,
	ACTION_FIND,
	ACTION_MOUSE,
	ACTION_REFRESH,
	ACTION_HELP,
	ACTION_QUIT,
};

#define ACTION_KEYS_MAX 5

struct action_row {
	enum action action;
	const char *name;
	int keys[ACTION_KEYS_MAX]; /* the first is the one that is shown */
	const char *label;         /* in the footer; NULL: not there */
	const char *help;
	unsigned places;
	enum role least; /* who may do it */
	enum motion motion;
};

extern const struct action_row action_table[]; /* ends with ACTION_NONE */

/* What this key does here for this role; NULL: nothing. */
const struct action_row *action_for(int key, enum place place, enum role role);
/* The row by which a footer names an action here; NULL: it does not. */
const struct action_row *action_labelled(enum action action, enum place place, enum role role);
/* The key of a row that does something here: where letters are text, one that is no letter. */
int action_key(const struct action_row *row, enum place place);
/* Whether a row is for this place and role. */
bool action_applies(const struct action_row *row, enum place place, enum role role);

#define KEY_NAME_SIZE 16
/* What is written on a key: "Enter", "s", "Ctrl-C". */
void key_name(int key, char out[KEY_NAME_SIZE]);
/* All keys of a row, with spaces between. */
void action_keys(const struct action_row *row, char *out, size_t size);
/* The table as text, a row a line, tabs between: places, name, keys, help. */
void actions_dump(FILE *out);

#endif
