/* binding.c - which tenants' keys a client may ask about, by its uid or one of its groups. */
#include "apikeyd/binding.h"

#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

#define ID_NAME_SIZE 64   /* bytes of a user's or group's name, and a NUL */
#define ENTRY_MAX 65536   /* bytes of what group(5) says of one group */
#define ID_MAX 4294967294 /* the one after it stands for none */

struct binding {
	bool group;
	unsigned id;
	unsigned count;
	struct text tenants[BINDING_TENANTS_MAX];
};

struct bindings {
	struct binding *list;
	size_t count;
};

static bool find_id(const char *name, bool group, unsigned *out)
{
	struct passwd user_entry, *user = NULL;
	struct group group_entry, *entry = NULL;
	char text[ENTRY_MAX], *end;
	unsigned long number;

	if (group)
		(void)getgrnam_r(name, &group_entry, text, sizeof text, &entry);
	else
		(void)getpwnam_r(name, &user_entry, text, sizeof text, &user);
	if (user != NULL)
		*out = user->pw_uid;
	else if (entry != NULL)
		*out = entry->gr_gid;
	if (user != NULL || entry != NULL)
		return true;
	number = strtoul(name, &end, 10);
	*out = (unsigned)number;
	return name[0] >= '0' && name[0] <= '9' && *end == '\0' && number <= ID_MAX;
}

/* The words of a text that are parted by spaces. */
static const char *read_tenants(const char *p, struct binding *out)
{
	for (p += strspn(p, " "); *p != '\0'; p += strspn(p, " ")) {
		struct text word = {p, strcspn(p, " ")};

		if (word_check(word) != NULL)
			return "names a tenant that cannot be";
		if (out->count == BINDING_TENANTS_MAX)
			return "names too many tenants";
		out->tenants[out->count++] = word;
		p += word.len;
	}
	return out->count > 0 ? NULL : "names no tenant";
}

/* The tenants borrow from the rule. */
static const char *parse(const char *rule, struct binding *out)
{
	const char *colon = strchr(rule, ':');
	char name[ID_NAME_SIZE];
	size_t len;

	*out = (struct binding){.group = strncmp(rule, "gid ", 4) == 0};
	if (colon == NULL || (!out->group && strncmp(rule, "uid ", 4) != 0))
		return "must read \"uid NAME: TENANT\" or \"gid NAME: TENANT\"";
	rule += 4;
	len = (size_t)(colon - rule);
	if (colon <= rule || len >= sizeof name)
		return "names no user or group";
	memcpy(name, rule, len);
	name[len] = '\0';
	if (!find_id(name, out->group, &out->id))
		return "names a user or group that is not there";
	return read_tenants(colon + 1, out);
}

const char *binding_check(const char *rule)
{
	struct binding unused;

	return parse(rule, &unused);
}

struct bindings *bindings_new(char *const *rules)
{
	struct bindings *b = calloc(1, sizeof *b);
	size_t count = 0;

	while (rules[count] != NULL)
		count++;
	if (b == NULL || (b->list = calloc(count + 1, sizeof *b->list)) == NULL)
		abort();
	for (; b->count < count; b->count++)
		if (parse(rules[b->count], &b->list[b->count]) != NULL)
			abort(); /* a user that went just now: nobody must be let off for that */
	return b;
}

void bindings_free(struct bindings *b)
{
	if (b == NULL)
		return;
	free(b->list);
	free(b);
}

bool bindings_any(const struct bindings *b)
{
	return b->count > 0;
}

unsigned bindings_of(const struct bindings *b,
	bool (*is)(const void *peer, bool group, unsigned id), const void *peer,
	struct text out[BINDING_TENANTS_MAX])
{
	unsigned count = 0;

	for (size_t i = 0; i < b->count; i++) {
		const struct binding *rule = &b->list[i];

		if (!is(peer, rule->group, rule->id))
			continue;
		for (unsigned k = 0; k < rule->count && count < BINDING_TENANTS_MAX; k++)
			out[count++] = rule->tenants[k];
	}
	return count;
}
