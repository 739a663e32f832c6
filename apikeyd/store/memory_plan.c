/* memory_plan.c - plans, and the keys on them, in the store in memory. */
#include <string.h>

#include "apikeyd/store/memory.h"

static struct plan_record *plan_at(const struct store *s, size_t i)
{
	return s->now.lists[PLANS].items[i];
}

/* The first place whose plan's name is not below this one. */
static size_t place_of(const struct store *s, struct text name)
{
	size_t i = 0;

	while (i < s->now.lists[PLANS].count && text_compare(plan_at(s, i)->name, name) < 0)
		i++;
	return i;
}

static bool is_there(const struct store *s, size_t place, struct text name)
{
	return place < s->now.lists[PLANS].count && text_equal(plan_at(s, place)->name, name);
}

enum apikey_error memory_plan_put(
	struct store *s, const struct plan_record *plan, struct failure *why)
{
	struct list *list = &s->now.lists[PLANS];
	struct plan_record *copy = pool_alloc(&s->pool, sizeof *copy);
	size_t place = place_of(s, plan->name);

	if (memory_check_transaction(s, why) != APIKEY_OK)
		return why->code;
	plan_copy(&s->pool, plan, copy);
	if (!is_there(s, place, plan->name)) {
		memory_list_add(list, copy);
		for (size_t i = list->count - 1; i > place; i--)
			list->items[i] = list->items[i - 1];
	}
	list->items[place] = copy;
	return APIKEY_OK;
}

enum apikey_error memory_plan_delete(struct store *s, struct text name, struct failure *why)
{
	size_t place = place_of(s, name);

	if (memory_check_transaction(s, why) != APIKEY_OK)
		return why->code;
	if (is_there(s, place, name))
		memory_list_remove(&s->now.lists[PLANS], place);
	return APIKEY_OK;
}

static bool count_one(const struct key_record *key, void *arg)
{
	int64_t *count = arg;

	(void)key;
	++*count;
	return true;
}

static int64_t tenants_on(const struct store *s, struct text plan)
{
	const struct list *list = &s->now.lists[TENANTS];
	int64_t count = 0;

	for (size_t i = 0; i < list->count; i++) {
		const struct tenant_record *tenant = list->items[i];

		count += tenant->plan.data != NULL && text_equal(tenant->plan, plan);
	}
	return count;
}

static void read_plan(struct store *s, struct pool *pool, size_t place, struct plan_record *out)
{
	struct failure why;

	plan_copy(pool, plan_at(s, place), out);
	out->keys = 0;
	memory_plan_load(s, out->name, count_one, &out->keys, &why);
	out->tenants = tenants_on(s, out->name);
}

enum apikey_error memory_plan_get(struct store *s, struct pool *pool, struct text name,
	struct plan_record *out, struct failure *why)
{
	size_t place = place_of(s, name);

	if (!is_there(s, place, name))
		return plan_not_found(name, why);
	read_plan(s, pool, place, out);
	return APIKEY_OK;
}

enum apikey_error memory_plan_list(struct store *s, struct pool *pool, struct plan_record **out,
	unsigned *count, struct failure *why)
{
	(void)why;
	*out = pool_alloc(pool, STORE_PLANS_MAX * sizeof **out);
	for (*count = 0; *count < s->now.lists[PLANS].count && *count < STORE_PLANS_MAX; ++*count)
		read_plan(s, pool, *count, &(*out)[*count]);
	return APIKEY_OK;
}

struct filter {
	struct text plan;
	store_load_fn *fn;
	void *arg;
};

static bool load_on_plan(const struct key_record *key, void *arg)
{
	const struct filter *filter = arg;

	return !text_equal(key->plan, filter->plan) || filter->fn(key, filter->arg);
}

enum apikey_error memory_plan_load(
	struct store *s, struct text name, store_load_fn *fn, void *arg, struct failure *why)
{
	struct filter filter = {name, fn, arg};

	return memory_load(s, load_on_plan, &filter, why);
}
