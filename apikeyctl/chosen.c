/* chosen.c - the keys that a command is about: named one by one, or by what they have in common. */
#include "apikeyctl/chosen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAGE 1000 /* keys */
#define FILTER_MAX 512

static bool hold(struct chosen *chosen, struct apikey_value *value)
{
	struct apikey_value **held =
		reallocarray(chosen->held, chosen->held_count + 1, sizeof *held);

	if (held == NULL) {
		apikey_value_free(value);
		return false;
	}
	chosen->held = held;
	held[chosen->held_count++] = value;
	return true;
}

/* Room for so many more. */
static bool make_room(struct chosen *chosen, size_t more)
{
	const struct apikey_value **keys =
		reallocarray(chosen->keys, chosen->count + more + 1, sizeof *keys);

	if (keys != NULL)
		chosen->keys = keys;
	return keys != NULL;
}

enum end chosen_by_words(struct ctl *ctl, const struct arguments *args, struct chosen *out)
{
	const struct apikey_value *key;
	enum end end = END_DONE;

	if (!make_room(out, args->word_count))
		return ctl_fail(ctl, APIKEY_NO_MEMORY, "no memory");
	for (size_t i = 0; i < args->word_count; i++) {
		if ((end = key_get(ctl, args->words[i], &key)) != END_DONE)
			return end;
		if (!hold(out, apikey_take(ctl->client)))
			return ctl_fail(ctl, APIKEY_NO_MEMORY, "no memory");
		out->keys[out->count++] = out->held[i];
	}
	return END_DONE;
}

/* ---- by a filter ---- */

/* A word such as "owner:ada" as a parameter; false: it is none. */
static bool put_term(struct apikey_params *params, const char *word)
{
	static const char *const names[] = {"status", "owner", "tenant"};

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		size_t len = strlen(names[i]);

		if (strncmp(word, names[i], len) == 0 && word[len] == ':') {
			apikey_put_string(params, names[i], word + len + 1);
			return true;
		}
	}
	return false;
}

static void put_filter(struct apikey_params *params, const char *filter)
{
	char copy[FILTER_MAX], text[FILTER_MAX] = "", *rest = copy;
	size_t at = 0; /* no longer than the filter is */

	snprintf(copy, sizeof copy, "%s", filter);
	for (const char *word; (word = strsep(&rest, " ")) != NULL;) {
		if (*word == '\0' || put_term(params, word))
			continue;
		at += (size_t)snprintf(
			text + at, sizeof text - at, "%s%s", at > 0 ? " " : "", word);
	}
	if (*text != '\0')
		apikey_put_string(params, "query", text);
}

static bool add_page(struct chosen *out, struct apikey_value *page, const char *states)
{
	const struct apikey_value *keys = apikey_get(page, "keys");

	if (!hold(out, page) || !make_room(out, apikey_count(keys)))
		return false;
	for (size_t i = 0; i < apikey_count(keys); i++) {
		const struct apikey_value *key = apikey_at(keys, i);
		const char *status = apikey_string(apikey_get(key, "status"));

		if (states == NULL || (status != NULL && strstr(states, status) != NULL))
			out->keys[out->count++] = key;
	}
	return true;
}

enum end chosen_by_filter(
	struct ctl *ctl, const char *filter, const char *states, struct chosen *out)
{
	const struct apikey_value *page;
	const char *cursor = NULL;
	enum end end;

	if (strlen(filter) >= FILTER_MAX || filter[strspn(filter, " ")] == '\0')
		return ctl_usage(ctl, "--where: which keys? status:disabled owner:ada billing");
	do {
		struct apikey_params *params = apikey_params_new();

		if (params == NULL)
			return ctl_fail(ctl, APIKEY_NO_MEMORY, "no memory");
		put_filter(params, filter);
		apikey_put_int(params, "limit", PAGE);
		apikey_put_string(params, "cursor", cursor);
		end = ctl_call(ctl, "key.list", params, &page);
		apikey_params_free(params);
		if (end != END_DONE)
			return end;
		if (!add_page(out, apikey_take(ctl->client), states))
			return ctl_fail(ctl, APIKEY_NO_MEMORY, "no memory");
		cursor = apikey_string(apikey_get(out->held[out->held_count - 1], "next"));
	} while (cursor != NULL);
	return END_DONE;
}

void chosen_free(struct chosen *chosen)
{
	for (size_t i = 0; i < chosen->held_count; i++)
		apikey_value_free(chosen->held[i]);
	free(chosen->held);
	free(chosen->keys);
}
