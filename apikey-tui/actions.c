/* actions.c - the one list of what can be done: key map, footer, help and --dump-keys come from it. */
#include "apikey-tui/actions.h"

/* What changes something needs an operator at least: a viewer has no such key in any view, not even for what the daemon
 * would let it change, such as codes of its own; apikeyctl is for that. In a footer the first come first. */

/* Views of rows, but for that of the keys. */
#define PEOPLE (PLACE_TENANTS | PLACE_USERS)
#define RECORDS (PEOPLE | PLACE_PLANS)
#define ROWS (PLACE_PLANS | PLACE_AUDIT | PLACE_EVENTS | PLACE_ALERTS | PEOPLE | PLACE_SESSIONS)
#define ABOUT_KEYS (PLACE_AUDIT | PLACE_EVENTS | PLACE_ALERTS)
#define LISTS                                                                                      \
	(PLACE_KEYS | PLACE_KEY | PLACE_HELP | PLACE_DETAIL | PLACE_HEALTH | PLACE_OVERVIEW | ROWS)
#define SCROLLED (LISTS | PLACE_CODES)
#define VIEWS (SCROLLED | PLACE_SECRET)

const struct action_row action_table[] = {
	{ACTION_OPEN, "open", {TERM_ENTER, TERM_RIGHT}, "open", "Look at the selected key.",
		.places = PLACE_KEYS | PLACE_OVERVIEW},
	{ACTION_OPEN, "open row", {TERM_ENTER, TERM_RIGHT}, "open", "Look at all of the row.",
		.places = ROWS},
	{ACTION_RUN, "run", {TERM_ENTER}, "do it", "Do what the row says where you came from.",
		.places = PLACE_HELP},
	{ACTION_GO_KEY, "its key", {'o'}, "its key", "Look at the key that the row is about.",
		.places = ABOUT_KEYS},
	{ACTION_FILTER, "filter", {'/'}, "filter",
		"Show only what holds the text typed; Enter keeps it, Esc clears it.",
		.places = PLACE_KEYS | PLACE_OVERVIEW | PLACE_HELP | ROWS},
	{ACTION_GO_KEYS, "their keys", {'o'}, "keys", "Go to the keys of the tenant or user.",
		.places = PEOPLE},
	{ACTION_CREATE, "create row", {'n'}, "new", "Make a tenant, a user or a plan.",
		.places = RECORDS, .least = ROLE_ADMIN},
	{ACTION_EDIT, "edit row", {'e'}, "edit", "Change the tenant, user or plan.",
		.places = RECORDS, .least = ROLE_ADMIN},
	{ACTION_DISABLE, "disable all", {'d'}, "disable",
		"Deny all keys of the tenant or user until it is enabled again, or enable it.",
		.places = PEOPLE, .least = ROLE_ADMIN},
	{ACTION_DELETE, "delete row", {'D'}, NULL,
		"Remove the tenant, user or plan, after its name was typed.", .places = RECORDS,
		.least = ROLE_ADMIN},
	{ACTION_CODES, "code", {'c'}, "code",
		"Make a one-time code, with which a user who has none sets a password.",
		.places = PLACE_USERS, .least = ROLE_ADMIN},
	{ACTION_CODES, "own codes", {'c'}, "codes",
		"Make one-time codes, with which you set a password should yours be lost.",
		.places = PLACE_OWN_USER, .least = ROLE_OPERATOR},
	{ACTION_SESSIONS, "sessions", {'i'}, "sessions", "Look at the sessions of the user.",
		.places = PLACE_USERS},
	{ACTION_COPY, "copy codes", {'y'}, "copy",
		"Send the codes to the terminal's clipboard (OSC 52).", .places = PLACE_CODES},
	{ACTION_END, "end", {'x'}, "end it", "End the session.", .places = PLACE_SESSIONS,
		.least = ROLE_OPERATOR},
	{ACTION_CHECK, "check", {'v'}, "check the chain",
		"Check that no entry was changed, put in or cut off.", .places = PLACE_AUDIT},
	{ACTION_PAUSE, "pause", {'p', ' '}, "pause", "Hold the view still, or let it go on.",
		.places = PLACE_EVENTS},
	{ACTION_SORT, "sort", {'s'}, "sort", "Sort by the next column.", .places = PLACE_KEYS},
	{ACTION_REVERSE, "reverse", {'S'}, NULL, "Turn the order round.", .places = PLACE_KEYS},
	{ACTION_CREATE, "create", {'n'}, "new", "Create a key.",
		.places = PLACE_KEYS | PLACE_OVERVIEW, .least = ROLE_OPERATOR},
	{ACTION_DISABLE, "disable", {'d'}, "disable",
		"Deny the key until it is enabled again, or enable it.",
		.places = PLACE_KEYS | PLACE_KEY, .least = ROLE_OPERATOR},
	{ACTION_REVOKE, "revoke", {'R', 'x'}, "revoke", "Deny the key for good, after a question.",
		.places = PLACE_KEYS | PLACE_KEY, .least = ROLE_OPERATOR},
	{ACTION_DELETE, "delete", {'D'}, NULL,
		"Remove the key and its record, after its name was typed.",
		.places = PLACE_KEYS | PLACE_KEY, .least = ROLE_OPERATOR},
	{ACTION_MARK, "mark", {' '}, NULL,
		"Mark the key, or no longer; what is done next is done to all that are marked.",
		.places = PLACE_KEYS, .least = ROLE_OPERATOR},
	{ACTION_MARK_ALL, "mark all", {'*'}, NULL,
		"Mark all keys that the filter lets through; Esc takes marks away.",
		.places = PLACE_KEYS, .least = ROLE_OPERATOR},
	{ACTION_UNDO, "undo", {'z'}, NULL, "Enable again what was disabled in the last 10 s.",
		.places = LISTS, .least = ROLE_OPERATOR},
	{ACTION_EDIT, "edit", {'e'}, "edit", "Change what the key may do, and what is said of it.",
		.places = PLACE_KEY, .least = ROLE_OPERATOR},
	{ACTION_ROTATE, "rotate", {'o'}, "rotate",
		"Give the key a new secret; the old one verifies for a grace time yet.",
		.places = PLACE_KEY, .least = ROLE_OPERATOR},
	{ACTION_END_GRACE, "end grace", {'E'}, NULL,
		"Deny the old secrets of a rotated key now, after a question.", .places = PLACE_KEY,
		.least = ROLE_OPERATOR},
	{ACTION_EXPLAIN, "explain", {'w'}, "why",
		"Show what a verify would say, and why, check by check.", .places = PLACE_KEY},
	{ACTION_EXAMPLES, "examples", {'u'}, NULL,
		"Show how a key is used: curl, libapikey, nginx.", .places = PLACE_KEY},
	{ACTION_EXAMPLES, "how to use it", {'u'}, "use",
		"Show how the new key is used: curl, libapikey, nginx.", .places = PLACE_SECRET},
	{ACTION_COPY, "copy", {'y'}, "copy",
		"Send the new key to the terminal's clipboard (OSC 52).", .places = PLACE_SECRET},
	{ACTION_SUBMIT, "next field", {TERM_ENTER, TERM_TAB, TERM_DOWN}, "next",
		"Go to the next field; on the button, do it.", .places = PLACE_FORM},
	{ACTION_SUBMIT, "submit", {TERM_CTRL('s')}, "do it",
		"Do what the button says, from any field.", .places = PLACE_FORM},
	{ACTION_SUBMIT, "take line", {TERM_ENTER}, "done",
		"Keep the filter; find the key; go to the view.", .places = PLACE_LINE},
	{ACTION_PANE, "pane", {TERM_TAB, TERM_BACKTAB}, "pane", "Go to the next pane, or back.",
		.places = PLACE_KEY | PLACE_OVERVIEW},
	{ACTION_RANGE, "range", {'t'}, "time", "Show usage over an hour, a day or a month.",
		.places = PLACE_KEY},
	{ACTION_CURSOR, "cursor", {'h', 'l'}, NULL,
		"Point at an earlier or a later step of the graph, to read its numbers.",
		.places = PLACE_KEY},
	{ACTION_MOVE, "up", {TERM_UP, 'k'}, NULL, "Go a row up.", .places = SCROLLED,
		.motion = MOTION_UP},
	{ACTION_MOVE, "down", {TERM_DOWN, 'j'}, NULL, "Go a row down.", .places = SCROLLED,
		.motion = MOTION_DOWN},
	{ACTION_MOVE, "page up", {TERM_PAGE_UP, TERM_CTRL('b')}, NULL, "Go a page up.",
		.places = SCROLLED, .motion = MOTION_PAGE_UP},
	{ACTION_MOVE, "page down", {TERM_PAGE_DOWN, TERM_CTRL('f')}, NULL, "Go a page down.",
		.places = SCROLLED, .motion = MOTION_PAGE_DOWN},
	{ACTION_MOVE, "first", {TERM_HOME, 'g'}, NULL, "Go to the first row.", .places = SCROLLED,
		.motion = MOTION_HOME},
	{ACTION_MOVE, "last", {TERM_END, 'G'}, NULL, "Go to the last row.", .places = SCROLLED,
		.motion = MOTION_END},
	{ACTION_VIEW, "overview", {'1'}, NULL, "Go to the overview.", .places = LISTS},
	{ACTION_VIEW, "keys", {'2'}, NULL, "Go to the keys.", .places = LISTS},
	{ACTION_VIEW, "plans", {'3'}, NULL, "Go to the plans.", .places = LISTS},
	{ACTION_VIEW, "audit", {'4'}, NULL, "Go to the audit log.", .places = LISTS},
	{ACTION_VIEW, "events", {'5'}, NULL, "Go to the events, live.", .places = LISTS},
	{ACTION_VIEW, "alerts", {'6'}, NULL, "Go to the alerts.", .places = LISTS},
	{ACTION_VIEW, "health", {'7'}, NULL, "Go to the daemon's health.", .places = LISTS},
	{ACTION_VIEW, "tenants", {'8'}, NULL, "Go to the tenants.", .places = LISTS},
	{ACTION_VIEW, "users", {'9'}, NULL, "Go to the users.", .places = LISTS},
	{ACTION_GO, "go to", {':'}, NULL, "Go to a view by its name; Tab completes.",
		.places = LISTS},
	{ACTION_FIND, "find", {'P'}, NULL,
		"Go to the record of a key: paste it, a line with it, its prefix or a piece.",
		.places = LISTS},
	{ACTION_MOUSE, "mouse", {'m'}, NULL,
		"Use the mouse, or leave it to the terminal: click, click again, wheel.",
		.places = LISTS},
	{ACTION_REFRESH, "refresh", {TERM_CTRL('l'), TERM_F5}, NULL, "Draw the screen anew.",
		.places = VIEWS | PLACE_FORM},
	{ACTION_HELP, "help", {'?', TERM_F1}, "help", "Show what can be done here.",
		.places = VIEWS | PLACE_FORM | PLACE_LINE},
	{ACTION_BACK, "leave", {'q'}, "quit", "End the console.", .places = PLACE_OVERVIEW},
	{ACTION_BACK, "clear", {TERM_ESC}, NULL, "Clear marks, then the filter; then go back.",
		.places = PLACE_KEYS},
	{ACTION_BACK, "leave keys", {'q', TERM_LEFT}, "back", "Go back to the overview.",
		.places = PLACE_KEYS},
	{ACTION_BACK, "back", {TERM_ESC, 'q', TERM_LEFT}, "back", "Go back to where you came from.",
		.places = PLACE_KEY | PLACE_HELP | PLACE_SECRET | PLACE_CODES | PLACE_DETAIL |
			  PLACE_HEALTH | ROWS},
	{ACTION_BACK, "cancel", {TERM_ESC}, "cancel", "Leave the form; nothing is done.",
		.places = PLACE_FORM},
	{ACTION_BACK, "drop line", {TERM_ESC}, "cancel",
		"Clear what is typed, and all is as it was.", .places = PLACE_LINE},
	{ACTION_QUIT, "quit", {TERM_CTRL('c'), TERM_F10}, NULL, "End the console.",
		.places = VIEWS | PLACE_FORM},
	{.action = ACTION_NONE},
};

