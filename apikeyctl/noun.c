/* noun.c - what the commands about plans, tenants and users share. */
#include "apikeyctl/noun.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apikeyctl/confirm.h"
#include "apikeyctl/json.h"
#include "apikeyctl/key.h"

#define PAGE 1000

typedef enum end call_fn(struct ctl *ctl, const char *method, struct apikey_params *params,
	const struct apikey_value **result);

static enum end call_on(struct ctl *ctl, const struct arguments *args, const struct noun *noun,
	const char *method, call_fn *call, const struct apikey_value **record)
{
	struct apikey_params *params;
	enum end end = key_params(ctl, args, &params);

	if (end != END_DONE)
		return end;
	apikey_put_string(params, noun->id, args->words[0]);
	end = call(ctl, method, params, record);
	apikey_params_free(params);
	return end;
}

enum end noun_show(
	struct ctl *ctl, const struct arguments *args, const struct noun *noun, const char *method)
{
	const struct apikey_value *record;
	enum end end = call_on(ctl, args, noun, method, ctl_call, &record);

	if (end == END_DONE)
		table_record(ctl, noun->columns, record);
	return end;
}

enum end noun_change(
	struct ctl *ctl, const struct arguments *args, const struct noun *noun, const char *method)
{
	const struct apikey_value *record;
	enum end end = call_on(ctl, args, noun, method, ctl_change, &record);

	if (end == END_DONE)
		table_record(ctl, noun->columns, record);
	return end;
}

enum end noun_update(
	struct ctl *ctl, const struct arguments *args, const struct noun *noun, const char *method)
{
	if (!arguments_any_param(args))
		return ctl_usage(
			ctl, "nothing to change; see apikeyctl %s update --help", noun->name);
	return noun_change(ctl, args, noun, method);
}

static enum end ask(const struct ctl *ctl, const struct noun *noun, const char *name, bool by_name)
{
	char *shown = print_escaped(name), *question = NULL;
	enum end end;

	(void)!asprintf(&question, "delete %s %s? There is no way back. %s", noun->name, shown,
		by_name ? "Its name, to go on:" : "[y/N]");
	end = confirm(ctl, question ? question : "", by_name ? name : "y");
	free(question);
	free(shown);
	return end;
}

enum end noun_delete(struct ctl *ctl, const struct arguments *args, const struct noun *noun,
	const char *method, bool by_name)
{
	const struct apikey_value *record;
	enum end end = END_DONE;

	if (!arguments_get(args, "yes"))
		end = ask(ctl, noun, args->words[0], by_name);
	if (end == END_DONE)
		end = call_on(ctl, args, noun, method, ctl_change, &record);
	if (end == END_DONE && ctl->format == FORMAT_TABLE)
		ctl_say("deleted %s %s", noun->name, args->words[0]);
	else if (end == END_DONE)
		table_record(ctl, noun->columns, record);
	return end;
}

/* One page. *cursor is replaced by that of the next, NULL after the last. */
static enum apikey_error get_page(struct ctl *ctl, const struct arguments *args,
	const struct noun *noun, char **cursor, const struct apikey_value **page)
{
	struct apikey_params *params = apikey_params_new();
	struct failure why;
	enum apikey_error error;
	const char *next;

	if (!params)
		return APIKEY_NO_MEMORY;
	(void)arguments_put(args, params, &why);
	if (noun->paged)
		apikey_put_int(params, "limit", PAGE);
	apikey_put_string(params, "cursor", *cursor);
	error = ctl_ask(ctl, noun->list, params, page);
	apikey_params_free(params);
	free(*cursor);
	next = apikey_string(apikey_get(*page, "next"));
	*cursor = next ? strdup(next) : NULL;
	return error;
}

static void show_page(struct table *table, const struct noun *noun, const struct apikey_value *page)
{
	const struct apikey_value *records = apikey_get(page, noun->members);

	if (table->ctl->format != FORMAT_JSON)
		table_page(table, records);
	for (size_t i = 0; table->ctl->format == FORMAT_JSON && i < apikey_count(records); i++) {
		fputs(table->begun ? ",\n" : "\n", stdout);
		json_print(apikey_at(records, i));
		table->begun = true;
	}
}

enum end noun_list(struct ctl *ctl, const struct arguments *args, const struct noun *noun)
{
	struct table table = {.ctl = ctl, .columns = noun->columns};
	const struct apikey_value *page;
	char *cursor = NULL;
	enum apikey_error error = get_page(ctl, args, noun, &cursor, &page);

	if (error != APIKEY_OK)
		return ctl_fail(ctl, error, apikey_failure(ctl->client));
	if (ctl->format == FORMAT_JSON)
		printf("{\"%s\":[", noun->members);
	show_page(&table, noun, page);
	while (cursor && (error = get_page(ctl, args, noun, &cursor, &page)) == APIKEY_OK)
		show_page(&table, noun, page);
	if (error != APIKEY_OK)
		return ctl_fail_within(ctl, error);
	if (ctl->format == FORMAT_JSON)
		puts(table.begun ? "\n]}" : "]}");
	else if (ctl->format == FORMAT_TABLE && !table.begun)
		ctl_say("%s", noun->none);
	return END_DONE;
}
