/* help.c - what --help prints, made from the table of commands. */
#include "apikeyctl/help.h"

#include <string.h>

#include "apikeyctl/parse.h"

#define COLUMNS 80
#define NOUN_WIDTH 10

static int noun_length(const struct command *command)
{
	return (int)strcspn(command->words, " ");
}

static bool is_one_word(const struct command *command)
{
	return command->words[noun_length(command)] == '\0';
}

/* Commands of one noun stand together, and so do those of one word. */
static bool same_group(const struct command *a, const struct command *b)
{
	if (!a || !b || is_one_word(a) || is_one_word(b))
		return a && b && is_one_word(a) && is_one_word(b);
	return noun_length(a) == noun_length(b) &&
	       memcmp(a->words, b->words, (size_t)noun_length(a)) == 0;
}

/* A noun with its verbs; and the commands of one word. */
void help_program(FILE *out)
{
	int column = 0;

	fputs("apikeyctl key create --name billing --scope invoices:read --expires 90d\n"
	      "printf %s \"$KEY\" | apikeyctl verify --scope invoices:read\n"
	      "apikeyctl key list --status active\n"
	      "apikeyctl key revoke ak_live_7Hq2mX9d\n\n"
	      "Usage: apikeyctl [--socket PATH] [--json | --plain] [--color WHEN] COMMAND ...\n\n",
		out);
	for (size_t i = 0; command_table[i]; i++) {
		const struct command *c = command_table[i],
				     *before = i ? command_table[i - 1] : NULL;
		bool alone = is_one_word(c);
		int noun = noun_length(c);
		const char *word = alone ? c->words : c->words + noun + 1;

		if (!same_group(c, before))
			column = alone ? fprintf(out, "  %-8s", "others")
				       : fprintf(out, "  %-8.*s", noun, c->words);
		if (column + 1 + (int)strlen(word) > COLUMNS)
			column = fprintf(out, "\n%*s", NOUN_WIDTH, "") - 1;
		column += fprintf(out, " %s", word);
		if (!same_group(c, command_table[i + 1]))
			fputc('\n', out);
	}
	fputs("\nWords may be cut: apikeyctl k l. More: apikeyctl COMMAND --help. The socket is\n"
	      "--socket, else $APIKEYD_SOCKET, else /run/apikeyd/admin.sock.\n",
		out);
}

static void print_option(FILE *out, const struct option *option)
{
	char left[40];

	snprintf(left, sizeof left, "--%s%s%s", option->name, option->value ? " " : "",
		option->value ? option->value : "");
	fprintf(out, "  %-22s %s%s\n", left, option->help,
		option_repeats(option) ? "; repeatable" : "");
}

static void print_usage(FILE *out, const struct command *command)
{
	fprintf(out, "Usage: apikeyctl %s", command->words);
	for (const struct option *o = command->options; o && o->name; o++)
		if (o->required)
			fprintf(out, " --%s %s", o->name, o->value);
	if (command->options)
		fputs(" [OPTIONS]", out);
	fprintf(out, "%s%s\n\n%s\n", command->arguments[0] ? " " : "", command->arguments,
		command->help);
}

void help_command(FILE *out, const struct command *command)
{
	for (size_t i = 0; i < COMMAND_EXAMPLES && command->examples[i]; i++)
		fprintf(out, "%s\n", command->examples[i]);
	fputc('\n', out);
	print_usage(out, command);
	if (command->options)
		fputc('\n', out);
	for (const struct option *o = command->options; o && o->name; o++)
		print_option(out, o);
	fputs("\nWith every command:\n", out);
	for (const struct option *o = common_options; o->name; o++)
		print_option(out, o);
}

void help_group(FILE *out, const char *const *words, size_t count)
{
	for (size_t i = 0; command_table[i]; i++)
		if (command_begins(command_table[i], words, count))
			fprintf(out, "  %-16s %s\n", command_table[i]->words,
				command_table[i]->help);
}
