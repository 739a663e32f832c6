/* app.c - the console: one loop over the terminal, the daemon and the clock. Only the loop draws. */
#include "apikey-tui/app.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "apikey-tui/bulk.h"
#include "apikey-tui/find.h"
#include "apikey-tui/frame.h"
#include "apikey-tui/go.h"
#include "apikey-tui/screens/screens.h"
#include "apikey-tui/views.h"

#define DEPTH_MAX 8

/* A screen that is open; the topmost is seen. */
struct layer {
	const struct screen *screen;
	void *state;
};

struct app {
	struct console console;
	struct bulk bulk;
	struct layer layers[DEPTH_MAX];
	size_t depth;
	struct go go;
	struct find find;
	bool ended;
};

static struct layer *top(struct app *a)
{
	return &a->layers[a->depth - 1];
}

static enum place place_of(struct app *a)
{
	return top(a)->screen->place(top(a)->state);
}

/* ---- screens ---- */

static void close_top(struct app *a)
{
	top(a)->screen->close(&a->console, top(a)->state);
	a->depth--;
	if (a->depth > 0 && top(a)->screen->resume != NULL)
		top(a)->screen->resume(&a->console, top(a)->state);
}

static void open_screen(struct app *a, const struct screen *screen, const char *arg)
{
	void *state;

	if (a->depth == DEPTH_MAX)
		return;
	state = screen->open(&a->console, arg);
	if (state == NULL)
		console_say(&a->console, PAINT_BAD, "Memory ended.");
	else
		a->layers[a->depth++] = (struct layer){screen, state};
}

/* Back to the first screen, and from there to another; the first itself is opened anew where it is given something. */
static void go_to(struct app *a, const struct screen *screen, const char *arg)
{
	bool anew = screen == view_first() && arg != NULL;

	while (a->depth > (anew ? 0u : 1u))
		close_top(a);
	if (anew || screen != top(a)->screen)
		open_screen(a, screen, arg);
	a->ended = a->ended || a->depth == 0;
}

/* The filter may belong to a screen that is closed on the way. */
static void go_to_keys(struct app *a, const char *filter)
{
	char copy[MODEL_QUERY_MAX + 1];

	snprintf(copy, sizeof copy, "%s", filter);
	go_to(a, &keys_screen, copy);
}

static void grant(struct app *a, struct wish wish)
{
	if (wish.kind == WISH_QUIT || (wish.kind == WISH_BACK && a->depth == 1))
		a->ended = true;
	else if (wish.kind == WISH_BACK)
		close_top(a);
	else if (wish.kind == WISH_GO)
		go_to(a, wish.screen, wish.arg);
	else if (wish.kind == WISH_KEYS)
		go_to_keys(a, wish.arg);
	else if (wish.kind == WISH_OPEN)
		open_screen(a, wish.screen, wish.arg);
}

/* ---- keys ---- */

static void dialog_event(struct app *a, const struct term_event *event)
{
	struct console *c = &a->console;

	if (event->type == TERM_PASTE)
		dialog_paste(&c->dialog, event->text);
	else if (dialog_key(&c->dialog, event) == DIALOG_YES)
		c->answer(c, c->subject);
}

static void open_help(struct app *a)
{
	char about[16];

	snprintf(about, sizeof about, "%d", (int)place_of(a));
	open_screen(a, &help_screen, about);
}

static void go_to_view(struct app *a, const char *name)
{
	const struct screen *view = view_named(&a->console, name, strlen(name));

	if (view != NULL)
		go_to(a, view, NULL);
	else
		console_say(&a->console, PAINT_WARN, "Not for your role: %s.", name);
}

static void act(struct app *a, const struct action_row *row, int key)
{
	switch (row->action) {
	case ACTION_HELP:
		if (top(a)->screen == &help_screen)
			close_top(a);
		else
			open_help(a);
		break;
	case ACTION_VIEW:
		go_to_view(a, row->name);
		break;
	case ACTION_GO:
		go_open(&a->go);
		break;
	case ACTION_FIND:
		find_open(&a->find);
		break;
	case ACTION_UNDO:
		bulk_undo(&a->console);
		break;
	case ACTION_REFRESH:
		term_forget(a->console.term);
		break;
	case ACTION_QUIT:
		a->ended = true;
		break;
	default:
		grant(a, top(a)->screen->act(&a->console, top(a)->state, row, key));
		break;
	}
}

/* Where letters are text, only the keys that are none reach the actions, and of these only the console's own. */
static const struct action_row *own_action(
	struct app *a, const struct term_event *event, bool typing)
{
	const struct action_row *row;

	if (event->type != TERM_KEY || (typing && *event->text != '\0'))
		return NULL;
	row = action_for(event->key, place_of(a), console_rights(&a->console));
	if (typing && row != NULL && row->action != ACTION_HELP && row->action != ACTION_REFRESH &&
		row->action != ACTION_QUIT)
		return NULL;
	return row;
}

static void event_to_screen(struct app *a, const struct term_event *event)
{
	const struct layer *layer = top(a);
	bool typing = layer->screen->typing != NULL && layer->screen->typing(layer->state);
	const struct action_row *row = own_action(a, event, typing);

	if (row != NULL)
		act(a, row, event->key);
	else if (typing)
		grant(a, layer->screen->type(&a->console, layer->state, event));
	else if (event->type == TERM_PASTE)
		console_say(&a->console, PAINT_WARN,
			"A paste does nothing here: press / to look for it.");
}

