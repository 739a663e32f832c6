/* layers.c - the screens that are open, one upon the other. */
#include "apikey-tui/layers.h"

#include <stdio.h>

#include "apikey-tui/screens/screens.h"
#include "apikey-tui/views.h"

struct layer *layers_top(struct layers *l)
{
	return &l->open[l->depth - 1];
}

bool layers_hold(const struct layers *l, const struct screen *screen)
{
	bool held = false;

	for (size_t i = 0; i < l->depth; i++)
		held = held || l->open[i].screen == screen;
	return held;
}

void layers_close(struct layers *l)
{
	layers_top(l)->screen->close(l->console, layers_top(l)->state);
	l->depth--;
	if (l->depth > 0 && layers_top(l)->screen->resume != NULL)
		layers_top(l)->screen->resume(l->console, layers_top(l)->state);
}

void layers_open(struct layers *l, const struct screen *screen, const char *arg)
{
	void *state;

	l->passed = NULL;
	if (l->depth == LAYERS_MAX)
		return;
	state = screen->open(l->console, arg);
	if (state == NULL)
		console_say(l->console, PAINT_BAD, "Memory ended.");
	else
		l->open[l->depth++] = (struct layer){screen, state};
}

void layers_go(struct layers *l, const struct screen *screen, const char *arg)
{
	size_t stays = arg == NULL && l->depth > 1 && l->open[1].screen == screen ? 2 : 1;

	while (l->depth > stays)
		layers_close(l);
	l->passed = NULL;
	if (screen != layers_top(l)->screen)
		layers_open(l, screen, arg);
}

/* The filter may belong to a screen that is closed on the way. */
static void go_to_keys(struct layers *l, const char *filter)
{
	char copy[MODEL_QUERY_MAX + 1];

	snprintf(copy, sizeof copy, "%s", filter);
	layers_go(l, &keys_screen, copy);
}

static void quit(struct layers *l)
{
	l->passed = NULL;
	l->ended = true;
}

static void go_back(struct layers *l)
{
	if (l->depth == 1) {
		l->ended = true;
		return;
	}
	if (l->depth == 2)
		l->passed = layers_top(l)->screen;
	layers_close(l);
}

void layers_grant(struct layers *l, struct wish wish)
{
	if (wish.kind == WISH_QUIT)
		quit(l);
	else if (wish.kind == WISH_BACK)
		go_back(l);
	else if (wish.kind == WISH_GO)
		layers_go(l, wish.screen, wish.arg);
	else if (wish.kind == WISH_KEYS)
		go_to_keys(l, wish.arg);
	else if (wish.kind == WISH_OPEN)
		layers_open(l, wish.screen, wish.arg);
}

/* ---- from one time to the next ---- */

/* Views of one's own choice: not a key or a form. */
static bool is_remembered(const struct screen *screen)
{
	return screen != NULL && screen != view_first() && screen != &key_screen &&
	       screen != &help_screen && !screen->changes;
}

void layers_begin(struct layers *l)
{
	const struct screen *view = view_any(l->console->memory.view);

	layers_open(l, view_first(), NULL);
	if (l->depth > 0 && is_remembered(view))
		layers_open(l, view, NULL);
}

void layers_end(struct layers *l)
{
	struct memory *m = &l->console->memory;
	const struct screen *view = l->depth > 1 ? l->open[1].screen : l->passed;

	while (l->depth > 0)
		layers_close(l);
	snprintf(m->view, sizeof m->view, "%s",
		is_remembered(view) && view->name != NULL ? view->name : "");
	memory_save(m);
}
