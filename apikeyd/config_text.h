/* config_text.h - a configuration file, read by libconfuse with what that lacks. */
#ifndef APIKEYD_CONFIG_TEXT_H
#define APIKEYD_CONFIG_TEXT_H

#include "protocol/error.h"

#define CONFIG_TEXT_MAX (1024 * 1024) /* bytes of a configuration file */

struct cfg_t;

/* Reads the file into cfg, which keeps its values; one thread at a time. Comments are blanked (libconfuse counts a line
 * that ends in one three times over), and braces and quotes are checked (it takes the end of the file for a missing one).
 * Errors are invalid_argument with file and line: the first, which is the cause. */
enum apikey_error config_text_parse(struct cfg_t *cfg, const char *file, struct failure *why);

#endif
