/* filter.c - what is typed after `/`: words that a row has to hold, and "name:value" that the daemon looks for. */
#include "apikey-tui/filter.h"

#include <stdio.h>
#include <string.h>

#include "apikey-tui/fields.h"
#include "protocol/keytext.h"

#define SEPARATORS                                                                                 \
	" \t\"'`,;:=()<>[]{}" /* what may stand around a key in a header, a log or a program */

/* The value of a word that begins with this name and a colon; NULL: it does not. */
static const char *value_of(const char *word, const char *name)
{
	size_t len = strlen(name);

	return strncmp(word, name, len) == 0 && word[len] == ':' ? word + len + 1 : NULL;
}

static bool is_named(const char *word, const char *const *names)
{
	for (; names != NULL && *names != NULL; names++)
		if (value_of(word, *names) != NULL)
			return true;
	return false;
}

/* Words, one after the other, in a copy. */
struct words {
	char copy[FILTER_MAX + 1], *rest;
};

static const char *first(struct words *w, const char *filter)
{
	snprintf(w->copy, sizeof w->copy, "%s", filter);
	return strtok_r(w->copy, " ", &w->rest);
}

static const char *next(struct words *w)
{
	return strtok_r(NULL, " ", &w->rest);
}

bool filter_value(const char *filter, const char *name, char *out, size_t size)
{
	struct words w = {0};

	*out = '\0';
	for (const char *word = first(&w, filter); word != NULL && *out == '\0'; word = next(&w))
		if (value_of(word, name) != NULL)
			snprintf(out, size, "%s", value_of(word, name));
	return *out != '\0';
}

void filter_words(const char *filter, const char *const *names, char *out, size_t size)
{
	struct words w = {0};
	size_t at = 0;

	*out = '\0';
	for (const char *word = first(&w, filter); word != NULL && at < size; word = next(&w))
		if (!is_named(word, names))
			at += (size_t)snprintf(
				out + at, size - at, "%s%s", at > 0 ? " " : "", word);
}

static void put(struct apikey_params *params, const char *name, const char *value, int64_t now)
{
	bool time = strcmp(name, "from") == 0 || strcmp(name, "to") == 0;
	struct expiry when;

	if (!time)
		apikey_put_string(params, name, value);
	else if (field_expiry(value, &when) && !when.never)
		apikey_put_int(params, name, when.at != 0 ? when.at : now - when.in);
}

void filter_ask(
	const char *filter, const char *const *names, int64_t now, struct apikey_params *params)
{
	char value[FILTER_MAX + 1];

	for (; *names != NULL; names++)
		if (filter_value(filter, *names, value, sizeof value))
			put(params, *names, value, now);
}

/* A proof is digits by chance, in which any short word is sooner or later. */
static bool in_map(const struct apikey_value *map, const char *word)
{
	for (size_t i = 0; i < apikey_count(map); i++) {
		const struct apikey_value *value = apikey_at(map, i);
		const char *text = apikey_string(value), *name = apikey_key_at(map, i);

		if (name != NULL && strcmp(name, "mac") == 0)
			continue;
		if ((text != NULL && strcasestr(text, word) != NULL) ||
			(apikey_type(value) == APIKEY_MAP && in_map(value, word)))
			return true;
	}
	return false;
}

bool filter_holds(const char *filter, const char *const *names, const struct apikey_value *map)
{
	struct words w = {0};
	bool holds = true;

	for (const char *word = first(&w, filter); word != NULL && holds; word = next(&w))
		holds = is_named(word, names) || in_map(map, word);
	return holds;
}

void filter_hide_secret(struct line *filter)
{
	char copy[KEYTEXT_PREFIX_SIZE], text[LINE_SIZE];
	struct text prefix = {0};

	memcpy(text, filter->text, filter->len + 1);
	for (char *rest, *word = strtok_r(text, SEPARATORS, &rest);
		word != NULL && prefix.data == NULL; word = strtok_r(NULL, SEPARATORS, &rest))
		prefix = keytext_prefix(text_of(word));
	if (prefix.data != NULL) {
		snprintf(copy, sizeof copy, "%.*s", (int)prefix.len, prefix.data);
		explicit_bzero(filter->text, sizeof filter->text);
		line_set(filter, copy);
	}
	explicit_bzero(text, sizeof text);
}
