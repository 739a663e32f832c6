/* record_form.h - what the forms of tenants, users and plans have in common: one makes a new one, or shows what there is
 * and sends what is changed.
 *
 * A form's screen is a const table; the functions below stand in the screen's table. */
#ifndef TUI_RECORD_FORM_H
#define TUI_RECORD_FORM_H

#include "apikey-tui/console.h"
#include "apikey-tui/record.h"

struct record_view {
	const char *noun; /* what its methods begin with: .create, .get, .update */
	/* The first is its name, which stays as it was made. */
	const struct form_field *fields;
	const struct record_param *params;
	unsigned count;
	const char *about; /* said over the form of a new one */
	const char *then;  /* said after it was made: what to do next. May be NULL */
};

/* The state of a screen; name: of the one to change, NULL: a new one. NULL: no memory. */
void *record_form_new(struct console *c, const struct record_view *view, const char *name);

/* Functions of a screen. */
void record_form_close(struct console *c, void *state);
enum place record_form_place(const void *state);
void record_form_draw(struct console *c, void *state, struct area area);
struct wish record_form_act(struct console *c, void *state, const struct action_row *row, int key);
bool record_form_typing(const void *state);
struct wish record_form_type(struct console *c, void *state, const struct term_event *event);
bool record_form_done(const void *state);

/* In a screen's table: all but its title and what opens it. */
#define RECORD_FORM_FUNCTIONS                                                                      \
	.least = ROLE_ADMIN, .changes = true, .close = record_form_close,                          \
	.place = record_form_place, .draw = record_form_draw, .act = record_form_act,              \
	.typing = record_form_typing, .type = record_form_type, .done = record_form_done

#endif
