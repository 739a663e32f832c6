/* key_form.c - what can be said about a key, as a form: to create one, and to change one. */
#include "apikey-tui/key_form.h"

#include "apikey-tui/fields.h"
#include "apikey-tui/record.h"

static const struct form_field fields[KEY_FIELD_COUNT] = {
	[KEY_FIELD_NAME] = {"Name", "what the key is for, or who uses it", field_check_name, 128},
	[KEY_FIELD_OWNER] = {"Owner", "who answers for it", field_check_word, 64},
	[KEY_FIELD_SCOPES] = {"Scopes", "such as invoices:read users:*; what it may be used for",
		field_check_scopes, LINE_SIZE - 1},
	[KEY_FIELD_ADDRESSES] = {"Addresses", "such as 192.0.2.0/24; empty: from anywhere",
		field_check_addresses, LINE_SIZE - 1},
	[KEY_FIELD_RATE] = {"Rate", "such as 100/60s 5000/1h; empty: as often as one likes",
		field_check_rates, 128},
	[KEY_FIELD_QUOTA] = {"Quota", "such as 1000/day 20000/month 500/day:units",
		field_check_quotas, 128},
	[KEY_FIELD_PLAN] = {"Plan", "limits under a name, for what has none here", field_check_word,
		64},
	[KEY_FIELD_EXPIRES] = {"Expires", "never, 12h, 90d, 1y, or a date such as 2027-01-31",
		field_check_expiry, 32},
	[KEY_FIELD_EMAIL] = {"Email", "of whoever uses it", field_check_email, 254},
	[KEY_FIELD_NOTES] = {"Notes", "for other operators; \\x0a begins a line", field_check_notes,
		LINE_SIZE - 1},
	[KEY_FIELD_ENV] = {"Environment", "such as live or test; empty: the daemon's first",
		field_check_word, 16},
};

static const struct record_param params[KEY_FIELD_COUNT] = {
	[KEY_FIELD_NAME] = {"name", RECORD_TEXT},
	[KEY_FIELD_OWNER] = {"owner", RECORD_TEXT},
	[KEY_FIELD_SCOPES] = {"scopes", RECORD_LIST},
	[KEY_FIELD_ADDRESSES] = {"ip_allow", RECORD_LIST},
	[KEY_FIELD_RATE] = {"rate", RECORD_LIMITS},
	[KEY_FIELD_QUOTA] = {"quota", RECORD_LIMITS},
	[KEY_FIELD_PLAN] = {"plan", RECORD_TEXT},
	[KEY_FIELD_EXPIRES] = {"expires_at", RECORD_EXPIRY},
	[KEY_FIELD_EMAIL] = {"email", RECORD_TEXT},
	[KEY_FIELD_NOTES] = {"notes", RECORD_TEXT},
	[KEY_FIELD_ENV] = {"env", RECORD_TEXT},
};

void key_form_open(struct form *f, unsigned count, const char *button)
{
	*f = (struct form){.fields = fields, .count = count, .button = button};
	form_open(f);
}

void key_form_fill(struct form *f, const struct apikey_value *key)
{
	record_fill(f, params, key);
}

unsigned key_form_put(const struct form *f, const struct form *before, struct apikey_params *out)
{
	return record_put(f, before, params, out);
}

bool key_form_fault(struct form *f, const char *why)
{
	return record_fault(f, params, why);
}
