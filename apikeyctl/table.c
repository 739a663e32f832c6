/* table.c - records as a table, as lines of fields, or as JSON. */
#include "apikeyctl/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apikeyctl/json.h"

#define GAP 2           /* cells between columns */
#define NAME_MAX_LEN 32 /* of one member in a path */

/* The member by its path, "a.b" being b within a. */
static const struct apikey_value *member(const struct apikey_value *record, const char *path)
{
	const char *dot;

	while ((dot = strchr(path, '.'))) {
		char name[NAME_MAX_LEN];

		snprintf(name, sizeof name, "%.*s", (int)(dot - path), path);
		record = apikey_get(record, name);
		path = dot + 1;
	}
	return apikey_get(record, path);
}

static char *cell(const struct ctl *ctl, const struct column *c, const struct apikey_value *record)
{
	return print_value(ctl, member(record, c->name), c->kind);
}

/* Prints the text in its role, and the blanks that fill its column (width 0: none): one at least, for rows of later
 * pages may be wider than those that were measured. */
static void put(const struct ctl *ctl, const char *text, enum paint role, size_t width)
{
	size_t cells = print_cells(text);
	int blanks = width > cells ? (int)(width - cells) : width > 0;

	printf("%s%s%s%*s", print_begin(ctl, role), text, print_end(ctl, role), blanks, "");
}

static enum paint role_of(const struct column *c, const char *text)
{
	return c->kind == KIND_STATUS ? print_paint_of(text) : PAINT_PLAIN;
}

/* Whether a later column is shown: the last one needs no blanks behind it. */
static bool is_last(const struct column *c)
{
	for (c++; c->name; c++)
		if (c->title)
			return false;
	return true;
}

static void measure(struct table *t, const struct apikey_value *records)
{
	for (size_t i = 0; t->columns[i].name; i++) {
		const struct column *c = &t->columns[i];

		t->widths[i] = c->title ? print_cells(c->title) : 0;
		for (size_t row = 0; c->title && row < apikey_count(records); row++) {
			char *text = cell(t->ctl, c, apikey_at(records, row));
			size_t cells = print_cells(text);

			t->widths[i] = cells > t->widths[i] ? cells : t->widths[i];
			free(text);
		}
	}
}

static void print_header(const struct table *t)
{
	for (size_t i = 0; t->columns[i].name; i++)
		if (t->columns[i].title)
			put(t->ctl, t->columns[i].title, PAINT_TITLE,
				is_last(&t->columns[i]) ? 0 : t->widths[i] + GAP);
	putchar('\n');
}

static void print_row(const struct table *t, const struct apikey_value *record)
{
	for (size_t i = 0; t->columns[i].name; i++) {
		const struct column *c = &t->columns[i];
		char *text;

		if (!c->title)
			continue;
		text = cell(t->ctl, c, record);
		put(t->ctl, text, role_of(c, text), is_last(c) ? 0 : t->widths[i] + GAP);
		free(text);
	}
	putchar('\n');
}

static void print_fields(
	const struct ctl *ctl, const struct column *columns, const struct apikey_value *record)
{
	const char *gap = "";

	for (const struct column *c = columns; c->name; c++) {
		char *text;

		if (!c->program)
			continue;
		text = cell(ctl, c, record);
		printf("%s%s", gap, text);
		free(text);
		gap = "\t";
	}
	putchar('\n');
}

void table_page(struct table *t, const struct apikey_value *records)
{
	size_t count = apikey_count(records);

	if (t->ctl->format == FORMAT_TABLE && !t->begun && count > 0) {
		measure(t, records);
		print_header(t);
	}
	t->begun = t->begun || count > 0;
	for (size_t i = 0; i < count; i++)
		if (t->ctl->format == FORMAT_TABLE)
			print_row(t, apikey_at(records, i));
		else
			print_fields(t->ctl, t->columns, apikey_at(records, i));
}

/* What is not there is left out. */
static void print_card(
	const struct ctl *ctl, const struct column *columns, const struct apikey_value *record)
{
	size_t width = 0;

	for (const struct column *c = columns; c->name; c++)
		if (c->title && print_cells(c->title) > width)
			width = print_cells(c->title);
	for (const struct column *c = columns; c->name; c++) {
		const struct apikey_value *value = member(record, c->name);
		char *text;

		if (!c->title || (!value && c->kind != KIND_EXPIRY && c->kind != KIND_AGO))
			continue;
		text = print_value(ctl, value, c->kind);
		put(ctl, c->title, PAINT_TITLE, width + GAP);
		put(ctl, text, role_of(c, text), 0);
		putchar('\n');
		free(text);
	}
}

void table_record(
	const struct ctl *ctl, const struct column *columns, const struct apikey_value *record)
{
	if (ctl->format == FORMAT_JSON) {
		json_print(record);
		putchar('\n');
	} else if (ctl->format == FORMAT_PLAIN) {
		print_fields(ctl, columns, record);
	} else {
		print_card(ctl, columns, record);
	}
}

/* Every member, those of inner maps under "outer.inner". */
static void print_members(const struct ctl *ctl, const char *outer, const struct apikey_value *map)
{
	for (size_t i = 0; i < apikey_count(map); i++) {
		const struct apikey_value *value = apikey_at(map, i);
		const char *key = apikey_key_at(map, i);
		char *name = print_escaped(key ? key : ""), *text;
		char path[2 * NAME_MAX_LEN];

		snprintf(path, sizeof path, "%s%s%s", outer, *outer ? "." : "", name);
		free(name);
		if (apikey_type(value) == APIKEY_MAP && !*outer) {
			print_members(ctl, path, value);
			continue;
		}
		text = print_value(ctl, value, KIND_TEXT);
		printf("%s\t%s\n", path, text);
		free(text);
	}
}

void table_facts(
	const struct ctl *ctl, const struct column *columns, const struct apikey_value *record)
{
	if (ctl->format == FORMAT_PLAIN)
		print_members(ctl, "", record);
	else
		table_record(ctl, columns, record);
}
