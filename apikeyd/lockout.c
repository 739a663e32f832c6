/* lockout.c - failed logins by user name in a hash table, which is in the order of their last attempts. */
#include "apikeyd/lockout.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

struct attempts {
	char name[WORD_MAX_BYTES];
	unsigned count;
	int64_t last_at, locked_until;
	UT_hash_handle hh;
};

struct lockout {
	struct attempts *by_name; /* oldest last attempt first */
};

struct lockout *lockout_new(void)
{
	struct lockout *l = calloc(1, sizeof *l);

	if (l == NULL)
		abort();
	return l;
}

static void drop(struct lockout *l, struct attempts *a)
{
	HASH_DEL(l->by_name, a);
	free(a);
}

void lockout_free(struct lockout *l)
{
	if (l == NULL)
		return;
	while (l->by_name != NULL)
		drop(l, l->by_name);
	free(l);
}

static struct attempts *find(struct lockout *l, struct text name)
{
	struct attempts *a = NULL;

	HASH_FIND(hh, l->by_name, name.data, name.len, a);
	return a;
}

static struct attempts *add(struct lockout *l, struct text name)
{
	struct attempts *a = calloc(1, sizeof *a);

	if (a == NULL)
		abort();
	if (HASH_COUNT(l->by_name) == LOCKOUT_NAMES)
		drop(l, l->by_name);
	memcpy(a->name, name.data, name.len);
	HASH_ADD(hh, l->by_name, name, name.len, a);
	return a;
}

/* To the end of the order. */
static void touch(struct lockout *l, struct attempts *a, size_t len)
{
	HASH_DEL(l->by_name, a);
	HASH_ADD(hh, l->by_name, name, len, a);
}

static int64_t lock_seconds(unsigned count)
{
	int64_t seconds = LOCKOUT_SECONDS;

	for (unsigned n = LOCKOUT_FAILURES; n < count && seconds < LOCKOUT_MAX; n++)
		seconds *= 2;
	return seconds < LOCKOUT_MAX ? seconds : LOCKOUT_MAX;
}

int64_t lockout_try(struct lockout *l, struct text name, int64_t now)
{
	struct attempts *a = find(l, name);

	if (a == NULL)
		a = add(l, name);
	else if (now < a->locked_until)
		return a->locked_until - now;
	else
		touch(l, a, name.len);
	if (now - a->last_at >= LOCKOUT_FORGET)
		a->count = 0;
	a->last_at = now;
	a->count++;
	a->locked_until = a->count >= LOCKOUT_FAILURES ? now + lock_seconds(a->count) : now;
	return 0;
}

void lockout_forgive(struct lockout *l, struct text name)
{
	struct attempts *a = find(l, name);

	if (a != NULL)
		drop(l, a);
}

void lockout_undo(struct lockout *l, struct text name)
{
	struct attempts *a = find(l, name);

	if (a == NULL)
		return;
	if (--a->count == 0)
		drop(l, a);
	else if (a->count < LOCKOUT_FAILURES)
		a->locked_until = a->last_at;
}
