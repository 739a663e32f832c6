/* import_twice.c - finds keys that stand twice among those of a dry run. */
#include "apikeyctl/import_twice.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

struct name {
	size_t line;
	char text[];
};

struct import_twice {
	void *fingerprints, *prefixes; /* trees of names */
};

struct import_twice *import_twice_new(void)
{
	struct import_twice *t = calloc(1, sizeof *t);

	if (!t)
		abort();
	return t;
}

void import_twice_free(struct import_twice *t)
{
	tdestroy(t->fingerprints, free);
	tdestroy(t->prefixes, free);
	free(t);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(((const struct name *)a)->text, ((const struct name *)b)->text);
}

/* The line of the first of that name. */
static size_t first_line(void **tree, size_t line, const char *text)
{
	struct name *name, **found;
	size_t len;

	if (!text)
		return line;
	len = strlen(text);
	name = calloc(1, sizeof *name + len + 1);
	if (!name)
		abort();
	name->line = line;
	memcpy(name->text, text, len);
	found = tsearch(name, tree, by_text);
	if (!found)
		abort();
	line = (*found)->line;
	if (*found != name)
		free(name);
	return line;
}

size_t import_twice_find(struct import_twice *t, size_t line, const struct apikey_value *key)
{
	const struct apikey_value *secret = apikey_at(apikey_get(key, "secrets"), 0);
	size_t same =
		first_line(&t->fingerprints, line, apikey_string(apikey_get(key, "fingerprint")));
	size_t alike = first_line(&t->prefixes, line, apikey_string(apikey_get(secret, "prefix")));

	return same != line ? same : alike != line ? alike : 0;
}
