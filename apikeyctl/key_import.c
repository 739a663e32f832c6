/* key_import.c - taking over keys that are in use elsewhere: one, or a file of them. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "apikeyctl/commands.h"
#include "apikeyctl/import_file.h"
#include "apikeyctl/import_twice.h"
#include "apikeyctl/json.h"
#include "apikeyctl/key.h"
#include "apikeyctl/keyfile.h"

#define REQUEST_ID_SIZE 65
#define BATCH_MAX 50 /* bytes: a row's number goes after it */

/* ---- one ---- */

/* What is read, by --hash: the parameter that it becomes. */
static const char *param_of(const struct arguments *args)
{
	const char *hash = arguments_get(args, "hash");

	if (!hash)
		return "plaintext";
	return strcmp(hash, "sha256") == 0 || strcmp(hash, "bcrypt") == 0 ? hash : NULL;
}

/* Of a key that there is not, after a dry run. */
static void print_good(const struct ctl *ctl, const struct apikey_value *key)
{
	ctl_say("it could be taken over; nothing was changed");
	if (ctl->format != FORMAT_JSON)
		return;
	fputs("{\"dry_run\":true,\"method\":\"key.import\",\"keys\":[\n", stdout);
	json_print_without(key, "id");
	puts("\n]}");
}

static enum end import_one(
	struct ctl *ctl, const struct arguments *args, struct apikey_params *params)
{
	const char *path = arguments_get(args, "file"), *param = param_of(args);
	const struct apikey_value *key;
	char text[KEYFILE_MAX];
	ssize_t len;
	enum end end;

	if (!param)
		return ctl_usage(ctl, "--hash takes sha256 or bcrypt");
	if (!arguments_get(args, "name"))
		return ctl_usage(ctl, "--name NAME is needed, or a FILE of keys");
	len = keyfile_read(path, text, sizeof text);
	if (len < 0)
		return ctl_usage(
			ctl, "cannot read %s: %s", path ? path : "standard input", strerror(errno));
	apikey_put_text(params, param, text, (size_t)len);
	explicit_bzero(text, sizeof text);
	if (arguments_get(args, "dry-run"))
		apikey_put_bool(params, "dry_run", true);
	end = ctl_change(ctl, "key.import", params, &key);
	if (end == END_DONE && arguments_get(args, "dry-run"))
		print_good(ctl, key);
	else if (end == END_DONE)
		key_print(ctl, key);
	return end;
}

/* ---- a file of them ---- */

struct import {
	struct ctl *ctl;
	struct import_file *file;
	const char *batch;          /* what the request_id of each row begins with */
	bool again;                 /* the next time, too */
	struct import_twice *twice; /* of a dry run */
	bool dry_run, progress;
	size_t rows, refused;
};

/* How far it is, where only the report goes elsewhere. */
static void show_progress(const struct import *i)
{
	size_t size = import_file_size(i->file), done = import_file_done(i->file);

	if (i->progress)
		fprintf(stderr, "\r%zu rows, %zu refused, %zu %%\033[K", i->rows, i->refused,
			size > 0 ? 100 * done / size : 100);
}

static void end_progress(const struct import *i)
{
	if (i->progress)
		fputs("\r\033[K", stderr);
}

static void report_done(const struct import *i, size_t line, const struct apikey_value *key)
{
	const char *id = apikey_string(apikey_get(key, "id"));
	const char *outcome = i->dry_run ? "good" : "imported";
	char *name = print_value(i->ctl, apikey_get(key, "name"), KIND_TEXT);

	if (i->ctl->format == FORMAT_JSON) {
		printf("{\"line\":%zu,\"outcome\":\"%s\",", line, outcome);
		if (!i->dry_run)
			printf("\"id\":\"%s\",", id ? id : "");
		fputs("\"name\":", stdout);
		json_print_line(apikey_get(key, "name"));
		puts("}");
	} else if (i->ctl->format == FORMAT_PLAIN) {
		printf("%zu\t%s\t%s\t%s\n", line, outcome, i->dry_run || !id ? "" : id, name);
	} else {
		printf("line %zu: %s%s%s  %s\n", line, outcome, i->dry_run ? "" : " ",
			i->dry_run || !id ? "" : id, name);
	}
	free(name);
}

