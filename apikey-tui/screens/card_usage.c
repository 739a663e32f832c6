/* card_usage.c - what a key was used for over an hour, a day or a month, with a cursor that reads values: a pane of its
 * card. */
#include <string.h>

#include "apikey-tui/format.h"
#include "apikey-tui/screens/card.h"

static const struct range {
	const char *word, *step;
	int64_t seconds; /* of a step */
	unsigned points;
	bool day; /* a step is told by its date */
} ranges[CARD_RANGES] = {
	{"1 h", "minute", 60, 60, false},
	{"24 h", "hour", 3600, 24, false},
	{"30 d", "day", 86400, 30, true},
};

/* The steps of a range, the latest last. */
struct series {
	const struct range *range;
	int64_t from; /* of the first step */
	uint64_t allowed[CARD_POINTS], denied[CARD_POINTS], units[CARD_POINTS];
};

static int64_t first_step(const struct range *range, int64_t time)
{
	return (time / range->seconds - range->points + 1) * range->seconds;
}

static void put(struct apikey_params *params, const void *arg, int64_t time)
{
	const struct card *card = arg;
	const struct range *range = &ranges[card->range];

	apikey_put_string(params, "key", card->id);
	apikey_put_string(params, "step", range->step);
	apikey_put_int(params, "from", first_step(range, time));
}

static void put_by_code(struct apikey_params *params, const void *arg, int64_t time)
{
	put(params, arg, time);
	apikey_put_string(params, "by", "code");
}

void card_usage_open(struct card *card)
{
	card->usage =
		(struct question){.method = "usage.query", .put = put, .arg = card, .of_use = true};
	card->denials = (struct question){
		.method = "usage.query", .put = put_by_code, .arg = card, .of_use = true};
}

void card_usage_range(struct card *card)
{
	question_drop(&card->usage);
	question_drop(&card->denials);
	card->range = (card->range + 1) % CARD_RANGES;
	card->cursor = 0;
}

void card_usage_move(struct card *card, int by)
{
	const struct range *range = &ranges[card->range];
	int64_t first = first_step(range, card->console->time),
		last = first + (range->points - 1) * range->seconds;

	card->cursor = card->cursor == 0 ? last : card->cursor + by * range->seconds;
	card->cursor = card->cursor < first ? first : card->cursor > last ? last : card->cursor;
}

static uint64_t number_at(const struct apikey_value *point, size_t place)
{
	int64_t n = apikey_int(apikey_at(point, place), 0);

	return n > 0 ? (uint64_t)n : 0;
}

static void read_answer(const struct card *card, struct series *out)
{
	const struct apikey_value *points = apikey_get(card->usage.answer, "points");

	memset(out, 0, sizeof *out);
	out->range = &ranges[card->range];
	out->from = first_step(out->range, card->console->time);
	for (size_t i = 0; i < apikey_count(points); i++) {
		const struct apikey_value *point = apikey_at(points, i);
		int64_t at = (apikey_int(apikey_at(point, 0), 0) - out->from) / out->range->seconds;

		if (at < 0 || at >= out->range->points)
			continue;
		out->allowed[at] += number_at(point, 1);
		out->denied[at] += number_at(point, 2);
		out->units[at] += number_at(point, 3);
	}
}

/* ---- denials ---- */

/* When something in a step was: "1m ago", "at 20 h", "on 11-21", no closer than the step itself. */
static void format_step(const struct card *card, int64_t at, char out[FORMAT_SIZE])
{
	const struct range *range = &ranges[card->range];
	char time[FORMAT_SIZE];

	format_time(at, time);
	if (range->day)
		snprintf(out, FORMAT_SIZE, "on %.5s", time + strlen("2026-"));
	else if (range->seconds > 60)
		snprintf(out, FORMAT_SIZE, "at %.2s h", time + strlen("2026-11-21 "));
	else
		format_ago(at, card->console->time, out);
}

