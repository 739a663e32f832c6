/* csv.h - rows of comma-separated values (RFC 4180), read in place. */
#ifndef APIKEYCTL_CSV_H
#define APIKEYCTL_CSV_H

#include <stddef.h>

#define CSV_FIELDS_MAX 64

/* Progress through a text that ends in a NUL and holds no other; reading changes it. */
struct csv {
	char *p;
	size_t line; /* where the row read last begins, from 1 */
	size_t next_line;
};

/* Behind the mark with which some spreadsheets and editors begin a text, where there is one. */
char *csv_after_mark(char *text);
struct csv csv_of(char *text);
/* The next row that is not empty: its fields, terminated, live as long as the text. Returns 1, 0 at the end, or -1 where a
 * quote is out of place or there are too many fields. */
int csv_next(struct csv *csv, char *fields[CSV_FIELDS_MAX], size_t *count);

#endif
