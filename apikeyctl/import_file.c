/* import_file.c - the keys in a file, each as the parameters of key.import. */
#include "apikeyctl/import_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "apikeyctl/csv.h"
#include "apikeyctl/json.h"
#include "apikeyctl/key.h"

#define FIRST_ROOM 65536
#define IDENTITY_SIZE 64

struct import_file {
	enum import_format format;
	char *text; /* and a NUL */
	size_t len, line;
	char *p; /* of JSON lines */
	struct csv csv;
	const struct option *columns[CSV_FIELDS_MAX];
	size_t column_count;
	char identity[IDENTITY_SIZE];
	bool lasts;
};

/* What a column may be. */
static const struct option columns[] = {
	NEW_KEY_OPTIONS(false),
	{.name = "prefix", .value = "TEXT", .type = OPTION_TEXT, .param = "prefix"},
	{.name = "plaintext", .value = "KEY", .type = OPTION_TEXT, .param = "plaintext"},
	{.name = "sha256", .value = "HASH", .type = OPTION_TEXT, .param = "sha256"},
	{.name = "bcrypt", .value = "HASH", .type = OPTION_TEXT, .param = "bcrypt"},
	{.name = NULL},
};

void import_file_close(struct import_file *file)
{
	if (!file)
		return;
	if (file->text)
		explicit_bzero(file->text, file->len);
	free(file->text);
	free(file);
}

const char *import_file_identity(const struct import_file *file)
{
	return file->identity;
}

bool import_file_lasts(const struct import_file *file)
{
	return file->lasts;
}

size_t import_file_size(const struct import_file *file)
{
	return file->len;
}

size_t import_file_done(const struct import_file *file)
{
	return (size_t)((file->format == IMPORT_CSV ? file->csv.p : file->p) - file->text);
}

/* Room for more, without leaving a copy behind. */
static bool grow(struct import_file *file, size_t *room)
{
	size_t wanted = *room == 0 ? FIRST_ROOM : 2 * *room;
	char *text = malloc(wanted + 1);

	if (!text)
		return false;
	if (file->text) {
		memcpy(text, file->text, file->len);
		explicit_bzero(file->text, file->len);
		free(file->text);
	}
	file->text = text;
	*room = wanted;
	return true;
}

static enum apikey_error read_all(struct import_file *file, int fd, struct failure *why)
{
	size_t room = 0;
	ssize_t n = 1;

	while (n > 0 && file->len <= IMPORT_FILE_MAX) {
		if (file->len == room && !grow(file, &room))
			return fail(why, APIKEY_NO_MEMORY, "no memory");
		n = read(fd, file->text + file->len, room - file->len);
		if (n > 0)
			file->len += (size_t)n;
		else if (n < 0 && errno == EINTR)
			n = 1;
	}
	file->text[file->len] = '\0';
	if (n < 0)
		return fail(why, APIKEY_INVALID_ARGUMENT, "%s", strerror(errno));
	if (file->len > IMPORT_FILE_MAX)
		return fail(
			why, APIKEY_INVALID_ARGUMENT, "it is over %zu MiB", IMPORT_FILE_MAX >> 20);
	if (memchr(file->text, '\0', file->len))
		return fail(why, APIKEY_INVALID_ARGUMENT, "it holds a NUL");
	return APIKEY_OK;
}

static enum apikey_error read_file(struct import_file *file, const char *path, struct failure *why)
{
	int fd = strcmp(path, "-") != 0 ? open(path, O_RDONLY | O_CLOEXEC) : STDIN_FILENO;
	struct stat st = {0};
	enum apikey_error r;

	if (fd < 0 || fstat(fd, &st) != 0)
		return fail(why, APIKEY_INVALID_ARGUMENT, "%s", strerror(errno));
	snprintf(file->identity, sizeof file->identity, "%llx.%llx.%llx",
		(unsigned long long)st.st_ino, (unsigned long long)st.st_size,
		(unsigned long long)st.st_mtim.tv_sec * 1000000000ULL +
			(unsigned long long)st.st_mtim.tv_nsec);
	file->lasts = S_ISREG(st.st_mode);
	r = read_all(file, fd, why);
	if (fd != STDIN_FILENO)
		close(fd);
	return r;
}

static const struct option *column_find(const char *name)
{
	for (const struct option *o = columns; o->name; o++)
		if (strcmp(name, o->name) == 0 || strcmp(name, o->param) == 0)
			return o;
	return NULL;
}

