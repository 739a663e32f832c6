/* key_form.h - what can be said about a key, as a form: to create one, and to change one. */
#ifndef TUI_KEY_FORM_H
#define TUI_KEY_FORM_H

#include "apikey-tui/kit/form.h"
#include "include/apikey.h"

enum key_field {
	KEY_FIELD_NAME,
	KEY_FIELD_OWNER,
	KEY_FIELD_SCOPES,
	KEY_FIELD_ADDRESSES,
	KEY_FIELD_RATE,
	KEY_FIELD_QUOTA,
	KEY_FIELD_PLAN,
	KEY_FIELD_EXPIRES,
	KEY_FIELD_EMAIL,
	KEY_FIELD_NOTES,
	KEY_FIELD_CHANGED, /* how many can be changed later */
	KEY_FIELD_ENV = KEY_FIELD_CHANGED,
	KEY_FIELD_COUNT,
};

/* Opens an empty form with the first so many fields. */
void key_form_open(struct form *f, unsigned count, const char *button);
/* Puts in what a key has. */
void key_form_fill(struct form *f, const struct apikey_value *key);
/* Puts what is filled in as parameters; with before, what differs from it, nil where it was emptied. Returns how many. */
unsigned key_form_put(const struct form *f, const struct form *before, struct apikey_params *out);
/* Says the daemon's complaint at the field that it is about; false: at none. */
bool key_form_fault(struct form *f, const char *why);

#endif