static const struct {
	int key;
	const char *name;
} named_keys[] = {
	{TERM_ENTER, "Enter"},
	{TERM_TAB, "Tab"},
	{TERM_ESC, "Esc"},
	{TERM_BACKSPACE, "Backspace"},
	{TERM_UP, "Up"},
	{TERM_DOWN, "Down"},
	{TERM_LEFT, "Left"},
	{TERM_RIGHT, "Right"},
	{TERM_PAGE_UP, "PageUp"},
	{TERM_PAGE_DOWN, "PageDown"},
	{TERM_HOME, "Home"},
	{TERM_END, "End"},
	{TERM_DELETE, "Delete"},
	{TERM_BACKTAB, "Shift-Tab"},
	{TERM_F1, "F1"},
	{TERM_F5, "F5"},
	{TERM_F10, "F10"},
	{' ', "Space"},
};

static const struct {
	enum place place;
	const char *name;
} places[] = {
	{PLACE_KEYS, "keys"},
	{PLACE_KEY, "key"},
	{PLACE_HELP, "help"},
	{PLACE_FORM, "form"},
	{PLACE_SECRET, "new-key"},
	{PLACE_DETAIL, "row"},
	{PLACE_PLANS, "plans"},
	{PLACE_AUDIT, "audit"},
	{PLACE_EVENTS, "events"},
	{PLACE_ALERTS, "alerts"},
	{PLACE_HEALTH, "health"},
	{PLACE_TENANTS, "tenants"},
	{PLACE_USERS, "users"},
	{PLACE_SESSIONS, "sessions"},
	{PLACE_OVERVIEW, "overview"},
	{PLACE_CODES, "codes"},
	{PLACE_OWN_USER, "own-user"},
	{PLACE_LINE, "line"},
};

