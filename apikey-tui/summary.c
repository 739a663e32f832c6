/* summary.c - the daemon at a glance: how many keys in which state, and how fast they are verified. */
#include "apikey-tui/summary.h"

#include <stdio.h>
#include <string.h>

#include "apikey-tui/format.h"
#include "apikey-tui/kit/graph.h"

#define GRAPH_WIDTH 48
#define GAP 2 /* cells between two numbers */

static const struct {
	const char *status;
	enum paint paint;
} status_paints[] = {
	{"active", PAINT_GOOD},
	{"disabled", PAINT_WARN},
	{"expired", PAINT_WARN},
	{"revoked", PAINT_BAD},
};

enum paint status_paint(const char *status)
{
	for (size_t i = 0; i < sizeof status_paints / sizeof status_paints[0]; i++)
		if (strcmp(status_paints[i].status, status) == 0)
			return status_paints[i].paint;
	return PAINT_PLAIN;
}

void summary_add(struct pen *p, enum paint paint, const char *text)
{
	if (pen_room(p) < GAP + (int)strlen(text))
		p->end = p->x;
	pen_skip(p, GAP);
	pen_put(p, paint, text);
}

/* Those of one tenant are not told it, but how many are in each state; -1: not known yet. */
static int64_t all_keys(const struct model *m)
{
	int64_t sum = 0;

	for (enum model_count i = 0; i < COUNT_COUNT && sum >= 0; i++)
		sum = model_count(m, i) >= 0 ? sum + model_count(m, i) : -1;
	return apikey_int(apikey_get(model_stats(m), "keys"), sum);
}

struct pen summary_totals(const struct model *m, struct pen p)
{
	static const struct {
		const char *word;
		enum model_count count;
	} words[] = {{"active", COUNT_ACTIVE}, {"disabled", COUNT_DISABLED},
		{"expired", COUNT_EXPIRED}, {"revoked", COUNT_REVOKED}};
	char number[FORMAT_SIZE], text[2 * FORMAT_SIZE];

	if (model_stats(m) == NULL || all_keys(m) < 0)
		return p;
	format_number(all_keys(m), number);
	pen_format(&p, PAINT_TITLE, "%s keys", number);
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		int64_t count = model_count(m, words[i].count);

		if (count < 0)
			continue;
		format_number(count, number);
		snprintf(text, sizeof text, "%s %s", number, words[i].word);
		summary_add(&p, count > 0 ? status_paint(words[i].word) : PAINT_DIM, text);
	}
	return p;
}

bool summary_empty(const struct model *m)
{
	for (enum model_count count = 0; count < COUNT_COUNT; count++)
		if (model_count(m, count) != 0)
			return false;
	return true;
}

void summary_first_steps(struct sheet *s, bool may_change)
{
	sheet_put(s, "", PAINT_TITLE, "There is no key yet.");
	sheet_put(s, "", PAINT_PLAIN, "");
	sheet_put(s, "", PAINT_PLAIN,
		may_change ? "Press n to create the first one. It is shown once: hand it to "
			     "whoever is to use it. A service then asks the daemon about each key "
			     "it is given (apikeyctl verify does the same by hand), and you see "
			     "its use here."
			   : "Keys that others create appear here at once.");
}

void summary_rates(const struct model *m, struct pen p, bool graph)
{
	const struct live *l = model_live(m);
	size_t last = l->count > 0 ? l->count - 1 : 0;
	struct pen line;

	if (model_stats(m) == NULL)
		return;
	pen_put(&p, PAINT_DIM, "verifies ");
	pen_format(&p, PAINT_TITLE, "%llu/s", (unsigned long long)l->allowed[last]);
	pen_put(&p, PAINT_DIM, "  denied ");
	pen_format(&p, l->denied[last] > 0 ? PAINT_BAD : PAINT_PLAIN, "%llu/s",
		(unsigned long long)l->denied[last]);
	if (!graph)
		return;
	line = p;
	line.x = p.end - GRAPH_WIDTH > p.x + 2 ? p.end - GRAPH_WIDTH : p.x + 2;
	graph_line(&line, PAINT_ACCENT, l->allowed, l->count);
}
