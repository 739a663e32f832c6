/* parse.c - the command line as a whole: options for all commands, the command, its arguments. */
#include "apikeyctl/parse.h"

#include <stdlib.h>
#include <string.h>

const struct option common_options[] = {
	{.name = "socket",
		.value = "PATH",
		.help = "where the daemon listens",
		.type = OPTION_TEXT},
	{.name = "json", .help = "answer in JSON"},
	{.name = "plain", .help = "one record a line, fields parted by tabs"},
	{.name = "color", .value = "WHEN", .help = "always, never or auto", .type = OPTION_TEXT},
	{.name = "help", .help = "say how it is used"},
	{.name = "version", .help = "say which version this is"},
	{.name = NULL},
};

/* An option for all commands takes effect in the line itself. */
static void take_common(struct command_line *line, const struct given *given)
{
	const struct {
		const char *name;
		bool *flag;
	} flags[] = {
		{"json", &line->json},
		{"plain", &line->plain},
		{"help", &line->help},
		{"version", &line->version},
	};

	if (strcmp(given->option->name, "socket") == 0)
		line->socket = given->value;
	else if (strcmp(given->option->name, "color") == 0)
		line->color = given->value;
	for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
		if (strcmp(given->option->name, flags[i].name) == 0)
			*flags[i].flag = true;
}

static enum apikey_error unknown_option(
	const struct command_line *line, const char *name, struct failure *why)
{
	const struct option *near = option_nearest(line->args.options, name);

	near = near ? near : option_nearest(common_options, name);
	return fail(why, APIKEY_INVALID_ARGUMENT,
		near ? "no option --%s; did you mean --%s?" : "no option --%s", name,
		near ? near->name : "");
}

/* Takes --name, --name=value or --name value; *next is moved past what was taken. */
static enum apikey_error take_option(struct command_line *line, char ***next, struct failure *why)
{
	char *name = *(*next)++ + 2;
	size_t len = strcspn(name, "=");
	const struct option *common = option_find(common_options, name, len);
	struct given given = {common ? common : option_find(line->args.options, name, len), NULL};

	if (!given.option)
		return unknown_option(line, name, why);
	if (!given.option->value && name[len] == '=')
		return fail(
			why, APIKEY_INVALID_ARGUMENT, "--%s takes no value", given.option->name);
	if (!given.option->value)
		given.value = given.option->name;
	else if (name[len] == '=')
		given.value = name + len + 1;
	else if (**next)
		given.value = *(*next)++;
	else
		return fail(why, APIKEY_INVALID_ARGUMENT, "--%s needs a value: --%s %s",
			given.option->name, given.option->name, given.option->value);
	if (common)
		take_common(line, &given);
	else
		line->args.given[line->args.given_count++] = given;
	return APIKEY_OK;
}

/* The first words find the command, the others are its arguments. */
static enum apikey_error take_word(struct command_line *line, const char *word, struct failure *why)
{
	if (line->command) {
		line->args.words[line->args.word_count++] = word;
		return APIKEY_OK;
	}
	line->words[line->word_count++] = word;
	switch (command_match(line->words, line->word_count, &line->command)) {
	case MATCH_ONE:
		line->args.options = line->command->options;
		return APIKEY_OK;
	case MATCH_SOME:
		line->command = NULL;
		return APIKEY_OK;
	case MATCH_NONE:
		break;
	}
	return fail(why, APIKEY_UNKNOWN_METHOD, "no such command");
}

/* Words that may have been meant for a command that there is not: they help to find the nearest. */
static void take_rest(struct command_line *line, char **next)
{
	while (*next && **next != '-')
		line->words[line->word_count++] = *next++;
}

static bool asks_for_help(const struct command_line *line, const char *word)
{
	return strcmp(word, "-h") == 0 || (line->word_count == 0 && strcmp(word, "help") == 0);
}

static enum apikey_error read_all(struct command_line *line, char **next, struct failure *why)
{
	enum apikey_error r = APIKEY_OK;
	bool options = true;

	while (*next && r == APIKEY_OK) {
		if (options && strcmp(*next, "--") == 0) {
			options = false;
			next++;
		} else if (options && asks_for_help(line, *next)) {
			line->help = true;
			next++;
		} else if (options && strncmp(*next, "--", 2) == 0) {
			r = take_option(line, &next, why);
		} else if (options && **next == '-' && (*next)[1] != '\0') {
			r = fail(why, APIKEY_INVALID_ARGUMENT, "no option %s", *next);
		} else {
			r = take_word(line, *next++, why);
		}
	}
	if (r == APIKEY_UNKNOWN_METHOD)
		take_rest(line, next);
	return r;
}

enum apikey_error command_line_read(struct command_line *line, char **argv, struct failure *why)
{
	size_t count = 0;

	while (argv[count])
		count++;
	for (size_t i = 0; i < count && strcmp(argv[i], "--") != 0; i++)
		line->json |= strcmp(argv[i], "--json") == 0;
	line->words = calloc(count + 1, sizeof *line->words);
	line->args.words = calloc(count + 1, sizeof *line->args.words);
	line->args.given = calloc(count + 1, sizeof *line->args.given);
	if (!line->words || !line->args.words || !line->args.given)
		return fail(why, APIKEY_NO_MEMORY, "no memory");
	if (read_all(line, argv, why) != APIKEY_OK)
		return why->code;
	if (line->json && line->plain)
		return fail(why, APIKEY_INVALID_ARGUMENT, "--json or --plain, not both");
	return APIKEY_OK;
}

void command_line_free(struct command_line *line)
{
	free(line->words);
	free(line->args.words);
	free(line->args.given);
}
