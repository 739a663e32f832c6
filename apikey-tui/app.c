/* app.c - the console: one loop over the terminal, the daemon and the clock. Only the loop draws. */
#include "apikey-tui/app.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "apikey-tui/bulk.h"
#include "apikey-tui/find.h"
#include "apikey-tui/frame.h"
#include "apikey-tui/go.h"
#include "apikey-tui/layers.h"
#include "apikey-tui/screens/screens.h"
#include "apikey-tui/views.h"

#define WHEEL_ROWS 3
#define NOWHERE (-1)

struct app {
	struct console console;
	struct bulk bulk;
	struct layers layers;
	struct go go;
	struct find find;
	bool mouse;
	int clicked; /* the line of the click before; NOWHERE: something else was */
};

static struct layer *top(struct app *a)
{
	return layers_top(&a->layers);
}

static enum place place_of(struct app *a)
{
	return top(a)->screen->place(top(a)->state);
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
	layers_open(&a->layers, &help_screen, about);
}

static void go_to_view(struct app *a, const char *name)
{
	const struct screen *view = view_named(&a->console, name, strlen(name));

	if (view != NULL)
		layers_go(&a->layers, view, NULL);
	else
		console_say(&a->console, PAINT_WARN, "Not for your role: %s.", name);
}

static void toggle_mouse(struct app *a)
{
	bool wanted = !a->mouse;

	a->mouse = term_mouse(a->console.term, wanted);
	console_say(&a->console, wanted && !a->mouse ? PAINT_WARN : PAINT_PLAIN,
		!wanted    ? "The mouse is the terminal's again."
		: a->mouse ? "Click selects, a second click opens, the wheel moves; m leaves the "
			     "mouse alone."
			   : "This terminal tells nothing of a mouse.");
}

/* Something was done that can be remembered: the hint for beginners is not needed any more. */
static void note_use(struct app *a, const struct action_row *row)
{
	struct memory *m = &a->console.memory;

	if (m->used || a->layers.ended || row->action == ACTION_MOVE)
		return;
	m->used = true;
	memory_save(m);
}

