/* find.c - the way from a key, a prefix or a piece of anything to the record of its key, from anywhere. */
#include "apikey-tui/find.h"

#include <string.h>

#include "apikey-tui/format.h"
#include "apikey-tui/screens/screens.h"

#define TEXT_MAX 128 /* bytes that the daemon takes */

void find_open(struct find *f)
{
	memset(&f->line, 0, sizeof f->line);
	f->line.max = LINE_SIZE - 1; /* whatever is pasted; cut after its secret is out */
	f->open = true;
}

static void lead(struct find *f, enum wish_kind kind, const struct screen *screen, const char *arg)
{
	snprintf(f->arg, sizeof f->arg, "%s", arg);
	f->wish = (struct wish){kind, screen, f->arg};
}

/* One key: its record. Several: the list of them. */
static void got_list(
	void *arg, enum apikey_error error, const struct apikey_value *result, const char *why)
{
	struct find *f = arg;
	int64_t total = apikey_int(apikey_get(result, "total"), 0);
	char text[FILTER_MAX + 1];

	f->asked = false;
	snprintf(text, sizeof text, "%s", f->arg);
	if (error != APIKEY_OK)
		console_say(f->console, PAINT_BAD, "Not found out: %s", why);
	else if (total == 0)
		console_say(f->console, PAINT_WARN, "No key holds %s.", text);
	else if (total == 1)
		lead(f, WISH_GO, &key_screen,
			member(apikey_at(apikey_get(result, "keys"), 0), "id"));
	else
		lead(f, WISH_KEYS, NULL, text);
}

static void ask_list(struct find *f)
{
	struct apikey_params *params = apikey_params_new();

	apikey_put_string(params, "query", f->arg);
	apikey_put_int(params, "limit", 1);
	model_read(f->console->model, "key.list", params, got_list, f);
}

/* No id and no prefix: perhaps a piece of one, or of a name. */
static void got_key(
	void *arg, enum apikey_error error, const struct apikey_value *result, const char *why)
{
	struct find *f = arg;

	(void)why;
	f->asked = error != APIKEY_OK;
	if (error == APIKEY_OK)
		lead(f, WISH_GO, &key_screen, member(result, "id"));
	else
		ask_list(f);
}

static void ask(struct find *f)
{
	struct apikey_params *params;

	filter_words(f->line.text, NULL, f->arg, TEXT_MAX + 1);
	if (f->arg[0] == '\0' || f->asked)
		return;
	params = apikey_params_new();
	apikey_put_string(params, "id", f->arg);
	f->asked = true;
	model_read(f->console->model, "key.get", params, got_key, f);
}

void find_event(struct find *f, const struct term_event *event)
{
	bool ends = event->type == TERM_KEY &&
		    (event->key == TERM_ESC || event->key == TERM_ENTER ||
			    (event->key == TERM_BACKSPACE && f->line.len == 0));

	if (event->type == TERM_PASTE)
		line_paste(&f->line, event->text);
	else if (!ends)
		line_key(&f->line, event);
	filter_hide_secret(&f->line);
	f->open = !ends;
	if (ends && event->key == TERM_ENTER)
		ask(f);
	if (ends)
		explicit_bzero(f->line.text, sizeof f->line.text);
}

void find_draw(const struct find *f, struct pen p)
{
	pen_put(&p, PAINT_ACCENT, "Find a key: ");
	line_draw(&f->line, &p, true);
}

struct wish find_wish(struct find *f)
{
	struct wish wish = f->wish;

	f->wish = (struct wish){.kind = WISH_STAY};
	return wish;
}

void find_close(struct find *f)
{
	if (f->console->model != NULL)
		model_forget(f->console->model, f);
}