static void report_refused(
	const struct import *i, size_t line, enum apikey_error error, const char *text)
{
	char *shown = print_escaped(text);

	if (i->ctl->format == FORMAT_JSON) {
		printf("{\"line\":%zu,\"outcome\":\"refused\",\"error\":\"%s\",\"message\":", line,
			apikey_error_name(error));
		json_print_text(text);
		puts("}");
	} else if (i->ctl->format == FORMAT_PLAIN) {
		printf("%zu\trefused\t%s\t%s\n", line, apikey_error_name(error), shown);
	} else {
		printf("line %zu: %srefused%s  %s\n", line, print_begin(i->ctl, PAINT_BAD),
			print_end(i->ctl, PAINT_BAD), shown);
	}
	free(shown);
}

/* Whether the next row would fare no better. */
static bool is_of_all_rows(enum apikey_error error)
{
	return error == APIKEY_UNREACHABLE || error == APIKEY_TIMED_OUT || error == APIKEY_BROKEN ||
	       error == APIKEY_NO_MEMORY || error == APIKEY_OUTCOME_UNKNOWN ||
	       error == APIKEY_UNAVAILABLE || error == APIKEY_UNAUTHENTICATED ||
	       error == APIKEY_FORBIDDEN;
}

static enum apikey_error send_row(
	struct import *i, struct import_row *row, const struct apikey_value **key)
{
	char id[REQUEST_ID_SIZE];

	if (!row->params)
		return row->why.code;
	if (i->dry_run) {
		apikey_put_bool(row->params, "dry_run", true);
		return ctl_ask(i->ctl, "key.import", row->params, key);
	}
	snprintf(id, sizeof id, "%s-%zu", i->batch, i->rows);
	return ctl_try_change(i->ctl, "key.import", row->params, id, key);
}

/* A row that the daemon would take; in a dry run it does not know the rows before. */
static void report_good(struct import *i, size_t line, const struct apikey_value *key)
{
	size_t before = i->dry_run ? import_twice_find(i->twice, line, key) : 0;
	char text[96];

	if (before == 0) {
		report_done(i, line, key);
		return;
	}
	i->refused++;
	snprintf(text, sizeof text, "its key or its prefix stands in line %zu already", before);
	report_refused(i, line, APIKEY_CONFLICT, text);
}

static enum end stop(const struct import *i, size_t line, enum apikey_error error)
{
	enum end end;

	end_progress(i);
	end = ctl_fail(i->ctl, error, apikey_failure(i->ctl->client));
	ctl_say("stopped at line %zu; %s", line,
		i->again ? "the same command again goes on there" : "those before it are done");
	return end;
}

static enum end take_row(struct import *i, struct import_row *row)
{
	const struct apikey_value *key = NULL;
	enum apikey_error error;

	i->rows++;
	error = send_row(i, row, &key);
	if (error == APIKEY_OK) {
		report_good(i, row->line, key);
	} else if (row->params && is_of_all_rows(error)) {
		return stop(i, row->line, error);
	} else {
		i->refused++;
		report_refused(i, row->line, error,
			row->params ? apikey_failure(i->ctl->client) : row->why.text);
	}
	(void)fflush(stdout); /* a report is of use while it grows */
	show_progress(i);
	return END_DONE;
}

static enum end take_rows(struct import *i)
{
	struct import_row row;
	enum end end = END_DONE;
	int found;

	while (end == END_DONE && (found = import_file_next(i->file, &row)) > 0) {
		end = take_row(i, &row);
		apikey_params_free(row.params);
	}
	if (end != END_DONE)
		return end;
	end_progress(i);
	if (found < 0)
		return ctl_usage(i->ctl, "line %zu: %s", row.line, row.why.text);
	ctl_say("%zu %s, %zu refused", i->rows - i->refused,
		i->dry_run ? "good (nothing was changed)" : "imported", i->refused);
	return i->refused == 0 ? END_DONE : END_FAILED;
}

