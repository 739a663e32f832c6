/* tenant.c - a tenant as a form: a new one, or what there is to change. */
#include "apikey-tui/fields.h"
#include "apikey-tui/record_form.h"
#include "apikey-tui/screens/screens.h"

enum field {
	FIELD_NAME,
	FIELD_PLAN,
	FIELD_MAX_KEYS,
	FIELD_COUNT,
};

static const struct form_field fields[FIELD_COUNT] = {
	[FIELD_NAME] = {"Name", "such as acme; for good", field_check_needed_word, 64},
	[FIELD_PLAN] = {"Plan", "limits for keys that have none of their own", field_check_word,
		64},
	[FIELD_MAX_KEYS] = {"At most", "how many keys it may have; empty: any number",
		field_check_cap, 10},
};

static const struct record_param params[FIELD_COUNT] = {
	[FIELD_NAME] = {"name", RECORD_TEXT},
	[FIELD_PLAN] = {"plan", RECORD_TEXT},
	[FIELD_MAX_KEYS] = {"max_keys", RECORD_NUMBER},
};

static const struct record_view view = {
	.noun = "tenant",
	.fields = fields,
	.params = params,
	.count = FIELD_COUNT,
	.about = "A customer to whom keys and users belong.",
};

static void *open_tenant(struct console *c, const char *arg)
{
	return record_form_new(c, &view, arg);
}

const struct screen tenant_screen = {
	.title = "Tenant",
	.open = open_tenant,
	RECORD_FORM_FUNCTIONS,
};
