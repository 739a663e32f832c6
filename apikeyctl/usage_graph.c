/* usage_graph.c - usage over time as a graph of characters. */
#include "apikeyctl/usage_graph.h"

#include <langinfo.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "apikey-tui/kit/plot.h"
#include "apikeyctl/when.h"

#define COLUMNS 70
#define COLUMNS_LEAST 8
#define COLUMNS_TIMES 34 /* with which both times stand below their ends */
#define GUTTER 8         /* cells for names and numbers */
#define ROWS_ALLOWED 8
#define ROWS_DENIED 3

/* Each step of the span, those left out as 0; the caller frees. member: the place of the number in a point. */
static uint64_t *read_steps(const struct apikey_value *points, const struct usage_span *span,
	size_t member, size_t *count)
{
	int64_t first = span->from / span->step;
	uint64_t *steps;

	*count = (size_t)(span->to / span->step - first + 1);
	steps = calloc(*count, sizeof *steps);
	for (size_t i = 0; steps != NULL && i < apikey_count(points); i++) {
		const struct apikey_value *point = apikey_at(points, i);
		int64_t place = apikey_int(apikey_at(point, 0), -1) / span->step - first;

		if (place >= 0 && (size_t)place < *count)
			steps[place] = (uint64_t)apikey_int(apikey_at(point, member), 0);
	}
	return steps;
}

static void trim(char *text)
{
	size_t len = strlen(text);

	while (len > 0 && text[len - 1] == ' ')
		text[--len] = '\0';
}

/* A name, under it what the highest bar stands for, and the bars. */
static void print_band(const char *name, struct plot plot)
{
	char row[COLUMNS * PLOT_CELL + 1], highest[PLOT_NUMBER];

	plot_number(plot_highest(&plot), highest);
	for (int i = 0; i < plot.rows; i++) {
		plot_row(&plot, i, row);
		trim(row);
		printf("%-*s%s\n", GUTTER, i == 0 ? name : i == 1 ? highest : "", row);
	}
}

static void print_times(const struct usage_span *span, int columns)
{
	char from[WHEN_TEXT_SIZE], to[WHEN_TEXT_SIZE];

	when_local(span->from, from);
	when_local(span->to, to);
	if (columns < COLUMNS_TIMES)
		printf("%s to %s\n", from, to);
	else
		printf("%-*s%-*s%*s\n", GUTTER, "", columns / 2, from, columns - columns / 2, to);
}

static int columns_there_are(void)
{
	struct winsize size;
	int columns = COLUMNS;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 &&
		size.ws_col < GUTTER + COLUMNS)
		columns = size.ws_col - GUTTER;
	return columns > COLUMNS_LEAST ? columns : COLUMNS_LEAST;
}

void usage_graph(const struct apikey_value *points, const struct usage_span *span)
{
	static const struct {
		const char *name;
		size_t member;
		int rows;
	} bands[] = {{"allowed", 1, ROWS_ALLOWED}, {"denied", 2, ROWS_DENIED}};
	int columns = columns_there_are();
	bool ascii = strcmp(nl_langinfo(CODESET), "UTF-8") != 0;

	for (size_t i = 0; i < sizeof bands / sizeof bands[0]; i++) {
		struct plot plot = {.fit = true,
			.symbols = ascii ? SYMBOLS_ASCII : SYMBOLS_BLOCK,
			.columns = columns,
			.rows = bands[i].rows};
		uint64_t *steps = read_steps(points, span, bands[i].member, &plot.count);

		plot.values = steps;
		if (steps != NULL)
			print_band(bands[i].name, plot);
		free(steps);
	}
	print_times(span, columns);
}
