/* feed.c - the rows of a listing of no known length, fetched a page at a time as far as they are looked at. */
#include "apikey-tui/feed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAGE_FIRST 100 /* rows: quickly there */
#define PAGE_MORE 1000
#define RETRY 1000 /* milliseconds after a refusal */
#define REST 10    /* times as long as a renewal took, so that the store has time for others */

static void clear(struct feed_rows *rows)
{
	for (size_t i = 0; i < rows->page_count; i++)
		apikey_value_free(rows->pages[i]);
	free(rows->pages);
	free(rows->rows);
	free(rows->next);
	memset(rows, 0, sizeof *rows);
}

/* For one more page with so many rows. */
static bool make_room(struct feed_rows *rows, size_t more)
{
	struct apikey_value **pages = realloc(rows->pages, (rows->page_count + 1) * sizeof *pages);
	const struct apikey_value **larger;

	if (pages == NULL)
		return false;
	rows->pages = pages;
	if (rows->count + more <= rows->room)
		return true;
	larger = realloc(rows->rows, 2 * (rows->count + more) * sizeof *larger);
	if (larger == NULL)
		return false;
	rows->rows = larger;
	rows->room = 2 * (rows->count + more);
	return true;
}

static void take_next(struct feed_rows *rows, const struct apikey_value *page)
{
	const char *next = apikey_string(apikey_get(page, "next"));

	free(rows->next);
	rows->next = next != NULL ? strdup(next) : NULL;
	rows->complete = rows->next == NULL || rows->seen >= FEED_ROWS_MAX;
}

/* Takes the answer over; it is kept where a row of it is. */
static void add_page(struct feed *f, struct feed_rows *rows, struct apikey_value *page)
{
	const struct apikey_value *list = apikey_get(page, f->source->rows);
	size_t count = apikey_count(list), before = rows->count;

	if (!make_room(rows, count))
		count = 0;
	for (size_t i = 0; i < count; i++)
		if (f->source->wanted == NULL || f->source->wanted(f->arg, apikey_at(list, i)))
			rows->rows[rows->count++] = apikey_at(list, i);
	rows->seen += count;
	take_next(rows, page);
	if (rows->count > before)
		rows->pages[rows->page_count++] = page;
	else
		apikey_value_free(page);
}

static bool enough(const struct feed *f, const struct feed_rows *rows)
{
	return rows->complete || rows->count >= f->want;
}

static void fetch(struct feed *f);

static void got(
	void *arg, enum apikey_error error, const struct apikey_value *result, const char *why)
{
	struct feed *f = arg;
	bool refused = error != APIKEY_OK && error != APIKEY_UNREACHABLE;

	(void)result;
	f->asked = false;
	snprintf(f->trouble, sizeof f->trouble, "%s", refused ? why : "");
	if (error != APIKEY_OK) {
		f->retry_at = f->now + RETRY;
		clear(&f->coming);
		return;
	}
	add_page(f, f->renewing ? &f->coming : &f->shown, model_take(f->model));
	if (f->renewing && enough(f, &f->coming)) {
		clear(&f->shown);
		f->shown = f->coming;
		memset(&f->coming, 0, sizeof f->coming);
		f->renewing = false;
		f->known = true;
		f->renewed++;
		f->rest_until = f->now + REST * (f->now - f->begun_at);
	}
	fetch(f);
}

/* Asks for the next page, if one is lacking and none is on its way. */
static void fetch(struct feed *f)
{
	struct feed_rows *rows = f->renewing ? &f->coming : &f->shown;
	struct apikey_params *params;

	if (f->asked || model_link(f->model) != LINK_UP || f->now < f->retry_at || enough(f, rows))
		return;
	params = apikey_params_new();
	if (!f->source->whole) {
		apikey_put_int(params, "limit", rows->seen == 0 ? PAGE_FIRST : PAGE_MORE);
		apikey_put_string(params, "cursor", rows->next);
	}
	if (f->source->ask != NULL)
		f->source->ask(f->arg, params);
	f->asked = true;
	model_read(f->model, f->source->method, params, got, f);
}

static void renew(struct feed *f)
{
	model_forget(f->model, f);
	clear(&f->coming);
	f->asked = false;
	f->renewing = true;
	f->begun_at = f->now;
	f->version = model_version(f->model);
}

void feed_open(
	struct feed *f, struct model *m, const struct feed_source *source, void *arg, int64_t now)
{
	*f = (struct feed){.model = m, .source = source, .arg = arg, .now = now};
	renew(f);
}

void feed_close(struct feed *f)
{
	model_forget(f->model, f);
	clear(&f->shown);
	clear(&f->coming);
}

void feed_reset(struct feed *f)
{
	f->known = false;
	f->retry_at = 0;
	f->trouble[0] = '\0';
	renew(f);
}

/* News do not throw away what is on its way: in a steady stream nothing would ever come. */
void feed_update(struct feed *f, size_t want, int64_t now)
{
	f->now = now;
	f->want = want;
	if (f->version != model_version(f->model) && !f->renewing && now >= f->rest_until)
		renew(f);
	fetch(f);
}

const struct apikey_value *feed_row(const struct feed *f, size_t index)
{
	return index < f->shown.count ? f->shown.rows[index] : NULL;
}
