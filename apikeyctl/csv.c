/* csv.c - rows of comma-separated values (RFC 4180), read in place. */
#include "apikeyctl/csv.h"

#include <string.h>

#define BYTE_ORDER_MARK "\xef\xbb\xbf"

char *csv_after_mark(char *text)
{
	return strncmp(text, BYTE_ORDER_MARK, 3) == 0 ? text + 3 : text;
}

struct csv csv_of(char *text)
{
	return (struct csv){.p = csv_after_mark(text), .next_line = 1};
}

/* Behind the opening quote, up to behind the closing one; a doubled one stands for itself. NULL: there is none. */
static char *read_quoted(struct csv *csv)
{
	char *start = csv->p, *out = start;

	for (; *csv->p != '"' || csv->p[1] == '"'; *out++ = *csv->p++) {
		if (*csv->p == '\0')
			return NULL;
		csv->next_line += *csv->p == '\n';
		csv->p += *csv->p == '"';
	}
	csv->p++;
	if (out < csv->p)
		*out = '\0';
	return start;
}

/* One field, and what ended it: ',', '\n' or 0. NULL: a quote is out of place. */
static char *read_field(struct csv *csv, char *ended)
{
	char *start = csv->p;

	if (*csv->p == '"') {
		csv->p++;
		start = read_quoted(csv);
	} else {
		csv->p += strcspn(csv->p, ",\n");
	}
	if (csv->p[0] == '\r' && csv->p[1] == '\n')
		*csv->p++ = '\0';
	else if (start && csv->p > start && csv->p[-1] == '\r')
		csv->p[-1] = '\0';
	*ended = *csv->p;
	if (!start || !strchr(",\n", *ended))
		return NULL;
	csv->next_line += *ended == '\n';
	if (*ended != '\0')
		*csv->p++ = '\0';
	return start;
}

int csv_next(struct csv *csv, char *fields[CSV_FIELDS_MAX], size_t *count)
{
	char ended = ',';

	while (*csv->p == '\n' || *csv->p == '\r') {
		csv->next_line += *csv->p == '\n';
		csv->p++;
	}
	csv->line = csv->next_line;
	if (*csv->p == '\0')
		return 0;
	for (*count = 0; ended == ','; ++*count)
		if (*count == CSV_FIELDS_MAX || !(fields[*count] = read_field(csv, &ended)))
			return -1;
	return 1;
}
