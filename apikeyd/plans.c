/* plans.c - plans in a hash table. */
#include "apikeyd/plans.h"

#include <stdlib.h>
#include <uthash.h>

#include "apikeyd/store/model.h"

struct plan {
	struct pool pool; /* everything of it, itself left out */
	struct plan_record record;
	UT_hash_handle hh;
};

struct plans {
	struct plan *by_name;
};

struct plans *plans_new(void)
{
	struct plans *p = calloc(1, sizeof *p);

	if (p == NULL)
		abort();
	return p;
}

static struct plan *find(const struct plans *p, struct text name)
{
	struct plan *plan = NULL;

	if (name.len > 0)
		HASH_FIND(hh, p->by_name, name.data, name.len, plan);
	return plan;
}

static void drop(struct plans *p, struct plan *plan)
{
	HASH_DEL(p->by_name, plan);
	pool_free(&plan->pool);
	free(plan);
}

void plans_remove(struct plans *p, struct text name)
{
	struct plan *plan = find(p, name);

	if (plan != NULL)
		drop(p, plan);
}

void plans_free(struct plans *p)
{
	if (p == NULL)
		return;
	while (p->by_name != NULL)
		drop(p, p->by_name);
	free(p);
}

void plans_set(struct plans *p, const struct plan_record *record)
{
	struct plan *plan = calloc(1, sizeof *plan);

	if (plan == NULL)
		abort();
	plan_copy(&plan->pool, record, &plan->record);
	plans_remove(p, record->name);
	HASH_ADD_KEYPTR(hh, p->by_name, plan->record.name.data, plan->record.name.len, plan);
}

const struct plan_record *plans_find(const struct plans *p, struct text name)
{
	const struct plan *plan = find(p, name);

	return plan != NULL ? &plan->record : NULL;
}
