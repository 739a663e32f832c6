/* overview.h - the overview and its panes. */
#ifndef TUI_OVERVIEW_H
#define TUI_OVERVIEW_H

#include "apikey-tui/console.h"
#include "apikey-tui/kit/panes.h"
#include "apikey-tui/question.h"

#define OVERVIEW_LINES 50 /* of a pane, at most */

enum { PANE_BUSIEST, PANE_DENIED, PANE_EVENTS, PANE_ALERTS, PANE_DAEMON, PANE_COUNT };

struct overview {
	struct console *console;
	struct panes panes;
	struct question alerts, soon;
	char selected[KEY_ID_SIZE]; /* among the busiest */
};

/* In the order of their weight; each is given the overview. */
extern const struct pane overview_panes[PANE_COUNT];

/* The place among the busiest keys of the selected one; the first where it is among them no more. */
size_t overview_selected(const struct overview *o);

#endif
