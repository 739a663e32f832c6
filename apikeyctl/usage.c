/* usage.c - what keys were used for over time, as a table with bars. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "apikeyctl/commands.h"
#include "apikeyctl/json.h"
#include "apikeyctl/key.h"
#include "apikeyctl/print.h"
#include "apikeyctl/usage_graph.h"
#include "apikeyctl/when.h"

#define BAR 32 /* cells of the longest */

/* A time, or how long ago; *out stays as it is where none is given. */
static enum end put_time(struct ctl *ctl, const struct arguments *args,
	struct apikey_params *params, const char *name, int64_t *out)
{
	const char *text = arguments_get(args, name);
	struct when when;

	if (!text)
		return END_DONE;
	if (!when_parse(text, &when) || when.type == WHEN_NEVER)
		return ctl_usage(ctl, "--%s: must be a span such as 24h or a date", name);
	*out = when.type == WHEN_AT ? when.seconds : (int64_t)time(NULL) - when.seconds;
	apikey_put_int(params, name, *out);
	return END_DONE;
}

static int64_t count_at(const struct apikey_value *point, size_t place)
{
	return apikey_int(apikey_at(point, place), 0);
}

static void print_plain(const char *group, const struct apikey_value *points)
{
	char at[WHEN_TEXT_SIZE];

	for (size_t i = 0; i < apikey_count(points); i++) {
		const struct apikey_value *p = apikey_at(points, i);

		when_rfc3339(count_at(p, 0), at);
		if (group)
			printf("%s\t", group);
		printf("%s\t%" PRId64 "\t%" PRId64 "\t%" PRId64 "\n", at, count_at(p, 1),
			count_at(p, 2), count_at(p, 3));
	}
}

static int64_t most_of(const struct apikey_value *points)
{
	int64_t most = 1;

	for (size_t i = 0; i < apikey_count(points); i++) {
		const struct apikey_value *p = apikey_at(points, i);
		int64_t all = count_at(p, 1) + count_at(p, 2);

		most = all > most ? all : most;
	}
	return most;
}

static void draw(char cell, int64_t count, int64_t most)
{
	int cells = (int)((double)count * BAR / (double)most + 0.5);

	while (cells-- > 0)
		putchar(cell);
}

/* Allowed is '=', denied 'x': told apart without colour, on any terminal. */
static void print_table(const char *group, const struct apikey_value *points)
{
	int64_t most = most_of(points);
	char at[WHEN_TEXT_SIZE];

	if (group)
		printf("%s\n", group);
	if (apikey_count(points) > 0)
		printf("%-16s %10s %8s %8s\n", "TIME", "ALLOWED", "DENIED", "UNITS");
	for (size_t i = 0; i < apikey_count(points); i++) {
		const struct apikey_value *p = apikey_at(points, i);

		when_local(count_at(p, 0), at);
		printf("%-16s %10" PRId64 " %8" PRId64 " %8" PRId64 " ", at, count_at(p, 1),
			count_at(p, 2), count_at(p, 3));
		draw('=', count_at(p, 1), most);
		draw('x', count_at(p, 2), most);
		putchar('\n');
	}
}

/* What was asked for, as the daemon understands it. */
static struct usage_span span_of(const struct apikey_value *answer, int64_t from, int64_t to)
{
	static const struct {
		const char *name;
		int64_t seconds;
	} steps[] = {{"minute", 60}, {"hour", 3600}, {"day", 86400}};
	const char *step = apikey_string(apikey_get(answer, "step"));
	struct usage_span span = {.from = from, .to = to, .step = 3600};

	if (to < 0)
		span.to = (int64_t)time(NULL);
	if (from < 0)
		span.from = span.to - 86400;
	for (size_t i = 0; step != NULL && i < sizeof steps / sizeof steps[0]; i++)
		if (strcmp(step, steps[i].name) == 0)
			span.step = steps[i].seconds;
	return span;
}

