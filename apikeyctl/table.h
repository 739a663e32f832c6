/* table.h - records as a table, as lines of fields, or as JSON; page by page, or one alone. */
#ifndef APIKEYCTL_TABLE_H
#define APIKEYCTL_TABLE_H

#include "apikeyctl/print.h"

#define TABLE_COLUMNS_MAX 16

/* A field of a record. Tables of columns end with a row without a name. */
struct column {
	const char *title; /* NULL: only for programs */
	const char *name;  /* the member; "a.b" is b within a */
	enum kind kind;
	bool program; /* in --plain, too */
};

struct table {
	const struct ctl *ctl;
	const struct column *columns;
	size_t widths[TABLE_COLUMNS_MAX];
	bool begun;
};

/* Prints the records of an array. Widths follow the first page, so that a list of any length is
 * written as it comes. Not for JSON. */
void table_page(struct table *table, const struct apikey_value *records);
/* One record: a line each field on a terminal, one line of fields with --plain, or JSON. */
void table_record(
	const struct ctl *ctl, const struct column *columns, const struct apikey_value *record);
/* One record without columns for programs: NAME<tab>VALUE for each member with --plain. */
void table_facts(
	const struct ctl *ctl, const struct column *columns, const struct apikey_value *record);

#endif
