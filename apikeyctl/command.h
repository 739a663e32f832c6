/* command.h - the grammar: each command is one const struct, and one row of the table. */
#ifndef APIKEYCTL_COMMAND_H
#define APIKEYCTL_COMMAND_H

#include <stddef.h>

#include "apikeyctl/ctl.h"
#include "apikeyctl/options.h"

#define COMMAND_EXAMPLES 4

struct command {
	const char *words;     /* "key create" */
	const char *arguments; /* as help shows them: "ID..." */
	size_t least, most;    /* how many of them */
	const char *help;      /* one sentence */
	const struct option *options;
	const char *examples[COMMAND_EXAMPLES];
	enum end (*run)(struct ctl *ctl, const struct arguments *args);
};

/* Every command, ended by NULL, in the order of the help. */
extern const struct command *const command_table[];

/* What the words typed so far come to. */
enum match {
	MATCH_NONE,
	MATCH_SOME, /* several begin like this, or one that has more words */
	MATCH_ONE,
};

/* Words may be cut where only one command begins like that. *out is set for MATCH_ONE. */
enum match command_match(const char *const *words, size_t count, const struct command **out);
/* Whether the command begins with these words, each perhaps cut. */
bool command_begins(const struct command *command, const char *const *words, size_t count);
/* The command most like what was typed; never NULL. */
const struct command *command_nearest(const char *typed);
/* The option most like this name among the command's, or NULL where none comes near. */
const struct option *option_nearest(const struct option *table, const char *name);

#endif
