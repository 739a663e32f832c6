/* card_limits.c - what a key may use yet of each of its limits, as gauges: a pane of its card. */
#include <string.h>

#include "apikey-tui/format.h"
#include "apikey-tui/screens/card.h"

#define EVERY_LEAST 2000 /* milliseconds */
#define GAUGE_LEAST 6
#define GAUGE_MOST 30
#define GAP 1

static void put_id(struct apikey_params *params, const void *arg, int64_t time)
{
	const struct card *card = arg;

	(void)time;
	apikey_put_string(params, "id", card->id);
}

void card_limits_open(struct card *card)
{
	card->explain = (struct question){
		.method = "key.explain", .put = put_id, .arg = card, .of_use = true};
}

static bool limits(const struct apikey_value *check)
{
	return apikey_type(apikey_get(check, "remaining")) == APIKEY_INT;
}

/* Milliseconds until time alone has changed what is left: a cell of a window's gauge, or all of a period that is over. */
static int64_t changes_every(const struct apikey_value *check, int64_t time)
{
	int64_t window = apikey_int(apikey_get(check, "window"), 0), every = 0;

	if (!limits(check) || apikey_int(apikey_get(check, "remaining"), 0) >=
				      apikey_int(apikey_get(check, "limit"), 0))
		return 0;
	if (window > 0)
		every = window * 1000 / GAUGE_MOST;
	else if (apikey_int(apikey_get(check, "reset"), 0) > time)
		return 0;
	return every > EVERY_LEAST ? every : EVERY_LEAST;
}

void card_limits_refill(struct card *card)
{
	const struct apikey_value *checks = apikey_get(card->explain.answer, "checks");
	int64_t least = 0;

	for (size_t i = 0; i < apikey_count(checks); i++) {
		int64_t every = changes_every(apikey_at(checks, i), card->console->time);

		if (every > 0 && (least == 0 || every < least))
			least = every;
	}
	card->explain.every = least;
}

/* "per 60s", "a day", "units/day" */
static void name_limit(const struct apikey_value *check, char out[FORMAT_SIZE])
{
	const char *period = member(check, "period");
	bool units = strcmp(member(check, "of"), "units") == 0;
	int64_t window = apikey_int(apikey_get(check, "window"), 0);

	if (*period != '\0')
		snprintf(out, FORMAT_SIZE, "%s%.16s", units ? "units/" : "a ", period);
	else
		snprintf(out, FORMAT_SIZE, "in %llds", (long long)window);
}

/* "88 of 100 left", and when it is full again. */
static void put_limit(const struct card *card, struct sheet *s, const struct apikey_value *check)
{
	int64_t limit = apikey_int(apikey_get(check, "limit"), 0),
		left = apikey_int(apikey_get(check, "remaining"), 0),
		reset = apikey_int(apikey_get(check, "reset"), 0);
	char name[FORMAT_SIZE], of[FORMAT_SIZE], span[FORMAT_SIZE], text[3 * FORMAT_SIZE];
	struct pen p;
	int gauge;

	if (limit <= 0)
		return;
	left = left < 0 ? 0 : left > limit ? limit : left;
	name_limit(check, name);
	format_number(limit, of);
	format_number(left, span);
	snprintf(text, sizeof text, "%s of %s left", span, of);
	p = sheet_line(s, name);
	gauge = pen_room(&p) - (int)strlen(text) - GAP;
	gauge = gauge > GAUGE_MOST ? GAUGE_MOST : gauge;
	if (gauge >= GAUGE_LEAST) {
		graph_gauge(&p, (uint64_t)(limit - left), (uint64_t)limit, gauge);
		pen_skip(&p, GAP);
	}
	pen_put(&p, left == 0 ? PAINT_BAD : PAINT_PLAIN, text);
	if (left == limit)
		return;
	format_ahead(reset, card->console->time, span);
	snprintf(text, sizeof text, "%s %s",
		*member(check, "period") != '\0' ? "ends" : "full again",
		reset > card->console->time ? span : "now");
	sheet_put(s, "", PAINT_DIM, text);
}

void card_limits(void *arg, struct sheet *s)
{
	const struct card *card = arg;
	const struct apikey_value *key = model_key(card->console->model);
	const struct apikey_value *checks = apikey_get(card->explain.answer, "checks"),
				  *units = apikey_get(key, "units_per_request");
	char number[FORMAT_SIZE], text[2 * FORMAT_SIZE];
	int before = s->line;

	for (size_t i = 0; i < apikey_count(checks); i++)
		if (limits(apikey_at(checks, i)))
			put_limit(card, s, apikey_at(checks, i));
	if (apikey_type(units) == APIKEY_INT) {
		format_number(apikey_int(units, 0), number);
		snprintf(text, sizeof text, "at most %s units", number);
		sheet_put(s, "a request", PAINT_PLAIN, text);
	}
	if (s->line == before)
		sheet_heading(s, PAINT_DIM,
			*card->explain.trouble != '\0' ? card->explain.trouble : "no limits");
}
