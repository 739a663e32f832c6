/* memory_usage.c - usage rows and packs, and who has left counters behind, in the store in memory. */
#include "apikeyd/store/memory.h"
#include "apikeyd/store/usage_pack.h"

struct kept_row {
	enum usage_step step;
	struct usage_row row;
};

struct kept_pack {
	struct usage_place place;
	struct text pack;
};

/* Puts a new item where one is that it replaces; at == count: adds it. */
static void put_item(struct list *list, size_t at, void *item)
{
	if (at == list->count)
		memory_list_add(list, item);
	else
		list->items[at] = item;
}

static size_t find_row(const struct list *list, const struct kept_row *like)
{
	size_t i = 0;

	for (; i < list->count; i++) {
		const struct kept_row *kept = list->items[i];

		if (kept->step == like->step && kept->row.at == like->row.at &&
			text_equal(kept->row.who, like->row.who) &&
			text_equal(kept->row.name, like->row.name))
			break;
	}
	return i;
}

enum apikey_error memory_usage_add(
	struct store *s, enum usage_step step, const struct usage_row *row, struct failure *why)
{
	struct list *list = &s->now.lists[USAGE];
	struct kept_row *kept = pool_alloc(&s->pool, sizeof *kept);
	size_t at;

	if (memory_check_transaction(s, why) != APIKEY_OK)
		return why->code;
	*kept = (struct kept_row){step, *row};
	kept->row.who = pool_text(&s->pool, row->who);
	kept->row.name = pool_text(&s->pool, row->name);
	at = find_row(list, kept);
	if (at < list->count) {
		const struct usage_counts *was =
			&((const struct kept_row *)list->items[at])->row.counts;
		struct usage_counts *sum = &kept->row.counts;

		sum->allowed = usage_plus(sum->allowed, was->allowed);
		sum->denied = usage_plus(sum->denied, was->denied);
		sum->units = usage_plus(sum->units, was->units);
	}
	put_item(list, at, kept);
	return APIKEY_OK;
}

/* By time, as they are asked for: one pass for each step of it. */
enum apikey_error memory_usage_query(struct store *s, const struct usage_span *span,
	struct text who, usage_row_fn *fn, void *arg, struct failure *why)
{
	const struct list *list = &s->now.lists[USAGE];

	(void)why;
	for (int64_t at = span->from; at <= span->to; at += usage_step_seconds[span->step])
		for (size_t i = 0; i < list->count; i++) {
			const struct kept_row *kept = list->items[i];

			if (kept->step == span->step && kept->row.at == at &&
				text_equal(kept->row.who, who))
				fn(&kept->row, arg);
		}
	return APIKEY_OK;
}

/* Of those that are listed the next after a name; NULL: none. */
static const struct kept_row *next_row(
	const struct store *s, const struct usage_list *wanted, struct text after)
{
	const struct list *list = &s->now.lists[USAGE];
	const struct kept_row *next = NULL;

	for (size_t i = 0; i < list->count; i++) {
		const struct kept_row *kept = list->items[i];

		if (kept->step == wanted->step && kept->row.at == wanted->at &&
			text_equal(kept->row.who, wanted->who) &&
			text_compare(kept->row.name, after) > 0 &&
			(next == NULL || text_compare(kept->row.name, next->row.name) < 0))
			next = kept;
	}
	return next;
}

enum apikey_error memory_usage_list(struct store *s, const struct usage_list *list,
	usage_row_fn *fn, void *arg, struct failure *why)
{
	const struct kept_row *next = next_row(s, list, list->after);

	(void)why;
	for (unsigned i = 0; i < list->limit && next != NULL; i++) {
		fn(&next->row, arg);
		next = next_row(s, list, next->row.name);
	}
	return APIKEY_OK;
}

static size_t find_pack(const struct list *list, const struct usage_place *place)
{
	size_t i = 0;

	for (; i < list->count; i++) {
		const struct kept_pack *kept = list->items[i];

		if (kept->place.step == place->step && kept->place.at == place->at &&
			kept->place.page == place->page)
			break;
	}
	return i;
}

enum apikey_error memory_usage_pack_get(struct store *s, struct pool *pool,
	const struct usage_place *place, struct text *out, struct failure *why)
{
	const struct list *list = &s->now.lists[PACKS];
	size_t at = find_pack(list, place);

	(void)why;
	*out = text_of("");
	if (at < list->count)
		*out = pool_text(pool, ((const struct kept_pack *)list->items[at])->pack);
	return APIKEY_OK;
}

enum apikey_error memory_usage_pack_put(
	struct store *s, const struct usage_place *place, struct text pack, struct failure *why)
{
	struct list *list = &s->now.lists[PACKS];
	struct kept_pack *kept = pool_alloc(&s->pool, sizeof *kept);

