/* user.c - a user as a form: a new one, or what there is to change. */
#include <string.h>

#include "apikey-tui/fields.h"
#include "apikey-tui/record_form.h"
#include "apikey-tui/screens/screens.h"

enum field {
	FIELD_NAME,
	FIELD_ROLE,
	FIELD_TENANT,
	FIELD_ACCOUNT,
	FIELD_MAX_KEYS,
	FIELD_COUNT,
};

static const char *check_role(const char *text)
{
	for (enum role role = ROLE_VIEWER; role <= ROLE_ADMIN; role++)
		if (strcmp(text, role_name(role)) == 0)
			return NULL;
	return "admin, operator or viewer";
}

static const struct form_field fields[FIELD_COUNT] = {
	[FIELD_NAME] = {"User", "such as ada; for good", field_check_needed_word, 64},
	[FIELD_ROLE] = {"Role", "admin, operator or viewer", check_role, 16},
	[FIELD_TENANT] = {"Tenant", "of whose keys it sees; of an admin, too", field_check_word,
		64},
	[FIELD_ACCOUNT] = {"OS account", "of this host; who comes as it needs no password", NULL,
		ACCOUNT_MAX_BYTES},
	[FIELD_MAX_KEYS] = {"At most", "how many keys it may own; empty: any number",
		field_check_cap, 10},
};

static const struct record_param params[FIELD_COUNT] = {
	[FIELD_NAME] = {"username", RECORD_TEXT},
	[FIELD_ROLE] = {"role", RECORD_TEXT},
	[FIELD_TENANT] = {"tenant", RECORD_TEXT},
	[FIELD_ACCOUNT] = {"os_account", RECORD_TEXT},
	[FIELD_MAX_KEYS] = {"max_keys", RECORD_NUMBER},
};

static const struct record_view view = {
	.noun = "user",
	.fields = fields,
	.params = params,
	.count = FIELD_COUNT,
	.about = "Who may do what, and in which tenant.",
	.then = " c makes a code, to set a password with.",
};

static void *open_user(struct console *c, const char *arg)
{
	return record_form_new(c, &view, arg);
}

const struct screen user_screen = {
	.title = "User",
	.open = open_user,
	RECORD_FORM_FUNCTIONS,
};
