/* complete.c - what a shell may offer next: words and options from the table, names from the daemon. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apikeyctl/commands.h"
#include "apikeyctl/json.h"
#include "apikeyctl/parse.h"
#include "apikeyctl/print.h"

#define WORDS_MAX 1000
#define NAMES_MAX 50 /* asked of the daemon */
#define WORD_MAX 64
#define VALUES_MAX 10 /* of an option */
#define PLAIN "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-"

struct offers {
	const char *begun; /* the word that is typed, so far */
	bool json, any;
};

static void offer_json(struct offers *o, const char *word, const char *about)
{
	fputs(o->any ? "," : "[", stdout);
	fputs("{\"word\":", stdout);
	json_print_text(word);
	fputs(",\"about\":", stdout);
	json_print_text(about);
	fputs("}", stdout);
	o->any = true;
}

/* Whether a shell takes it as it stands: it puts what is offered into the line that it then runs, and the prefix of
 * an imported key may be "x;reboot". */
static bool is_plain(const char *word)
{
	return word[strspn(word, PLAIN)] == '\0';
}

/* An offer is a line: the whole word, and after a tab what it is. */
static void offer(struct offers *o, const char *word, const char *about)
{
	char *shown;

	if (strncmp(word, o->begun, strlen(o->begun)) != 0 || !is_plain(word))
		return;
	if (o->json) {
		offer_json(o, word, about);
		return;
	}
	shown = print_escaped(about);
	printf("%s%s%s\n", word, shown && *shown ? "\t" : "", shown ? shown : "");
	free(shown);
}

/* ---- from the table ---- */

/* The next word of every command that begins like that, each once: those of a noun stand together. */
static void offer_words(const struct command_line *line, struct offers *o)
{
	char word[WORD_MAX], before[WORD_MAX] = "";

	for (size_t i = 0; command_table[i] != NULL; i++) {
		const char *next = command_table[i]->words;
		size_t len;

		if (!command_begins(command_table[i], line->words, line->word_count))
			continue;
		for (size_t n = 0; n < line->word_count && next != NULL; n++)
			next = (next = strchr(next, ' ')) != NULL ? next + 1 : NULL;
		if (next == NULL)
			continue;
		len = strcspn(next, " ");
		snprintf(word, sizeof word, "%.*s", (int)len, next);
		if (strcmp(word, before) != 0)
			offer(o, word, next[len] == '\0' ? command_table[i]->help : "");
		memcpy(before, word, sizeof before);
	}
}

static void offer_options(const struct option *options, struct offers *o)
{
	char word[WORD_MAX];

	for (; options != NULL && options->name != NULL; options++) {
		snprintf(word, sizeof word, "--%s", options->name);
		offer(o, word, options->help);
	}
}

/* Of options that take one of a few words. */
static void offer_values(const struct option *option, struct offers *o)
{
	static const struct {
		const char *option;
		const char *values[VALUES_MAX + 1]; /* ended by NULL */
	} table[] = {
		{"color", {"always", "never", "auto"}},
		{"status", {"active", "disabled", "expired", "revoked"}},
		{"sort", {"created_at", "name", "owner", "tenant", "expires_at", "prefix", "status",
				 "last_used_at", "requests", "units"}},
		{"role", {"viewer", "operator", "admin"}},
		{"step", {"minute", "hour", "day"}},
		{"by", {"code", "resource", "secret"}},
		{"topic", {"key", "usage", "audit", "alert", "server"}},
	};

	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		if (strcmp(table[i].option, option->name) != 0)
			continue;
		for (const char *const *value = table[i].values; *value != NULL; value++)
			offer(o, *value, "");
	}
}

/* The option of which a word is the value that is to come; NULL: of none. */
static const struct option *awaiting(const struct command_line *line, const char *before)
{
	const struct option *option;

	if (before == NULL || strncmp(before, "--", 2) != 0)
		return NULL;
	option = option_find(common_options, before + 2, strlen(before + 2));
	if (option == NULL)
		option = option_find(line->args.options, before + 2, strlen(before + 2));
	return option != NULL && option->value != NULL ? option : NULL;
}

/* ---- from the daemon, which may be away ---- */

static const struct named {
	const char *noun, *method, *rows, *name, *about;
} nouns[] = {
	{"key", "key.list", "keys", "id", "name"},
	{"plan", "plan.list", "plans", "name", "rate"},
	{"tenant", "tenant.list", "tenants", "name", "status"},
	{"user", "user.list", "users", "username", "role"},
};

