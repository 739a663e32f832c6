/* import_file.h - the keys in a file, each as the parameters of key.import. */
#ifndef APIKEYCTL_IMPORT_FILE_H
#define APIKEYCTL_IMPORT_FILE_H

#include "apikeyctl/options.h"

enum import_format {
	IMPORT_CSV,   /* the first row names the columns, as options or parameters are named */
	IMPORT_JSONL, /* an object a line, with the parameters themselves */
};

#define IMPORT_FILE_MAX ((size_t)256 << 20) /* bytes: it is read whole */

struct import_file;

/* Reads it ("-": standard input). The caller closes *out, which wipes what was read. */
enum apikey_error import_file_open(
	const char *path, enum import_format format, struct import_file **out, struct failure *why);
void import_file_close(struct import_file *file);
/* What stands for this file as long as it is not changed; lives as long as it. */
const char *import_file_identity(const struct import_file *file);
/* Whether it will be the same another time: not that of a pipe. */
bool import_file_lasts(const struct import_file *file);
size_t import_file_size(const struct import_file *file);
/* How far it has been read, in bytes. */
size_t import_file_done(const struct import_file *file);

/* A key of the file. */
struct import_row {
	size_t line;                  /* where it begins */
	struct apikey_params *params; /* the caller's to free; NULL: it is wrong, see why */
	struct failure why;
};

/* The next one. Returns 1, 0 at the end, or -1 where the file cannot be read on, with row->why. */
int import_file_next(struct import_file *file, struct import_row *row);

#endif