bool action_applies(const struct action_row *row, enum place place, enum role role)
{
	return (row->places & place) != 0 && role >= row->least;
}

const struct action_row *action_for(int key, enum place place, enum role role)
{
	for (const struct action_row *row = action_table; row->action != ACTION_NONE; row++)
		for (size_t i = 0; i < ACTION_KEYS_MAX && row->keys[i] != 0; i++)
			if (row->keys[i] == key && action_applies(row, place, role))
				return row;
	return NULL;
}

const struct action_row *action_labelled(enum action action, enum place place, enum role role)
{
	for (const struct action_row *row = action_table; row->action != ACTION_NONE; row++)
		if (row->action == action && row->label != NULL && action_applies(row, place, role))
			return row;
	return NULL;
}

int action_key(const struct action_row *row, enum place place)
{
	bool text = (place & (PLACE_FORM | PLACE_LINE)) != 0;

	for (size_t i = 0; text && i < ACTION_KEYS_MAX && row->keys[i] != 0; i++)
		if (row->keys[i] < ' ' || row->keys[i] > 0x10ffff)
			return row->keys[i];
	return row->keys[0];
}

void key_name(int key, char out[KEY_NAME_SIZE])
{
	for (size_t i = 0; i < sizeof named_keys / sizeof named_keys[0]; i++)
		if (named_keys[i].key == key) {
			snprintf(out, KEY_NAME_SIZE, "%s", named_keys[i].name);
			return;
		}
	if (key < ' ')
		snprintf(out, KEY_NAME_SIZE, "Ctrl-%c", key + '@');
	else
		snprintf(out, KEY_NAME_SIZE, "%c", key);
}

void action_keys(const struct action_row *row, char *out, size_t size)
{
	char name[KEY_NAME_SIZE];
	size_t at = 0;

	*out = '\0';
	for (size_t i = 0; i < ACTION_KEYS_MAX && row->keys[i] != 0 && at < size; i++) {
		key_name(row->keys[i], name);
		at += (size_t)snprintf(out + at, size - at, "%s%s", i > 0 ? " " : "", name);
	}
}

void actions_dump(FILE *out)
{
	char names[128];

	for (const struct action_row *row = action_table; row->action != ACTION_NONE; row++) {
		const char *comma = "";

		for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
			if ((row->places & places[i].place) != 0) {
				fprintf(out, "%s%s", comma, places[i].name);
				comma = ",";
			}
		action_keys(row, names, sizeof names);
		fprintf(out, "\t%s\t%s\t%s\n", row->name, names, row->help);
	}
}
