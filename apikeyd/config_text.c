/* config_text.c - a configuration file, read by libconfuse with what that lacks. */
#include "apikeyd/config_text.h"

#include <confuse.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum apikey_error read_whole(const char *file, char **out, struct failure *why)
{
	FILE *in = fopen(file, "re");
	char *text = malloc(CONFIG_TEXT_MAX + 1);
	size_t len = 0;

	if (in == NULL || text == NULL) {
		fail(why, APIKEY_INVALID_ARGUMENT, "%s: %s", file, strerror(errno));
		goto out;
	}
	len = fread(text, 1, CONFIG_TEXT_MAX + 1, in);
	if (ferror(in))
		fail(why, APIKEY_INVALID_ARGUMENT, "%s: %s", file, strerror(errno));
	else if (len > CONFIG_TEXT_MAX)
		fail(why, APIKEY_INVALID_ARGUMENT, "%s: is over %d bytes", file, CONFIG_TEXT_MAX);
	else if (memchr(text, '\0', len) != NULL)
		fail(why, APIKEY_INVALID_ARGUMENT, "%s: is no text", file);
	else
		why->code = APIKEY_OK;
out:
	if (in != NULL)
		fclose(in);
	if (why->code != APIKEY_OK) {
		free(text);
		return why->code;
	}
	text[len] = '\0';
	*out = text;
	return APIKEY_OK;
}

/* Blanks from p to the end of its line; returns where that is. */
static char *blank_line(char *p)
{
	while (*p != '\0' && *p != '\n')
		*p++ = ' ';
	return p;
}

/* Blanks a comment that may span lines; returns what follows it, NULL if it does not end. */
static char *blank_block(char *p, int *line)
{
	char *end = strstr(p + 2, "*/");

	if (end == NULL)
		return NULL;
	for (end += 2; p < end; p++) {
		*line += *p == '\n';
		*p = *p == '\n' ? '\n' : ' ';
	}
	return end;
}

/* Steps over a quoted string; NULL if it does not end. */
static char *skip_string(char *p, int *line)
{
	char quote = *p++;

	for (; *p != '\0' && *p != quote; p++) {
		if (*p == '\\' && p[1] != '\0')
			p++;
		*line += *p == '\n';
	}
	return *p == quote ? p + 1 : NULL;
}

static enum apikey_error prepare(const char *file, char *text, struct failure *why)
{
	int line = 1, depth = 0, opened, brace = 1;

	for (char *p = text; *p != '\0';) {
		if (*p == '#' || (*p == '/' && p[1] == '/')) {
			p = blank_line(p);
		} else if (*p == '/' && p[1] == '*') {
			opened = line;
			if ((p = blank_block(p, &line)) == NULL)
				return fail(why, APIKEY_INVALID_ARGUMENT,
					"%s:%d: a comment is not closed", file, opened);
		} else if (*p == '"' || *p == '\'') {
			opened = line;
			if ((p = skip_string(p, &line)) == NULL)
				return fail(why, APIKEY_INVALID_ARGUMENT,
					"%s:%d: a quote is not closed", file, opened);
		} else {
			if (*p == '{')
				brace = line;
			depth += (*p == '{') - (*p == '}');
			line += *p++ == '\n';
		}
	}
	if (depth > 0)
		return fail(
			why, APIKEY_INVALID_ARGUMENT, "%s:%d: a '{' is not closed", file, brace);
	return APIKEY_OK;
}

/* libconfuse reports through a callback without an argument, so what is being read is told here. */
static _Thread_local struct {
	const char *file;
	struct failure *why;
} reading;

__attribute__((format(printf, 2, 0))) static void on_error(
	cfg_t *cfg, const char *format, va_list args)
{
	char text[FAILURE_TEXT_MAX];

	vsnprintf(text, sizeof text, format, args);
	if (reading.why->code == APIKEY_OK) /* the first error is the cause */
		fail(reading.why, APIKEY_INVALID_ARGUMENT, "%s:%d: %s", reading.file, cfg->line,
			text);
}

enum apikey_error config_text_parse(cfg_t *cfg, const char *file, struct failure *why)
{
	char *text;

	if (read_whole(file, &text, why) != APIKEY_OK)
		return why->code;
	cfg_set_error_function(cfg, on_error);
	reading.file = file;
	reading.why = why;
	if (prepare(file, text, why) == APIKEY_OK && cfg_parse_buf(cfg, text) != CFG_SUCCESS &&
		why->code == APIKEY_OK)
		fail(why, APIKEY_INVALID_ARGUMENT, "%s: cannot be read", file);
	explicit_bzero(text, strlen(text)); /* a declared key may be in it */
	free(text);
	return why->code;
}
