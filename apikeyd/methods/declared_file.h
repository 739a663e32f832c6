/* declared_file.h - a small file that declares a key. */
#ifndef METHODS_DECLARED_FILE_H
#define METHODS_DECLARED_FILE_H

#include "protocol/buffer.h"
#include "protocol/error.h"

/* Reads it, and the credential that it may name, as the parameters of key.import, encoded; the caller wipes them. What
 * they hold is not checked yet. Errors are invalid_argument with file and, where there is one, line. */
enum apikey_error declared_file_read(const char *path, struct buffer *out, struct failure *why);

#endif