/* A key goes by its prefix, too. */
static void offer_row(const struct named *named, const struct apikey_value *row, struct offers *o)
{
	const struct apikey_value *secrets = apikey_get(row, "secrets");
	const char *name = apikey_string(apikey_get(row, named->name)),
		   *about = apikey_string(apikey_get(row, named->about));

	if (name != NULL)
		offer(o, name, about != NULL ? about : "");
	for (size_t i = 0; i < apikey_count(secrets) && *o->begun != '\0'; i++) {
		const char *prefix = apikey_string(apikey_get(apikey_at(secrets, i), "prefix"));

		if (prefix != NULL)
			offer(o, prefix, about != NULL ? about : "");
	}
}

static void offer_names(struct ctl *ctl, const struct named *named, struct offers *o)
{
	struct apikey_params *params = apikey_params_new();
	const struct apikey_value *answer, *rows;
	bool keys = strcmp(named->noun, "key") == 0;

	if (params == NULL)
		return;
	if (keys) {
		apikey_put_int(params, "limit", NAMES_MAX);
		apikey_put_bool(params, "desc", true);
		apikey_put_string(params, "query", *o->begun != '\0' ? o->begun : NULL);
	}
	if (ctl_ask(ctl, named->method, params, &answer) == APIKEY_OK) {
		rows = apikey_get(answer, named->rows);
		for (size_t i = 0; i < apikey_count(rows); i++)
			offer_row(named, apikey_at(rows, i), o);
	}
	apikey_params_free(params);
}

/* What a command is about is a thing of its noun, but for one that makes it. */
static void offer_arguments(struct ctl *ctl, const struct command *command, struct offers *o)
{
	const char *verb = strchr(command->words, ' ');
	size_t len = strcspn(command->words, " ");

	if (command->most == 0 || (verb != NULL && strcmp(verb, " create") == 0))
		return;
	for (size_t i = 0; i < sizeof nouns / sizeof nouns[0]; i++)
		if (strncmp(command->words, nouns[i].noun, len) == 0 && nouns[i].noun[len] == '\0')
			offer_names(ctl, &nouns[i], o);
	if (strcmp(command->words, "usage") == 0)
		offer_names(ctl, &nouns[0], o);
}

/* ---- */

/* Asks where the line that is typed would. */
static bool go_there(struct ctl *ctl, const char *socket)
{
	struct apikey_client *there = socket != NULL ? apikey_open(socket) : NULL;

	if (socket == NULL)
		return true;
	if (there == NULL)
		return false;
	apikey_close(ctl->client);
	ctl->client = there;
	ctl->reached = false;
	ctl->away = APIKEY_OK;
	return true;
}

static enum end run_complete(struct ctl *ctl, const struct arguments *args)
{
	struct offers offers = {
		.begun = args->word_count > 0 ? args->words[args->word_count - 1] : "",
		.json = ctl->format == FORMAT_JSON};
	size_t typed = args->word_count > 0 ? args->word_count - 1 : 0;
	const char *before = typed > 0 ? args->words[typed - 1] : NULL;
	char **words = calloc(typed + 1, sizeof *words);
	struct command_line line = {0};
	const struct option *option;
	struct failure why;

	if (words == NULL)
		return ctl_fail(ctl, APIKEY_NO_MEMORY, "no memory");
	if (typed > 0)
		memcpy(words, args->words, typed * sizeof *words);
	(void)!command_line_read(&line, words, &why); /* it need not be whole */
	option = awaiting(&line, before);
	if (option != NULL) {
		offer_values(option, &offers);
	} else if (*offers.begun == '-') {
		offer_options(line.command != NULL ? line.args.options : NULL, &offers);
		offer_options(common_options, &offers);
	} else if (line.command == NULL) {
		offer_words(&line, &offers);
	} else if (go_there(ctl, line.socket)) {
		offer_arguments(ctl, line.command, &offers);
	}
	if (offers.json)
		puts(offers.any ? "]" : "[]");
	command_line_free(&line);
	free(words);
	return END_DONE;
}

const struct command complete = {
	.words = "complete",
	.arguments = "[-- WORD...]",
	.most = WORDS_MAX,
	.help = "Say what may be typed next; for shells, which ask it at Tab.",
	.examples = {"apikeyctl complete -- key re", "apikeyctl complete -- key show k_"},
	.run = run_complete,
};
