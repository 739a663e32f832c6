/* config_text.h - a configuration file as text, made ready for libconfuse. */
#ifndef APIKEYD_CONFIG_TEXT_H
#define APIKEYD_CONFIG_TEXT_H

#include "protocol/error.h"

#define CONFIG_TEXT_MAX (1024 * 1024) /* bytes of a configuration file */

/* Reads the file into *out, terminated, which the caller frees. Comments are blanked (libconfuse counts a line that ends
 * in one three times over), and braces and quotes are checked (it takes the end of the file for a missing one); newlines
 * stay where they are, so that every line keeps its number. Errors are invalid_argument with file and line. */
enum apikey_error config_text_read(const char *file, char **out, struct failure *why);

#endif
