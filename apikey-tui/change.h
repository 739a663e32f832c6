/* change.h - what can be done to a key, the same from its row and from its card. */
#ifndef TUI_CHANGE_H
#define TUI_CHANGE_H

#include "apikey-tui/console.h"

/* Disables an active key, enables a disabled one. How it went is said in the line above the footer. */
void change_toggle(struct console *c, const struct apikey_value *key);
/* Asks, then revokes. */
void change_revoke(struct console *c, const struct apikey_value *key);
/* Asks for its name, then removes it and its record. */
void change_delete(struct console *c, const struct apikey_value *key);
/* One of these to the marked keys, where there are some, else to this one. */
void change_marked(struct console *c, enum action action, const struct apikey_value *key);
/* Disables a tenant or user after a question, or enables it; noun is what its methods begin with, named its parameter. */
void change_person(
	struct console *c, const char *noun, const char *named, const struct apikey_value *person);
/* Asks for the name of a tenant, user or plan, then removes it; NULL: nothing. */
void change_remove(
	struct console *c, const char *noun, const char *named, const struct apikey_value *thing);
/* Ends a session after a question. */
void change_end_session(struct console *c, const struct apikey_value *session);
/* Asks, then ends the grace time of the old secrets. */
void change_end_grace(struct console *c, const struct apikey_value *key);
/* A new request_id, 32 hexadecimal digits. */
void change_request_id(char out[33]);

#endif
