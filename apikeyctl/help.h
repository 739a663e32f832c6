/* help.h - what --help prints, made from the table of commands. */
#ifndef APIKEYCTL_HELP_H
#define APIKEYCTL_HELP_H

#include <stdio.h>

#include "apikeyctl/command.h"

/* The program's; fits 24 lines of 80 columns. */
void help_program(FILE *out);
/* A command's, examples first. */
void help_command(FILE *out, const struct command *command);
/* The commands that begin with these words, one a line. */
void help_group(FILE *out, const char *const *words, size_t count);

#endif
