/* events.c - what happens, as it happens. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apikeyctl/commands.h"
#include "apikeyctl/json.h"
#include "apikeyctl/print.h"

/* How many events are still wanted, of those that came so far. */
struct watch {
	struct ctl *ctl;
	int64_t left; /* negative: no end */
};

static void print_field(const struct ctl *ctl, const struct apikey_value *event, size_t i)
{
	const char *key = apikey_key_at(event, i);
	char *name = print_escaped(key ? key : "");
	char *text = print_value(ctl, apikey_at(event, i), KIND_TEXT);

	printf("%s%s=%s", ctl->format == FORMAT_PLAIN ? "\t" : "  ", name, text);
	free(name);
	free(text);
}

static bool is_heading(const char *name)
{
	return name &&
	       (strcmp(name, "seq") == 0 || strcmp(name, "at") == 0 || strcmp(name, "type") == 0);
}

/* Time and type, then whatever the event has beside. */
static void print_event(const struct ctl *ctl, const struct apikey_value *event)
{
	char *at = print_value(ctl, apikey_get(event, "at"), KIND_TIME);
	char *type = print_value(ctl, apikey_get(event, "type"), KIND_TEXT);

	if (ctl->format == FORMAT_PLAIN)
		printf("%lld\t%s\t%s", (long long)apikey_int(apikey_get(event, "seq"), 0), at,
			type);
	else
		printf("%s  %s%s%s", at, print_begin(ctl, PAINT_TITLE), type,
			print_end(ctl, PAINT_TITLE));
	for (size_t i = 0; i < apikey_count(event); i++)
		if (!is_heading(apikey_key_at(event, i)))
			print_field(ctl, event, i);
	putchar('\n');
	free(at);
	free(type);
}

static void take(struct apikey_client *client, const char *method,
	const struct apikey_value *params, void *arg)
{
	struct watch *watch = arg;
	const struct apikey_value *event = apikey_at(params, 0);

	(void)client;
	if (strcmp(method, "event") != 0 || watch->left == 0)
		return;
	if (watch->left > 0)
		watch->left--;
	if (watch->ctl->format == FORMAT_JSON) {
		json_print_line(event);
		putchar('\n');
	} else {
		print_event(watch->ctl, event);
	}
	fflush(stdout);
}

static enum end follow(struct ctl *ctl, struct apikey_params *params, struct watch *watch)
{
	enum apikey_error r = APIKEY_OK;
	enum end end;

	apikey_on_notification(ctl->client, take, watch);
	end = ctl_call(ctl, "events.subscribe", params, NULL);
	if (end != END_DONE)
		return end;
	if (ctl->format == FORMAT_TABLE)
		ctl_say("waiting for events; Ctrl-C ends");
	while (watch->left != 0 && r == APIKEY_OK && !ferror(stdout))
		r = apikey_wait(ctl->client, -1);
	return r == APIKEY_OK || watch->left == 0 ? END_DONE
						  : ctl_fail(ctl, r, apikey_failure(ctl->client));
}

static enum end run(struct ctl *ctl, const struct arguments *args)
{
	const char *count = arguments_get(args, "count");
	struct watch watch = {ctl, -1};
	struct apikey_params *params = apikey_params_new();
	struct failure why;
	char *rest = NULL;
	enum end end;

	if (count)
		watch.left = strtoll(count, &rest, 10);
	if (!params)
		return ctl_fail(ctl, APIKEY_NO_MEMORY, "no memory");
	if (count && (*rest != '\0' || watch.left <= 0))
		end = ctl_usage(ctl, "--count takes a whole number from 1, not \"%s\"", count);
	else if (arguments_put(args, params, &why) != APIKEY_OK)
		end = ctl_usage(ctl, "%s", why.text);
	else
		end = follow(ctl, params, &watch);
	apikey_params_free(params);
	return end;
}

static const struct option options[] = {
	{.name = "topic",
		.value = "TOPIC",
		.help = "of key, usage, audit, alert, server",
		.type = OPTION_LIST,
		.param = "topics"},
	{.name = "key",
		.value = "ID",
		.help = "only of this key",
		.type = OPTION_TEXT,
		.param = "key"},
	{.name = "tenant",
		.value = "TENANT",
		.help = "only of this tenant",
		.type = OPTION_TEXT,
		.param = "tenant"},
	{.name = "since",
		.value = "SEQ",
		.help = "first those after this one",
		.type = OPTION_INT,
		.param = "since"},
	{.name = "count", .value = "NUMBER", .help = "end after so many", .type = OPTION_TEXT},
	{.name = NULL},
};

const struct command events = {
	.words = "events",
	.arguments = "",
	.help = "Print what happens, as it happens.",
	.options = options,
	.examples = {"apikeyctl events --topic key", "apikeyctl events --json | jq -r .type",
		"apikeyctl events --since 0 --count 10"},
	.run = run,
};
