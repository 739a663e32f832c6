/* memory.c - what the console remembers from one time to the next: view, order and filter, never a secret. */
#include "apikey-tui/memory.h"

#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SECRET_RUN 20 /* letters and digits in a row: what has so many may be a piece of a secret */

/* The file; makes its directory where asked. */
static bool path_of(char out[PATH_MAX], bool make)
{
	const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
	int len;

	if (state != NULL && *state == '/')
		len = snprintf(out, PATH_MAX, "%s", state);
	else if (home != NULL && *home == '/')
		len = snprintf(out, PATH_MAX, "%s/.local/state", home);
	else
		return false;
	if (len >= PATH_MAX - 16)
		return false;
	for (char *slash = out + 1; make && (slash = strchr(slash, '/')) != NULL; slash++) {
		*slash = '\0';
		mkdir(out, 0700);
		*slash = '/';
	}
	if (make)
		mkdir(out, 0700);
	snprintf(out + len, PATH_MAX - (size_t)len, "/apikey-tui");
	return true;
}

static bool may_be_secret(const char *text)
{
	int run = 0;

	for (; *text != '\0' && run < SECRET_RUN; text++)
		run = isalnum((unsigned char)*text) ? run + 1 : 0;
	return run >= SECRET_RUN;
}

/* "name value" */
static void read_line(struct memory *m, char *line)
{
	char *value = strchr(line, ' ');

	if (value == NULL)
		return;
	*value++ = '\0';
	value[strcspn(value, "\n")] = '\0';
	if (strcmp(line, "view") == 0)
		snprintf(m->view, sizeof m->view, "%s", value);
	else if (strcmp(line, "sort") == 0)
		snprintf(m->sort, sizeof m->sort, "%s", value);
	else if (strcmp(line, "filter") == 0)
		snprintf(m->filter, sizeof m->filter, "%s", value);
	else if (strcmp(line, "order") == 0)
		m->descending = strcmp(value, "down") == 0;
	else if (strcmp(line, "used") == 0)
		m->used = strcmp(value, "yes") == 0;
}

static bool can_be_kept(void)
{
	char path[PATH_MAX];

	if (!path_of(path, true))
		return false;
	*strrchr(path, '/') = '\0';
	return access(path, W_OK) == 0;
}

void memory_load(struct memory *m)
{
	char path[PATH_MAX], line[2 * MEMORY_TEXT];
	FILE *file;

	memset(m, 0, sizeof *m);
	file = path_of(path, false) ? fopen(path, "re") : NULL;
	if (file == NULL) {
		m->used = !can_be_kept();
		return;
	}
	while (fgets(line, sizeof line, file) != NULL)
		read_line(m, line);
	fclose(file);
}

void memory_save(const struct memory *m)
{
	char path[PATH_MAX], fresh[PATH_MAX + 8];
	FILE *file;

	if (!path_of(path, true))
		return;
	snprintf(fresh, sizeof fresh, "%s.new", path);
	file = fopen(fresh, "we");
	if (file == NULL)
		return;
	fchmod(fileno(file), 0600);
	fprintf(file, "view %s\nsort %s\norder %s\nfilter %s\nused %s\n", m->view, m->sort,
		m->descending ? "down" : "up", may_be_secret(m->filter) ? "" : m->filter,
		m->used ? "yes" : "no");
	if (fclose(file) == 0)
		rename(fresh, path);
	else
		remove(fresh);
}
