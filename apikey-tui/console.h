/* console.h - what every screen has at hand, and what a screen is. */
#ifndef TUI_CONSOLE_H
#define TUI_CONSOLE_H

#include "apikey-tui/actions.h"
#include "apikey-tui/kit/dialog.h"
#include "apikey-tui/kit/form.h"
#include "apikey-tui/memory.h"
#include "apikey-tui/model.h"
#include "protocol/method.h"

struct bulk;
struct console;
/* Called with the subject of a question that was answered with yes. */
typedef void console_answer(struct console *c, const char *subject);

struct console {
	struct term *term;
	struct model *model;
	bool read_only;
	int64_t now;  /* milliseconds, monotonic; read once a turn */
	int64_t time; /* seconds since 1970 */
	char notice[256];
	enum paint notice_paint;
	struct dialog dialog;
	console_answer *answer;
	char subject[128];
	struct memory memory; /* of the last time, and for the next */
	const struct action_row
		*chosen;   /* by the help, to be done in the screen below it; NULL: nothing */
	struct bulk *bulk; /* what is done to many keys; in app.c */
};

/* Says something in the line above the footer, until the next key. */
void console_say(struct console *c, enum paint paint, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* Asks before doing something to the subject (copied). c->dialog is filled in but for its state. */
void console_ask(struct console *c, console_answer *answer, const char *subject);
/* What the daemon says the operator's role is; ROLE_NONE while it has not. */
enum role console_role(const struct console *c);
/* As far as this console lets the operator go: a viewer at most where it is for reading only. */
enum role console_rights(const struct console *c);
/* Whether this operator may change anything. */
bool console_may_change(const struct console *c);

/* What a screen wants of the loop after a key. */
enum wish_kind {
	WISH_STAY,
	WISH_BACK,
	WISH_QUIT,
	WISH_OPEN,
	WISH_GO,   /* to this screen, with only the first one below it */
	WISH_KEYS, /* to the keys that a filter lets through: arg */
};

struct screen;
struct wish {
	enum wish_kind kind;
	const struct screen *screen;
	const char *arg; /* copied by whoever opens */
};

/* To the keys whose member of this name is this text. */
struct wish console_keys_of(struct console *c, const char *name, const char *text);

/* Back from a form; what is still on its way to the daemon may be done all the same. */
struct wish console_leave_form(struct console *c, const struct form *form);

/* To the key that a row of a log is about; nowhere where that is none. */
struct wish console_key_of(const struct apikey_value *row);

/* A screen: a file that ends in its const table of functions. Its state is its own. */
struct screen {
	const char *name; /* what `:` knows it by; NULL: nothing */
	const char *title;
	enum role least; /* who may see it */
	bool changes;    /* nothing for those who may only read */
	/* arg: what it shows, such as the id of a key; may be NULL. NULL: no memory. */
	void *(*open)(struct console *c, const char *arg);
	void (*close)(struct console *c, void *state);
	enum place (*place)(const void *state);
	void (*draw)(struct console *c, void *state, struct area area);
	/* An action of the table, by this key. */
	struct wish (*act)(struct console *c, void *state, const struct action_row *row, int key);
	/* Whether letters are text now; then keys and pastes go to type(). Both NULL: never. */
	bool (*typing)(const void *state);
	struct wish (*type)(struct console *c, void *state, const struct term_event *event);
	/* Whether it has done what it is for, and is to be closed. May be NULL: never. */
	bool (*done)(const void *state);
	/* Selects what is in this line of the screen; whether there is anything. May be NULL. */
	bool (*point)(void *state, int y);
	/* Another screen was on top and is gone. May be NULL. */
	void (*resume)(struct console *c, void *state);
};

#endif
