/* key_explain.c - why a key would be let in or not, check by check; the limits of a key that is shown. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apikeyctl/commands.h"
#include "apikeyctl/json.h"
#include "apikeyctl/key.h"
#include "apikeyctl/keyfile.h"
#include "apikeyctl/limits.h"

#define CHECK_WIDTH 16

/* A check's other members, "limit 5, asked 1"; the caller frees. */
static char *numbers(const struct ctl *ctl, const struct apikey_value *check)
{
	char *out = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&out, &size);
	const char *gap = "";

	if (!stream)
		return print_escaped("");
	for (size_t i = 0; i < apikey_count(check); i++) {
		const char *name = apikey_key_at(check, i);
		bool time = name &&
			    (strcmp(name, "reset") == 0 || strcmp(name, "expires_at") == 0 ||
				    strcmp(name, "grace_ends") == 0 || strcmp(name, "now") == 0);
		char *text;

		if (!name || strcmp(name, "check") == 0 || strcmp(name, "outcome") == 0)
			continue;
		text = print_value(ctl, apikey_at(check, i), time ? KIND_TIME : KIND_TEXT);
		fprintf(stream, "%s%s %s", gap, name, text);
		gap = ", ";
		free(text);
	}
	fclose(stream);
	return out;
}

static enum paint paint_of(const char *outcome)
{
	if (strcmp(outcome, "fail") == 0)
		return PAINT_BAD;
	return strcmp(outcome, "pass") == 0 ? PAINT_GOOD : PAINT_PLAIN;
}

static void print_check(const struct ctl *ctl, const struct apikey_value *check)
{
	const char *name = apikey_string(apikey_get(check, "check"));
	const char *said = apikey_string(apikey_get(check, "outcome"));
	const char *outcome = said ? said : "";
	char *shown = print_escaped(name ? name : ""), *rest = numbers(ctl, check);

	if (ctl->format == FORMAT_PLAIN)
		printf("%s\t%s\t%s\n", shown, outcome, rest);
	else
		printf("%-*s%s%-4s%s%s%s\n", CHECK_WIDTH, shown,
			print_begin(ctl, paint_of(outcome)), outcome,
			print_end(ctl, paint_of(outcome)), *rest ? "  " : "", rest);
	free(shown);
	free(rest);
}

static void print_explanation(const struct ctl *ctl, const struct apikey_value *answer)
{
	const struct apikey_value *checks = apikey_get(answer, "checks");
	char *code = print_value(ctl, apikey_get(answer, "code"), KIND_TEXT);

	if (ctl->format == FORMAT_JSON) {
		json_print(answer);
		putchar('\n');
	} else {
		for (size_t i = 0; i < apikey_count(checks); i++)
			print_check(ctl, apikey_at(checks, i));
		printf(ctl->format == FORMAT_PLAIN ? "code\t%s\t\n" : "A verify would say: %s\n",
			code);
	}
	free(code);
}

/* The verify's parameters, and either the id or, from standard input or a file, the key. */
static enum end put_question(
	struct ctl *ctl, const struct arguments *args, struct apikey_params *params)
{
	const char *path = arguments_get(args, "file");
	char key[KEYFILE_MAX];
	ssize_t len;

	if ((args->word_count > 0) == (path != NULL))
		return ctl_usage(ctl, "either the ID of a key, or --file with its text");
	if (!path) {
		apikey_put_string(params, "id", args->words[0]);
		return END_DONE;
	}
	len = keyfile_read(path, key, sizeof key);
	if (len < 0)
		return ctl_usage(ctl, "cannot read %s: %s", path, strerror(errno));
	apikey_put_text(params, "key", key, (size_t)len);
	explicit_bzero(key, sizeof key);
	return END_DONE;
}

static enum end run_explain(struct ctl *ctl, const struct arguments *args)
{
	const struct apikey_value *answer;
	struct apikey_params *params;
	enum end end = key_params(ctl, args, &params);

	if (end != END_DONE)
		return end;
	end = put_question(ctl, args, params);
	if (end == END_DONE)
		end = ctl_call(ctl, "key.explain", params, &answer);
	apikey_params_free(params);
	if (end == END_DONE)
		print_explanation(ctl, answer);
	return end;
}

void key_print_limits(struct ctl *ctl, const struct apikey_value *key)
{
	struct apikey_params *params;
	const struct apikey_value *answer;

	if (!apikey_get(key, "rate") && !apikey_get(key, "quota") && !apikey_get(key, "plan"))
		return;
	params = apikey_params_new();
	if (!params)
		return;
	apikey_put_string(params, "id", apikey_string(apikey_get(key, "id")));
	if (ctl_ask(ctl, "key.explain", params, &answer) == APIKEY_OK)
		limits_print(ctl, apikey_get(answer, "checks"));
	apikey_params_free(params);
}

static const struct option explain_options[] = {
	{.name = "file",
		.value = "FILE",
		.help = "read the key there; \"-\" is standard input",
		.type = OPTION_TEXT},
	{.name = "ip",
		.value = "ADDRESS",
		.help = "the end client's address",
		.type = OPTION_TEXT,
		.param = "ip"},
	{.name = "scope",
		.value = "SCOPE",
		.help = "what the key must be good for",
		.type = OPTION_LIST,
		.param = "scopes"},
	{.name = "tenant",
		.value = "TENANT",
		.help = "whose key it must be",
		.type = OPTION_TEXT,
		.param = "tenant"},
	{.name = "units",
		.value = "NUMBER",
		.help = "how much is asked for",
		.type = OPTION_INT,
		.param = "units"},
	{.name = "cost",
		.value = "NUMBER",
		.help = "what it counts against rate limits",
		.type = OPTION_INT,
		.param = "cost"},
	{.name = NULL},
};

const struct command key_explain = {
	.words = "key explain",
	.arguments = "ID",
	.most = 1,
	.help = "Go through every check that a verify of a key makes; counts nothing.",
	.options = explain_options,
	.examples = {"apikeyctl key explain ak_live_7Hq2mX9d --scope invoices:read",
		"printf %s \"$KEY\" | apikeyctl key explain --file - --ip 203.0.113.9"},
	.run = run_explain,
};
