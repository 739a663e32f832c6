/* overview_panes.c - which keys are busiest, what was denied and why, what happened, how the daemon is. */
#include <string.h>

#include "apikey-tui/format.h"
#include "apikey-tui/screens/overview.h"

#define LABEL 9 /* cells */

size_t overview_selected(const struct overview *o)
{
	const struct live *l = model_live(o->console->model);

	for (size_t i = 0; i < l->key_count; i++)
		if (strcmp(l->keys[i].id, o->selected) == 0)
			return i;
	return 0;
}

static void put_busiest(void *arg, struct sheet *s)
{
	const struct overview *o = arg;
	const struct live *l = model_live(o->console->model);
	char rate[FORMAT_SIZE];

	for (size_t i = 0; i < l->key_count; i++) {
		struct pen p;

		snprintf(rate, sizeof rate, l->keys[i].rate < 10 ? "%.1f/s" : "%.0f/s",
			l->keys[i].rate);
		p = sheet_line(s, rate);
		p.selected = o->panes.focus == PANE_BUSIEST && i == overview_selected(o);
		if (p.selected)
			term_cursor(p.term, p.y, p.x);
		pen_put(&p, PAINT_PLAIN, l->keys[i].name);
	}
	if (l->key_count == 0)
		sheet_heading(s, PAINT_DIM, "no key is in use just now");
}

static void put_denied(void *arg, struct sheet *s)
{
	const struct overview *o = arg;
	const struct live *l = model_live(o->console->model);
	char number[FORMAT_SIZE];
	int before = s->line;

	for (enum apikey_code code = 0; code < APIKEY_CODE_OK; code++)
		if (live_code(l, code) > 0) {
			format_number((int64_t)live_code(l, code), number);
			sheet_put(s, number, PAINT_BAD, apikey_code_name(code));
		}
	if (s->line == before)
		sheet_heading(s, PAINT_DIM, "nothing in the last four minutes");
}

/* An entry of the audit log for a change that has an event of its own. */
static bool said_already(const struct apikey_value *event)
{
	return strcmp(member(event, "type"), "audit.entry") == 0 &&
	       strcmp(member(event, "outcome"), "ok") == 0;
}

static void put_events(void *arg, struct sheet *s)
{
	static const char *const members[] = {"action", "detail", "object", "key"};
	const struct overview *o = arg;
	const struct journal *j = model_journal(o->console->model);
	char time[FORMAT_SIZE];

	for (uint64_t n = j->added; n > 0 && n + OVERVIEW_LINES > j->added; n--) {
		const struct apikey_value *event = journal_at(j, n - 1);
		const char *what = member(apikey_get(event, "record"), "name");
		struct pen p;

		if (event == NULL)
			break;
		if (said_already(event))
			continue;
		for (size_t i = 0; i < sizeof members / sizeof members[0] && *what == '\0'; i++)
			what = member(event, members[i]);
		format_clock(apikey_int(apikey_get(event, "at"), 0), time);
		p = sheet_line(s, time);
		pen_format(&p, PAINT_PLAIN, "%s ", member(event, "type"));
		pen_put(&p, PAINT_DIM, what);
	}
	if (j->added == 0)
		sheet_heading(s, PAINT_DIM, "none yet");
}

static void put_alerts(void *arg, struct sheet *s)
{
	const struct overview *o = arg;
	const struct apikey_value *alerts = apikey_get(o->alerts.answer, "alerts");
	char ago[FORMAT_SIZE];

	for (size_t i = 0; i < apikey_count(alerts); i++) {
		const struct apikey_value *alert = apikey_at(alerts, i);
		struct pen p;

		format_ago(apikey_int(apikey_get(alert, "at"), 0), o->console->time, ago);
		p = sheet_line(s, ago);
		pen_format(&p, PAINT_WARN, "%s ", member(alert, "kind"));
		pen_put(&p, PAINT_DIM, member(alert, "detail"));
	}
	if (apikey_count(alerts) == 0)
		sheet_heading(s, PAINT_DIM,
			*o->alerts.trouble != '\0' ? o->alerts.trouble
			: alerts == NULL           ? "waiting"
						   : "nothing to worry about");
}

static void put_bytes(struct sheet *s, const char *label, const struct apikey_value *bytes)
{
	char number[PLOT_NUMBER], text[FORMAT_SIZE];

	if (apikey_type(bytes) != APIKEY_INT)
		return;
	plot_number((uint64_t)apikey_int(bytes, 0), number);
	snprintf(text, sizeof text, "%sB", number);
	sheet_put(s, label, PAINT_PLAIN, text);
}

/* Those of one tenant are told none of it. */
static void put_load(struct sheet *s, const struct apikey_value *stats)
{
	const struct apikey_value *p99 = apikey_get(apikey_get(stats, "latency_ns"), "p99"),
				  *connections = apikey_get(stats, "connections");
	char text[3 * FORMAT_SIZE], span[FORMAT_SIZE];

	format_duration(apikey_int(p99, 0), span);
	snprintf(text, sizeof text, "%s for 99 of 100", span);
	if (apikey_type(p99) == APIKEY_INT)
		sheet_put(s, "verify", PAINT_PLAIN, text);
	snprintf(text, sizeof text, "%lld connected", (long long)apikey_int(connections, 0));
	if (apikey_type(connections) == APIKEY_INT)
		sheet_put(s, "clients", PAINT_PLAIN, text);
	put_bytes(s, "store", apikey_get(stats, "store_bytes"));
	put_bytes(s, "memory", apikey_get(stats, "memory_bytes"));
}

static void put_daemon(void *arg, struct sheet *s)
{
	const struct overview *o = arg;
	const struct apikey_value *stats = model_stats(o->console->model);
	char text[3 * FORMAT_SIZE], since[FORMAT_SIZE];

	if (stats == NULL) {
		sheet_heading(s, PAINT_DIM, "waiting");
		return;
	}
	format_ago(apikey_int(apikey_get(stats, "started_at"), 0), o->console->time, since);
	snprintf(text, sizeof text, "%.20s, started %s", member(stats, "version"), since);
	sheet_put(s, "apikeyd", PAINT_PLAIN, text);
	put_load(s, stats);
}

const struct pane overview_panes[PANE_COUNT] = {
	[PANE_BUSIEST] = {"Busiest keys", 2, LABEL, .put = put_busiest},
	[PANE_DENIED] = {"Denied", 1, LABEL, .put = put_denied},
	[PANE_EVENTS] = {"Events", 2, LABEL, .put = put_events},
	[PANE_ALERTS] = {"Alerts", 1, LABEL, .put = put_alerts},
	[PANE_DAEMON] = {"Daemon", 1, LABEL, .put = put_daemon},
};