static void act(struct app *a, const struct action_row *row, int key)
{
	switch (row->action) {
	case ACTION_HELP:
		if (top(a)->screen == &help_screen)
			layers_close(&a->layers);
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
	case ACTION_MOUSE:
		toggle_mouse(a);
		break;
	case ACTION_REFRESH:
		term_forget(a->console.term);
		break;
	case ACTION_QUIT:
		layers_grant(&a->layers, (struct wish){.kind = WISH_QUIT});
		break;
	default:
		layers_grant(&a->layers, top(a)->screen->act(&a->console, top(a)->state, row, key));
		break;
	}
	note_use(a, row);
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

static bool is_typing(const struct layer *layer)
{
	return layer->screen->typing != NULL && layer->screen->typing(layer->state);
}

static void event_to_screen(struct app *a, const struct term_event *event)
{
	const struct layer *layer = top(a);
	bool typing = is_typing(layer);
	const struct action_row *row = own_action(a, event, typing);

	if (row != NULL)
		act(a, row, event->key);
	else if (typing)
		layers_grant(&a->layers, layer->screen->type(&a->console, layer->state, event));
	else if (event->type == TERM_PASTE)
		console_say(&a->console, PAINT_WARN,
			"A paste does nothing here: press / to look for it.");
}

/* What a key does here, where it is not text. */
static void press(struct app *a, int key)
{
	const struct action_row *row = action_for(key, place_of(a), console_rights(&a->console));

	if (row != NULL)
		act(a, row, key);
}

static void mouse_event(struct app *a, const struct term_event *event)
{
	const struct layer *layer = top(a);
	bool again = event->y == a->clicked;

	a->clicked = NOWHERE;
	if (a->console.dialog.open || a->go.open || a->find.open)
		return;
	for (int i = 0; i < WHEEL_ROWS && event->type == TERM_WHEEL; i++)
		press(a, event->key);
	if (event->type == TERM_WHEEL || layer->screen->point == NULL ||
		!layer->screen->point(layer->state, event->y))
		return;
	if (again)
		press(a, TERM_ENTER);
	else
		a->clicked = event->y;
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

/* `:` or `P`, of which help is no part. */
static void line_event(struct app *a, const struct term_event *event)
{
	static const struct term_event esc = {.type = TERM_KEY, .key = TERM_ESC, .text = ""};
	bool help = event->type == TERM_KEY && event->key == TERM_F1;

	if (a->go.open)
		layers_grant(&a->layers, go_event(&a->go, help ? &esc : event));
	else
		find_event(&a->find, help ? &esc : event);
	if (help)
		press(a, TERM_F1);
}

static void handle(struct app *a, const struct term_event *event)
{
	bool quit =
		event->type == TERM_KEY && (event->key == TERM_F10 || event->key == TERM_CTRL('c'));

	a->console.notice[0] = '\0';
	if (event->type != TERM_CLICK)
		a->clicked = NOWHERE;
	if (quit)
		layers_grant(&a->layers, (struct wish){.kind = WISH_QUIT});
	else if (event->type == TERM_CLICK || event->type == TERM_WHEEL)
		mouse_event(a, event);
	else if (a->console.dialog.open)
		dialog_event(a, event);
	else if (a->go.open || a->find.open)
		line_event(a, event);
	else
		event_to_screen(a, event);
	run_chosen(a);
}

/* Whether somebody is in the midst of a question, a form, a line, or before what is shown only once: also below
 * other layers. */
static bool is_busy(struct app *a)
{
	bool busy = a->console.dialog.open || a->go.open || a->find.open || is_typing(top(a));

	for (size_t i = 0; i < a->layers.depth; i++) {
		const struct layer *layer = &a->layers.open[i];

		busy = busy || (layer->screen->place(layer->state) &
				       (PLACE_FORM | PLACE_SECRET | PLACE_CODES)) != 0;
	}
	return busy;
}

/* An answer that comes late takes nobody away from what was begun meanwhile. */
static void follow_find(struct app *a)
{
	struct wish wish = find_wish(&a->find);

	if (wish.kind != WISH_STAY && is_busy(a))
		console_say(&a->console, PAINT_WARN, "The key is found: P leads to it.");
	else
		layers_grant(&a->layers, wish);
}

/* ---- drawing ---- */

/* What keys do just now. A question tells its own. */
static enum place place_of_keys(struct app *a)
{
	enum place place = place_of(a);

	if (a->console.dialog.open || place == PLACE_QUESTION)
		return PLACE_QUESTION;
	if (a->go.open || a->find.open || (place != PLACE_FORM && is_typing(top(a))))
		return PLACE_LINE;
	return place;
}

static void draw(struct app *a)
{
	struct console *c = &a->console;
	struct area area, ask = {0};

	term_begin(c->term);
	area = frame_draw(c, top(a)->screen->title, place_of_keys(a));
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

	while (!a->layers.ended && term_next(a->console.term, &event)) {
		handle(a, &event);
		any = true;
	}
	return any;
}

/* Nobody is known to the daemon yet, or any more; then a question or a line from before is none now. */
static void ask_who(struct app *a)
{
	if (model_link(a->console.model) != LINK_REFUSED || layers_hold(&a->layers, &login_screen))
		return;
	a->console.dialog.open = a->go.open = a->find.open = false;
	layers_open(&a->layers, &login_screen, NULL);
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
		a->layers.ended = true;
		return;
	}
	read_clock(c);
	if (!term_signals(c->term, fds)) {
		a->layers.ended = true;
		return;
	}
	handle_keys(a);
	model_tick(c->model, c->now, c->time);
	if (ready > 0 && fds[2].revents != 0 && model_fd(c->model) == fds[2].fd)
		model_process(c->model);
	if (top(a)->screen->done != NULL && top(a)->screen->done(top(a)->state))
		layers_close(&a->layers);
	ask_who(a);
	follow_find(a);
	if (!a->layers.ended)
		draw(a);
}

static int start(struct app *a, const struct app_options *options)
{
	struct console *c = &a->console;
	char why[256];

	c->bulk = &a->bulk;
	a->layers.console = a->find.console = a->go.console = c;
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
	layers_begin(&a->layers);
	return a->layers.depth > 0 ? 0 : 1;
}

int app_run(const struct app_options *options)
{
	struct app a = {0};
	int code = start(&a, options);

	if (code == 0)
		draw(&a);
	while (code == 0 && !a.layers.ended)
		turn(&a);
	if (code == 0)
		layers_end(&a.layers);
	while (a.layers.depth > 0)
		layers_close(&a.layers);
	find_close(&a.find);
	bulk_end(&a.bulk);
	term_close(a.console.term);
	model_free(a.console.model);
	return code;
}