	if (memory_check_transaction(s, why) != APIKEY_OK)
		return why->code;
	*kept = (struct kept_pack){*place, pool_text(&s->pool, pack)};
	put_item(list, find_pack(list, place), kept);
	return APIKEY_OK;
}

enum apikey_error memory_usage_pack_query(struct store *s, const struct usage_span *span,
	uint32_t page, usage_pack_fn *fn, void *arg, struct failure *why)
{
	const struct list *list = &s->now.lists[PACKS];
	struct usage_place place = {.step = span->step, .page = page};

	(void)why;
	for (place.at = span->from; place.at <= span->to;
		place.at += usage_step_seconds[span->step]) {
		size_t at = find_pack(list, &place);

		if (at < list->count)
			fn(&place, ((const struct kept_pack *)list->items[at])->pack, arg);
	}
	return APIKEY_OK;
}

enum apikey_error memory_usage_mark_load(
	struct store *s, enum usage_step kind, usage_pack_fn *fn, void *arg, struct failure *why)
{
	const struct list *list = &s->now.lists[PACKS];

	(void)why;
	for (size_t i = 0; i < list->count; i++) {
		const struct kept_pack *kept = list->items[i];

		if (kept->place.step == kind)
			fn(&kept->place, kept->pack, arg);
	}
	return APIKEY_OK;
}

static size_t leaver_place(const struct list *list, uint32_t slot, struct text secret)
{
	size_t at = 0;

	for (; at < list->count; at++) {
		const struct usage_leaver *leaver = list->items[at];

		if (leaver->slot == slot && text_equal(leaver->owner.secret, secret))
			break;
	}
	return at;
}

enum apikey_error memory_usage_leaver_known(
	struct store *s, uint32_t slot, struct text secret, bool *known, struct failure *why)
{
	const struct list *list = &s->now.lists[LEAVERS];

	*known = leaver_place(list, slot, secret) < list->count;
	return why->code = APIKEY_OK;
}

enum apikey_error memory_usage_leaver_put(
	struct store *s, const struct usage_leaver *leaver, struct failure *why)
{
	struct list *list = &s->now.lists[LEAVERS];
	struct usage_leaver *kept = pool_alloc(&s->pool, sizeof *kept);

	if (memory_check_transaction(s, why) != APIKEY_OK)
		return why->code;
	*kept = *leaver;
	kept->owner = (struct usage_owner){pool_text(&s->pool, leaver->owner.key),
		pool_text(&s->pool, leaver->owner.tenant),
		pool_text(&s->pool, leaver->owner.secret)};
	put_item(list, leaver_place(list, kept->slot, kept->owner.secret), kept);
	return APIKEY_OK;
}

enum apikey_error memory_usage_leaver_list(
	struct store *s, struct text key, usage_leaver_fn *fn, void *arg, struct failure *why)
{
	const struct list *list = &s->now.lists[LEAVERS];

	(void)why;
	for (size_t i = 0; i < list->count; i++) {
		const struct usage_leaver *leaver = list->items[i];

		if (key.data == NULL ? !leaver->folded : text_equal(leaver->owner.key, key))
			fn(leaver, arg);
	}
	return APIKEY_OK;
}

struct outdated {
	enum usage_step step;
	int64_t before;
};

static bool is_old_row(const void *item, const struct outdated *what)
{
	const struct kept_row *kept = item;

	return kept->step == what->step && kept->row.at < what->before;
}

static bool is_old_pack(const void *item, const struct outdated *what)
{
	const struct kept_pack *kept = item;

	return kept->place.step == what->step && kept->place.at < what->before;
}

static bool is_old_leaver(const void *item, const struct outdated *what)
{
	const struct usage_leaver *leaver = item;

	return what->step == USAGE_DAY && leaver->folded && leaver->at < what->before;
}

enum apikey_error memory_usage_prune(struct store *s, enum usage_step step, int64_t before,
	unsigned limit, unsigned *gone, struct failure *why)
{
	static const struct {
		unsigned list;
		bool (*is_old)(const void *item, const struct outdated *what);
	} kinds[] = {{USAGE, is_old_row}, {PACKS, is_old_pack}, {LEAVERS, is_old_leaver}};
	const struct outdated what = {step, before};

	*gone = 0;
	if (memory_check_transaction(s, why) != APIKEY_OK)
		return why->code;
	for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
		struct list *list = &s->now.lists[kinds[k].list];
		unsigned here = 0;

		for (size_t i = list->count; i-- > 0 && here < limit;)
			if (kinds[k].is_old(list->items[i], &what)) {
				memory_list_remove(list, i);
				here++;
			}
		*gone += here;
	}
	return APIKEY_OK;
}
