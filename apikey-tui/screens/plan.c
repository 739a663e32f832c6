/* plan.c - a plan as a form: a new one, or what there is to change. */
#include "apikey-tui/fields.h"
#include "apikey-tui/record_form.h"
#include "apikey-tui/screens/screens.h"

enum field {
	FIELD_NAME,
	FIELD_RATE,
	FIELD_QUOTA,
	FIELD_UNITS,
	FIELD_MAX_KEYS,
	FIELD_MAX_KEYS_PER_USER,
	FIELD_COUNT,
};

static const struct form_field fields[FIELD_COUNT] = {
	[FIELD_NAME] = {"Name", "such as free; for good", field_check_needed_word, 64},
	[FIELD_RATE] = {"Rate", "such as 100/60s 5000/1h; empty: as often as one likes",
		field_check_rates, 128},
	[FIELD_QUOTA] = {"Quota", "such as 1000/day 20000/month 500/day:units", field_check_quotas,
		128},
	[FIELD_UNITS] = {"Units/req", "at most so many units in one request; empty: any number",
		field_check_count, 10},
	[FIELD_MAX_KEYS] = {"Keys", "at most so many in a tenant on this plan", field_check_cap,
		10},
	[FIELD_MAX_KEYS_PER_USER] = {"Keys/user", "at most so many of one user of such a tenant",
		field_check_cap, 10},
};

static const struct record_param params[FIELD_COUNT] = {
	[FIELD_NAME] = {"name", RECORD_TEXT},
	[FIELD_RATE] = {"rate", RECORD_LIMITS},
	[FIELD_QUOTA] = {"quota", RECORD_LIMITS},
	[FIELD_UNITS] = {"units_per_request", RECORD_NUMBER},
	[FIELD_MAX_KEYS] = {"max_keys", RECORD_NUMBER},
	[FIELD_MAX_KEYS_PER_USER] = {"max_keys_per_user", RECORD_NUMBER},
};

static const struct record_view view = {
	.noun = "plan",
	.fields = fields,
	.params = params,
	.count = FIELD_COUNT,
	.about = "Limits under a name; keys on it follow it when it changes.",
};

static void *open_plan(struct console *c, const char *arg)
{
	return record_form_new(c, &view, arg);
}

const struct screen plan_screen = {
	.title = "Plan",
	.open = open_plan,
	RECORD_FORM_FUNCTIONS,
};
