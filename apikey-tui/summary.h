/* summary.h - the daemon at a glance: how many keys in which state, and how fast they are verified. */
#ifndef TUI_SUMMARY_H
#define TUI_SUMMARY_H

#include "apikey-tui/kit/pen.h"
#include "apikey-tui/kit/sheet.h"
#include "apikey-tui/model.h"

/* The colour of a key's status. */
enum paint status_paint(const char *status);
/* Another number in a line of such: what does not fit as a whole is left out, and whatever would follow. */
void summary_add(struct pen *p, enum paint paint, const char *text);
/* Returns the pen, for what else is to be in the line. */
struct pen summary_totals(const struct model *m, struct pen p);
/* Whether there is no key that the operator could see. */
bool summary_empty(const struct model *m);
/* What to do then. */
void summary_first_steps(struct sheet *s, bool may_change);
/* Verifies a second now, and, if wanted, as a graph in one line. */
void summary_rates(const struct model *m, struct pen p, bool graph);

#endif
