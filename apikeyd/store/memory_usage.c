/* memory_usage.c - usage rows, and how far the counters are in them, in the store in memory. */
#include <string.h>

#include "apikeyd/store/memory.h"

struct kept_row {
	enum usage_step step;
	struct text who;
	struct usage_row row;
};

static struct kept_row *row_at(const struct store *s, size_t i)
{
	return s->now.lists[USAGE].items[i];
}

static size_t find_row(
	const struct store *s, enum usage_step step, struct text who, const struct usage_row *row)
{
	size_t i = 0;

	for (; i < s->now.lists[USAGE].count; i++) {
		const struct kept_row *kept = row_at(s, i);

		if (kept->step == step && kept->row.at == row->at && text_equal(kept->who, who) &&
			text_equal(kept->row.secret, row->secret))
			break;
	}
	return i;
}

static enum apikey_error add_row(struct store *s, enum usage_step step, struct text who,
	const struct usage_row *row, struct failure *why)
{
	struct kept_row *kept = pool_alloc(&s->pool, sizeof *kept);
	size_t at = find_row(s, step, who, row);

	if (memory_check_transaction(s, why) != APIKEY_OK)
		return why->code;
	*kept = (struct kept_row){step, pool_text(&s->pool, who), *row};
	kept->row.secret = pool_text(&s->pool, row->secret);
	if (at == s->now.lists[USAGE].count) {
		memory_list_add(&s->now.lists[USAGE], kept);
		return APIKEY_OK;
	}
	kept->row.counts.allowed += row_at(s, at)->row.counts.allowed;
	kept->row.counts.denied += row_at(s, at)->row.counts.denied;
	kept->row.counts.units += row_at(s, at)->row.counts.units;
	s->now.lists[USAGE].items[at] = kept;
	return APIKEY_OK;
}

enum apikey_error memory_usage_add(struct store *s, const struct usage_owner *owner, int64_t at,
	const struct usage_counts *counts, struct failure *why)
{
	struct usage_spread spread = {owner, at, counts, add_row};

	return usage_spread(s, &spread, why);
}

static struct usage_owner copy_owner(struct pool *pool, struct usage_owner owner)
{
	return (struct usage_owner){pool_text(pool, owner.key), pool_text(pool, owner.tenant),
		pool_text(pool, owner.secret)};
}

struct search {
	uint32_t slot;
	struct pool *pool;
	struct usage_owner *out;
	bool found;
};

static bool is_owner(const struct key_record *key, void *arg)
{
	struct search *search = arg;

	for (unsigned i = 0; i < key->secret_count && !search->found; i++) {
		const struct secret_record *secret = &key->secrets[i];

		if (secret->slot == search->slot) {
			*search->out =
				copy_owner(search->pool, (struct usage_owner){text_of(key->id),
								 key->tenant, secret->prefix});
			search->found = true;
		}
	}
	return !search->found;
}

enum apikey_error memory_usage_owner(struct store *s, struct pool *pool, uint32_t slot,
	struct usage_owner *out, bool *found, struct failure *why)
{
	struct search search = {slot, pool, out, false};
	enum apikey_error error = memory_load(s, is_owner, &search, why);

	*found = search.found;
	return error;
}

static size_t find_mark(const struct store *s, uint32_t slot)
{
	const struct list *list = &s->now.lists[MARKS];
	size_t i = 0;

	while (i < list->count && ((struct usage_mark *)list->items[i])->slot != slot)
		i++;
	return i;
}

enum apikey_error memory_usage_mark_delete(struct store *s, uint32_t slot, struct failure *why)
{
	size_t at = find_mark(s, slot);

	if (memory_check_transaction(s, why) != APIKEY_OK)
		return why->code;
	if (at < s->now.lists[MARKS].count)
		memory_list_remove(&s->now.lists[MARKS], at);
	return APIKEY_OK;
}

enum apikey_error memory_usage_mark_put(
	struct store *s, const struct usage_mark *mark, struct failure *why)
{
	struct usage_mark *copy = pool_alloc(&s->pool, sizeof *copy);

	if (memory_usage_mark_delete(s, mark->slot, why) != APIKEY_OK)
		return why->code;
	*copy = *mark;
	copy->owner = copy_owner(&s->pool, mark->owner);
	memory_list_add(&s->now.lists[MARKS], copy);
	return APIKEY_OK;
}

enum apikey_error memory_usage_mark_load(
	struct store *s, usage_mark_fn *fn, void *arg, struct failure *why)
{
	const struct list *list = &s->now.lists[MARKS];

	(void)why;
	for (size_t i = 0; i < list->count && fn(list->items[i], arg); i++)
		;
	return APIKEY_OK;
}

/* By time, as they are asked for: one pass for each step of it. */
enum apikey_error memory_usage_query(struct store *s, const struct usage_query *query,
	usage_row_fn *fn, void *arg, struct failure *why)
{
	(void)why;
	for (int64_t at = query->from; at <= query->to; at += usage_step_seconds[query->step])
		for (size_t i = 0; i < s->now.lists[USAGE].count; i++) {
			const struct kept_row *kept = row_at(s, i);

			if (kept->step == query->step && kept->row.at == at &&
				text_equal(kept->who, query->who))
				fn(&kept->row, arg);
		}
	return APIKEY_OK;
}

enum apikey_error memory_usage_prune(struct store *s, enum usage_step step, int64_t before,
	unsigned limit, unsigned *gone, struct failure *why)
{
	*gone = 0;
	if (memory_check_transaction(s, why) != APIKEY_OK)
		return why->code;
	for (size_t i = s->now.lists[USAGE].count; i-- > 0 && *gone < limit;)
		if (row_at(s, i)->step == step && row_at(s, i)->row.at < before) {
			memory_list_remove(&s->now.lists[USAGE], i);
			++*gone;
		}
	return APIKEY_OK;
}