static bool ends_in(const char *path, const char *end)
{
	size_t len = strlen(path), end_len = strlen(end);

	return len >= end_len && strcmp(path + len - end_len, end) == 0;
}

static bool choose_format(const char *path, const char *asked, enum import_format *out)
{
	bool csv = asked ? strcmp(asked, "csv") == 0 : ends_in(path, ".csv");
	bool lines = asked ? strcmp(asked, "jsonl") == 0
			   : ends_in(path, ".jsonl") || ends_in(path, ".ndjson") ||
				     ends_in(path, ".json");

	*out = csv ? IMPORT_CSV : IMPORT_JSONL;
	return csv || lines;
}

static enum end import_all(struct ctl *ctl, const struct arguments *args)
{
	const char *path = args->words[0], *batch = arguments_get(args, "batch");
	struct import i = {.ctl = ctl,
		.dry_run = arguments_get(args, "dry-run") != NULL,
		.progress = isatty(STDERR_FILENO) && !isatty(STDOUT_FILENO)};
	enum import_format format;
	struct failure why;
	enum end end;

	if (arguments_any_param(args) || arguments_get(args, "file") || arguments_get(args, "hash"))
		return ctl_usage(ctl, "what is said of keys stands in the file");
	if (!choose_format(path, arguments_get(args, "format"), &format))
		return ctl_usage(ctl, "--format csv or --format jsonl says what %s is", path);
	if (batch && strlen(batch) > BATCH_MAX)
		return ctl_usage(ctl, "--batch takes up to %d bytes", BATCH_MAX);
	if (import_file_open(path, format, &i.file, &why) != APIKEY_OK)
		return ctl_usage(ctl, "%s: %s", path, why.text);
	i.batch = batch ? batch : import_file_identity(i.file);
	i.again = batch || import_file_lasts(i.file);
	i.twice = import_twice_new();
	end = take_rows(&i);
	import_twice_free(i.twice);
	import_file_close(i.file);
	return end;
}

static enum end run_import(struct ctl *ctl, const struct arguments *args)
{
	struct apikey_params *params;
	enum end end;

	if (args->word_count > 0)
		return import_all(ctl, args);
	if (arguments_get(args, "format") || arguments_get(args, "batch"))
		return ctl_usage(ctl, "--format and --batch go with a FILE of keys");
	end = key_params(ctl, args, &params);
	if (end == END_DONE)
		end = import_one(ctl, args, params);
	apikey_params_free(params);
	return end;
}

static const struct option import_options[] = {
	NEW_KEY_OPTIONS(false),
	{.name = "prefix",
		.value = "TEXT",
		.help = "what names it in public; made up if not given",
		.type = OPTION_TEXT,
		.param = "prefix"},
	{.name = "hash",
		.value = "KIND",
		.help = "what is read is sha256 or bcrypt of the key",
		.type = OPTION_TEXT},
	{.name = "file",
		.value = "PATH",
		.help = "read the key there; \"-\" is standard input",
		.type = OPTION_TEXT},
	{.name = "dry-run", .help = "check, and change nothing", .type = OPTION_FLAG},
	{.name = "format",
		.value = "FORMAT",
		.help = "of FILE: csv or jsonl; as its name ends if not given",
		.type = OPTION_TEXT},
	{.name = "batch",
		.value = "TEXT",
		.help = "what makes rows the same as those of an earlier run",
		.type = OPTION_TEXT},
	{.name = NULL},
};

const struct command key_import = {
	.words = "key import",
	.arguments = "[FILE]",
	.most = 1,
	.help = "Take over a key in use elsewhere, from standard input, or a FILE of them.",
	.options = import_options,
	.examples = {"printf %s \"$OLD_KEY\" | apikeyctl key import --name \"partner ACME\"",
		"apikeyctl key import --name cron --file old.key --prefix cron_2019",
		"apikeyctl key import keys.csv --dry-run",
		"apikeyctl key import keys.jsonl --json > report.jsonl"},
	.run = run_import,
};
