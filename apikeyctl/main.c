/* main.c - apikeyctl: the daemon's operations for scripts and one-liners. */
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "apikeyctl/enter.h"
#include "apikeyctl/help.h"
#include "apikeyctl/parse.h"
#include "protocol/keytext.h"

/* What was typed in place of a command, in one piece. */
static void join_words(const struct command_line *line, char *out, size_t size)
{
	size_t at = 0;

	out[0] = '\0';
	for (size_t i = 0; i < line->word_count && at < size; i++)
		at += (size_t)snprintf(out + at, size - at, "%s%s", i ? " " : "", line->words[i]);
}

static enum end refuse(
	const struct ctl *ctl, const struct command_line *line, const struct failure *why)
{
	char typed[64];

	if (why->code != APIKEY_UNKNOWN_METHOD)
		return ctl_usage(ctl, "%s", why->text);
	join_words(line, typed, sizeof typed);
	return ctl_usage(ctl, "no command \"%s\"; did you mean \"%s\"?", typed,
		command_nearest(typed)->words);
}

/* A noun alone, or the beginning of several commands. */
static enum end refuse_unfinished(const struct ctl *ctl, const struct command_line *line)
{
	char typed[64];
	enum end end;

	if (line->word_count == 0) {
		end = ctl_usage(ctl, "which command?");
		help_program(stderr);
		return end;
	}
	join_words(line, typed, sizeof typed);
	end = ctl_usage(ctl, "\"%s\" is not a whole command; possibilities are:", typed);
	help_group(stderr, line->words, line->word_count);
	return end;
}

static void help(const struct command_line *line)
{
	if (line->command)
		help_command(stdout, line->command);
	else if (line->word_count > 0)
		help_group(stdout, line->words, line->word_count);
	else
		help_program(stdout);
}

static bool choose_color(const char *when, bool *out)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

	*out = when && strcmp(when, "always") == 0;
	if (!when || strcmp(when, "auto") == 0)
		*out = isatty(STDOUT_FILENO) && !(no_color && *no_color) && term && *term &&
		       strcmp(term, "dumb") != 0;
	return !when || *out || strcmp(when, "auto") == 0 || strcmp(when, "never") == 0;
}

/* The prefix of a whole key among the arguments; data NULL where there is none. */
static struct text whole_key(const struct arguments *args)
{
	struct text prefix = {0};

	for (size_t i = 0; i < args->word_count && prefix.data == NULL; i++)
		prefix = keytext_prefix(text_of(args->words[i]));
	for (size_t i = 0; i < args->given_count && prefix.data == NULL; i++)
		prefix = keytext_prefix(text_of(args->given[i].value));
	return prefix;
}

static enum end check(struct ctl *ctl, const struct command_line *line)
{
	struct text prefix = whole_key(&line->args);
	const struct command *command = line->command;
	struct failure why;

	if (!choose_color(line->color, &ctl->color))
		return ctl_usage(ctl, "--color is always, never or auto");
	if (!command)
		return refuse_unfinished(ctl, line);
	if (prefix.data != NULL)
		return ctl_usage(ctl,
			"a whole key is not given as an argument, where every user of this machine "
			"could read it: printf %%s \"$KEY\" | apikeyctl verify; it is named by "
			"%.*s",
			(int)prefix.len, prefix.data);
	if (line->args.word_count < command->least)
		return ctl_usage(ctl, "%s needs %s", command->words, command->arguments);
	if (line->args.word_count > command->most)
		return ctl_usage(ctl, "\"%s\" is too much for %s", line->args.words[command->most],
			command->words);
	if (arguments_check(&line->args, &why) != APIKEY_OK)
		return ctl_usage(ctl, "%s; see apikeyctl %s --help", why.text, command->words);
	return END_DONE;
}

static enum end run(struct ctl *ctl, const struct command_line *line)
{
	enum end end = check(ctl, line);

	if (end != END_DONE)
		return end;
	ctl->client = apikey_open(line->socket);
	if (!ctl->client)
		return ctl_fail(ctl, APIKEY_NO_MEMORY, "no memory");
	end = enter(ctl);
	if (end == END_DONE)
		end = line->command->run(ctl, &line->args);
	apikey_close(ctl->client);
	return end;
}

/* What could not be written was not said: a full disk is a failure, too. */
static enum end finish(enum end end)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return end;
	ctl_say("cannot write to standard output");
	return end == END_DONE ? END_FAILED : end;
}

int main(int argc, char **argv)
{
	struct command_line line = {0};
	struct ctl ctl = {.enter = enter};
	struct failure why;
	enum apikey_error r;
	enum end end = END_DONE;

	setlocale(LC_CTYPE, "");
	r = command_line_read(&line, argv + (argc > 0), &why);
	ctl.format = line.json ? FORMAT_JSON : line.plain ? FORMAT_PLAIN : FORMAT_TABLE;
	if (r != APIKEY_OK)
		end = refuse(&ctl, &line, &why);
	else if (line.help)
		help(&line);
	else if (line.version)
		puts("apikeyctl " APIKEY_VERSION);
	else
		end = run(&ctl, &line);
	command_line_free(&line);
	return finish(end);
}
