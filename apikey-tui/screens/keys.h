/* keys.h - the view of keys: its state, and what of it is shown. */
#ifndef TUI_KEYS_H
#define TUI_KEYS_H

#include "apikey-tui/console.h"
#include "protocol/keytext.h"

struct keys {
	struct console *console;
	struct table table;
	struct line filter;
	bool typing;
	unsigned order; /* the number of its order */
	bool descending;
	bool switched;              /* the rows of another listing are on their way */
	char selected[KEY_ID_SIZE]; /* the id of the selected row; empty: whatever is there */
	const struct apikey_value *row;
};

/* What the listing can be sorted by. */
struct keys_order {
	const char *name, *word; /* as key.list names it, and as the operator reads it */
	unsigned column;
	bool descending; /* at first: the latest are looked for */
};

/* An order by its number, from 0, that of creation, round and round. */
const struct keys_order *keys_order(unsigned number);
/* The number of the order that key.list names so; the first where there is none. */
unsigned keys_order_named(const char *name);

/* The table of the rows that the model lists. */
struct table keys_table(struct keys *k);
/* What is listed, and in which order. */
void keys_draw_caption(const struct keys *k, struct pen p);
/* Nothing to show: why, and what to do. */
void keys_draw_nothing(const struct keys *k, struct area area);

#endif