/* As if its key had been pressed; a screen that is half typed in would take a letter for text. */
static void run_chosen(struct app *a)
{
	const struct action_row *row = a->console.chosen;
	struct term_event event = {.type = TERM_KEY, .text = ""};

	a->console.chosen = NULL;
	if (row == NULL)
		return;
	event.key = action_key(row, place_of(a));
	if (place_of(a) == PLACE_FORM)
		event_to_screen(a, &event);
	else
		act(a, row, event.key);
}

static void handle(struct app *a, const struct term_event *event)
{
	bool quit =
		event->type == TERM_KEY && (event->key == TERM_F10 || event->key == TERM_CTRL('c'));

	a->console.notice[0] = '\0';
	if (quit)
		a->ended = true;
	else if (a->console.dialog.open)
		dialog_event(a, event);
	else if (a->go.open)
		grant(a, go_event(&a->go, event));
	else if (a->find.open)
		find_event(&a->find, event);
	else
		event_to_screen(a, event);
	run_chosen(a);
}

/* ---- drawing ---- */

static void draw(struct app *a)
{
	struct console *c = &a->console;
	struct area area, ask = {0};

	term_begin(c->term);
	area = frame_draw(c, top(a)->screen->title, place_of(a));
	if (area.h > 0) {
		if (c->dialog.open)
			ask = area_bottom(&area, dialog_height(&c->dialog, c->term, area.w));
		top(a)->screen->draw(c, top(a)->state, area);
		if (c->dialog.open)
			dialog_draw(&c->dialog, c->term, ask);
		if (a->go.open)
			go_draw(&a->go, pen_at(c->term, frame_message(c), 0));
		if (a->find.open)
			find_draw(&a->find, pen_at(c->term, frame_message(c), 0));
	}
	term_show(c->term);
}

/* ---- the loop ---- */

static void read_clock(struct console *c)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	c->now = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
	c->time = (int64_t)time(NULL);
}

static bool handle_keys(struct app *a)
{
	struct term_event event;
	bool any = false;

	while (!a->ended && term_next(a->console.term, &event)) {
		handle(a, &event);
		any = true;
	}
	return any;
}

/* A turn: wait, see what came, draw if anything may have changed. */
static void turn(struct app *a)
{
	struct console *c = &a->console;
	struct pollfd fds[3];
	int ready;

	term_poll(c->term, fds);
	fds[2] = (struct pollfd){.fd = model_fd(c->model), .events = model_events(c->model)};
	ready = poll(fds, 3, model_due(c->model, c->now));
	if (ready < 0 && errno != EINTR) {
		a->ended = true;
		return;
	}
	read_clock(c);
	if (!term_signals(c->term, fds)) {
		a->ended = true;
		return;
	}
	handle_keys(a);
	model_tick(c->model, c->now, c->time);
	if (ready > 0 && fds[2].revents != 0 && model_fd(c->model) == fds[2].fd)
		model_process(c->model);
	if (top(a)->screen->done != NULL && top(a)->screen->done(top(a)->state))
		close_top(a);
	if (model_link(c->model) == LINK_REFUSED && top(a)->screen != &login_screen)
		open_screen(a, &login_screen, NULL);
	grant(a, find_wish(&a->find));
	if (!a->ended)
		draw(a);
}

/* Views of one's own choice: not a key or a form. */
static bool is_remembered(const struct screen *screen)
{
	return screen != NULL && screen != view_first() && screen != &key_screen &&
	       screen != &help_screen && !screen->changes;
}

static void open_remembered(struct app *a)
{
	const struct screen *view = view_any(a->console.memory.view);

	if (a->depth > 0 && is_remembered(view))
		open_screen(a, view, NULL);
}

static void remember(struct app *a)
{
	const struct screen *view = a->depth > 1 ? a->layers[1].screen : NULL;

	while (a->depth > 0)
		close_top(a);
	snprintf(a->console.memory.view, sizeof a->console.memory.view, "%s",
		view != NULL && view->name != NULL && is_remembered(view) ? view->name : "");
	memory_save(&a->console.memory);
}

static int start(struct app *a, const struct app_options *options)
{
	struct console *c = &a->console;
	char why[256];

	c->bulk = &a->bulk;
	a->find.console = a->go.console = c;
	c->read_only = options->read_only;
	c->model = model_new(options->socket);
	if (c->model == NULL) {
		fprintf(stderr, "apikey-tui: memory ended\n");
		return 1;
	}
	c->term = term_open(&options->term, why, sizeof why);
	if (c->term == NULL) {
		fprintf(stderr, "apikey-tui: %s; apikeyctl works without\n", why);
		return 1;
	}
	if (why[0] != '\0')
		console_say(c, PAINT_WARN, "%s", why);
	read_clock(c);
	memory_load(&c->memory);
	open_screen(a, view_first(), NULL);
	open_remembered(a);
	return a->depth > 0 ? 0 : 1;
}

int app_run(const struct app_options *options)
{
	struct app a = {0};
	int code = start(&a, options);

	if (code == 0)
		draw(&a);
	while (code == 0 && !a.ended)
		turn(&a);
	if (code == 0)
		remember(&a);
	while (a.depth > 0)
		close_top(&a);
	find_close(&a.find);
	bulk_end(&a.bulk);
	term_close(a.console.term);
	model_free(a.console.model);
	return code;
}
