/* limits.c - limits as they are typed and as they are shown. */
#include "apikeyctl/limits.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "apikeyctl/when.h"

#define TITLE_WIDTH 13 /* of a key's card */

/* The number before the slash; NULL, or what follows the slash. */
static const char *parse_number(const char *text, long long *out)
{
	char *end;

	errno = 0;
	*out = strtoll(text, &end, 10);
	return errno == 0 && end != text && *end == '/' ? end + 1 : NULL;
}

bool limits_put_rate(struct apikey_params *params, const char *text)
{
	long long limit;
	const char *window = parse_number(text, &limit);
	struct when when;

	if (!window || !when_parse(window, &when) || when.type != WHEN_IN)
		return false;
	apikey_put_map(params, NULL);
	apikey_put_int(params, "window", when.seconds);
	apikey_put_int(params, "limit", limit);
	apikey_put_end(params);
	return true;
}

bool limits_put_quota(struct apikey_params *params, const char *text)
{
	long long limit;
	const char *period = parse_number(text, &limit);
	size_t len = period ? strcspn(period, ":") : 0;
	const char *of = period && period[len] ? period + len + 1 : "requests";

	if (!period || len == 0)
		return false;
	apikey_put_map(params, NULL);
	apikey_put_text(params, "period", period, len);
	apikey_put_string(params, "of", of);
	apikey_put_int(params, "limit", limit);
	apikey_put_end(params);
	return true;
}

static void print_one(const struct ctl *ctl, const struct apikey_value *check, const char *title)
{
	long long left = apikey_int(apikey_get(check, "remaining"), 0);
	bool whole = left == apikey_int(apikey_get(check, "limit"), 0);
	char *what = print_value(ctl, check, KIND_LIMITS), reset[WHEN_TEXT_SIZE];

	when_relative(apikey_int(apikey_get(check, "reset"), 0), (int64_t)time(NULL), reset);
	printf("%s%-*s%s%s: %s%lld left%s%s%s\n", print_begin(ctl, PAINT_TITLE), TITLE_WIDTH, title,
		print_end(ctl, PAINT_TITLE), what,
		print_begin(ctl, left == 0 ? PAINT_BAD : PAINT_PLAIN), left,
		print_end(ctl, left == 0 ? PAINT_BAD : PAINT_PLAIN), whole ? "" : ", all again ",
		whole ? "" : reset);
	free(what);
}

void limits_print(const struct ctl *ctl, const struct apikey_value *checks)
{
	const char *title = "Limits";

	for (size_t i = 0; i < apikey_count(checks); i++) {
		const struct apikey_value *check = apikey_at(checks, i);

		if (!apikey_get(check, "window") && !apikey_get(check, "period"))
			continue;
		print_one(ctl, check, title);
		title = "";
	}
}
