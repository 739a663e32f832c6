/* health.c - how the daemon is: latencies, connections, store, memory, and what verifies were answered. */
#include <stdlib.h>
#include <string.h>

#include "apikey-tui/format.h"
#include "apikey-tui/kit/sheet.h"
#include "apikey-tui/screens/screens.h"

#define WIDE 70        /* cells from which on there are two columns */
#define LABEL_WIDTH 16 /* the longest verdict */
#define VALUE_WIDTH 12

struct health {
	struct sheet sheet, side;
};

/* ---- what is shown: a heading, then rows of a name and a number ---- */

typedef void format_fn(int64_t n, char out[FORMAT_SIZE]);

static const struct row {
	const char *label, *member; /* member: NULL where the row is a heading */
	const char *within;         /* the map of the answer that it is in; NULL: the answer */
	format_fn *format;
} left[] =
	{
		{.label = "Latency of a verify"},
		{"median", "p50", "latency_ns", format_duration},
		{"90 %", "p90", "latency_ns", format_duration},
		{"99 %", "p99", "latency_ns", format_duration},
		{"99.9 %", "p999", "latency_ns", format_duration},
		{"longest", "max", "latency_ns", format_duration},
		{.label = ""},
		{.label = "Clients"},
		{"connected", "connections", NULL, format_number},
		{"accepted", "accepted", NULL, format_number},
		{"turned away", "refused", NULL, format_number},
		{"requests", "requests", NULL, format_number},
		{"errors", "errors", NULL, format_number},
},
  right[] = {
	  {.label = "Store"},
	  {"keys", "keys", NULL, format_number},
	  {"secrets", "secrets", NULL, format_number},
	  {"on disk", "store_bytes", NULL, format_bytes},
	  {"waiting", "store_queue", NULL, format_number},
	  {.label = ""},
	  {.label = "Memory"},
	  {"resident", "memory_bytes", NULL, format_bytes},
	  {"of it keys", "engine_bytes", NULL, format_bytes},
	  {.label = ""},
	  {.label = "Daemon"},
	  {"started", "started_at", NULL, format_time},
	  {"threads", "workers", NULL, format_number},
};

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

/* Numbers stand right, so that they can be compared. */
static void put_row(struct sheet *s, const struct row *row, const struct apikey_value *stats)
{
	const struct apikey_value *map =
		row->within != NULL ? apikey_get(stats, row->within) : stats;
	const struct apikey_value *value = apikey_get(map, row->member);
	char number[FORMAT_SIZE] = "-", text[2 * FORMAT_SIZE];

	if (apikey_type(value) == APIKEY_INT)
		row->format(apikey_int(value, 0), number);
	snprintf(text, sizeof text, "%*s", VALUE_WIDTH, number);
	sheet_put(s, row->label, PAINT_PLAIN, text);
}

static void put_rows(
	struct sheet *s, const struct row *rows, size_t count, const struct apikey_value *stats)
{
	for (size_t i = 0; i < count; i++)
		if (rows[i].member == NULL)
			sheet_heading(s, PAINT_TITLE, rows[i].label);
		else
			put_row(s, &rows[i], stats);
}

/* When, and where. */
static void put_backup(struct sheet *s, const struct apikey_value *backup)
{
	char time[FORMAT_SIZE];

	sheet_heading(s, PAINT_PLAIN, "");
	sheet_heading(s, PAINT_TITLE, "Last backup");
	if (apikey_type(backup) != APIKEY_MAP) {
		sheet_heading(s, PAINT_WARN, "none yet: apikeyctl backup");
		return;
	}
	format_time(apikey_int(apikey_get(backup, "at"), 0), time);
	sheet_put(s, "made", PAINT_PLAIN, time);
	sheet_put(s, "is in", PAINT_PLAIN, member(backup, "path"));
}

/* Every verdict that was given at least once. */
static void put_verifies(struct sheet *s, const struct apikey_value *by_code)
{
	sheet_heading(s, PAINT_PLAIN, "");
	sheet_heading(s, PAINT_TITLE, "Verifies since the start");
	for (size_t i = 0; i < apikey_count(by_code); i++) {
		int64_t n = apikey_int(apikey_at(by_code, i), 0);
		const char *code = apikey_key_at(by_code, i);
		char number[FORMAT_SIZE], text[2 * FORMAT_SIZE], label[LABEL_WIDTH + 1];

		if (n == 0 || code == NULL)
			continue;
		format_number(n, number);
		snprintf(text, sizeof text, "%*s", VALUE_WIDTH, number);
		snprintf(label, sizeof label, "%s", code);
		sheet_put(s, label, strcmp(code, "ok") == 0 ? PAINT_GOOD : PAINT_WARN, text);
	}
}

static void put_all(struct sheet *first, struct sheet *second, const struct apikey_value *stats)
{
	put_rows(first, left, COUNT(left), stats);
	if (apikey_get(stats, "keys") != NULL) /* those of one tenant are not told of backups */
		put_backup(first, apikey_get(stats, "last_backup"));
	if (first == second)
		sheet_heading(first, PAINT_PLAIN, "");
	put_rows(second, right, COUNT(right), stats);
	put_verifies(second, apikey_get(stats, "verifies"));
}

static void draw(struct console *c, void *state, struct area area)
{
	const struct apikey_value *stats = model_stats(c->model);
	struct health *h = state;
	struct area side;
	struct sheet *second = area.w >= WIDE ? &h->side : &h->sheet;

	area_top(&area, area.h > 10 ? 1 : 0);
	side = area;
	if (second == &h->side) {
		area.w = area.w / 2 - 1;
		side.x += area.w + 2;
		side.w -= area.w + 2;
		sheet_begin(&h->side, c->term, side, LABEL_WIDTH);
	}
	sheet_begin(&h->sheet, c->term, area, LABEL_WIDTH);
	if (stats == NULL)
		sheet_heading(&h->sheet, PAINT_DIM, "Waiting for the daemon.");
	else
		put_all(&h->sheet, second, stats);
	sheet_end(&h->sheet);
	if (second == &h->side)
		sheet_end(&h->side);
}

static struct wish act(struct console *c, void *state, const struct action_row *row, int key)
{
	struct health *h = state;

	(void)c;
	(void)key;
	if (row->action == ACTION_BACK)
		return (struct wish){.kind = WISH_BACK};
	if (row->action == ACTION_MOVE) {
		sheet_move(&h->sheet, row->motion);
		sheet_move(&h->side, row->motion);
	}
	return (struct wish){.kind = WISH_STAY};
}

static enum place place(const void *state)
{
	(void)state;
	return PLACE_HEALTH;
}

static void *open_health(struct console *c, const char *arg)
{
	(void)c;
	(void)arg;
	return calloc(1, sizeof(struct health));
}

static void close_health(struct console *c, void *state)
{
	(void)c;
	free(state);
}

const struct screen health_screen = {
	.name = "health",
	.title = "Health",
	.least = ROLE_VIEWER,
	.open = open_health,
	.close = close_health,
	.place = place,
	.draw = draw,
	.act = act,
};