/* Escaped, for a resource is what strangers asked for; the caller frees. */
static char *group_at(const struct apikey_value *groups, size_t i)
{
	const char *name = apikey_key_at(groups, i);

	return print_escaped(name ? name : "");
}

static void draw_all(const struct apikey_value *answer, const struct usage_span *span)
{
	const struct apikey_value *groups = apikey_get(answer, "groups");

	for (size_t i = 0; i < apikey_count(groups); i++) {
		char *group = group_at(groups, i);

		printf("%s\n", group);
		usage_graph(apikey_at(groups, i), span);
		free(group);
	}
	if (groups == NULL)
		usage_graph(apikey_get(answer, "points"), span);
}

static void show(const struct ctl *ctl, const struct apikey_value *answer)
{
	void (*print)(const char *group, const struct apikey_value *points) =
		ctl->format == FORMAT_PLAIN ? print_plain : print_table;
	const struct apikey_value *groups = apikey_get(answer, "groups");
	size_t count = apikey_count(groups);

	for (size_t i = 0; i < count; i++) {
		char *group = group_at(groups, i);

		print(group, apikey_at(groups, i));
		free(group);
	}
	print(NULL, apikey_get(answer, "points"));
	if (ctl->format == FORMAT_TABLE && count + apikey_count(apikey_get(answer, "points")) == 0)
		ctl_say("nothing was counted in that time");
}

static enum end run_usage(struct ctl *ctl, const struct arguments *args)
{
	const struct apikey_value *answer;
	struct apikey_params *params;
	enum end end = key_params(ctl, args, &params);
	bool graph = arguments_get(args, "graph") != NULL;
	int64_t from = -1, to = -1;

	if (end != END_DONE)
		return end;
	if (graph && ctl->format != FORMAT_TABLE) {
		apikey_params_free(params);
		return ctl_usage(ctl, "--graph is for people; leave out --plain or --json");
	}
	if (args->word_count > 0)
		apikey_put_string(params, "key", args->words[0]);
	if ((end = put_time(ctl, args, params, "from", &from)) == END_DONE &&
		(end = put_time(ctl, args, params, "to", &to)) == END_DONE)
		end = ctl_call(ctl, "usage.query", params, &answer);
	apikey_params_free(params);
	if (end != END_DONE)
		return end;
	if (ctl->format == FORMAT_JSON) {
		json_print(answer);
		putchar('\n');
	} else if (graph) {
		struct usage_span span = span_of(answer, from, to);

		draw_all(answer, &span);
	} else {
		show(ctl, answer);
	}
	return END_DONE;
}

static const struct option usage_options[] = {
	{.name = "tenant",
		.value = "TENANT",
		.help = "of which tenant, instead of a key",
		.type = OPTION_TEXT,
		.param = "tenant"},
	{.name = "step",
		.value = "STEP",
		.help = "minute, hour (if not given) or day",
		.type = OPTION_TEXT,
		.param = "step"},
	{.name = "from",
		.value = "TIME",
		.help = "how long ago (24h if not given), or a date",
		.type = OPTION_TEXT},
	{.name = "to", .value = "TIME", .help = "likewise; now if not given", .type = OPTION_TEXT},
	{.name = "by",
		.value = "GROUP",
		.help = "code, secret or resource",
		.type = OPTION_TEXT,
		.param = "by"},
	{.name = "graph", .help = "draw it", .type = OPTION_FLAG},
	{.name = NULL},
};

const struct command usage = {
	.words = "usage",
	.arguments = "[KEY]",
	.least = 0,
	.most = 1,
	.help = "Show what a key, a tenant or all keys were used for.",
	.options = usage_options,
	.examples = {"apikeyctl usage",
		"apikeyctl usage k_9xQ2mX9dAb --graph --step day --from 30d",
		"apikeyctl usage --tenant acme --by secret --from 2h --plain"},
	.run = run_usage,
};
