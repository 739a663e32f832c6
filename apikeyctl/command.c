/* command.c - the table of commands, and how what is typed finds one. */
#include "apikeyctl/command.h"

#include <stdio.h>
#include <string.h>

#include "apikeyctl/commands.h"

#define TYPED_MAX 64 /* longest text that is compared */

const struct command *const command_table[] = {
	&key_create,
	&key_list,
	&key_show,
	&key_update,
	&key_rotate,
	&key_explain,
	&key_import,
	&key_disable,
	&key_enable,
	&key_revoke,
	&key_delete,
	&plan_create,
	&plan_list,
	&plan_show,
	&plan_update,
	&plan_delete,
	&tenant_create,
	&tenant_list,
	&tenant_show,
	&tenant_update,
	&tenant_disable,
	&tenant_enable,
	&tenant_delete,
	&user_create,
	&user_list,
	&user_show,
	&user_update,
	&user_disable,
	&user_enable,
	&user_delete,
	&user_passwd,
	&user_recover,
	&user_codes,
	&session_list,
	&session_end,
	&alert_list,
	&audit_list,
	&audit_verify,
	&audit_export,
	&daemon_status,
	&daemon_reload,
	&login,
	&logout,
	&whoami,
	&backup,
	&verify,
	&events,
	&usage,
	&stats,
	&hello,
	&ping,
	&complete,
	NULL,
};

/* The word at this place of a command, or NULL; *len is its length. */
static const char *word_at(const struct command *command, size_t place, size_t *len)
{
	const char *word = command->words;

	for (; place > 0 && word; place--) {
		word = strchr(word, ' ');
		word += word != NULL;
	}
	*len = word ? strcspn(word, " ") : 0;
	return word;
}

/* Whether what was typed is the word (whole) or its beginning. */
static bool is_word(const struct command *command, size_t place, const char *typed, bool whole)
{
	size_t len;
	const char *word = word_at(command, place, &len);
	size_t typed_len = strlen(typed);

	return word && typed_len > 0 && (whole ? typed_len == len : typed_len <= len) &&
	       memcmp(word, typed, typed_len) == 0;
}

/* A whole word goes before the beginnings of others. */
static bool whole_word_exists(const char *const *words, size_t place)
{
	for (size_t i = 0; command_table[i]; i++)
		if (is_word(command_table[i], place, words[place], true) &&
			command_begins(command_table[i], words, place))
			return true;
	return false;
}

bool command_begins(const struct command *command, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!is_word(command, i, words[i], whole_word_exists(words, i)))
			return false;
	return true;
}

enum match command_match(const char *const *words, size_t count, const struct command **out)
{
	size_t found = 0, len;

	for (size_t i = 0; command_table[i]; i++)
		if (command_begins(command_table[i], words, count)) {
			found++;
			*out = command_table[i];
		}
	if (found == 0)
		return MATCH_NONE;
	return found == 1 && !word_at(*out, count, &len) ? MATCH_ONE : MATCH_SOME;
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Changes of one character that lead from a to b, swapped neighbours being one: the "optimal string
 * alignment" distance (Damerau 1964). */
static size_t distance(const char *a, const char *b)
{
	size_t rows[3][TYPED_MAX + 1];
	size_t *before = rows[0], *last = rows[1], *row = rows[2];
	size_t la = least(strlen(a), TYPED_MAX), lb = least(strlen(b), TYPED_MAX);

	for (size_t j = 0; j <= lb; j++)
		last[j] = j;
	for (size_t i = 1; i <= la; i++) {
		size_t *free_row = before;

		row[0] = i;
		for (size_t j = 1; j <= lb; j++) {
			row[j] = least(least(last[j], row[j - 1]) + 1,
				last[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				row[j] = least(row[j], before[j - 2] + 1);
		}
		before = last;
		last = row;
		row = free_row;
	}
	return last[lb];
}

/* Twice the changes. A verb without its noun ("list") and the two the wrong way round are near, too, but not as near as
 * a command that is typed whole. */
static size_t command_distance(const struct command *command, const char *typed)
{
	const char *space = strchr(command->words, ' ');
	size_t d = distance(typed, command->words);
	char swapped[TYPED_MAX];

	if (!space)
		return 2 * d;
	snprintf(swapped, sizeof swapped, "%s %.*s", space + 1, (int)(space - command->words),
		command->words);
	return least(
		2 * d, least(2 * distance(typed, space + 1) + 1, 2 * distance(typed, swapped) + 2));
}

const struct command *command_nearest(const char *typed)
{
	const struct command *nearest = command_table[0];

	for (size_t i = 1; command_table[i]; i++)
		if (command_distance(command_table[i], typed) < command_distance(nearest, typed))
			nearest = command_table[i];
	return nearest;
}

const struct option *option_nearest(const struct option *table, const char *name)
{
	const struct option *nearest = NULL;
	size_t best = strlen(name) / 2 + 1;

	for (; table && table->name; table++)
		if (distance(table->name, name) < best) {
			best = distance(table->name, name);
			nearest = table;
		}
	return nearest;
}
