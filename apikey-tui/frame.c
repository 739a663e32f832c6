/* frame.c - what surrounds every screen: the bar above, messages and the footer below. */
#include "apikey-tui/frame.h"

#include <string.h>

#include "apikey-tui/format.h"
#include "apikey-tui/kit/cells.h"

#define GAP 2 /* cells between two actions */

/* For whoever is here for the first time. */
#define HINT "First time? ? shows what can be done, and Enter does it; : goes to a view."

static void describe_down(const struct console *c, char *out, size_t size)
{
	int retry = model_retry(c->model, c->now);

	snprintf(out, size, "Not connected, trying again in %d s: %s", (retry + 999) / 1000,
		model_trouble(c->model));
}

/* What is wrong with the daemon or the way to it; empty: nothing. */
static void describe_trouble(const struct console *c, char *out, size_t size)
{
	out[0] = '\0';
	switch (model_link(c->model)) {
	case LINK_DOWN:
		if (*model_trouble(c->model) != '\0')
			describe_down(c, out, size);
		break;
	case LINK_SILENT:
		snprintf(out, size, "The daemon does not answer. What is seen here may be old.");
		break;
	case LINK_REFUSED:
		snprintf(out, size,
			"The daemon does not know this user: %s serves only those it trusts.",
			model_socket(c->model));
		break;
	default:
		if (apikey_bool(apikey_get(model_stats(c->model), "sealed"), false))
			snprintf(out, size,
				"The daemon is sealed: it has no usable pepper and verifies "
				"nothing.");
		break;
	}
}

static void describe_state(const struct console *c, char *out, size_t size)
{
	const struct apikey_value *stats = model_stats(c->model), *hello = model_hello(c->model);
	char since[FORMAT_SIZE];

	if (model_link(c->model) != LINK_UP || stats == NULL) {
		snprintf(out, size, "connecting");
		return;
	}
	format_ago(apikey_int(apikey_get(stats, "started_at"), 0), c->time, since);
	snprintf(out, size, "serving%s%s  %.40s%s", strcmp(since, "now") == 0 ? "" : ", since ",
		strcmp(since, "now") == 0 ? "" : since, member(hello, "user"),
		console_may_change(c) ? "" : ", read-only");
}

static void draw_top(const struct console *c, const char *title, struct pen p)
{
	char text[512];
	int width;

	describe_trouble(c, text, sizeof text);
	if (text[0] != '\0') {
		pen_put(&p, PAINT_BANNER, text);
		pen_fill(&p, PAINT_BANNER);
		return;
	}
	pen_put(&p, PAINT_DIM, "apikeyd  ");
	pen_put(&p, PAINT_TITLE, title);
	describe_state(c, text, sizeof text);
	width = cells_width(text_of(text), term_ascii(c->term));
	if (width + 2 > pen_room(&p)) {
		text[strcspn(text, ", ")] = '\0'; /* the word alone */
		width = (int)strlen(text);
	}
	p.x = p.end - width;
	pen_put(&p, model_link(c->model) == LINK_UP ? PAINT_GOOD : PAINT_WARN, text);
}

static int action_width(const struct action_row *row, enum place place)
{
	char key[KEY_NAME_SIZE];

	key_name(action_key(row, place), key);
	return (int)(strlen(key) + 1 + strlen(row->label));
}

static void draw_action(const struct action_row *row, enum place place, struct pen *p)
{
	char key[KEY_NAME_SIZE];
	int gap = p->x > 0 ? GAP : 0;

	if (gap + action_width(row, place) > pen_room(p))
		return;
	key_name(action_key(row, place), key);
	pen_skip(p, gap);
	pen_put(p, PAINT_ACCENT, key);
	pen_skip(p, 1);
	pen_put(p, PAINT_DIM, row->label);
}

/* Help comes first and the way back has its room, so that both are there however narrow the screen is; what else there is
 * room for, in the order of the table. */
static void draw_footer(const struct console *c, enum place place, struct pen p)
{
	enum role role = console_rights(c);
	const struct action_row *help = action_labelled(ACTION_HELP, place, role),
				*back = action_labelled(ACTION_BACK, place, role);
	int end = p.end;

	if (help != NULL)
		draw_action(help, place, &p);
	if (back != NULL)
		p.end -= GAP + action_width(back, place);
	for (const struct action_row *row = action_table; row->action != ACTION_NONE; row++)
		if (row->label != NULL && action_applies(row, place, role) && row != help &&
			row != back)
			draw_action(row, place, &p);
	p.end = end;
	if (back != NULL)
		draw_action(back, place, &p);
}

static struct area whole(const struct console *c)
{
	return (struct area){0, 0, term_rows(c->term), term_cols(c->term)};
}

struct area frame_message(const struct console *c)
{
	struct area area = whole(c);

	area_bottom(&area, 1);
	return area_bottom(&area, 1);
}

struct area frame_draw(struct console *c, const char *title, enum place place)
{
	struct area area = whole(c);
	struct pen p = pen_at(c->term, area, 0);

	if (area.h < FRAME_ROWS || area.w < FRAME_COLS) {
		pen_format(&p, PAINT_WARN, "Too small: %dx%d, needs %dx%d", area.w, area.h,
			FRAME_COLS, FRAME_ROWS);
		area.h = 0;
		return area;
	}
	draw_top(c, title, pen_at(c->term, area_top(&area, 1), 0));
	draw_footer(c, place, pen_at(c->term, area_bottom(&area, 1), 0));
	p = pen_at(c->term, area_bottom(&area, 1), 0);
	if (c->notice[0] != '\0')
		pen_put(&p, c->notice_paint, c->notice);
	else if (!c->memory.used && place != PLACE_FORM)
		pen_put(&p, PAINT_ACCENT, HINT);
	return area;
}
