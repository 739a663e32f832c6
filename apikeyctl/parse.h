/* parse.h - the command line as a whole: options for all commands, the command, its arguments. */
#ifndef APIKEYCTL_PARSE_H
#define APIKEYCTL_PARSE_H

#include "apikeyctl/command.h"

/* What was typed. Zero-initialise; command_line_free() in any case. */
struct command_line {
	const struct command *command; /* NULL: none yet, see words */
	struct arguments args;         /* the command's options and arguments */
	const char **words;            /* the words before a command was found */
	size_t word_count;
	const char *socket, *color; /* NULL: not given */
	bool json, plain, help, version;
};

/* The options that every command takes. */
extern const struct option common_options[];

/* Reads argv (terminated by NULL, borrowed). APIKEY_INVALID_ARGUMENT: wrong usage, with the reason;
 * APIKEY_UNKNOWN_METHOD: words are no command's. json holds even then. */
enum apikey_error command_line_read(struct command_line *line, char **argv, struct failure *why);
void command_line_free(struct command_line *line);

#endif