/* How often it was the reason, and when last. */
static void put_code(const struct card *card, struct sheet *s, const char *code,
	const struct apikey_value *points)
{
	char number[FORMAT_SIZE], when[FORMAT_SIZE], text[3 * FORMAT_SIZE];
	uint64_t denied = 0;
	int64_t last = 0;

	for (size_t i = 0; i < apikey_count(points); i++)
		if (number_at(apikey_at(points, i), 2) > 0) {
			denied += number_at(apikey_at(points, i), 2);
			last = apikey_int(apikey_at(apikey_at(points, i), 0), 0);
		}
	if (denied == 0)
		return;
	format_number((int64_t)denied, number);
	format_step(card, last, when);
	snprintf(text, sizeof text, "%.40s, last %s", code, when);
	sheet_put(s, number, PAINT_BAD, text);
}

void card_denied(void *arg, struct sheet *s)
{
	const struct card *card = arg;
	const struct apikey_value *groups = apikey_get(card->denials.answer, "groups");
	char text[FORMAT_SIZE];
	int before = s->line;

	for (size_t i = 0; i < apikey_count(groups); i++)
		if (apikey_key_at(groups, i) != NULL)
			put_code(card, s, apikey_key_at(groups, i), apikey_at(groups, i));
	snprintf(text, sizeof text, "none in %s", ranges[card->range].word);
	if (s->line == before)
		sheet_heading(s, PAINT_DIM, text);
}

/* ---- drawing ---- */

static void draw_ranges(const struct card *card, struct pen *p)
{
	for (unsigned i = 0; i < CARD_RANGES; i++) {
		pen_format(p, i == card->range ? PAINT_TITLE : PAINT_DIM,
			i == card->range ? "[%s]" : " %s ", ranges[i].word);
		pen_skip(p, 1);
	}
}

static uint64_t sum(const uint64_t *values, size_t first, size_t end)
{
	uint64_t all = 0;

	while (first < end)
		all += values[first++];
	return all;
}

static void draw_number(struct pen *p, enum paint paint, const char *word, uint64_t n)
{
	char number[FORMAT_SIZE];

	format_number((int64_t)n, number);
	pen_format(p, PAINT_DIM, "%s ", word);
	pen_put(p, paint, number);
	pen_skip(p, 2);
}

/* The values at the cursor, or of the whole range. */
static void draw_reading(
	const struct card *card, const struct series *s, size_t cursor, struct pen *p)
{
	size_t first = cursor == GRAPH_NONE ? 0 : cursor,
	       end = cursor == GRAPH_NONE ? s->range->points : cursor + 1;
	uint64_t denied = sum(s->denied, first, end);
	char time[FORMAT_SIZE];

	if (cursor != GRAPH_NONE) {
		format_time(card->cursor, time);
		if (s->range->day)
			pen_format(p, PAINT_TITLE, "%.5s", time + strlen("2026-"));
		else
			pen_format(p, PAINT_TITLE, "%.5s", time + strlen("2026-11-21 "));
		pen_skip(p, 2);
	}
	draw_number(p, PAINT_PLAIN, "allowed", sum(s->allowed, first, end));
	draw_number(p, denied > 0 ? PAINT_BAD : PAINT_PLAIN, "denied", denied);
	draw_number(p, PAINT_PLAIN, "units", sum(s->units, first, end));
}

void card_usage_draw(void *arg, struct area area)
{
	struct card *card = arg;
	struct term *t = card->console->term;
	struct pen head = pen_at(t, area_top(&area, 1), 0);
	struct series s;
	struct graph graph = {.upper = {"allowed", PAINT_ACCENT, s.allowed},
		.lower = {"denied", PAINT_BAD, s.denied},
		.fit = true,
		.cursor = GRAPH_NONE};

	draw_ranges(card, &head);
	head = pen_at(t, area_top(&area, 1), 0);
	if (card->usage.answer == NULL) {
		pen_put(&head, PAINT_DIM,
			*card->usage.trouble != '\0' ? card->usage.trouble : "waiting");
		return;
	}
	read_answer(card, &s);
	graph.count = s.range->points;
	if (card->cursor >= s.from)
		graph.cursor = (size_t)((card->cursor - s.from) / s.range->seconds);
	draw_reading(card, &s, graph.cursor, &head);
	if (area.h > 1)
		graph_draw(t, area, &graph);
}