static enum apikey_error read_header(struct import_file *file, struct failure *why)
{
	char *names[CSV_FIELDS_MAX];

	file->csv = csv_of(file->text);
	if (csv_next(&file->csv, names, &file->column_count) != 1)
		return fail(why, APIKEY_INVALID_ARGUMENT, "no row names its columns");
	for (size_t i = 0; i < file->column_count; i++) {
		file->columns[i] = column_find(names[i]);
		if (!file->columns[i])
			return fail(why, APIKEY_INVALID_ARGUMENT,
				"no column is called \"%.64s\": they are as the options of key "
				"import, and plaintext, sha256 or bcrypt",
				names[i]);
		for (size_t k = 0; k < i; k++)
			if (file->columns[k] == file->columns[i])
				return fail(why, APIKEY_INVALID_ARGUMENT,
					"the column \"%s\" is there twice", names[i]);
	}
	return APIKEY_OK;
}

enum apikey_error import_file_open(
	const char *path, enum import_format format, struct import_file **out, struct failure *why)
{
	struct import_file *file = calloc(1, sizeof *file);
	enum apikey_error r;

	*out = NULL;
	if (!file)
		return fail(why, APIKEY_NO_MEMORY, "no memory");
	file->format = format;
	r = read_file(file, path, why);
	if (r == APIKEY_OK)
		file->p = csv_after_mark(file->text);
	if (r == APIKEY_OK && format == IMPORT_CSV)
		r = read_header(file, why);
	if (r == APIKEY_OK)
		*out = file;
	else
		import_file_close(file);
	return r;
}

/* ---- a row as parameters ---- */

/* A cell as what was given for its option; of one that may be repeated the words of the cell. */
static size_t give(const struct option *option, char *cell, struct given *out, size_t room)
{
	size_t count = 0;
	char *rest = cell;

	if (cell[0] == '\0')
		return 0;
	if (!option_repeats(option)) {
		out[0] = (struct given){option, cell};
		return 1;
	}
	for (char *word; count < room && (word = strtok_r(rest, " ", &rest)) != NULL;)
		out[count++] = (struct given){option, word};
	return count;
}

#define GIVEN_MAX 256 /* of all cells of a row: what the daemon takes at most in one message */

static void params_of_cells(
	const struct import_file *file, char *const *cells, size_t count, struct import_row *row)
{
	struct given given[GIVEN_MAX];
	struct arguments args = {.options = columns, .given = given};

	if (count != file->column_count) {
		fail(&row->why, APIKEY_INVALID_ARGUMENT, "it has %zu fields, not %zu", count,
			file->column_count);
		return;
	}
	for (size_t i = 0; i < count && args.given_count < GIVEN_MAX; i++)
		args.given_count += give(file->columns[i], cells[i], given + args.given_count,
			GIVEN_MAX - args.given_count);
	row->params = apikey_params_new();
	if (!row->params) {
		fail(&row->why, APIKEY_NO_MEMORY, "no memory");
	} else if (arguments_put(&args, row->params, &row->why) != APIKEY_OK) {
		apikey_params_free(row->params);
		row->params = NULL;
	}
}

static int next_cells(struct import_file *file, struct import_row *row)
{
	char *cells[CSV_FIELDS_MAX];
	size_t count;
	int found = csv_next(&file->csv, cells, &count);

	row->line = file->csv.line;
	if (found > 0)
		params_of_cells(file, cells, count, row);
	else if (found < 0)
		fail(&row->why, APIKEY_INVALID_ARGUMENT,
			"a quote is out of place, or there are over %d fields", CSV_FIELDS_MAX);
	return found;
}

static int next_object(struct import_file *file, struct import_row *row)
{
	struct json_t *object;
	size_t len;

	for (; *file->p == '\n' || *file->p == '\r'; file->p++)
		file->line += *file->p == '\n';
	row->line = file->line + 1;
	if (*file->p == '\0')
		return 0;
	len = strcspn(file->p, "\n");
	object = json_read(file->p, len);
	file->p += len;
	row->params = object ? apikey_params_new() : NULL;
	if (row->params)
		json_put_members(object, row->params);
	else
		fail(&row->why, object ? APIKEY_NO_MEMORY : APIKEY_INVALID_ARGUMENT,
			object ? "no memory" : "it is no JSON object");
	json_free(object);
	return 1;
}

int import_file_next(struct import_file *file, struct import_row *row)
{
	*row = (struct import_row){0};
	return file->format == IMPORT_CSV ? next_cells(file, row) : next_object(file, row);
}
