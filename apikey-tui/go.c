/* go.c - `:`, with which one goes to a view by its name. */
#include "apikey-tui/go.h"

#include <string.h>

#include "apikey-tui/filter.h"
#include "apikey-tui/views.h"

#define TEXT_MAX 128

void go_open(struct go *g)
{
	g->line.max = TEXT_MAX;
	line_set(&g->line, "");
	g->stem = g->completions = 0;
	g->open = true;
}

static struct wish entered(const struct go *g)
{
	const char *text = g->line.text;
	size_t name = strcspn(text, " ");
	const struct screen *view = view_named(g->console, text, name);

	if (view != NULL)
		return (struct wish){WISH_GO, view, text[name] != '\0' ? text + name + 1 : NULL};
	if (strcmp(text, "quit") == 0 || strcmp(text, "q") == 0)
		return (struct wish){.kind = WISH_QUIT};
	if (*text != '\0')
		console_say(g->console, PAINT_WARN,
			"There is no view %s. Tab completes what there is.", text);
	return (struct wish){.kind = WISH_STAY};
}

/* Of a key that is typed, behind the name of a view or in its place, only what names it in public stays. */
static void hide_secret(struct line *line)
{
	size_t name = strcspn(line->text, " "), begin = line->text[name] == ' ' ? name + 1 : 0;
	struct line rest = {.max = TEXT_MAX};

	line_set(&rest, line->text + begin);
	filter_hide_secret(&rest);
	if (strcmp(rest.text, line->text + begin) != 0) {
		explicit_bzero(line->text + begin, sizeof line->text - begin);
		line->len = line->at = begin;
		line_paste(line, rest.text);
	}
	explicit_bzero(&rest, sizeof rest);
}

/* Tab after Tab goes through all that begin as was typed, and back to that. */
static void complete(struct go *g)
{
	const struct screen *view =
		view_matching(g->console, g->line.text, g->stem, g->completions++);

	if (view == NULL)
		g->completions = 0;
	g->line.len = g->line.at = g->stem;
	g->line.text[g->stem] = '\0';
	if (view != NULL)
		line_set(&g->line, view->name);
}

struct wish go_event(struct go *g, const struct term_event *event)
{
	bool ends = event->type == TERM_KEY &&
		    (event->key == TERM_ESC || event->key == TERM_ENTER ||
			    (event->key == TERM_BACKSPACE && g->line.len == 0));

	if (event->type == TERM_KEY && event->key == TERM_TAB) {
		complete(g);
		return (struct wish){.kind = WISH_STAY};
	}
	if (event->type == TERM_PASTE)
		line_paste(&g->line, event->text);
	else if (!ends)
		line_key(&g->line, event);
	hide_secret(&g->line);
	g->stem = g->line.len;
	g->completions = 0;
	g->open = !ends;
	return ends && event->key == TERM_ENTER ? entered(g) : (struct wish){.kind = WISH_STAY};
}

void go_draw(const struct go *g, struct pen p)
{
	struct pen line = p;
	const struct screen *view;

	pen_put(&line, PAINT_ACCENT, ":");
	p.x = line.end = line.x + pen_room(&line) / 4;
	line_draw(&g->line, &line, true);
	for (size_t n = 0; (view = view_matching(g->console, g->line.text, g->stem, n)) != NULL;
		n++) {
		pen_skip(&p, 1);
		pen_put(&p, PAINT_DIM, view->name);
	}
}
