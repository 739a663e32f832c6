/* filter.c - what is typed after `/`: words that a row has to hold, and "name:value" that the daemon looks for. */
#include "apikey-tui/filter.h"

#include <stdio.h>
#include <string.h>

#include "apikey-tui/fields.h"
#include "protocol/keytext.h"

#define WORDS " "

/* The value of a word that begins with one of these names and a colon; name is set. NULL: it is another word. */
static const char *value_of(const char *word, const char *const *names, const char **name)
{
	for (; names != NULL && *names != NULL; names++) {
		size_t len = strlen(*names);

		if (strncmp(word, *names, len) == 0 && word[len] == ':') {
			*name = *names;
			return word + len + 1;
		}
	}
	return NULL;
}

static void put(struct apikey_params *params, const char *name, const char *value, int64_t now)
{
	bool time = strcmp(name, "from") == 0 || strcmp(name, "to") == 0;
	struct expiry when;

	if (*value == '\0')
		return;
	if (!time)
		apikey_put_string(params, name, value);
	else if (field_expiry(value, &when) && !when.never)
		apikey_put_int(params, name, when.at != 0 ? when.at : now - when.in);
}

void filter_ask(const struct line *filter, const char *const *names, int64_t now,
	struct apikey_params *params)
{
	char text[LINE_SIZE];

	memcpy(text, filter->text, filter->len + 1);
	for (char *save, *word = strtok_r(text, WORDS, &save); word != NULL;
		word = strtok_r(NULL, WORDS, &save)) {
		const char *name, *value = value_of(word, names, &name);

		if (value != NULL)
			put(params, name, value, now);
	}
}

static bool in_map(const struct apikey_value *map, const char *word)
{
	for (size_t i = 0; i < apikey_count(map); i++) {
		const struct apikey_value *value = apikey_at(map, i);
		const char *text = apikey_string(value);

		if ((text != NULL && strcasestr(text, word) != NULL) ||
			(apikey_type(value) == APIKEY_MAP && in_map(value, word)))
			return true;
	}
	return false;
}

bool filter_holds(
	const struct line *filter, const char *const *names, const struct apikey_value *map)
{
	char text[LINE_SIZE];
	bool holds = true;

	memcpy(text, filter->text, filter->len + 1);
	for (char *save, *word = strtok_r(text, WORDS, &save); word != NULL && holds;
		word = strtok_r(NULL, WORDS, &save)) {
		const char *name;

		holds = value_of(word, names, &name) != NULL || in_map(map, word);
	}
	return holds;
}

void filter_hide_secret(struct line *filter)
{
	struct text prefix = keytext_prefix(text_of(filter->text));
	char copy[KEYTEXT_PREFIX_SIZE];

	if (prefix.data == NULL)
		return;
	snprintf(copy, sizeof copy, "%.*s", (int)prefix.len, prefix.data);
	explicit_bzero(filter->text, sizeof filter->text);
	line_set(filter, copy);
}
