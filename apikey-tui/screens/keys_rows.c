/* keys_rows.c - what the view of keys shows of each, in which orders, and what it says over and instead of them. */
#include <string.h>

#include "apikey-tui/bulk.h"
#include "apikey-tui/format.h"
#include "apikey-tui/kit/sheet.h"
#include "apikey-tui/screens/keys.h"
#include "apikey-tui/summary.h"

enum column {
	COLUMN_NAME,
	COLUMN_KEY,
	COLUMN_STATUS,
	COLUMN_OWNER,
	COLUMN_TENANT,
	COLUMN_CREATED,
	COLUMN_EXPIRES,
	COLUMN_USED,
	COLUMN_COUNT,
};

static const struct table_column columns[COLUMN_COUNT + 1] = {
	[COLUMN_NAME] = {"NAME", 16, .grow = 3},
	[COLUMN_KEY] = {"KEY", 24, .rank = 3},
	[COLUMN_STATUS] = {"STATUS", 8, .rank = 1},
	[COLUMN_OWNER] = {"OWNER", 8, .grow = 1, .rank = 4},
	[COLUMN_TENANT] = {"TENANT", 9, .rank = 7},
	[COLUMN_CREATED] = {"CREATED", 10, .rank = 6},
	[COLUMN_EXPIRES] = {"EXPIRES", 10, .rank = 5},
	[COLUMN_USED] = {"LAST USED", 9, .rank = 2},
	[COLUMN_COUNT] = {.width = 0},
};

static const struct keys_order orders[] = {
	{"created_at", "created", COLUMN_CREATED, true},
	{"name", "name", COLUMN_NAME, false},
	{"prefix", "key", COLUMN_KEY, false},
	{"status", "status", COLUMN_STATUS, false},
	{"owner", "owner", COLUMN_OWNER, false},
	{"tenant", "tenant", COLUMN_TENANT, false},
	{"expires_at", "expiry", COLUMN_EXPIRES, false},
	{"last_used_at", "last use", COLUMN_USED, true},
};

#define ORDERS (sizeof orders / sizeof orders[0])

const struct keys_order *keys_order(unsigned number)
{
	return &orders[number % ORDERS];
}

unsigned keys_order_named(const char *name)
{
	unsigned number = 0;

	while (number < ORDERS && strcmp(orders[number].name, name) != 0)
		number++;
	return number % ORDERS;
}

static enum table_row row(void *arg, size_t index)
{
	struct keys *k = arg;

	k->row = model_list_row(k->console->model, index);
	return k->row != NULL ? TABLE_THERE : TABLE_LOADING;
}

static void put_time(const struct apikey_value *time, struct table_cell *out)
{
	if (apikey_type(time) == APIKEY_INT)
		format_date(apikey_int(time, 0), out->text);
	else
		snprintf(out->text, sizeof out->text, "never");
}

static void put_used(const struct keys *k, struct table_cell *out)
{
	const struct apikey_value *at = apikey_get(k->row, "last_used_at");

	if (apikey_type(at) == APIKEY_INT)
		format_ago(apikey_int(at, 0), k->console->time, out->text);
	else
		snprintf(out->text, sizeof out->text, "never");
}

static void cell(void *arg, size_t index, unsigned column, struct table_cell *out)
{
	static const char *const members[COLUMN_COUNT] = {
		[COLUMN_NAME] = "name",
		[COLUMN_KEY] = "masked",
		[COLUMN_STATUS] = "status",
		[COLUMN_OWNER] = "owner",
		[COLUMN_TENANT] = "tenant",
	};
	const struct keys *k = arg;
	bool marked = marks_has(&k->console->bulk->marked, member(k->row, "id"));

	(void)index;
	if (column == COLUMN_CREATED)
		put_time(apikey_get(k->row, "created_at"), out);
	else if (column == COLUMN_EXPIRES)
		put_time(apikey_get(k->row, "expires_at"), out);
	else if (column == COLUMN_USED)
		put_used(k, out);
	else
		snprintf(out->text, sizeof out->text, "%s%s",
			column == COLUMN_NAME && marked ? "* " : "",
			member(k->row, members[column]));
	if (column == COLUMN_STATUS)
		out->paint = status_paint(out->text);
	else if (marked)
		out->paint = PAINT_ACCENT;
}

struct table keys_table(struct keys *k)
{
	return (struct table){.columns = columns, .row = row, .cell = cell, .arg = k};
}

/* ---- around them ---- */

void keys_draw_caption(const struct keys *k, struct pen p)
{
	char number[FORMAT_SIZE], row[FORMAT_SIZE];

	if (k->typing) {
		pen_put(&p, PAINT_ACCENT, "/");
		line_draw(&k->filter, &p, true);
		return;
	}
	format_number((int64_t)k->table.rows, number);
	if (k->filter.len > 0) {
		pen_put(&p, PAINT_ACCENT, "/");
		pen_put(&p, PAINT_TITLE, k->filter.text);
		pen_format(&p, PAINT_DIM, "  %s found",
			model_list_known(k->console->model) ? number : "none yet");
	}
	if (k->filter.len > 0)
		pen_skip(&p, 2);
	pen_format(&p, PAINT_DIM, "by %s", keys_order(k->order)->word);
	pen_skip(&p, 1);
	pen_symbol(&p, PAINT_DIM, k->descending ? SYMBOL_DOWN : SYMBOL_UP);
	if (k->table.rows > 0) {
		format_number((int64_t)k->table.selected + 1, row);
		pen_format(&p, PAINT_DIM, "  row %s of %s", row, number);
	}
	if (k->console->bulk->marked.count > 0)
		pen_format(&p, PAINT_ACCENT, "  %zu marked", k->console->bulk->marked.count);
}

void keys_draw_nothing(const struct keys *k, struct area area)
{
	struct console *c = k->console;
	const char *trouble = model_list_trouble(c->model);
	struct sheet sheet = {0};

	sheet_begin(&sheet, c->term, area, 0);
	sheet_put(&sheet, "", PAINT_PLAIN, "");
	if (*trouble != '\0') {
		sheet_put(&sheet, "", PAINT_BAD, trouble);
	} else if (!model_list_known(c->model)) {
		sheet_put(&sheet, "", PAINT_DIM, "Waiting for the daemon.");
	} else if (k->filter.len > 0) {
		sheet_put(&sheet, "", PAINT_PLAIN, "No key holds this. Esc clears the filter.");
	} else {
		summary_first_steps(&sheet, console_may_change(c));
	}
	sheet_end(&sheet);
}
